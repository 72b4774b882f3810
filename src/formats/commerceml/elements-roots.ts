/**
 * Roots of XML files that people confuse with an exchange file, by local name in lower case, and what such a file is.
 * Whoever reads the refusal should know at once which setting of which program made it.
 */
export const otherRoots: ReadonlyMap<string, string> = new Map([
  ['message', 'a message of EnterpriseData or of an exchange plan of 1C'],
  ['enterprisedata', 'a message of EnterpriseData of 1C'],
  ['_1cv8dtud', 'a dump of «Выгрузка и загрузка данных XML» of 1C'],
  ['файлобмена', 'a file of «Конвертация данных» of 1C'],
  ['правилаобмена', 'rules of «Конвертация данных» of 1C'],
  ['yml_catalog', 'a price list in YML for a marketplace'],
  ['rss', 'a feed in RSS'],
  ['feed', 'a feed in Atom'],
  ['workbook', 'a table saved as XML by Excel'],
  ['файл', 'an electronic document (ФНС)'],
])

/** Roots of web pages: mostly the error page of a server that was saved in the place of the file. */
export const webPageRoots: ReadonlySet<string> = new Set(['html', 'head', 'body'])
