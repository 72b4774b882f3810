import { readCsv, type CsvRow } from '../formats/csv/index.ts'
import type { RawTable, Result } from './table.ts'

/** What the bytes of a CSV file hold; `file` names it in findings. */
export function readCsvTable(bytes: Uint8Array, file: string): Result<RawTable> {
  const { rows, fault } = readCsv(bytes)
  if (fault !== undefined) {
    const message = `${fault.message}: close it, or double it if it belongs to the text`
    const place = { file, line: fault.line, column: fault.column }
    return { ok: false, diagnostics: [{ severity: 'error', code: 'table.open_quote', message, place }] }
  }
  const cellsOf = (row: CsvRow): RawTable['rows'][number] =>
    row.map(({ text, line, column }) => ({ text: text.trim(), place: { file, line, column } }))
  return { ok: true, value: { rows: rows.map(cellsOf), place: { file, line: 1, column: 1 }, isRagged: true } }
}
