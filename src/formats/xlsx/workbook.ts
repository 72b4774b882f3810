import { posix } from 'node:path'
import { cellPlace, columnIndex } from './address.ts'
import { openParts, unreadable, type Parts } from './parts.ts'
import { booleanText, dateText, numberText } from './shown.ts'

/** Unpacked bytes of the texts that all sheets share: they are kept in memory. */
const SHARED_TEXTS = 128 * 1024 * 1024
/** What shared texts may take in memory, and what one takes beside its characters; bytes, the latter as V8 keeps it. */
const HELD_TEXTS = 100 * 1024 * 1024
const BESIDE_TEXT = 40
/** Rows and columns of a sheet: https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3 */
const MOST_ROWS = 1_048_576
const MOST_COLUMNS = 16_384
const DAY = 86_400_000
/** Day 0 of Excel's count, and how many days later that of old Macs begins. */
const EPOCH = Date.UTC(1899, 11, 30)
const MAC_DAYS = 1462

/** One cell that is not empty. */
export interface XlsxCell {
  /** From A at 0. */
  readonly column: number
  /** As a person sees it: plain numbers, dates as `2026-03-01`, of a formula its result. */
  readonly text: string
  /** An error of Excel such as `#N/A` stands there. */
  readonly error: boolean
}

/** One row that is not empty; hidden ones are rows like all others. */
export interface XlsxRow {
  /** One-based. */
  readonly number: number
  /** In the order of the columns. */
  readonly cells: readonly XlsxCell[]
}

/** A sheet of cells; charts and macros are none. */
export interface XlsxSheet {
  readonly name: string
  readonly hidden: boolean
}

/** A workbook whose sheets are read one row at a time. Of its content only the shared texts are kept in memory. */
export interface Workbook {
  /** In the order of the tabs. */
  readonly sheets: readonly XlsxSheet[]
  /**
   * Gives the rows of a sheet in batches; reading ends early when `take` resolves to true.
   * @throws ObmenError input `xlsx.unreadable`
   */
  read(sheet: XlsxSheet, take: (rows: readonly XlsxRow[]) => Promise<boolean>, signal: AbortSignal): Promise<void>
  close(): void
}

/** Opens a workbook. @throws ObmenError input `xlsx.unreadable`, `zip.too_large` */
export async function openWorkbook(
  path: string,
  { name, workFolder }: { readonly name: string; readonly workFolder: string },
  signal: AbortSignal,
): Promise<Workbook> {
  const parts = await openParts(path, name, workFolder)
  try {
    const main = (await relations(parts, '_rels/.rels', '', signal)).find(({ type }) => type === 'officeDocument')
    const book = main?.target ?? 'xl/workbook.xml'
    const { sheets, from1904 } = await readBook(parts, book, signal)
    const folder = posix.dirname(book)
    const related = await relations(parts, `${folder}/_rels/${posix.basename(book)}.rels`, folder, signal)
    const partOf = (type: string): string | undefined => related.find((each) => each.type === type)?.target
    const texts = await readSharedTexts(parts, partOf('sharedStrings'), name, signal)
    const formats = await readFormats(parts, partOf('styles'), signal)
    const byId = new Map(related.map((each) => [each.id, each]))
    const readable = sheets.flatMap((sheet) => {
      const relation = byId.get(sheet.relation)
      return relation?.type === 'worksheet' ? [{ ...sheet, part: relation.target }] : []
    })
    return {
      sheets: readable,
      read: async (sheet, take, stop) => {
        const { part } = readable.find((each) => each.name === sheet.name) ?? { part: '' }
        await readSheet(parts, part, { name, sheet: sheet.name, texts, formats, from1904 }, take, stop)
      },
      close: () => parts.close(),
    }
  } catch (error) {
    parts.close()
    throw error
  }
}

interface Relation {
  readonly id: string
  readonly type: string
  readonly target: string
}

async function relations(parts: Parts, part: string, folder: string, signal: AbortSignal): Promise<Relation[]> {
  const found: Relation[] = []
  if (!parts.has(part)) return found
  await parts.read(
    part,
    {
      open: (element, { Id: id = '', Type: type = '', Target: target = '' }) => {
        if (element !== 'Relationship') return
        const absolute = target.startsWith('/') ? target.slice(1) : posix.join(folder, target)
        found.push({ id, type: type.slice(type.lastIndexOf('/') + 1), target: absolute })
      },
    },
    signal,
  )
  return found
}

async function readBook(parts: Parts, part: string, signal: AbortSignal) {
  const sheets: (XlsxSheet & { readonly relation: string })[] = []
  let from1904 = false
  await parts.read(
    part,
    {
      open: (element, attributes) => {
        if (element === 'workbookPr') from1904 = ['1', 'true'].includes(attributes['date1904'] ?? '')
        if (element !== 'sheet') return
        const relation = Object.entries(attributes).find(([key]) => /^(?:.+:)id$/.test(key))?.[1] ?? ''
        const hidden = ['hidden', 'veryHidden'].includes(attributes['state'] ?? '')
        sheets.push({ name: attributes['name'] ?? '', hidden, relation })
      },
    },
    signal,
  )
  return { sheets, from1904 }
}

/** The texts that cells refer to by number; what stands above a text to help reading it is left out. */
async function readSharedTexts(
  parts: Parts,
  part: string | undefined,
  name: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const texts: string[] = []
  if (part === undefined || !parts.has(part)) return texts
  if (parts.size(part) > SHARED_TEXTS) throw unreadable(name, 'its texts are larger than 128 MB')
  let text = ''
  let held = 0
  let inText = false
  let aside = false
  await parts.read(
    part,
    {
      open: (element) => {
        if (element === 'si') text = ''
        if (element === 'rPh') aside = true
        inText = element === 't'
      },
      text: (piece) => {
        if (inText && !aside) text += piece
      },
      close: (element) => {
        inText = false
        if (element === 'rPh') aside = false
        if (element !== 'si') return
        held += BESIDE_TEXT + 2 * text.length
        if (held > HELD_TEXTS) throw unreadable(name, `it has more than ${texts.length} texts`)
        texts.push(text)
      },
    },
    signal,
  )
  return texts
}

/** What of a cell's format changes its text. */
interface CellFormat {
  readonly isDate: boolean
  readonly pattern: string | undefined
}

async function readFormats(
  parts: Parts,
  part: string | undefined,
  signal: AbortSignal,
): Promise<readonly CellFormat[]> {
  const patterns = new Map<number, string>()
  const formats: CellFormat[] = []
  if (part === undefined || !parts.has(part)) return formats
  let inCells = false
  await parts.read(
    part,
    {
      open: (element, { numFmtId, formatCode = '' }) => {
        if (element === 'numFmt') patterns.set(Number(numFmtId), formatCode)
        if (element === 'cellXfs') inCells = true
        if (element !== 'xf' || !inCells) return
        const pattern = patterns.get(Number(numFmtId))
        formats.push({ isDate: isDateFormat(Number(numFmtId), pattern), pattern })
      },
      close: (element) => {
        if (element === 'cellXfs') inCells = false
      },
    },
    signal,
  )
  return formats
}

/** Formats of its own kind that Excel counts as dates: ECMA-376 part 1, 18.8.30. */
function isDateFormat(id: number, pattern: string | undefined): boolean {
  if (pattern === undefined) return (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 58)
  return /[dmyhs]/i.test(pattern.replaceAll(/"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]|general/gi, ''))
}

interface SheetContext {
  readonly name: string
  readonly sheet: string
  readonly texts: readonly string[]
  readonly formats: readonly CellFormat[]
  readonly from1904: boolean
}

async function readSheet(
  parts: Parts,
  part: string,
  context: SheetContext,
  take: (rows: readonly XlsxRow[]) => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  let rows: XlsxRow[] = []
  let number = 0
  let column = -1
  let cells: XlsxCell[] = []
  let cell: Readonly<Record<string, string>> | undefined
  let value = ''
  let inValue = false
  let aside = false
  let stopped = false
  const end = (): void => {
    const text = textOf(cell ?? {}, value, context, number, column).trim()
    if (text !== '') cells.push({ column, text, error: cell?.['t'] === 'e' })
  }
  const flush = async (): Promise<boolean> => {
    if (rows.length === 0 || stopped) return stopped
    const batch = rows
    rows = []
    stopped = await take(batch)
    return stopped
  }
  await parts.read(
    part,
    {
      open: (element, attributes) => {
        inValue = element === 'v' || (element === 't' && cell !== undefined && !aside)
        if (element === 'rPh') aside = true
        if (element === 'row') {
          const stated = attributes['r']
          const next = stated === undefined ? number + 1 : Number(stated)
          if (!(next > number && next <= MOST_ROWS))
            throw unreadable(
              context.name,
              `the row ${stated ?? next} comes out of order`,
              undefined,
              `${context.sheet}!${number}`,
            )
          number = next
          column = -1
          cells = []
        }
        if (element !== 'c') return
        cell = attributes
        value = ''
        const stated = attributes['r']
        const next = stated === undefined ? column + 1 : columnOf(stated)
        if (!(next > column && next < MOST_COLUMNS))
          throw unreadable(
            context.name,
            `the cell ${stated ?? ''} comes out of order`,
            undefined,
            `${context.sheet}!${number}`,
          )
        column = next
      },
      text: (piece) => {
        if (inValue) value += piece
      },
      close: (element) => {
        inValue = false
        if (element === 'rPh') aside = false
        if (element === 'c') {
          end()
          cell = undefined
        }
        if (element === 'row' && cells.length > 0) rows.push({ number, cells })
      },
    },
    signal,
    flush,
  )
  await flush()
}

function columnOf(reference: string): number {
  return columnIndex(/^[A-Z]{1,3}/.exec(reference)?.[0] ?? '')
}

function textOf(
  cell: Readonly<Record<string, string>>,
  value: string,
  { name, sheet, texts, formats, from1904 }: SheetContext,
  row: number,
  column: number,
): string {
  switch (cell['t']) {
    case 's': {
      const text = texts[Number(value)]
      if (text === undefined && value !== '') {
        throw unreadable(name, 'a cell refers to a text that is not there', undefined, cellPlace(sheet, column, row))
      }
      return text ?? ''
    }
    case 'b':
      return value === '' ? '' : booleanText(value === '1')
    case undefined:
    case 'n': {
      const number = Number(value)
      if (value.trim() === '' || !Number.isFinite(number)) return value
      const format = formats[Number(cell['s'] ?? 0)]
      if (format?.isDate !== true) return numberText(number, format?.pattern)
      const days = from1904 ? number + MAC_DAYS : number
      // To the second: a day's fraction is no exact binary number.
      return Math.abs(days) < 3_000_000 ? dateText(new Date(EPOCH + Math.round((days * DAY) / 1000) * 1000)) : value
    }
    default:
      return value
  }
}
