import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { formatDiagnostic } from '../core/diagnostic.ts'
import { writeBook } from '../formats/xlsx/testing.ts'
import { loadTables } from './index.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obmen-tables-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const load = () => loadTables(folder, { shownAs: 'config/mapping', scratch: folder })

/** Writes `m.xlsx` with these rows on its first sheet; resolves to the findings. */
async function findings(...rows: unknown[][]): Promise<string[]> {
  await writeBook(join(folder, 'm.xlsx'), (book) => book.addWorksheet('Наценка').addRows(rows))
  return (await load()).diagnostics.map(formatDiagnostic)
}

const day = (text: string): number => Date.parse(`${text}Z`)

it('reads the first visible sheet of a workbook as a table: results of formulas, numbers as texts, leading zeros', async () => {
  await writeBook(join(folder, 'markup.xlsx'), (book) => {
    book.addWorksheet('Черновик', { state: 'hidden' }).addRow(['no'])
    const sheet = book.addWorksheet('Наценка')
    sheet.addRows([[], ['Артикул', 'коэффициент'], ['00123', 1.25], ['00124', '1,3'], [], [null]])
    sheet.getCell('A7').value = 7
    sheet.getCell('A7').numFmt = '00000'
    sheet.getCell('B7').value = { formula: 'B3*2', result: 2.5 }
    book.addWorksheet('Заметки').addRow(['a', 'b', 'c'])
  })
  await writeFile(join(folder, '~$markup.xlsx'), 'a lock of Excel')

  const { tables, diagnostics } = await load()

  expect(diagnostics).toEqual([])
  expect(tables.names()).toEqual(['markup'])
  expect(tables.columns('markup')).toEqual(['Артикул', 'коэффициент'])
  const now = tables.at(0)
  expect(['00123', '00124', '00007', '123'].map((key) => now.lookup('markup', key, 'коэффициент'))).toEqual([
    '1.25',
    '1,3',
    '2.5',
    undefined,
  ])
})

it('finds mistakes at their cells', async () => {
  const found = await findings(
    ['ключ', 'значение', 'значение'],
    ['a', 1],
    ['a', 2],
    ['', 3],
    ['b', { error: '#N/A' }],
    ['c', 1, 2, 3],
  )

  expect(found).toEqual([
    'config/mapping/m.xlsx:Наценка!C1 error table.duplicate_column: column "значение" stands in the first row twice: rename or delete one',
    'config/mapping/m.xlsx:Наценка!A3 error table.duplicate_key: key "a" stands in Наценка!A2 already: delete one of the two rows',
    'config/mapping/m.xlsx:Наценка!A4 error table.no_key: the key in column "ключ" is empty: fill it in or delete the row',
    'config/mapping/m.xlsx:Наценка!B5 error table.error_value: the error #N/A of Excel stands in the cell: mend the formula',
    'config/mapping/m.xlsx:Наценка!D6 error table.ragged_row: the row has 4 cells, the table 3 columns: name the column in the first row, or clear the cell',
  ])
})

it('refuses a workbook beside a CSV file of its name, and an empty one', async () => {
  await writeFile(join(folder, 'm.csv'), 'k\n')

  expect(await findings(['k'])).toEqual([
    'config/mapping/m.xlsx error table.duplicate: there is a table "m" already, in m.csv: rename or delete one of the two files',
  ])
  await rm(join(folder, 'm.csv'))
  expect(await findings()).toEqual([
    'config/mapping/m.xlsx:Наценка!A1 error table.no_header: the table is empty: write the names of the columns into the first row',
  ])
})

it('keeps a row in force within its dates only, days to their end, by cells of Excel and by texts', async () => {
  const found = await findings(
    ['Ид', 'from', 'to', 'скидка'],
    ['a', new Date('2026-03-01'), new Date('2026-03-07'), 10],
    ['a', '08.03.2026', '08.03.2026 12:00', 20],
    ['a', '08.03.2026 12:00', '', 30],
    ['b', '', '', 5],
  )

  expect(found).toEqual([])
  const { tables } = await load()
  const at = (moment: string): string | undefined => tables.at(day(moment)).lookup('m', 'a', 'скидка')
  expect(at('2026-02-28T23:59:59')).toBeUndefined()
  expect(tables.at(day('2026-02-28T23:59:59')).has('m', 'a')).toBe(false)
  expect(at('2026-03-01T00:00:00')).toBe('10')
  expect(at('2026-03-07T23:59:59')).toBe('10')
  expect(at('2026-03-08T11:59:59')).toBe('20')
  expect(at('2030-01-01T00:00:00')).toBe('30')
  expect(tables.at(0).lookup('m', 'b', 'скидка')).toBe('5')
  expect(tables.turns).toEqual(
    ['2026-03-01T00:00:00', '2026-03-08T00:00:00', '2026-03-08T12:00:00'].map((moment) => day(moment)),
  )
})

it('refuses dates that overlap, are none, or stand the wrong way round', async () => {
  expect(
    await findings(
      ['Ид', 'с', 'по'],
      ['a', '01.03.2026', '07.03.2026'],
      ['a', '07.03.2026', ''],
      ['b', '31.02.2026', ''],
      ['c', '2026-03-02', '2026-03-01'],
      ['d', '', ''],
      ['d', '', ''],
    ),
  ).toEqual([
    'config/mapping/m.xlsx:Наценка!A3 error table.overlap: key "a" is in force at the same time as in Наценка!A2: let one end before the other begins',
    'config/mapping/m.xlsx:Наценка!B4 error table.bad_date: "31.02.2026" is no date: write 01.03.2026, with a time if needed',
    'config/mapping/m.xlsx:Наценка!C5 error table.dates_reversed: the row ends before it begins: exchange the two dates',
    'config/mapping/m.xlsx:Наценка!A7 error table.duplicate_key: key "d" stands in Наценка!A6 already: delete one of the two rows',
  ])
})
