/**
 * Words of 1C that stand in texts of an exchange file and mean something. A base whose session runs in English or
 * Ukrainian writes them in its own language; the element names around them stay Russian. Read in files or in modules of
 * 1C: the Russian and English words of orders, `VAT`, `Повне найменування`. The others are guesses, and do no harm.
 */

/** Values with a meaning. Every list holds the Russian spelling first, then those of English and Ukrainian sessions. */
export const literals = {
  deleted: ['Удален', 'Удалён', 'Deleted', 'Видалений', 'Вилучений'],
  vat: ['НДС', 'VAT', 'ПДВ'],
  yes: ['true', '1', 'Истина', 'Да', 'Yes', 'Так'],
  order: ['Заказ товара', 'Goods order', 'Замовлення товару'],
  shipment: ['Отпуск товара', 'Goods issue', 'Відпуск товару'],
  service: ['Услуга', 'Service', 'Послуга'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** What operations with money are called, in lower case and without blanks: `выплатабезналичныхденег`. */
export const moneyWords = {
  payment: ['выплатаналич', 'выплатабезналич', 'эквайринг', 'оплата', 'payment', 'acquiring', 'виплата'],
  refund: ['возвратналич', 'возвратбезналич', 'refund', 'поверненняготів', 'поверненнябезготів'],
} as const

/**
 * Requisites of documents, by what they mean. The Russian spellings first: the one with spaces is of UT and UNF, the
 * one without was seen in bases that name their properties themselves.
 */
export const documentRequisites = {
  numberIn1c: ['Номер по 1С', 'Номер по 1C', 'Number by 1C', 'Номер за 1С'],
  dateIn1c: ['Дата по 1С', 'Дата по 1C', 'Date by 1C', 'Дата за 1С'],
  paymentNumber: ['Номер оплаты по 1С', 'Номер оплаты по 1C', 'Payment number by 1C'],
  paymentDate: ['Дата оплаты по 1С', 'Дата оплаты по 1C', 'Payments date by 1C', 'Payment date by 1C'],
  shipmentNumber: ['Номер отгрузки по 1С', 'Номер отгрузки по 1C', 'Shipment number by 1C'],
  shipmentDate: ['Дата отгрузки по 1С', 'Дата отгрузки по 1C', 'Shipment date by 1C'],
  deletionMark: ['ПометкаУдаления', 'Пометка удаления', 'Deletion mark'],
  posted: ['Проведен', 'Проведён', 'Posted', 'Проведений'],
  cancelled: ['Отменен', 'Отменён', 'Cancelled', 'Canceled', 'Скасовано'],
  paid: ['Оплачен', 'Оплачено', 'Заказ оплачен', 'Paid', 'Сплачено'],
  shipped: ['Отгружен', 'Отгружено', 'Shipped', 'Відвантажено'],
  status: ['Статус заказа', 'СтатусЗаказа', 'Order status', 'Статус замовлення'],
  statusId: ['Статуса заказа ИД', 'СтатусаЗаказаИД', 'Статус заказа ИД', 'Order status ID'],
  trackNumber: ['Идентификатор отправления', 'Трек-номер', 'Номер документа отгрузки'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** Requisites of goods that have a spelling in another language, each list under its Russian name. */
const goodsRequisites: readonly (readonly string[])[] = [
  ['Полное наименование', 'Full name', 'Повне найменування'],
  ['ВидНоменклатуры', 'Вид номенклатуры', 'Product kind', 'ВидНоменклатури', 'Вид номенклатури'],
  ['ТипНоменклатуры', 'Тип номенклатуры', 'Product type', 'ТипНоменклатури', 'Тип номенклатури'],
  ['ОписаниеВФорматеHTML', 'Описание в формате HTML', 'Description in HTML format', 'ОписВФорматіHTML'],
  ['ОписаниеФайла', 'Описание файла', 'File description', 'ОписФайлу'],
  ['Вес', 'Weight', 'Вага'],
  ['Код', 'Code'],
]

/** Name of the requisite in which 1C states the kind of a product. */
export const KIND_OF_PRODUCT = 'ВидНоменклатуры'

/** Name of the requisite that holds the weight in bases without an element for it. */
export const WEIGHT_OF_PRODUCT = 'Вес'

/** Name of the requisite that tells services from goods. */
export const KIND_OF_ITEM = 'ТипНоменклатуры'

const spellingsOf = new Map<string, readonly string[]>()
for (const spellings of goodsRequisites) {
  for (const spelling of spellings) spellingsOf.set(spelling.toLowerCase(), spellings)
}

/** All spellings of the name of a product's requisite, the given one first; only that one when it has no other. */
export function requisiteSpellings(name: string): readonly string[] {
  const spellings = spellingsOf.get(name.toLowerCase())
  return spellings === undefined ? [name] : [...new Set([name, ...spellings])]
}

/** True when `text` is one of `spellings`, whatever the case. */
export function isLiteral(text: string, spellings: readonly string[]): boolean {
  if (text === '') return false
  const wanted = text.trim().toLowerCase()
  return spellings.some((spelling) => spelling.toLowerCase() === wanted)
}
