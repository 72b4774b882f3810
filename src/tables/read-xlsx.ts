import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ObmenError } from '../core/errors.ts'
import { cellPlace } from '../formats/xlsx/address.ts'
import { openWorkbook, type XlsxRow } from '../formats/xlsx/workbook.ts'
import type { RawCell, RawTable, Result } from './table.ts'

/** Rows of a table that a person edits; more of them stand in memory for nothing. */
const MOST_ROWS = 200_000

/**
 * What the first visible sheet of a workbook holds; the other sheets are the manager's own. Parts are unpacked below
 * `scratch`. A workbook that is being saved, or is none, is a finding.
 */
export async function readXlsxTable(path: string, file: string, scratch: string): Promise<Result<RawTable>> {
  const workFolder = await mkdtemp(join(scratch, 'obmen-table-'))
  try {
    return await read(path, file, workFolder)
  } catch (error) {
    if (!(error instanceof ObmenError) || error.kind !== 'input') throw error
    const message =
      'the workbook cannot be read (half saved, damaged, with a password): save it in Excel again as .xlsx'
    const place = { file, ...error.place }
    return { ok: false, diagnostics: [{ severity: 'error', code: 'table.unreadable', message, place }] }
  } finally {
    await rm(workFolder, { recursive: true, force: true })
  }
}

async function read(path: string, file: string, workFolder: string): Promise<Result<RawTable>> {
  const { signal } = new AbortController()
  const book = await openWorkbook(path, { name: file, workFolder }, signal)
  try {
    const sheet = book.sheets.find(({ hidden }) => !hidden)
    const name = sheet?.name ?? ''
    const rows: RawCell[][] = []
    const take = (batch: readonly XlsxRow[]): Promise<boolean> => {
      for (const row of batch) rows.push(cellsOf(row, file, name))
      return Promise.resolve(rows.length > MOST_ROWS)
    }
    if (sheet !== undefined) await book.read(sheet, take, signal)
    const place = { file, cell: cellPlace(name, 0, 1) }
    if (rows.length <= MOST_ROWS) return { ok: true, value: { rows, place, isRagged: false } }
    const message = `the sheet has more than ${MOST_ROWS} rows; a table for people has fewer`
    return { ok: false, diagnostics: [{ severity: 'error', code: 'table.too_many_rows', message, place }] }
  } finally {
    book.close()
  }
}

/** The cells of a row, those that the file leaves out included. */
function cellsOf({ number, cells }: XlsxRow, file: string, sheet: string): RawCell[] {
  const width = (cells.at(-1)?.column ?? -1) + 1
  const stated = new Map(cells.map((cell) => [cell.column, cell]))
  return Array.from({ length: width }, (_, column) => {
    const cell = stated.get(column)
    const place = { file, cell: cellPlace(sheet, column, number) }
    return { text: cell?.text.trim() ?? '', place, ...(cell?.error === true ? { isError: true } : {}) }
  })
}
