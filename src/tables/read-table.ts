import type { Diagnostic } from '../core/diagnostic.ts'
import { readCsv, type CsvCell, type CsvRow } from '../formats/csv/index.ts'

/** One table that managers edit: named columns, the first of which is the key. All texts trimmed. */
export interface Table {
  /** The first one is the key's; never empty. */
  readonly columns: readonly string[]
  /** Key → cells in the order of the columns, the key's own included. */
  readonly rows: ReadonlyMap<string, readonly string[]>
}

/** A table, or all that is wrong with it. */
export type TableResult =
  { readonly ok: true; readonly table: Table } | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** Reads the bytes of a CSV file as a table; `file` names it in findings. */
export function readTable(bytes: Uint8Array, file: string): TableResult {
  const diagnostics: Diagnostic[] = []
  const report = (code: string, message: string, at: { readonly line: number; readonly column: number }): void => {
    const place = { file, line: at.line, column: at.column }
    diagnostics.push({ severity: 'error', code: `table.${code}`, message, place })
  }
  const csv = readCsv(bytes)
  if (csv.fault !== undefined) {
    report('open_quote', `${csv.fault.message}: close it, or double it if it belongs to the text`, csv.fault)
  }
  const [header, ...body] = csv.rows
  if (header === undefined) {
    if (csv.fault === undefined) {
      report('no_header', 'the table is empty: write the names of the columns into the first row', {
        line: 1,
        column: 1,
      })
    }
    return { ok: false, diagnostics }
  }
  const columns = withoutEmptyTail(header).map((cell) => cell.text.trim())
  checkColumns(header, columns, report)

  const rows = new Map<string, readonly string[]>()
  const lines = new Map<string, number>()
  for (const row of body) {
    const [keyCell] = row as readonly [CsvCell, ...CsvCell[]]
    const key = keyCell.text.trim()
    const earlier = lines.get(key)
    const extra = withoutEmptyTail(row)[columns.length]
    if (key === '') {
      report('no_key', `the key in column "${columns[0] ?? ''}" is empty: fill it in or delete the row`, keyCell)
    } else if (earlier !== undefined) {
      report('duplicate_key', `key "${key}" stands in line ${earlier} already: delete one of the two rows`, keyCell)
    } else lines.set(key, keyCell.line)
    if (extra !== undefined) {
      const hint = `put a cell that holds the delimiter into quotes, or name the column in the first row`
      report(
        'ragged_row',
        `the row has ${withoutEmptyTail(row).length} cells, the table ${columns.length} columns: ${hint}`,
        extra,
      )
    } else if (row.length < columns.length) {
      const hint = 'an empty cell still needs its delimiter'
      report('ragged_row', `the row has ${row.length} cells, the table ${columns.length} columns: ${hint}`, keyCell)
    }
    rows.set(
      key,
      columns.map((_, index) => row[index]?.text.trim() ?? ''),
    )
  }
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, table: { columns, rows } }
}

function checkColumns(
  header: CsvRow,
  columns: readonly string[],
  report: (code: string, message: string, at: CsvCell) => void,
): void {
  for (const [index, column] of columns.entries()) {
    const cell = header[index] as CsvCell
    if (column === '') report('no_column_name', 'the column has no name: write one into the first row', cell)
    else if (columns.indexOf(column) < index) {
      report('duplicate_column', `column "${column}" stands in the first row twice: rename or delete one`, cell)
    }
  }
}

/** Excel writes delimiters for columns that once held something: empty cells at the end of a row say nothing. */
function withoutEmptyTail(row: CsvRow): CsvRow {
  return row.slice(0, row.findLastIndex((cell) => cell.text.trim() !== '') + 1)
}
