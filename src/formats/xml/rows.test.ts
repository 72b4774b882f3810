import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import iconv from 'iconv-lite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { faultOf, listFormat, readList, type ReadList } from '../price-list/testing.ts'
import { parsePath } from './path.ts'

const list = listFormat({
  format: 'xml',
  records: '/price/items/item',
  stamp: '/price/@date',
  fields: {
    id: '@id',
    name: 'name',
    barcodes: 'barcode',
    group: ['group', 'group/@sub'],
    properties: { Цвет: "param[@name='Цвет']" },
    prices: { Розничная: "prices/price[@type='retail']", Оптовая: "prices/price[@type='bulk']/@value" },
    stocks: { Основной: "stock[where='Основной']/count" },
  },
})

const TEXT = `<?xml version="1.0" encoding="UTF-8"?>
<!-- made by <item> -->
<price date="22.11.2026 10:30"><title>Прайс</title>
<items>
  <item id="A&amp;1"><name><![CDATA[Куртка <синяя>]]></name><barcode>1</barcode><barcode>2</barcode>
    <group sub="Куртки">Одежда</group><param name="Размер">M</param><param name="Цвет">синий</param>
    <prices><price type="bulk" value="80"/><price type="retail">100,50</price></prices>
    <stock><where>Запасной</where><count>9</count></stock><stock><where>Основной</where><count>3</count></stock></item>
  <item
     id='B'/>
</items></price>
`

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obmen-xml-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function read(bytes: string | Buffer, mapping = list): Promise<ReadList> {
  const path = join(folder, 'price.xml')
  await writeFile(path, bytes)
  return readList(path, 'price.xml', mapping, 1000)
}

describe('an XML price list', () => {
  it('is read by paths', async () => {
    const { said, stamp, rows, warnings } = await read(TEXT)

    const statement = said['A&1 at 5']
    expect(statement?.productFacts).toEqual({
      name: 'Куртка <синяя>',
      article: '',
      barcodes: ['1', '2'],
      groups: ['Одежда/Куртки'],
      description: '',
      properties: [{ propertyId: 'Цвет', values: ['синий'] }],
      requisites: [],
      vat: '',
      manufacturer: '',
      brand: '',
      images: [],
      catalogues: [],
      deleted: false,
    })
    expect(statement?.prices).toEqual([
      { typeId: 'Розничная', amount: '100.5', currency: 'RUB', ratio: '1' },
      { typeId: 'Оптовая', amount: '80', currency: 'RUB', ratio: '1' },
    ])
    expect(statement?.stocks).toEqual({ byWarehouse: { Основной: '3' } })
    expect(said['B at 9']?.prices).toBeUndefined()
    expect({ stamp, warnings }).toEqual({ stamp: Date.parse('2026-11-22T10:30:00+03:00'), warnings: [] })
    expect(rows).toEqual([
      'priceType Розничная',
      'priceType Оптовая',
      'warehouse Основной',
      'property Цвет',
      'group Одежда',
      'group Одежда/Куртки',
    ])
  })

  it.each([
    ['windows-1251', (text: string) => iconv.encode(text.replace('UTF-8', 'windows-1251'), 'windows-1251')],
    ['UTF-8 with a mark', (text: string) => Buffer.from(`\uFEFF${text}`)],
    ['UTF-16', (text: string) => iconv.encode(text, 'utf-16le', { addBOM: true })],
    ['a namespace', (text: string) => Buffer.from(text.replaceAll(/<(\/?)(\w)/g, '<$1p:$2'))],
    ['Windows line ends', (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'))],
  ])('is read in %s', async (_what, encode) => {
    const { said } = await read(encode(TEXT))

    expect(said['A&1 at 5']?.productFacts?.name).toBe('Куртка <синяя>')
    expect(Object.keys(said)).toEqual(['A&1 at 5', 'B at 9'])
  })

  it('is read whole where its elements lie across the blocks that are read', async () => {
    const items = Array.from(
      { length: 6000 },
      (_, n) => `<item id="${n}"><name>Имя 😀 ${n}</name>\n<prices><price type="retail">${n}</price></prices></item>`,
    )

    const { said } = await read(
      `<price date="2026-11-22"><items>${items.join('\n')}<item id="x"><stock><where>Основной</where><count>1</count></stock></item></items></price>`,
    )

    expect(Object.keys(said)).toHaveLength(6001)
    expect(said['5999 at 11999']?.productFacts?.name).toBe('Имя 😀 5999')
    expect(said['5999 at 11999']?.prices?.[0]?.amount).toBe('5999')
  })

  it('takes its date from an element, too', async () => {
    const mapping = { ...list, stamp: '/price/title' }

    expect((await read(TEXT.replace('Прайс', 'от 2026-11-22T08:00:00'), mapping)).stamp).toBe(
      Date.parse('2026-11-22T08:00:00+03:00'),
    )
  })

  it.each([
    ['cut', (text: string) => text.slice(0, text.indexOf('<prices>')), 'price.xml:7:5 xml.truncated: '],
    ['padded with zeros', (text: string) => `${text}\0\0`, 'price.xml:12:1 xml.nul_bytes: '],
    ['glued to another', (text: string) => `${text}<price/>`, 'price.xml:12:7 xml.trailing_content: '],
    ['wrongly closed', (text: string) => text.replace('</name>', '</nome>'), 'price.xml:5:60 xml.malformed: '],
    ['with an unknown entity', (text: string) => text.replace('100,50', '&price;'), 'price.xml:7:71 xml.malformed: '],
    [
      'with a DOCTYPE',
      (text: string) => text.replace('<!--', '<!DOCTYPE a [<!ENTITY b "c">]><!--'),
      'price.xml:2:30 xml.doctype: ',
    ],
    ['no XML', () => 'Код;Цена\n1;2\n', 'price.xml:1:1 xml.not_xml: '],
    [
      'without its date',
      (text: string) => text.replace('date=', 'day='),
      'price.xml:1 list.no_stamp: reading price.xml: there is no date at /price/@date',
    ],
    [
      'with other elements',
      (text: string) => text.replaceAll('items', 'goods'),
      'price.xml:1 list.no_records: reading price.xml: nothing stands at /price/items/item; the elements are /price, /price/title, /price/goods, /price/goods/item, /price/goods/item/name',
    ],
    [
      'without any price where prices are read',
      (text: string) => text.replaceAll('prices', 'costs'),
      'price.xml:5 list.unknown_path: reading price.xml: there is no path "prices/price[@type=\'retail\']" of fields.prices.Розничная, "prices/price[@type=\'bulk\']/@value" of fields.prices.Оптовая; the paths are "@id", "name", "barcode", "group", "group/@sub"',
    ],
    ['too deep', (text: string) => text.replace('<title>', `<title>${'<a>'.repeat(200_000)}`), 'price.xml:3:'],
  ])('is refused when it is %s', async (_what, change, expected) => {
    expect(await faultOf(read(change(TEXT)))).toMatch(
      new RegExp(`^${expected.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`),
    )
  })

  it.each([
    [
      'a million attributes',
      () => `<price date="1.1.2026" ${Array.from({ length: 1_000_000 }, (_, n) => `a${n}=""`).join(' ')}>`,
    ],
    ['a text of 100 MB', () => `<price date="1.1.2026"><items><item id="1"><name>${'я'.repeat(50 * 1024 * 1024)}`],
  ])('is refused with %s', async (_what, text) => {
    expect(await faultOf(read(text()))).toMatch(/ xml\.(?:too_large|truncated): /)
  })
})

describe('parsePath', () => {
  it.each(['', '/name', 'name/', 'a[b]', "a[@b='c'", 'a//b', '@a/b', 'a b'])('refuses %j', (text) => {
    expect(parsePath(text)).toBeUndefined()
  })
})
