import { createReadStream } from 'node:fs'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { didYouMean } from '../../core/diagnostic.ts'
import type { Place } from '../../core/errors.ts'
import { fingerprintText } from '../../core/fingerprint.ts'
import type { Warnings } from '../commerceml/warnings.ts'
import { listFault, missingSources } from '../price-list/fault.ts'
import { columnName, findHeader, HEADER_WITHIN, type HeaderRow, type HeaderSearch } from '../price-list/header.ts'
import type { AskedValue, Source } from '../price-list/mapping.ts'
import type { ListRow, RowSource, Values } from '../price-list/rows.ts'
import { listStamp } from '../price-list/stamp.ts'
import { cellAddress, cellPlace } from './address.ts'
import { openWorkbook, type Workbook, type XlsxRow, type XlsxSheet } from './workbook.ts'

const LINE_FEED = 0x0a
/** Largest working copy of a sheet, bytes: only the cells that were asked for stand in it. */
const LARGEST_COPY = 1024 ** 3

/** What opening an Excel price list needs to know. */
export interface OpenXlsxOptions {
  readonly name: string
  readonly workFolder: string
  readonly timezone: string
  readonly asked: readonly AskedValue[]
  /** Absent = the one visible sheet that has all columns. */
  readonly sheet?: string | undefined
  /** Cell above the rows that holds the date of the list, such as `B2`. */
  readonly stamp?: string | undefined
}

/**
 * Opens an Excel price list: finds the sheet and its header and copies the cells that were asked for into a working
 * copy, one line of JSON per row, which can be read again at any place.
 * @throws ObmenError input `xlsx.*`, `zip.too_large`, `list.unknown_column`, `list.ambiguous_column`, `list.no_stamp`
 */
export async function openXlsxRows(path: string, options: OpenXlsxOptions, signal: AbortSignal): Promise<RowSource> {
  const copy = join(options.workFolder, `${basename(path)}.${fingerprintText(path)}.ndjson`)
  const book = await openWorkbook(path, options, signal)
  try {
    const { sheet, header, head } = await chooseSheet(book, options, signal)
    const stamp = statedStamp(head, sheet.name, options)
    await writeCopy(book, sheet, header, copy, options, signal)
    return new XlsxRows(copy, { name: options.name, sheet: sheet.name, header, stamp, asked: options.asked })
  } catch (error) {
    await rm(copy, { force: true })
    throw error
  } finally {
    book.close()
  }
}

interface XlsxParts {
  readonly name: string
  readonly sheet: string
  readonly header: HeaderRow
  readonly stamp: number | undefined
  readonly asked: readonly AskedValue[]
}

/** The rows below the header of a sheet, in the working copy. */
class XlsxRows implements RowSource {
  readonly path: string
  readonly encoding = 'xlsx'
  readonly #parts: XlsxParts
  /** Index of a column in the lines of the copy. */
  readonly #index: ReadonlyMap<Source, number>

  constructor(path: string, parts: XlsxParts) {
    this.path = path
    this.#parts = parts
    this.#index = new Map(columnsOf(parts.asked).map((source, index) => [source, index]))
  }

  get stamp(): number | undefined {
    return this.#parts.stamp
  }

  async *rows(_warnings: Warnings, signal: AbortSignal): AsyncGenerator<readonly ListRow[]> {
    let rest: Buffer = Buffer.alloc(0)
    let base = 0
    for await (const chunk of createReadStream(this.path, { highWaterMark: 256 * 1024, signal })) {
      const view: Buffer = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
      const rows: ListRow[] = []
      let at = 0
      for (let end = view.indexOf(LINE_FEED); end >= 0; end = view.indexOf(LINE_FEED, at)) {
        const text = view.toString('utf8', at, end)
        rows.push({
          line: Number(text.slice(0, text.indexOf(' '))),
          start: base + at,
          end: base + end,
          values: this.valuesOf(text),
        })
        at = end + 1
      }
      rest = Buffer.from(view.subarray(at))
      base += at
      if (rows.length > 0) yield rows
    }
  }

  valuesOf(text: string): Values {
    const cells = JSON.parse(text.slice(text.indexOf(' '))) as readonly string[]
    return (source) => {
      const cell = cells[this.#index.get(source) ?? -1] ?? ''
      return cell === '' ? [] : [cell]
    }
  }

  placeOf(line: number): string {
    return `${this.#parts.sheet}!${line}`
  }

  faultPlace(line: number, source?: Source): Place {
    const { name, sheet, header } = this.#parts
    const column = source === undefined ? 0 : Math.max(0, header.names.indexOf(source))
    return { file: name, cell: cellPlace(sheet, column, line) }
  }

  met(): undefined {
    return undefined
  }

  async close(): Promise<void> {
    await rm(this.path, { force: true })
  }
}

interface ChosenSheet {
  readonly sheet: XlsxSheet
  readonly header: HeaderRow
  /** The rows in which the header was looked for. */
  readonly head: readonly XlsxRow[]
}

/** The sheet that the mapping means; never one of two. */
async function chooseSheet(book: Workbook, options: OpenXlsxOptions, signal: AbortSignal): Promise<ChosenSheet> {
  const { name, asked } = options
  const searched: { readonly sheet: XlsxSheet; readonly head: readonly XlsxRow[]; readonly search: HeaderSearch }[] = []
  for (const sheet of candidates(book, options)) {
    const head = await readHead(book, sheet, signal)
    searched.push({ sheet, head, search: findHeader(head.map(headerRow), asked) })
  }
  const found = searched.flatMap((each) =>
    each.search.state === 'found' ? [{ sheet: each.sheet, header: each.search.header, head: each.head }] : [],
  )
  const [first, second] = found
  if (first !== undefined && second === undefined) return first
  if (first !== undefined && second !== undefined) {
    const names = found.map(({ sheet }) => sheet.name)
    throw listFault('xlsx.several_sheets', name, `several sheets have these columns: ${names.join(', ')}`, {
      place: { file: name },
      remedy: 'Name the sheet that is meant by "sheet" of parse.',
      details: { known: names },
    })
  }
  throw noHeader(searched, name)
}

function candidates(book: Workbook, { name, sheet: wanted }: OpenXlsxOptions): readonly XlsxSheet[] {
  const names = book.sheets.map((sheet) => sheet.name)
  if (wanted === undefined) return book.sheets.filter((sheet) => !sheet.hidden)
  const sheet = book.sheets.find((each) => each.name.trim() === wanted)
  if (sheet !== undefined) return [sheet]
  const near = didYouMean(wanted, names)
  const hint = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`
  throw listFault(
    'xlsx.unknown_sheet',
    name,
    `there is no sheet "${wanted}"; the sheets are ${names.join(', ')}${hint}`,
    {
      place: { file: name },
      remedy: 'Write the name of the sheet into "sheet" of parse, or ask who makes the list why it changed.',
      details: { missing: [wanted], known: names },
    },
  )
}

function noHeader(
  searched: readonly { readonly sheet: XlsxSheet; readonly search: HeaderSearch }[],
  name: string,
): Error {
  const ambiguous = searched.find(({ search }) => search.state === 'ambiguous')
  if (ambiguous?.search.state === 'ambiguous') {
    const { header, twice } = ambiguous.search
    const column = header.names.lastIndexOf(twice.source)
    const source = JSON.stringify(twice.source)
    return listFault('list.ambiguous_column', name, `the column ${source} stands there twice`, {
      place: { file: name, cell: cellPlace(ambiguous.sheet.name, column, header.line) },
      remedy: 'Ask who makes the list to name its columns apart.',
      details: { source: twice.source },
    })
  }
  // The sheet that lacks the fewest columns is the one that was meant.
  const lacking = searched.flatMap(({ sheet, search }) => (search.state === 'missing' ? [{ sheet, search }] : []))
  const [nearest] = lacking.toSorted((a, b) => a.search.missing.length - b.search.missing.length)
  const best = nearest?.search.best
  const cell = nearest === undefined ? undefined : cellPlace(nearest.sheet.name, 0, best?.line ?? 1)
  const place = { file: name, ...(cell === undefined ? {} : { cell }) }
  const known = (best?.names ?? []).filter((each) => each !== '')
  return missingSources('list.unknown_column', name, place, nearest?.search.missing ?? [], known)
}

async function readHead(book: Workbook, sheet: XlsxSheet, signal: AbortSignal): Promise<readonly XlsxRow[]> {
  const head: XlsxRow[] = []
  const take = async (rows: readonly XlsxRow[]): Promise<boolean> => {
    head.push(...rows.slice(0, HEADER_WITHIN - head.length))
    return await Promise.resolve(head.length >= HEADER_WITHIN)
  }
  await book.read(sheet, take, signal)
  return head
}

function headerRow({ number, cells }: XlsxRow): HeaderRow {
  const names = Array.from<string>({ length: (cells.at(-1)?.column ?? -1) + 1 }).fill('')
  for (const { column, text } of cells) names[column] = columnName(text)
  return { line: number, names }
}

function statedStamp(
  head: readonly XlsxRow[],
  sheet: string,
  { name, stamp, timezone }: OpenXlsxOptions,
): number | undefined {
  const address = stamp === undefined ? undefined : cellAddress(stamp)
  if (address === undefined) return undefined
  const cell = head.find((row) => row.number === address.row)?.cells.find((each) => each.column === address.column)
  const moment = listStamp(cell?.text ?? '', timezone)
  if (moment !== undefined) return moment
  throw listFault('list.no_stamp', name, `the cell ${stamp} holds no date`, {
    place: { file: name, cell: `${sheet}!${stamp}` },
    remedy: 'Write the cell that holds the date of the list into "stamp" of parse, or leave "stamp" out.',
    details: { where: stamp },
  })
}

/** Each column once: two fields may read the same. */
function columnsOf(asked: readonly AskedValue[]): readonly Source[] {
  return [...new Set(asked.map(({ source }) => source))]
}

async function writeCopy(
  book: Workbook,
  sheet: XlsxSheet,
  header: HeaderRow,
  copy: string,
  { name, asked }: OpenXlsxOptions,
  signal: AbortSignal,
): Promise<void> {
  const sources = columnsOf(asked)
  const columns = new Map(sources.map((source, index) => [header.names.indexOf(source), index]))
  const idColumn = header.names.indexOf(asked[0]?.source ?? '')
  const file = await open(copy, 'w')
  let written = 0
  const take = async (rows: readonly XlsxRow[]): Promise<boolean> => {
    const lines = rows.filter((row) => row.number > header.line).map((row) => lineOf(row, columns, sources.length))
    for (const row of rows) if (row.number > header.line) refuseErrors(row, idColumn, sheet.name, name)
    written += await append(file, lines.join(''))
    if (written > LARGEST_COPY) {
      throw listFault('xlsx.too_large', name, 'the sheet is larger than any price list', {
        place: { file: name, cell: `${sheet.name}!${rows.at(-1)?.number}` },
        remedy: 'Find out who made the workbook.',
      })
    }
    return false
  }
  try {
    await book.read(sheet, take, signal)
  } finally {
    await file.close()
  }
}

async function append(file: FileHandle, text: string): Promise<number> {
  if (text === '') return 0
  const { bytesWritten } = await file.write(text)
  return bytesWritten
}

function lineOf(row: XlsxRow, columns: ReadonlyMap<number, number>, width: number): string {
  const cells = Array.from<string>({ length: width }).fill('')
  for (const { column, text } of row.cells) {
    const index = columns.get(column)
    if (index !== undefined) cells[index] = text
  }
  return `${row.number} ${JSON.stringify(cells)}\n`
}

/** A formula that lost its source gives every item the same id `#N/A`: the list is broken, not one item. */
function refuseErrors(row: XlsxRow, idColumn: number, sheet: string, name: string): void {
  const broken = row.cells.find(({ column, error }) => error && column === idColumn)
  if (broken === undefined) return
  throw listFault('xlsx.error_value', name, `an id is the error ${broken.text} of Excel`, {
    place: { file: name, cell: cellPlace(sheet, broken.column, row.number) },
    remedy: 'Let the list be made again without formulas that lost their source.',
    details: { value: broken.text },
  })
}
