import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ObmenError } from '../../core/errors.ts'
import { openExchangeFile } from './exchange-file.ts'
import { readWhole, writeExchangeFile } from './testing.ts'

const head =
  '<?xml version="1.0" encoding="UTF-8"?>\n<КоммерческаяИнформация ВерсияСхемы="2.07" ДатаФормирования="2026-03-02T14:00:05">\n'
const tail = '</КоммерческаяИнформация>'
const offers = (inside: string): string =>
  `<ПакетПредложений><Ид>c#</Ид><Предложения>\n${inside}\n</Предложения></ПакетПредложений>\n`
const offer = '<Предложение><Ид>t1</Ид><Количество>1</Количество></Предложение>'
const whole = head + offers(`${offer}\n${offer}`) + tail

async function faultOf(content: string | Uint8Array): Promise<string> {
  const path = await writeExchangeFile(content)
  try {
    await readWhole(path)
  } catch (error) {
    if (!(error instanceof ObmenError)) throw error
    expect(error.kind).toBe('input')
    expect(error.remedy).not.toBe(undefined)
    return `${error.place?.file}:${error.place?.line}:${error.place?.column} ${error.code}`
  }
  return 'accepted'
}

test.each([
  ['a sound file', whole, 'accepted'],
  ['a comment and blanks behind the root', `${whole}\r\n<!-- 1С -->\n\n`, 'accepted'],
  ['cut after a whole record', head + offers(offer).slice(0, 107), 'import.xml:4:65 xml.truncated'],
  ['cut inside a tag', whole.slice(0, -5), 'import.xml:7:21 xml.truncated'],
  ['cut inside a record', head + offers(offer).slice(0, 70), 'import.xml:4:28 xml.truncated'],
  ['NUL bytes behind the end', `${whole}\0\0\0`, 'import.xml:7:26 xml.nul_bytes'],
  ['NUL bytes in the middle', whole.replace('>1<', '>\0<'), 'import.xml:4:37 xml.nul_bytes'],
  ['nothing but NUL bytes', '\0\0\0\0', 'import.xml:1:1 xml.nul_bytes'],
  ['an empty file', '', 'import.xml:1:1 xml.truncated'],
  ['blanks only', ' \n ', 'import.xml:2:2 xml.truncated'],
  ['two documents glued', whole + whole, 'import.xml:7:26 xml.trailing_content'],
  ['two documents glued without declarations', whole + whole.slice(39), 'import.xml:7:26 xml.trailing_content'],
  ['text behind the root', `${whole}\nконец`, 'import.xml:8:1 xml.trailing_content'],
  ['a closing tag too many', `${whole}\n${tail}`, 'import.xml:8:1 xml.trailing_content'],
  ['a duplicate attribute', whole.replace('<Количество>', '<Количество а="1" а="2">'), 'import.xml:4:48 xml.malformed'],
  ['a wrong end tag in a record', whole.replace('</Количество>', '</Количества>'), 'import.xml:4:50 xml.malformed'],
  ['a missing end tag in a record', whole.replace('</Количество>', ''), 'import.xml:4:51 xml.malformed'],
  ['a record without its end tag', whole.replace('</Предложение>', ''), 'import.xml:6:14 xml.malformed'],
  [
    'a wrong end tag outside records',
    whole.replace('</Предложения>', '</Предложенья>'),
    'import.xml:6:14 xml.malformed',
  ],
  ['a bare ampersand', whole.replace('>1<', '>1 & 2<'), 'import.xml:4:39 xml.malformed'],
  ['an unknown entity', whole.replace('>1<', '>&nbsp;<'), 'import.xml:4:42 xml.malformed'],
  ['a DOCTYPE with entities', `<!DOCTYPE a [<!ENTITY b "c">]>\n${whole.slice(39)}`, 'import.xml:1:1 xml.doctype'],
  ['a DOCTYPE inside a record', whole.replace('>1<', '><!DOCTYPE a><'), 'import.xml:4:45 xml.malformed'],
  ['nesting without end', head + '<Иное>'.repeat(200) + '</Иное>'.repeat(200) + tail, 'import.xml:3:384 xml.too_deep'],
  ['no XML at all', 'Артикул;Цена\n1;2\n', 'import.xml:1:1 xml.not_xml'],
  ['an archive', Buffer.from('504b0304aabb', 'hex'), 'import.xml:1:1 xml.not_xml'],
  ['a page of a web server', '<html><body>502</body></html>', 'import.xml:1:1 commerceml.web_page'],
  ['a page with its declaration', '\n<!DOCTYPE html>\n<html></html>', 'import.xml:2:1 commerceml.web_page'],
  ['a price list in YML', '<?xml version="1.0"?>\n<yml_catalog/>', 'import.xml:2:1 commerceml.other_format'],
  ['something else', '<a/>', 'import.xml:1:1 commerceml.unknown_root'],
  ['CommerceML 1 by its version', whole.replace('2.07', '1.03'), 'import.xml:2:1 commerceml.v1'],
  [
    'CommerceML 1 by its shape',
    '<КоммерческаяИнформация>\n<Каталог Идентификатор="1"/></КоммерческаяИнформация>',
    'import.xml:2:1 commerceml.v1',
  ],
  [
    'a document of CommerceML 1',
    '<КоммерческаяИнформация>\n<Документ Номер="1"/></КоммерческаяИнформация>',
    'import.xml:2:1 commerceml.v1',
  ],
])('%s', async (_, content, expected) => {
  expect(await faultOf(content)).toBe(expected)
})

test('a bad byte in a UTF-8 file is shown, not taken for another encoding', async () => {
  const bytes = Buffer.from(whole)
  bytes[bytes.indexOf('>1<') + 1] = 0xff

  expect(await faultOf(bytes)).toBe('import.xml:4:37 xml.invalid_utf8')
})

test('places count from the file, behind a byte order mark and across lines', async () => {
  const path = await writeExchangeFile(`\uFEFF${whole.replaceAll('\n', '\r\n').replace('>1<', '>\r\n\r\n  &bad;<')}`)

  await expect(readWhole(path)).rejects.toMatchObject({ place: { file: 'import.xml', line: 6, column: 7 } })
})

test('a transcoded file is never accepted when cut, at whatever byte', async () => {
  const bytes = readFileSync(new URL('../../../fixtures/quirks/windows-1251.xml', import.meta.url))
  const enough = bytes.lastIndexOf('>') + 1

  for (let length = 0; length < enough; length += 3) {
    expect([length, await faultOf(bytes.subarray(0, length))]).not.toEqual([length, 'accepted'])
  }
  expect(await faultOf(bytes.subarray(0, enough))).toBe('accepted')
})

test('a record that changes, or whose meaning changes, has another fingerprint', async () => {
  const fingerprintsOf = async (content: string): Promise<readonly bigint[]> =>
    (await readWhole(await writeExchangeFile(content))).records.map(({ fingerprint }) => fingerprint)
  const shop = (catalogue: string, name: string): string =>
    `${head}<Каталог><Ид>${catalogue}</Ид><Товары><Товар><Ид>t1</Ид><Наименование>${name}</Наименование></Товар></Товары></Каталог>${tail}`

  const [first] = await fingerprintsOf(shop('c1', 'Кеды'))

  expect(await fingerprintsOf(shop('c1', 'Кеды').replace('14:00', '15:00'))).toEqual([first])
  expect(await fingerprintsOf(shop('c1', 'Боты'))).not.toEqual([first])
  expect(await fingerprintsOf(shop('c2', 'Кеды'))).not.toEqual([first])
})

test('the header is known before the records are read', async () => {
  const path = await writeExchangeFile(`\uFEFF${whole}`, 'offers0_1.xml')
  const { signal } = new AbortController()

  const file = await openExchangeFile(
    path,
    { name: 'goods/offers0_1.xml', workFolder: '/', timezone: 'Europe/Moscow' },
    signal,
  )

  expect(file.header).toEqual({
    version: '2.07',
    stampText: '2026-03-02T14:00:05',
    stamp: Date.parse('2026-03-02T11:00:05Z'),
    encoding: 'UTF-8',
    bom: true,
    family: 'A',
    rootChildren: ['ПакетПредложений'],
  })
  expect(file.path).toBe(path)
  expect(() => file.summary).toThrow('before pass 1 ended')
})

test('the summary tells what the file holds', async () => {
  const path = await writeExchangeFile(
    `<КоммерческаяИнформация><ПакетПредложений><СодержитТолькоИзменения>true</СодержитТолькоИзменения></ПакетПредложений>\n<Каталог СодержитТолькоИзменения="false"/><Документ><Ид>1</Ид></Документ><Документ><Ид>2</Ид></Документ>${tail}`,
  )

  const { file } = await readWhole(path)

  expect(file.summary).toEqual({
    version: '',
    stampText: '',
    stamp: undefined,
    encoding: 'UTF-8',
    bom: false,
    family: null,
    roots: ['ПакетПредложений', 'Каталог', 'Документ'],
    changesOnly: { ПакетПредложений: true, Каталог: false },
    records: {
      product: 0,
      offer: 0,
      offerChange: 0,
      priceType: 0,
      warehouse: 0,
      property: 0,
      unit: 0,
      group: 0,
      document: 2,
    },
    warnings: [
      { code: 'commerceml.no_version', line: 1, count: 1 },
      { code: 'commerceml.no_stamp', line: 1, count: 1 },
    ],
  })
})

test('an aborted signal ends both passes with its reason', async () => {
  const path = await writeExchangeFile(whole)
  const { file, records } = await readWhole(path)
  const reason = new Error('stopped by a person')
  const signal = AbortSignal.abort(reason)

  await expect(file.records(signal).next()).rejects.toBe(reason)
  await expect(file.decode(records, signal).next()).rejects.toBe(reason)
  await expect(openExchangeFile(path, { name: 'x', workFolder: '/', timezone: 'Europe/Moscow' }, signal)).rejects.toBe(
    reason,
  )
})
