import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import iconv from 'iconv-lite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { faultOf, listFormat, readList, type ReadList } from '../price-list/testing.ts'

const list = listFormat({
  format: 'csv',
  fields: {
    id: 'Код',
    name: 'Наименование',
    prices: { Розничная: 'Цена, руб' },
    stocks: { 'Основной склад': 'Остаток' },
  },
})

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obmen-csv-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function read(bytes: string | Buffer, mapping = list): Promise<ReadList> {
  const path = join(folder, 'price.csv')
  await writeFile(path, bytes)
  return readList(path, 'price.csv', mapping, 1000)
}

/** Prices and stocks by id and place. */
async function values(bytes: string | Buffer, mapping = list): Promise<Record<string, string>> {
  const { said } = await read(bytes, mapping)
  return Object.fromEntries(
    Object.entries(said).map(([key, statement]) => [
      key,
      `${statement?.prices?.map(({ amount }) => amount).join() ?? '-'} ${Object.values(statement?.stocks?.byWarehouse ?? {}).join() || '-'}`,
    ]),
  )
}

describe('a CSV price list', () => {
  it('states code, country, weight, packs and the parts of a kit', async () => {
    const mapping = listFormat({
      format: 'csv',
      fields: { id: 'Код', code: 'Код', country: 'Страна', weight: 'Вес', kit: 'Набор', packs: { кор: 'В коробке' } },
    })
    const { said, warnings } = await read(
      'Код;Страна;Вес;Набор;В коробке\r\nA-1;Россия;1,5 кг;B-1 x 2; \r\nA-2;;много;"B-1;B-2 × 3";40\r\n',
      mapping,
    )

    expect(Object.values(said).map((statement) => statement?.productFacts)).toMatchObject([
      { code: 'A-1', country: 'Россия', weight: '1.5', kit: [{ id: 'B-1', name: '', quantity: '2' }] },
      {
        code: 'A-2',
        kit: [
          { id: 'B-1', name: '', quantity: '1' },
          { id: 'B-2', name: '', quantity: '3' },
        ],
        packs: [{ unit: 'кор', ratio: '40' }],
      },
    ])
    expect(Object.values(said).map((statement) => Object.keys(statement?.productFacts ?? {}))).toEqual([
      expect.not.arrayContaining(['packs']),
      expect.not.arrayContaining(['country', 'weight']),
    ])
    expect(warnings).toEqual([{ code: 'list.unreadable_number', line: 3, count: 1 }])
  })

  it('is read with comma decimals, blanks in numbers and quoted cells', async () => {
    const { said, rows, warnings, stamp, encoding } = await read(
      'Код;Наименование;Цена, руб;Остаток\r\nA-1;"Куртка; синяя";"1 499,50";3\r\n',
    )

    const facts = { name: 'Куртка; синяя', article: '', barcodes: [] }
    expect(said).toEqual({
      'A-1 at 2': {
        productId: 'A-1',
        variant: '',
        productFacts: {
          ...facts,
          groups: [],
          description: '',
          properties: [],
          requisites: [],
          vat: '',
          manufacturer: '',
          brand: '',
          images: [],
          catalogues: [],
          deleted: false,
        },
        offerFacts: { ...facts, attributes: [], properties: [], requisites: [], deleted: false },
        prices: [{ typeId: 'Розничная', amount: '1499.5', currency: 'RUB', ratio: '1' }],
        stocks: { byWarehouse: { 'Основной склад': '3' } },
      },
    })
    expect({ rows, warnings, stamp, encoding }).toEqual({
      rows: ['priceType Розничная', 'warehouse Основной склад'],
      warnings: [],
      stamp: 1000,
      encoding: 'UTF-8',
    })
  })

  it.each([
    ['windows-1251', (text: string) => iconv.encode(text, 'windows-1251')],
    ['UTF-8 with a mark', (text: string) => Buffer.from(`\uFEFF${text}`)],
    ['UTF-16', (text: string) => iconv.encode(text, 'utf-16le', { addBOM: true })],
    ['tabs', (text: string) => Buffer.from(text.replaceAll(';', '\t'))],
    ['old line ends', (text: string) => Buffer.from(text.replaceAll('\n', '\r'))],
    [
      'an Excel delimiter line and titles above the header',
      (text: string) => Buffer.from(`sep=;\nПрайс-лист\n\n${text}`),
    ],
  ])('is read in %s', async (_what, encode) => {
    const text = 'Код;Наименование;Цена, руб;Остаток\nA-1;Куртка;10;3\n\nA-2;Шапка;20;0\n'

    const found = await values(encode(text))

    expect(Object.values(found)).toEqual(['10 3', '20 0'])
  })

  it('is read whole where its rows and quotes lie across the blocks that are read', async () => {
    const rows = Array.from({ length: 12_000 }, (_, n) => `A-${n};"Имя ""${n}""\nвторая строка";${n};${n % 7}`)

    const { said, warnings } = await read(`Код;Наименование;Цена, руб;Остаток\n${rows.join('\n')}`)

    expect(Object.keys(said)).toHaveLength(12_000)
    expect(said['A-11999 at 24000']?.productFacts?.name).toBe('Имя "11999"\nвторая строка')
    expect(warnings).toEqual([])
  })

  it('says nothing of a price or a stock whose cell is empty, and of neither where a number cannot be read', async () => {
    const text = 'Код;Наименование;Цена, руб;Остаток\nA-1;а;;\nA-2;б;договорная;5\nA-3;в;10 руб.;много\n'

    const { warnings } = await read(text)

    expect(await values(text)).toEqual({ 'A-1 at 2': '- -', 'A-2 at 3': '- 5', 'A-3 at 4': '10 -' })
    expect(warnings).toEqual([
      { code: 'list.unreadable_price', line: 3, count: 1 },
      { code: 'list.unreadable_quantity', line: 4, count: 1 },
    ])
  })

  it('reads words for quantities where the mapping gives them a number', async () => {
    const mapping = { ...list, words: { нет: '0', '>10': '10', '': '0' } }

    const found = await values('Код;Наименование;Цена, руб;Остаток\nA;а;1;Нет\nB;б;1;>10\nC;в;1;\n', mapping)

    expect(Object.values(found)).toEqual(['1 0', '1 10', '1 0'])
  })

  it('leaves the stock of an item alone where one of several warehouses is empty', async () => {
    const mapping = listFormat({ format: 'csv', fields: { id: 'Код', stocks: { А: 'А', Б: 'Б' } } })
    const text = 'Код;А;Б\nX;5;\nY;5;0\nZ;;\n'

    const { warnings } = await read(text, mapping)

    expect(await values(text, mapping)).toEqual({ 'X at 2': '- -', 'Y at 3': '- 5,0', 'Z at 4': '- -' })
    expect(warnings).toEqual([{ code: 'list.partial_stocks', line: 2, count: 1 }])
  })

  it('counts rows without an id, and ids that cannot be kept, with the first line', async () => {
    const { said, warnings } = await read(
      `Код;Наименование;Цена, руб;Остаток\n;Обувь;;\nA#1;а;1;1\n${'я'.repeat(200)};б;1;1\nB;в;1;1\nИтого;;4;\n;Всего;;\n`,
    )

    expect(Object.keys(said)).toEqual(['B at 5', 'Итого at 6'])
    expect(warnings).toEqual([
      { code: 'list.row_without_id', line: 2, count: 2 },
      { code: 'list.unusable_id', line: 3, count: 2 },
    ])
  })

  it('says nothing of an id whose rows contradict each other, and takes a repeated row for one', async () => {
    const { said, warnings } = await read('Код;Наименование;Цена, руб;Остаток\nA;а;1;1\nB;б;2;2\nA;а;9;1\nB;б;2;2\n')

    expect(said['A at 2']).toEqual({ productId: 'A', variant: '' })
    expect(said['A at 4']).toEqual({ productId: 'A', variant: '' })
    expect(said['B at 5']?.prices?.[0]?.amount).toBe('2')
    expect(warnings).toEqual([{ code: 'list.duplicate_id', line: 4, count: 1 }])
  })

  it('takes its date from a cell above the header', async () => {
    const mapping = { ...list, stamp: 'B1' }

    const { stamp } = await read('Прайс;на 22.11.2026 10:30\nКод;Наименование;Цена, руб;Остаток\nA;а;1;1\n', mapping)

    expect(stamp).toBe(Date.parse('2026-11-22T10:30:00+03:00'))
  })

  it.each([
    [
      'a column that is not there',
      'Прайс-лист\nКод;Наименование;Цена руб;Остаток\nA;а;1;1\n',
      list,
      'price.csv:2:1 list.unknown_column: reading price.csv: there is no column "Цена, руб" of fields.prices.Розничная (did you mean "Цена руб"?); the columns are "Код", "Наименование", "Цена руб", "Остаток"',
    ],
    [
      'a column that stands there twice',
      'Код;Наименование;Цена, руб;Остаток;Остаток\nA;а;1;1;2\n',
      list,
      'price.csv:1:36 list.ambiguous_column: reading price.csv: the column "Остаток" stands there twice',
    ],
    [
      'a row with a cell too many',
      'Код;Наименование;Цена, руб;Остаток\nA;а;1;1\nB;б;в;2;2\n',
      list,
      'price.csv:3:9 csv.ragged_row: reading price.csv: the row has 5 cells, the header 4',
    ],
    [
      'a last row that was cut',
      'Код;Наименование;Цена, руб;Остаток\nA;а;1;1\nB;б;2',
      list,
      'price.csv:3:5 csv.ragged_row: reading price.csv: the row has 3 cells, the header 4',
    ],
    [
      'a quote that is not closed',
      'Код;Наименование;Цена, руб;Остаток\nA;"а;1;1\nB;б;2;2\n',
      list,
      'price.csv:2:3 csv.open_quote: reading price.csv: the quote that opens here is not closed',
    ],
    [
      'zeros instead of text',
      `Код;Наименование;Цена, руб;Остаток\nA;а;1;1\n${'\0'.repeat(20)}`,
      list,
      'price.csv:3:1 csv.nul_bytes: reading price.csv: zeros instead of text',
    ],
    [
      'no id in any row',
      'Код;Наименование;Цена, руб;Остаток\n;а;1;1\n;б;2;2\n',
      list,
      'price.csv:2 list.no_ids: reading price.csv: none of its 2 rows has a usable id',
    ],
    [
      'no date where it should stand',
      'Прайс\nКод;Наименование;Цена, руб;Остаток\nA;а;1;1\n',
      { ...list, stamp: 'A1' },
      'price.csv:1:1 list.no_stamp: reading price.csv: the cell A1 holds no date',
    ],
    [
      'half a character of UTF-16',
      iconv.encode('\uFEFFКод;Наименование;Цена, руб;Остаток\nA;\uD83D;1;1\n', 'utf-16le'),
      list,
      'price.csv:2:3 csv.invalid_utf16: reading price.csv: half a character of UTF-16',
    ],
    [
      'nothing',
      '',
      list,
      'price.csv:1:1 list.unknown_column: reading price.csv: there is no column "Код" of fields.id, "Наименование" of fields.name, "Цена, руб" of fields.prices.Розничная, "Остаток" of fields.stocks.Основной склад; the columns are none',
    ],
  ])('is refused with %s', async (_what, text, mapping, expected) => {
    expect(await faultOf(read(text, mapping))).toBe(expected)
  })
})
