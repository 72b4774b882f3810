import { open, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Place } from '../../core/errors.ts'
import { fingerprintText } from '../../core/fingerprint.ts'
import { detectEncoding, transcode } from '../commerceml/encoding.ts'
import { placeOf } from '../commerceml/fault.ts'
import { lastWholeCharacter } from '../commerceml/utf8.ts'
import type { Warnings } from '../commerceml/warnings.ts'
import { listFault, missingSources } from '../price-list/fault.ts'
import { columnName, findHeader, HEADER_WITHIN, type HeaderRow, type HeaderSearch } from '../price-list/header.ts'
import type { AskedValue, Source } from '../price-list/mapping.ts'
import type { ListRow, RowSource, Values } from '../price-list/rows.ts'
import { listStamp } from '../price-list/stamp.ts'
import { cellAddress } from '../xlsx/address.ts'
import { scanRows, type ScanFail } from './scan.ts'
import { DELIMITERS, detectDelimiter, isFilled, split, type CsvRow } from './split.ts'

/** The header must stand in the first bytes. */
const HEAD = 256 * 1024

/** What opening a CSV price list needs to know. */
export interface OpenCsvOptions {
  readonly name: string
  readonly workFolder: string
  readonly timezone: string
  readonly asked: readonly AskedValue[]
  /** Cell above the rows that holds the date of the list, such as `A1`. */
  readonly stamp?: string | undefined
}

/**
 * Opens a CSV price list: the encoding by its bytes, the delimiter and the header by the columns that are asked for.
 * @throws ObmenError input `list.unknown_column`, `list.ambiguous_column`, `list.no_stamp`, `csv.*`
 */
export async function openCsvRows(path: string, options: OpenCsvOptions, signal: AbortSignal): Promise<RowSource> {
  const { name, workFolder, asked } = options
  const { name: encoding, bom } = await detectEncoding(path, signal)
  const utf8 = encoding === 'UTF-8' ? path : join(workFolder, `${basename(path)}.${fingerprintText(path)}.utf8`)
  const half = utf8 === path ? undefined : await transcode(path, utf8, encoding, signal)
  const from = encoding === 'UTF-8' && bom ? 3 : 0
  const fail: ScanFail = (code, fault, offset) => {
    const place = { file: name, ...placeOf(utf8, offset) }
    throw listFault(code, name, fault, { place, remedy: 'Let the list be made again, and look at the line named.' })
  }
  try {
    if (half !== undefined) fail('csv.invalid_utf16', 'half a character of UTF-16', half)
    const head = await readHead(utf8, from)
    if (head.includes('\0'))
      fail('csv.nul_bytes', 'zeros instead of text', from + Buffer.byteLength(head.split('\0', 1)[0] ?? ''))
    const { delimiter, rows, search } = readHeader(head, asked)
    const header = usableHeader(search, rows, name)
    return new CsvRows(utf8, {
      name,
      encoding,
      isCopy: utf8 !== path,
      from,
      delimiter,
      header,
      stamp: statedStamp(rows, options),
      fail,
    })
  } catch (error) {
    if (utf8 !== path) await rm(utf8, { force: true })
    throw error
  }
}

interface CsvParts {
  readonly name: string
  readonly encoding: string
  readonly isCopy: boolean
  readonly from: number
  readonly delimiter: string
  readonly header: HeaderRow
  readonly stamp: number | undefined
  readonly fail: ScanFail
}

/** The rows below the header of a CSV file. */
class CsvRows implements RowSource {
  readonly path: string
  readonly #parts: CsvParts
  readonly #columns: ReadonlyMap<string, number>

  constructor(path: string, parts: CsvParts) {
    this.path = path
    this.#parts = parts
    this.#columns = new Map(parts.header.names.map((name, index) => [name, index]))
  }

  get stamp(): number | undefined {
    return this.#parts.stamp
  }

  get encoding(): string {
    return this.#parts.encoding
  }

  async *rows(_warnings: Warnings, signal: AbortSignal): AsyncGenerator<readonly ListRow[]> {
    const { delimiter, header, fail } = this.#parts
    for await (const batch of scanRows(this.path, this.#parts, fail, signal)) {
      const rows: ListRow[] = []
      for (const { line, start, end, text } of batch) {
        if (line <= header.line) continue
        const cells = split(text, delimiter, line).rows[0] ?? []
        if (!isFilled(cells)) continue
        this.#checkWidth(cells)
        rows.push({ line, start, end, values: this.#valuesOf(cells) })
      }
      if (rows.length > 0) yield rows
    }
  }

  valuesOf(text: string): Values {
    return this.#valuesOf(split(text, this.#parts.delimiter).rows[0] ?? [])
  }

  placeOf(line: number): string {
    return String(line)
  }

  faultPlace(line: number): Place {
    return { file: this.#parts.name, line }
  }

  met(): undefined {
    return undefined
  }

  async close(): Promise<void> {
    if (this.#parts.isCopy) await rm(this.path, { force: true })
  }

  #valuesOf(cells: CsvRow): Values {
    return (source: Source) => {
      const text = cells[this.#columns.get(source) ?? -1]?.text.trim() ?? ''
      return text === '' ? [] : [text]
    }
  }

  /** Cells that moved out of their columns would be prices of something else; a row cut short is a file cut short. */
  #checkWidth(cells: CsvRow): void {
    const { header, name, delimiter } = this.#parts
    const width = header.names.length
    const extra = cells.slice(width).find(({ text }) => text.trim() !== '')
    if (extra === undefined && cells.length >= width) return
    const at = extra ?? cells.at(-1)
    const place = { file: name, line: at?.line ?? 1, column: at?.column ?? 1 }
    throw listFault('csv.ragged_row', name, `the row has ${cells.length} cells, the header ${width}`, {
      place,
      remedy: `Let the list be made again: a cell that holds "${delimiter}" needs quotes, an empty cell its delimiter.`,
    })
  }
}

async function readHead(path: string, from: number): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, from)
    const bytes = buffer.subarray(0, bytesRead)
    return bytes.toString('utf8', 0, lastWholeCharacter(bytes))
  } finally {
    await file.close()
  }
}

interface ReadHeader {
  readonly delimiter: string
  readonly rows: readonly CsvRow[]
  readonly search: HeaderSearch
}

/** The delimiter under which the header has all columns; else the one that the rows look like. */
function readHeader(head: string, asked: readonly AskedValue[]): ReadHeader {
  const stated = /^sep=(.)\r?\n/.exec(head)?.[1]
  const under = (delimiter: string): ReadHeader => {
    const rows = split(head, delimiter, 1, HEADER_WITHIN).rows
    return { delimiter, rows, search: findHeader(rows.map(headerRow), asked) }
  }
  if (stated !== undefined) return under(stated)
  for (const delimiter of DELIMITERS) {
    const read = under(delimiter)
    if (read.search.state !== 'missing') return read
  }
  return under(detectDelimiter(head))
}

function headerRow(row: CsvRow): HeaderRow {
  const names = row.map(({ text }) => columnName(text))
  return { line: row[0]?.line ?? 1, names: names.slice(0, names.findLastIndex((name) => name !== '') + 1) }
}

function usableHeader(search: HeaderSearch, rows: readonly CsvRow[], name: string): HeaderRow {
  if (search.state === 'found') return search.header
  if (search.state === 'missing') {
    const known = (search.best?.names ?? []).filter((each) => each !== '')
    const place = { file: name, line: search.best?.line ?? 1, column: 1 }
    throw missingSources('list.unknown_column', name, place, search.missing, known)
  }
  const { header, twice } = search
  const cell = rows
    .find(([first]) => first?.line === header.line)
    ?.findLast(({ text }) => columnName(text) === twice.source)
  const place = { file: name, line: cell?.line ?? header.line, column: cell?.column ?? 1 }
  throw listFault('list.ambiguous_column', name, `the column ${JSON.stringify(twice.source)} stands there twice`, {
    place,
    remedy: 'Ask who makes the list to name its columns apart.',
    details: { source: twice.source },
  })
}

function statedStamp(rows: readonly CsvRow[], { stamp, timezone, name }: OpenCsvOptions): number | undefined {
  const address = stamp === undefined ? undefined : cellAddress(stamp)
  if (address === undefined) return undefined
  const row = rows.find(([first]) => first?.line === address.row)
  const cell = row?.[address.column]
  const moment = listStamp(cell?.text ?? '', timezone)
  if (moment !== undefined) return moment
  const place = { file: name, line: address.row, ...(cell === undefined ? {} : { column: cell.column }) }
  throw listFault('list.no_stamp', name, `the cell ${stamp} holds no date`, {
    place,
    remedy: 'Write the cell that holds the date of the list into "stamp" of parse, or leave "stamp" out.',
    details: { where: stamp },
  })
}
