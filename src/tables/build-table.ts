import type { Diagnostic } from '../core/diagnostic.ts'
import type { Place } from '../core/errors.ts'
import { endOf, parseTableDate } from './dates.ts'
import type { RawCell, RawTable, Result, Table, TableRow } from './table.ts'

/** Names of the columns that say from when until when a row is in force. */
const FROM = ['from', 'с']
const TO = ['to', 'по']

/** Params are what a text in another language needs. */
type Report = (code: string, message: string, at: RawCell, params?: Readonly<Record<string, string>>) => void

/** Makes a table of what a file holds, or says all that is wrong with it. */
export function buildTable(raw: RawTable): Result<Table> {
  const diagnostics: Diagnostic[] = []
  const report: Report = (code, message, { place }, params = {}) => {
    diagnostics.push({ severity: 'error', code: `table.${code}`, message, place, params })
  }
  const [header, ...body] = raw.rows
  if (header === undefined) {
    const message = 'the table is empty: write the names of the columns into the first row'
    report('no_header', message, { text: '', place: raw.place })
    return { ok: false, diagnostics }
  }
  const columns = withoutEmptyTail(header).map((cell) => cell.text)
  checkColumns(header, columns, report)
  const dates = { from: indexOfAny(columns, FROM), to: indexOfAny(columns, TO) }
  const rows = new Map<string, TableRow[]>()
  for (const cells of body) {
    checkCells(cells, columns, raw.isRagged, report)
    const row = rowOf(cells, columns, dates, report)
    const key = row.cells[0] as RawCell
    if (key.text === '') {
      const params = { column: columns[0] ?? '' }
      report('no_key', `the key in column "${columns[0] ?? ''}" is empty: fill it in or delete the row`, key, params)
      continue
    }
    const others = rows.get(key.text) ?? []
    const clash = others.find((other) => overlap(other, row))
    if (clash !== undefined) reportTwice(key, clash, report)
    else rows.set(key.text, [...others, row])
  }
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: { place: raw.place, columns, rows } }
}

function checkColumns(header: readonly RawCell[], columns: readonly string[], report: Report): void {
  for (const [index, column] of columns.entries()) {
    const cell = header[index] as RawCell
    if (column === '') report('no_column_name', 'the column has no name: write one into the first row', cell)
    else if (columns.indexOf(column) < index) {
      const message = `column "${column}" stands in the first row twice: rename or delete one`
      report('duplicate_column', message, cell, { column })
    }
  }
}

function checkCells(row: readonly RawCell[], columns: readonly string[], isRagged: boolean, report: Report): void {
  for (const cell of row) {
    if (cell.isError !== true) continue
    const message = `the error ${cell.text} of Excel stands in the cell: mend the formula`
    report('error_value', message, cell, { value: cell.text })
  }
  const filled = withoutEmptyTail(row)
  const extra = filled[columns.length]
  const counts = { cells: String(filled.length), columns: String(columns.length) }
  if (extra !== undefined) {
    const hint = isRagged
      ? 'put a cell that holds the delimiter into quotes, or name the column in the first row'
      : 'name the column in the first row, or clear the cell'
    const message = `the row has ${filled.length} cells, the table ${columns.length} columns: ${hint}`
    report('ragged_row', message, extra, counts)
  } else if (isRagged && row.length < columns.length) {
    const hint = 'an empty cell still needs its delimiter'
    const message = `the row has ${row.length} cells, the table ${columns.length} columns: ${hint}`
    report('ragged_row', message, row[0] as RawCell, { ...counts, cells: String(row.length) })
  }
}

function rowOf(
  row: readonly RawCell[],
  columns: readonly string[],
  dates: { readonly from: number; readonly to: number },
  report: Report,
): TableRow {
  const place: Place = row[0]?.place ?? {}
  const cells = columns.map((_, index): RawCell => row[index] ?? { text: '', place })
  const dateIn = (index: number): ReturnType<typeof parseTableDate> => {
    const cell = cells[index]
    if (cell === undefined || cell.text === '') return undefined
    const date = parseTableDate(cell.text)
    if (date === undefined) {
      const message = `"${cell.text}" is no date: write 01.03.2026, with a time if needed`
      report('bad_date', message, cell, { text: cell.text })
    }
    return date
  }
  const [first, last] = [dateIn(dates.from), dateIn(dates.to)]
  const to = last === undefined ? undefined : endOf(last)
  if (first !== undefined && to !== undefined && to <= first.at) {
    report('dates_reversed', 'the row ends before it begins: exchange the two dates', cells[dates.to] as RawCell)
  }
  return {
    cells,
    ...(first === undefined ? {} : { from: first.at }),
    ...(to === undefined ? {} : { to }),
  }
}

/** True when there is a moment at which both rows would be in force. */
function overlap(a: TableRow, b: TableRow): boolean {
  return (a.from ?? -Infinity) < (b.to ?? Infinity) && (b.from ?? -Infinity) < (a.to ?? Infinity)
}

function reportTwice(key: RawCell, other: TableRow, report: Report): void {
  const { place } = other.cells[0] as RawCell
  const where = place.cell ?? `line ${place.line ?? 0}`
  const params = { key: key.text, other: place.cell ?? String(place.line ?? '') }
  const isDated = other.from !== undefined || other.to !== undefined
  if (isDated) {
    const message = `key "${key.text}" is in force at the same time as in ${where}: let one end before the other begins`
    report('overlap', message, key, params)
  } else {
    const message = `key "${key.text}" stands in ${where} already: delete one of the two rows`
    report('duplicate_key', message, key, params)
  }
}

function indexOfAny(columns: readonly string[], names: readonly string[]): number {
  return columns.findIndex((column) => names.includes(column.toLowerCase()))
}

/** Excel writes delimiters for columns that once held something: empty cells at the end of a row say nothing. */
function withoutEmptyTail(row: readonly RawCell[]): readonly RawCell[] {
  return row.slice(0, row.findLastIndex((cell) => cell.text !== '') + 1)
}
