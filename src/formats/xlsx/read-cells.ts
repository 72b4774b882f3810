import ExcelJS from 'exceljs'
import { ObmenError } from '../../core/errors.ts'
import { booleanText, dateText, numberText } from './shown.ts'

/**
 * The cells of a workbook as a person sees them, by sheet name in the order of the tabs: rows from 1 at index 0,
 * columns from A at index 0, empty cells as `""`, no trailing empty cells. Numbers are plain (`1.25`, also where Excel
 * shows 125 %), but a code that a format pads keeps its zeros; dates are `2026-03-01` or `2026-03-01 14:05:00`.
 * Reads the whole file into memory: for tables that people edit, not for exports.
 * @throws ObmenError input `xlsx.unreadable`
 */
export async function readCells(path: string): Promise<ReadonlyMap<string, readonly (readonly string[])[]>> {
  const book = new ExcelJS.Workbook()
  try {
    await book.xlsx.readFile(path)
  } catch (error) {
    throw new ObmenError('input', 'xlsx.unreadable', `reading the workbook ${path}: it is not a readable .xlsx file`, {
      cause: error,
      place: { file: path },
      remedy: 'Open the file in Excel and save it again as «Книга Excel (.xlsx)», without a password.',
    })
  }
  return new Map(book.worksheets.map((sheet) => [sheet.name, rowsOf(sheet)]))
}

function rowsOf(sheet: ExcelJS.Worksheet): string[][] {
  const rows: string[][] = []
  sheet.eachRow({ includeEmpty: true }, (row) => {
    const cells: string[] = []
    row.eachCell({ includeEmpty: true }, (cell) => cells.push(shown(cell)))
    while (cells.at(-1) === '') cells.pop()
    rows.push(cells)
  })
  while (rows.at(-1)?.length === 0) rows.pop()
  return rows
}

function shown(cell: ExcelJS.Cell): string {
  // A merged area repeats its first value in every cell; a person sees it once.
  if (cell.isMerged && cell.master !== cell) return ''
  return textOf(cell.value, cell.numFmt)
}

function textOf(value: ExcelJS.CellValue, format: string | undefined): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return booleanText(value)
  if (typeof value === 'number') return numberText(value, format)
  if (value instanceof Date) return dateText(value)
  if ('richText' in value) return value.richText.map((part) => part.text).join('')
  if ('error' in value) return value.error
  if ('hyperlink' in value) return textOf(value.text, undefined)
  return textOf((value as { result?: ExcelJS.CellValue }).result, format)
}
