import { createWriteStream, type WriteStream } from 'node:fs'
import { once } from 'node:events'
import { basename, dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import ExcelJS from 'exceljs'
import type { Files } from '../../core/files.ts'
import {
  asCell,
  brokenLines,
  cleanText,
  createStyles,
  headerStyle,
  shownWidth,
  storedValue,
  tabColour,
} from './cell.ts'
import type { Column, Row, Sheet } from './sheet.ts'
import { serialDays } from './zone.ts'

/** Rows of a sheet with its header. Source: Excel specifications and limits, https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3 */
const SHEET_ROWS = 1_048_576

/** How many rows the widths are fitted to. */
const SAMPLE_ROWS = 200
const NARROWEST = 8
const WIDEST = 60
/** Points; Excel takes at most 409 (same source). */
const LINE_HEIGHT = 15
const TALLEST = 409
/** Rows between two looks at the clockwork: other work gets its turn, a slow disk is waited for. */
const ROWS_PER_TURN = 250

/** How a sheet is printed: across, as wide as the paper, the header on every page. */
const PAGE: Partial<ExcelJS.PageSetup> = {
  orientation: 'landscape',
  // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- A4; the library's enum does not exist at run time
  paperSize: 9,
  fitToPage: true,
  fitToWidth: 1,
  fitToHeight: 0,
  printTitlesRow: '1:1',
  margins: { left: 0.4, right: 0.4, top: 0.4, bottom: 0.6, header: 0.3, footer: 0.3 },
}

/** How a workbook is written. */
export interface WorkbookOptions {
  readonly files: Files
  /** IANA zone in which `datetime` cells are shown. */
  readonly timezone: string
  /** Epoch milliseconds: when the workbook was made, shown among its properties. */
  readonly createdAt: number
  readonly signal?: AbortSignal
  /** Rows of one sheet, header included; what is more goes on in `<name> 2`, … Default: what Excel takes. */
  readonly sheetRows?: number
}

/**
 * Writes a workbook row by row, so that memory does not grow with it, and puts it in place at once: under a temporary
 * name in the same folder, flushed, renamed. Nothing is left behind when it fails.
 * @throws what the rows or the disk throw; the reason of the aborted signal
 */
export async function writeWorkbook(path: string, sheets: readonly Sheet[], options: WorkbookOptions): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.tmp`)
  await options.files.makeFolder(dirname(path))
  const output = createWriteStream(temporary, { flush: true })
  try {
    await stream(output, sheets, options)
  } catch (error) {
    output.destroy()
    if (!output.closed) await once(output, 'close').catch(() => undefined)
    await options.files.remove(temporary)
    throw error
  }
  await options.files.move(temporary, path)
}

async function stream(output: WriteStream, sheets: readonly Sheet[], options: WorkbookOptions): Promise<void> {
  // Listened to from the first byte on: the library looks at the stream's errors only at its end and waits for ever.
  const failed = new Promise<never>((_, reject) => output.once('error', reject))
  failed.catch(() => undefined)
  const created = new Date(options.createdAt)
  const book = new ExcelJS.stream.xlsx.WorkbookWriter({ stream: output, useStyles: true, useSharedStrings: false })
  Object.assign(book, { creator: 'Obmen', lastModifiedBy: 'Obmen', created, modified: created })
  const closed = once(output, 'close')
  closed.catch(() => undefined)

  const writer: Writer = {
    book,
    failed,
    styles: createStyles(),
    serialDay: serialDays(options.timezone),
    sheetRows: options.sheetRows ?? SHEET_ROWS,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  }
  const parts = new Map<Sheet, ExcelJS.Worksheet[]>()
  for (const sheet of [...sheets.filter((s) => !s.last), ...sheets.filter((s) => s.last)]) {
    parts.set(sheet, await writeSheet(writer, sheet))
  }
  inOrder(
    book,
    sheets.flatMap((sheet) => parts.get(sheet) ?? []),
  )
  await Promise.race([book.commit().then(() => closed), failed])
}

interface Writer {
  readonly book: ExcelJS.stream.xlsx.WorkbookWriter
  readonly failed: Promise<never>
  readonly styles: ReturnType<typeof createStyles>
  readonly serialDay: (epochMs: number) => number
  readonly sheetRows: number
  readonly signal?: AbortSignal
}

/** Writes one sheet, as several when its rows are too many for one. */
async function writeSheet(writer: Writer, sheet: Sheet): Promise<ExcelJS.Worksheet[]> {
  const rows = toIterator(sheet.rows)
  const sample: Row[] = []
  while (sample.length < SAMPLE_ROWS) {
    const next = await rows.next()
    if (next.done) break
    sample.push(next.value)
  }
  const widths = sheet.columns.map((column) => fittedWidth(column, sample))
  const done: ExcelJS.Worksheet[] = []
  let current = openSheet(writer, sheet, widths, 1)
  let height = 1
  let written = 0
  for await (const row of resumed(sample, rows)) {
    if (height === writer.sheetRows) {
      closeSheet(current, sheet, height)
      done.push(current)
      current = openSheet(writer, sheet, widths, done.length + 1)
      height = 1
    }
    writeRow(writer, current, sheet.columns, widths, row)
    height++
    if (++written % ROWS_PER_TURN === 0) await turn(writer, current)
  }
  closeSheet(current, sheet, height)
  return [...done, current]
}

function openSheet(writer: Writer, sheet: Sheet, widths: readonly number[], part: number): ExcelJS.Worksheet {
  const opened = writer.book.addWorksheet(part === 1 ? sheet.name : `${sheet.name} ${part}`, {
    properties: sheet.tab === undefined ? {} : { tabColor: { argb: tabColour(sheet.tab) } },
    views: [{ state: 'frozen', xSplit: sheet.frozenColumns ?? 0, ySplit: 1 }],
    pageSetup: PAGE,
    headerFooter: { oddFooter: '&L&A&RСтр. &P из &N' },
  })
  opened.columns = sheet.columns.map((column, index) => ({ key: column.key, width: widths[index] as number }))
  const header = opened.addRow(sheet.columns.map((column) => cleanText(column.header)))
  for (const [index, column] of sheet.columns.entries()) header.getCell(index + 1).style = headerStyle(column.type)
  header.height = heightOf(
    Math.max(...sheet.columns.map(({ header }, i) => brokenLines(header, (widths[i] as number) - 3))),
  )
  header.commit()
  return opened
}

function writeRow(
  writer: Writer,
  target: ExcelJS.Worksheet,
  columns: readonly Column[],
  widths: readonly number[],
  row: Row,
): void {
  const added = target.addRow([])
  let lines = 1
  for (const [index, column] of columns.entries()) {
    const cell = asCell(row[column.key])
    const type = cell.type ?? column.type
    const value = storedValue(cell, type, writer.serialDay)
    if (value === null && cell.tone === undefined) continue
    const place = added.getCell(index + 1)
    place.value = value as ExcelJS.CellValue
    if (column.wrap && typeof value === 'string') lines = Math.max(lines, brokenLines(value, widths[index] as number))
    // A number that is none was stored as text and must look like one.
    const shown = typeof value === 'string' ? 'text' : type
    place.style = writer.styles({
      type: shown,
      link: cell.url !== undefined,
      strong: cell.strong === true,
      wrap: column.wrap === true,
      ...(cell.tone === undefined ? {} : { tone: cell.tone }),
    })
  }
  // Not every program makes room for broken lines by itself.
  if (lines > 1) added.height = heightOf(lines)
  added.commit()
}

function heightOf(lines: number): number {
  return Math.min(lines * LINE_HEIGHT, TALLEST)
}

function closeSheet(sheet: ExcelJS.Worksheet, plan: Sheet, height: number): void {
  if (plan.filter !== false) {
    sheet.autoFilter = { from: { row: 1, column: 1 }, to: { row: height, column: plan.columns.length } }
  }
  sheet.commit()
}

/** Lets other work run and waits while the compressor or the disk is behind. */
async function turn(writer: Writer, sheet: ExcelJS.Worksheet): Promise<void> {
  writer.signal?.throwIfAborted()
  // The library's own buffer never asks to wait (it takes everything); the pipe behind it does.
  const { pipes } = (sheet as unknown as { stream: { pipes: Writable[] } }).stream
  for (const pipe of pipes) {
    if (pipe.writableNeedDrain) await Promise.race([once(pipe, 'drain'), writer.failed])
  }
  await Promise.race([nextTurn(), writer.failed])
}

/** Puts the sheets into the order of the plan; a streaming book knows only the order of writing. */
function inOrder(book: ExcelJS.stream.xlsx.WorkbookWriter, sheets: readonly ExcelJS.Worksheet[]): void {
  // The list starts with a hole: a sheet stands at its id, ids count from 1.
  const listed = (book as unknown as { _worksheets: ExcelJS.Worksheet[] })._worksheets
  for (const [index, sheet] of sheets.entries()) listed[index + 1] = sheet
}

function fittedWidth(column: Column, sample: readonly Row[]): number {
  if (column.width !== undefined) return column.width
  // A header may break at its spaces, so its longest word counts; the filter button takes three characters more.
  let width = Math.max(...column.header.split(' ').map((word) => word.length)) + 3
  for (const row of sample) {
    const cell = asCell(row[column.key])
    width = Math.max(width, shownWidth(cell, cell.type ?? column.type) + 2)
  }
  return Math.min(Math.max(width, NARROWEST), WIDEST)
}

function toIterator(rows: Iterable<Row> | AsyncIterable<Row>): Iterator<Row> | AsyncIterator<Row> {
  return Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]()
}

async function* resumed(sample: readonly Row[], rest: Iterator<Row> | AsyncIterator<Row>): AsyncGenerator<Row> {
  try {
    yield* sample
    for (;;) {
      const next = await rest.next()
      if (next.done) return
      yield next.value
    }
  } finally {
    await rest.return?.()
  }
}
