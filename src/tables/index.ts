import { readdir, readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import type { Diagnostic } from '../core/diagnostic.ts'
import { fingerprintValue } from '../core/fingerprint.ts'
import { readTable, type Table, type TableResult } from './read-table.ts'

/** The tables that managers edit, as one picture of the folder. */
export interface Tables {
  /** Sorted. */
  names(): string[]
  /** In the order of the file, the key's first; empty for an unknown table. */
  columns(table: string): string[]
  /** The cell; undefined when table, row or column are missing or the cell is empty. The key is trimmed. */
  lookup(table: string, key: string, column: string): string | undefined
  has(table: string, key: string): boolean
  /** Changes when any name, column, row or cell changes. */
  readonly fingerprint: string
}

/** Tables that can be read, and what is wrong with the others. */
export interface LoadedTables {
  readonly tables: Tables
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Reads every `<name>.csv` of a folder as table `<name>`; a missing folder holds no tables. A broken table is reported
 * and left out, the others stay. `shownAs` names the folder in findings.
 */
export async function loadTables(folder: string, shownAs: string = folder): Promise<LoadedTables> {
  const loaded = new Map<string, Table>()
  const diagnostics: Diagnostic[] = []
  for (const fileName of await filesOf(folder)) {
    const file = posix.join(shownAs.replaceAll('\\', '/'), fileName)
    const [, name, extension] = /^(.+)\.([^.]+)$/.exec(fileName) ?? []
    // Excel keeps a lock file "~$name.xlsx" beside a workbook that is open.
    if (name === undefined || fileName.startsWith('~$') || fileName.startsWith('.')) continue
    if (/^(xlsx?|xlsm|ods)$/i.test(extension ?? '')) {
      const message = 'tables are read from CSV files: save this one as "CSV UTF-8" in the same folder'
      diagnostics.push({ severity: 'warning', code: 'table.not_csv', message, place: { file } })
    }
    if (extension?.toLowerCase() !== 'csv') continue
    if (loaded.has(name)) {
      const message = `there is a table "${name}" already: rename or delete one of the two files`
      diagnostics.push({ severity: 'error', code: 'table.duplicate', message, place: { file } })
      continue
    }
    const result = await readTableFile(join(folder, fileName), file)
    if (result.ok) loaded.set(name, result.table)
    else diagnostics.push(...result.diagnostics)
  }
  return { tables: tablesOf(loaded), diagnostics }
}

async function readTableFile(path: string, file: string): Promise<TableResult> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    // A program that is just saving the file may hold it or have moved it away; the next load sees it again.
    const fault = (error as NodeJS.ErrnoException).code ?? String(error)
    const message = `reading the table: ${fault}. Close it in other programs and see that the service may read it`
    return { ok: false, diagnostics: [{ severity: 'error', code: 'table.unreadable', message, place: { file } }] }
  }
  return readTable(bytes, file)
}

/** Tables over data at hand. */
export function tablesOf(loaded: ReadonlyMap<string, Table>): Tables {
  const content = [...loaded].map(([name, { columns, rows }]) => [name, columns, [...rows]])
  return {
    names: () => [...loaded.keys()].toSorted(),
    columns: (table) => [...(loaded.get(table)?.columns ?? [])],
    lookup(table, key, column) {
      const found = loaded.get(table)
      const index = found?.columns.indexOf(column) ?? -1
      const cell = index < 0 ? undefined : found?.rows.get(key.trim())?.[index]
      return cell === '' ? undefined : cell
    },
    has: (table, key) => loaded.get(table)?.rows.has(key.trim()) ?? false,
    fingerprint: fingerprintValue(content),
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
