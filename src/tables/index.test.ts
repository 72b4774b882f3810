import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatDiagnostic } from '../core/diagnostic.ts'
import { loadTables } from './index.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obmen-tables-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
}

const load = (shownAs = 'm') => loadTables(folder, { shownAs, scratch: tmpdir() })

async function findings(files: Readonly<Record<string, string>>): Promise<string[]> {
  await put(files)
  const { diagnostics } = await load('config/mapping')
  return diagnostics.map(formatDiagnostic)
}

describe('loadTables', () => {
  it('reads every CSV file of the folder as a table', async () => {
    await put({
      'ozon-markup.csv': '\uFEFF Группа ;коэффициент;заметка;\r\n Обувь ; 1,35 ;;\r\n0012;1.2;"a;b"\r\n;;;\r\n',
      'ozon-stop.CSV': 'Ид\nabc\n',
      'empty-stop.csv': 'Ид\n',
      'notes.txt': 'not;a\ntable',
      '.hidden.csv': '"',
      '~$ozon-markup.xlsx': '',
    })
    await mkdir(join(folder, 'categories.csv'))

    const { tables, diagnostics } = await load()

    const now = tables.at(0)
    expect(diagnostics).toEqual([])
    expect(tables.names()).toEqual(['empty-stop', 'ozon-markup', 'ozon-stop'])
    expect(tables.columns('ozon-markup')).toEqual(['Группа', 'коэффициент', 'заметка'])
    expect(tables.columns('no-such')).toEqual([])
    expect(now.lookup('ozon-markup', 'Обувь', 'коэффициент')).toBe('1,35')
    expect(now.lookup('ozon-markup', ' Обувь ', 'Группа')).toBe('Обувь')
    expect(now.lookup('ozon-markup', '0012', 'заметка')).toBe('a;b')
    expect(now.lookup('ozon-markup', 'Обувь', 'заметка')).toBeUndefined()
    expect(now.lookup('ozon-markup', '12', 'коэффициент')).toBeUndefined()
    expect(now.lookup('ozon-markup', '0012', 'no such')).toBeUndefined()
    expect(now.lookup('no-such', '0012', 'коэффициент')).toBeUndefined()
    expect(now.has('ozon-stop', 'abc')).toBe(true)
    expect(now.has('ozon-stop', 'ABC')).toBe(false)
    expect(now.has('empty-stop', 'Ид')).toBe(false)
    expect(now.has('no-such', 'abc')).toBe(false)
  })

  it('holds no tables where the folder is missing', async () => {
    const { tables, diagnostics } = await loadTables(join(folder, 'mapping'), { shownAs: 'm', scratch: tmpdir() })

    expect([tables.names(), diagnostics]).toEqual([[], []])
  })

  it('leaves out a broken table alone', async () => {
    await put({ 'a.csv': 'k;v\n1;2;3\n', 'b.csv': 'k;v\n1;2\n' })

    const { tables, diagnostics } = await load()

    expect(tables.names()).toEqual(['b'])
    expect(diagnostics).toHaveLength(1)
  })

  it('finds all that is wrong with a table, each at its place', async () => {
    const found = await findings({ 'm.csv': 'k;;v;v\n1;a;b;c\n;a;b;c\n 1 ;a;b;c\n2;a\n3;a;b;c;d\n' })

    expect(found).toEqual([
      'config/mapping/m.csv:1:3 error table.no_column_name: the column has no name: write one into the first row',
      'config/mapping/m.csv:1:6 error table.duplicate_column: column "v" stands in the first row twice: rename or delete one',
      'config/mapping/m.csv:3:1 error table.no_key: the key in column "k" is empty: fill it in or delete the row',
      'config/mapping/m.csv:4:1 error table.duplicate_key: key "1" stands in line 2 already: delete one of the two rows',
      'config/mapping/m.csv:5:1 error table.ragged_row: the row has 2 cells, the table 4 columns: an empty cell still needs its delimiter',
      'config/mapping/m.csv:6:9 error table.ragged_row: the row has 5 cells, the table 4 columns: put a cell that holds the delimiter into quotes, or name the column in the first row',
    ])
  })

  it.each([
    [
      'an empty file',
      { 'm.csv': '' },
      'config/mapping/m.csv:1:1 error table.no_header: the table is empty: write the names of the columns into the first row',
    ],
    [
      'an open quote',
      { 'm.csv': 'k;v\n1;"2\n' },
      'config/mapping/m.csv:2:3 error table.open_quote: the quote that opens here is not closed: close it, or double it if it belongs to the text',
    ],
    [
      'an open quote at once',
      { 'm.csv': '"k;v\n1;2\n' },
      'config/mapping/m.csv:1:1 error table.open_quote: the quote that opens here is not closed: close it, or double it if it belongs to the text',
    ],
    [
      'a workbook that is not whole',
      { 'm.xlsx': 'PK' },
      'config/mapping/m.xlsx error table.unreadable: the workbook cannot be read (half saved, damaged, with a password): save it in Excel again as .xlsx',
    ],
    [
      'a workbook of another kind',
      { 'm.xls': '' },
      'config/mapping/m.xls warning table.other_format: tables are read from .xlsx and .csv files: save this one as one of them in the same folder',
    ],
  ])('reports %s', async (_name, files, expected) => {
    expect(await findings(files)).toEqual([expected])
  })

  it.skipIf(process.platform !== 'linux')('reports two files of one table', async () => {
    expect(await findings({ 'm.CSV': 'k\n', 'm.csv': 'k\n' })).toEqual([
      'config/mapping/m.csv error table.duplicate: there is a table "m" already, in m.CSV: rename or delete one of the two files',
    ])
  })

  it.skipIf(process.platform === 'win32')('reports a table that cannot be read', async () => {
    await symlink(join(folder, 'gone'), join(folder, 'm.csv'))

    expect(await findings({})).toEqual([
      'config/mapping/m.csv error table.unreadable: reading the table: ENOENT. Close it in other programs and see that the service may read it',
    ])
  })

  it('has a fingerprint of the content', async () => {
    await put({ 'm.csv': 'k;v\n1;2\n' })
    const before = await load()
    await put({ 'm.csv': '"k" ; v\r\n1;"2"\r\n' })
    const same = await load()
    await put({ 'm.csv': 'k;v\n1;3\n' })
    const after = await load()

    expect(same.tables.fingerprint).toBe(before.tables.fingerprint)
    expect(after.tables.fingerprint).not.toBe(before.tables.fingerprint)
  })
})
