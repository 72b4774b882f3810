import { readdir, readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import type { Diagnostic } from '../core/diagnostic.ts'
import type { Place } from '../core/errors.ts'
import { fingerprintValue } from '../core/fingerprint.ts'
import { buildTable } from './build-table.ts'
import { readCsvTable } from './read-csv.ts'
import { readXlsxTable } from './read-xlsx.ts'
import type { Result, Table, TableRow } from './table.ts'

/** Tables at one moment: a row with dates is there while it is in force. */
export interface TableReader {
  /** The cell; undefined when table, row or column are missing or the cell is empty. The key is trimmed. */
  lookup(table: string, key: string, column: string): string | undefined
  has(table: string, key: string): boolean
}

/** The tables that managers edit, as one picture of the folder. */
export interface Tables {
  /** Sorted. */
  names(): string[]
  /** Names whose file is there and cannot be used: what is wrong with it is told elsewhere. */
  readonly broken: ReadonlySet<string>
  /** In the order of the file, the key's first; empty for an unknown table. */
  columns(table: string): string[]
  /** Filled cells of a column with their places, the key's column included; none for an unknown table or column. */
  cells(table: string, column: string): readonly { readonly text: string; readonly place: Place }[]
  /** Keys with the place of their first row; none for an unknown table. */
  keys(table: string): readonly { readonly text: string; readonly place: Place }[]
  /** Where the table stands; its name alone for an unknown one. */
  placeOf(table: string): Place
  /** The tables at a moment of the shop's wall clock, written as if it were UTC. */
  at(wall: number): TableReader
  /** Moments of the wall clock at which a row begins or ends to be in force, in their order. */
  readonly turns: readonly number[]
  /** Changes when any name, column, row or cell changes. */
  readonly fingerprint: string
}

/** Tables that can be read, and what is wrong with the others. */
export interface LoadedTables {
  readonly tables: Tables
  readonly diagnostics: readonly Diagnostic[]
}

/** How a folder of tables is read. */
export interface LoadOptions {
  /** Names the folder in findings. */
  readonly shownAs: string
  /** An existing folder in which workbooks may be unpacked for a moment. */
  readonly scratch: string
}

/**
 * Reads every `<name>.csv` and `<name>.xlsx` of a folder as table `<name>`; a missing folder holds no tables. A broken
 * table is reported and left out, the others stay.
 */
export async function loadTables(folder: string, { shownAs, scratch }: LoadOptions): Promise<LoadedTables> {
  const loaded = new Map<string, Table>()
  const known = new Map<string, string>()
  const diagnostics: Diagnostic[] = []
  for (const fileName of await filesOf(folder)) {
    const file = posix.join(shownAs.replaceAll('\\', '/'), fileName)
    const [, name, extension = ''] = /^(.+)\.([^.]+)$/.exec(fileName) ?? []
    // Excel keeps a lock file "~$name.xlsx" beside a workbook that is open.
    if (name === undefined || fileName.startsWith('~$') || fileName.startsWith('.')) continue
    if (/^(xls|xlsm|xlsb|ods)$/i.test(extension)) {
      const message = 'tables are read from .xlsx and .csv files: save this one as one of them in the same folder'
      diagnostics.push({ severity: 'warning', code: 'table.other_format', message, place: { file } })
    }
    if (!/^(csv|xlsx)$/i.test(extension)) continue
    const other = known.get(name)
    if (other !== undefined) {
      const message = `there is a table "${name}" already, in ${other}: rename or delete one of the two files`
      diagnostics.push({ severity: 'error', code: 'table.duplicate', message, place: { file }, params: { other } })
      continue
    }
    known.set(name, fileName)
    const result = await readTable(join(folder, fileName), file, scratch)
    if (result.ok) loaded.set(name, result.value)
    else diagnostics.push(...result.diagnostics)
  }
  const broken = new Set([...known.keys()].filter((name) => !loaded.has(name)))
  return { tables: tablesOf(loaded, broken), diagnostics }
}

async function readTable(path: string, file: string, scratch: string): Promise<Result<Table>> {
  try {
    const raw = /\.csv$/i.test(path)
      ? readCsvTable(await readFile(path), file)
      : await readXlsxTable(path, file, scratch)
    return raw.ok ? buildTable(raw.value) : raw
  } catch (error) {
    // A program that is just saving the file may hold it or have moved it away; the next load sees it again.
    const fault = (error as NodeJS.ErrnoException).code ?? String(error)
    const message = `reading the table: ${fault}. Close it in other programs and see that the service may read it`
    const place = { file }
    return {
      ok: false,
      diagnostics: [{ severity: 'error', code: 'table.unreadable', message, place }],
    }
  }
}

/** Tables over data at hand. */
export function tablesOf(loaded: ReadonlyMap<string, Table>, broken: ReadonlySet<string> = new Set()): Tables {
  const rows = [...loaded.values()].flatMap((table) => [...table.rows.values()].flat())
  const rowAt = (table: string, key: string, wall: number): TableRow | undefined =>
    loaded
      .get(table)
      ?.rows.get(key.trim())
      ?.find(({ from = -Infinity, to = Infinity }) => from <= wall && wall < to)
  return {
    names: () => [...loaded.keys()].toSorted(),
    broken,
    columns: (table) => [...(loaded.get(table)?.columns ?? [])],
    cells(table, column) {
      const found = loaded.get(table)
      const index = found?.columns.indexOf(column) ?? -1
      const all = [...(found?.rows.values() ?? [])].flat().flatMap(({ cells }) => cells[index] ?? [])
      return all.filter(({ text }) => text !== '')
    },
    keys: (table) => [...(loaded.get(table)?.rows.values() ?? [])].flatMap(([first]) => first?.cells[0] ?? []),
    placeOf: (table) => loaded.get(table)?.place ?? { file: table },
    at: (wall) => ({
      lookup(table, key, column) {
        const index = loaded.get(table)?.columns.indexOf(column) ?? -1
        const cell = index < 0 ? undefined : rowAt(table, key, wall)?.cells[index]?.text
        return cell === '' ? undefined : cell
      },
      has: (table, key) => rowAt(table, key, wall) !== undefined,
    }),
    turns: [...new Set(rows.flatMap(({ from, to }) => [from, to].filter((each) => each !== undefined)))].toSorted(
      (a, b) => a - b,
    ),
    fingerprint: fingerprintValue([...loaded].map(([name, table]) => [name, table.columns, textsOf(table)])),
  }
}

function textsOf({ rows }: Table): readonly (readonly string[])[] {
  return [...rows.values()].flat().map(({ cells }) => cells.map(({ text }) => text))
}

/** These tables under others of the same name; those are key → column → cell. */
export function tablesOver(
  below: Tables,
  above: ReadonlyMap<string, Readonly<Record<string, Readonly<Record<string, string>>>>>,
): Tables {
  const stated = new Map([...above].map(([name, rows]) => [name, statedTable(rows, below.columns(name)[0] ?? '')]))
  const own = tablesOf(stated)
  const of = (table: string): Tables => (above.has(table) ? own : below)
  return {
    names: () => [...new Set([...below.names(), ...own.names()])].toSorted(),
    broken: new Set([...below.broken].filter((name) => !above.has(name))),
    columns: (table) => of(table).columns(table),
    cells: (table, column) => of(table).cells(table, column),
    keys: (table) => of(table).keys(table),
    placeOf: (table) => of(table).placeOf(table),
    at: (wall) => ({
      lookup: (table, key, column) => of(table).at(wall).lookup(table, key, column),
      has: (table, key) => of(table).at(wall).has(table, key),
    }),
    turns: below.turns,
    fingerprint: fingerprintValue([below.fingerprint, own.fingerprint]),
  }
}

function statedTable(rows: Readonly<Record<string, Readonly<Record<string, string>>>>, keyColumn: string): Table {
  const columns = [...new Set([keyColumn, ...Object.values(rows).flatMap((row) => Object.keys(row))])]
  const cellsOf = (key: string, row: Readonly<Record<string, string>>) =>
    columns.map((column, i) => ({ text: row[column] ?? (i === 0 ? key : ''), place: {} }))
  return {
    place: {},
    columns,
    rows: new Map(Object.entries(rows).map(([key, row]) => [key, [{ cells: cellsOf(key, row) }]])),
  }
}

async function filesOf(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) => entry.name)
      .toSorted()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
