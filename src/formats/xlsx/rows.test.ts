import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ExcelJS from 'exceljs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { faultOf, listFormat, readList, type ReadList } from '../price-list/testing.ts'
import { zipOf } from '../zip/test-support.ts'

const list = listFormat({
  format: 'xlsx',
  fields: { id: 'Код', name: 'Наименование', prices: { Розничная: 'Цена, руб' }, stocks: { Основной: 'Остаток' } },
})

const HEADER = ['Код', 'Наименование', 'Цена, руб', 'Остаток']

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obmen-xlsx-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function read(file: Buffer | ((book: ExcelJS.Workbook) => void), mapping = list): Promise<ReadList> {
  const path = join(folder, 'price.xlsx')
  if (typeof file === 'function') {
    const book = new ExcelJS.Workbook()
    file(book)
    await book.xlsx.writeFile(path)
  } else await writeFile(path, file)
  return readList(path, 'price.xlsx', mapping, 1000)
}

/** Name, price and stock by id and place. */
function shown({ said }: ReadList): Record<string, string> {
  return Object.fromEntries(
    Object.entries(said).map(([key, statement]) => [
      key,
      [
        statement?.productFacts?.name ?? '-',
        statement?.prices?.[0]?.amount ?? '-',
        statement?.stocks?.byWarehouse['Основной'] ?? '-',
      ].join(' | '),
    ]),
  )
}

describe('an Excel price list', () => {
  it('is read below its header, with numbers as people see them', async () => {
    const result = await read((book) => {
      const sheet = book.addWorksheet('Прайс')
      sheet.addRow(['ООО «Поставщик»'])
      sheet.addRow([])
      sheet.addRow(['', 'Код', 'Наименование', 'Цена,\nруб', 'Остаток', 'Примечание'])
      sheet.addRow([
        '',
        7,
        { richText: [{ text: 'Кур' }, { text: 'тка' }] },
        0.1 + 0.2,
        { formula: '1+2', result: 3 },
        'x',
      ])
      sheet.addRow(['Обувь'])
      sheet.addRow(['', 'A-2', new Date('2026-03-01T00:00:00Z'), '1 499,50', ''])
      sheet.addRow(['', '', '', '', ''])
      sheet.addRow(['', 12, true, { error: '#N/A' }, 5])
      sheet.getCell('B4').numFmt = '00000'
      sheet.getCell('B8').numFmt = '00000'
      sheet.getRow(6).hidden = true
      sheet.mergeCells('A5:F5')
      const other = book.addWorksheet('Условия')
      other.addRow(['Доставка', 500])
    })

    expect(shown(result)).toEqual({
      '00007 at Прайс!4': 'Куртка | 0.3 | 3',
      'A-2 at Прайс!6': '2026-03-01 | 1499.5 | -',
      '00012 at Прайс!8': 'ИСТИНА | - | 5',
    })
    expect(result.warnings).toEqual([
      { code: 'list.row_without_id', line: 5, count: 1 },
      { code: 'list.unreadable_price', line: 8, count: 1 },
    ])
    expect(result.stamp).toBe(1000)
  })

  it('is read from the sheet that is named, a hidden one too', async () => {
    const result = await read(
      (book) => {
        book.addWorksheet('Розница').addRows([HEADER, ['A', 'а', 1, 1]])
        book.addWorksheet('Опт', { state: 'hidden' }).addRows([HEADER, ['A', 'а', 2, 2]])
      },
      { ...list, sheet: 'Опт' },
    )

    expect(shown(result)).toEqual({ 'A at Опт!2': 'а | 2 | 2' })
  })

  it('takes its date from a cell', async () => {
    const result = await read(
      (book) => {
        const sheet = book.addWorksheet('Прайс')
        sheet.addRow(['на', new Date('2026-11-22T10:30:00Z')])
        sheet.addRows([HEADER, ['A', 'а', 1, 1]])
      },
      { ...list, stamp: 'B1' },
    )

    expect(result.stamp).toBe(Date.parse('2026-11-22T10:30:00+03:00'))
  })

  it('is read as programs write it: inline texts, cells without addresses, absolute parts, no styles', async () => {
    const row = (cells: readonly string[]): string =>
      `<row>${cells.map((text) => `<c t="inlineStr"><is><t>${text}</t></is></c>`).join('')}</row>`

    const result = await read(workbook(`${row(HEADER)}${row(['A', 'а', '1,5', '2'])}`))

    expect(shown(result)).toEqual({ 'A at Прайс!2': 'а | 1.5 | 2' })
  })

  it.each([
    [
      'a renamed column',
      (book: ExcelJS.Workbook) => {
        book.addWorksheet('Условия').addRow(['Доставка', 500])
        book.addWorksheet('Прайс').addRows([[], ['Код', 'Наименование', 'Цена, р.', 'Остаток'], ['A', 'а', 1, 1]])
      },
      'price.xlsx:Прайс!A2 list.unknown_column: reading price.xlsx: there is no column "Цена, руб" of fields.prices.Розничная (did you mean "Цена, р."?); the columns are "Код", "Наименование", "Цена, р.", "Остаток"',
    ],
    [
      'two sheets that could be meant',
      (book: ExcelJS.Workbook) => {
        book.addWorksheet('Розница').addRows([HEADER])
        book.addWorksheet('Опт').addRows([HEADER])
      },
      'price.xlsx xlsx.several_sheets: reading price.xlsx: several sheets have these columns: Розница, Опт',
    ],
    [
      'a column twice',
      (book: ExcelJS.Workbook) => {
        book.addWorksheet('Прайс').addRows([[...HEADER, 'Остаток']])
      },
      'price.xlsx:Прайс!E1 list.ambiguous_column: reading price.xlsx: the column "Остаток" stands there twice',
    ],
    [
      'an error for an id',
      (book: ExcelJS.Workbook) => {
        book.addWorksheet('Прайс').addRows([HEADER, ['A', 'а', 1, 1], [{ error: '#N/A' }, 'б', 1, 1]])
      },
      'price.xlsx:Прайс!A3 xlsx.error_value: reading price.xlsx: an id is the error #N/A of Excel',
    ],
  ])('is refused with %s', async (_what, make, expected) => {
    expect(await faultOf(read(make))).toBe(expected)
  })

  it('is refused when the sheet that is named is not there', async () => {
    const reading = read((book) => void book.addWorksheet('Прайс').addRows([HEADER]), { ...list, sheet: 'Прайc' })

    expect(await faultOf(reading)).toBe(
      'price.xlsx xlsx.unknown_sheet: reading price.xlsx: there is no sheet "Прайc"; the sheets are Прайс; did you mean "Прайс"?',
    )
  })

  it.each([
    ['no workbook', Buffer.from('Код;Цена\n'), /^price\.xlsx xlsx\.unreadable: /],
    [
      'an archive of something else',
      zipOf([{ name: 'a.xml', text: '<a/>' }]),
      /^price\.xlsx xlsx\.unreadable: .*xl\/workbook\.xml/,
    ],
    ['cut off', workbook('<row><c><v>1</v></c></row>').subarray(0, 400), /^price\.xlsx xlsx\.unreadable: /],
    [
      'broken inside',
      workbook('<row><c><v>1</c></row>'),
      /^price\.xlsx xlsx\.unreadable: .*sheet1\.xml: unexpected close tag/,
    ],
    [
      'with a text that is not there',
      workbook('<row><c t="s"><v>7</v></c></row>'),
      /^price\.xlsx:Прайс!A1 xlsx\.unreadable: /,
    ],
    [
      'with cells out of order',
      workbook('<row><c r="B1"/><c r="A1"/></row>'),
      /^price\.xlsx:Прайс!1 xlsx\.unreadable: /,
    ],
    [
      'with columns that no sheet has',
      workbook('<row><c r="ZZZ1"><v>1</v></c></row>'),
      /^price\.xlsx:Прайс!1 xlsx\.unreadable: /,
    ],
    ['with a DOCTYPE', workbook('', '<!DOCTYPE a [<!ENTITY b "c">]>'), /^price\.xlsx xlsx\.unreadable: .*DOCTYPE/],
    ['a bomb', workbook(`<row><c><v>${'0'.repeat(40 * 1024 * 1024)}</v></c></row>`), /^price\.xlsx zip\.too_large: /],
    [
      'a bomb that lies',
      workbook(`<row><c><v>${'0'.repeat(4 * 1024 * 1024)}</v></c></row>`, '', { size: 100 }),
      /^price\.xlsx xlsx\.unreadable: /,
    ],
    [
      'full of one cell',
      workbook(`<row><c t="str"><v>${randomText(3 * 1024 * 1024)}</v></c></row>`),
      /^price\.xlsx xlsx\.unreadable: .*no cell can hold/,
    ],
  ])('is refused when it is %s', async (_what, file, expected) => {
    expect(await faultOf(read(file))).toMatch(expected)
  })
})

/** A workbook of one sheet with these rows, as simple programs write it. */
function workbook(rows: string, before = '', lie?: { readonly size: number }): Buffer {
  const relation = (type: string, target: string): string =>
    `<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}"/></Relationships>`
  return zipOf([
    { name: '_rels/.rels', text: relation('officeDocument', '/xl/workbook.xml') },
    {
      name: 'xl/workbook.xml',
      text: '<workbook><sheets><sheet name="Прайс" sheetId="1" r:id="r1"/></sheets></workbook>',
    },
    { name: 'xl/_rels/workbook.xml.rels', text: relation('worksheet', '/xl/worksheets/sheet1.xml') },
    {
      name: 'xl/worksheets/sheet1.xml',
      text: `${before}<worksheet><sheetData>${rows}</sheetData></worksheet>`,
      ...(lie === undefined ? {} : { lie }),
    },
  ])
}

/** Text that hardly packs. */
function randomText(length: number): string {
  let seed = 1
  const part = Array.from({ length }, () => {
    seed = (seed * 48_271) % 2_147_483_647
    return String.fromCharCode(97 + (seed % 26))
  })
  return part.join('')
}
