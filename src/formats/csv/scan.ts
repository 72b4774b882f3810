import { open } from 'node:fs/promises'

const CHUNK = 256 * 1024
/** Longest row. Rows of real lists stay below some KiB; an open quote would swallow the rest of the file. Bytes. */
const LONGEST_ROW = 1024 * 1024
const LINE_FEED = 0x0a
const RETURN = 0x0d
const QUOTE = 0x22

/** A row as bytes. */
export interface ScannedRow {
  /** One-based line where it begins. */
  readonly line: number
  readonly start: number
  /** The byte after its last, the line end not counted. */
  readonly end: number
  readonly text: string
}

/** Reports a fault at a byte offset. Never returns. */
export type ScanFail = (code: string, fault: string, offset: number) => never

/**
 * Finds the rows of a UTF-8 file with flat memory, from the byte `from` on, which begins line 1. A line break inside a
 * quoted cell does not end a row; a quote opens only at the beginning of a cell.
 */
export async function* scanRows(
  path: string,
  { from, delimiter }: { readonly from: number; readonly delimiter: string },
  fail: ScanFail,
  signal: AbortSignal,
): AsyncGenerator<readonly ScannedRow[]> {
  const part = delimiter.charCodeAt(0)
  const file = await open(path, 'r')
  let view: Buffer = Buffer.alloc(0)
  /** Offset of the first byte of the view. */
  let base = from
  let line = 1
  try {
    for (let isLast = false; !isLast;) {
      signal.throwIfAborted()
      const chunk = Buffer.allocUnsafe(CHUNK)
      const { bytesRead } = await file.read(chunk, 0, CHUNK, base + view.length)
      isLast = bytesRead === 0
      const read = chunk.subarray(0, bytesRead)
      const nul = read.indexOf(0)
      if (nul >= 0) fail('csv.nul_bytes', 'zeros instead of text', base + view.length + nul)
      view = view.length === 0 ? read : Buffer.concat([view, read])
      const batch: ScannedRow[] = []
      let at = 0
      while (at < view.length) {
        const row = rowEnd(view, at, part, isLast)
        if (row.state === 'open') {
          const isTooLong = view.length - at > LONGEST_ROW
          const offset = base + (row.quote ?? at)
          if (row.quote !== undefined && (isLast || isTooLong)) {
            fail('csv.open_quote', 'the quote that opens here is not closed', offset)
          }
          if (isTooLong) fail('csv.row_too_large', 'the row is larger than 1 MB', offset)
          break
        }
        batch.push({ line, start: base + at, end: base + row.end, text: view.toString('utf8', at, row.end) })
        line += row.lines
        at = row.next
      }
      view = Buffer.from(view.subarray(at))
      base += at
      if (batch.length > 0) yield batch
    }
  } finally {
    await file.close()
  }
}

/** Where a row ends: `end` before its line end, `next` behind it, `lines` it takes. Open: more bytes are needed. */
type RowEnd =
  | { readonly state: 'closed'; readonly end: number; readonly next: number; readonly lines: number }
  | { readonly state: 'open'; readonly quote: number | undefined }

function rowEnd(view: Buffer, from: number, delimiter: number, isLast: boolean): RowEnd {
  let lines = 1
  let cellStarts = true
  for (let at = from; at < view.length; at++) {
    const byte = view[at]
    if (byte === LINE_FEED) return { state: 'closed', end: at, next: at + 1, lines }
    if (byte === RETURN) {
      // Whether a line feed follows shows in the next bytes.
      if (at + 1 === view.length && !isLast) return { state: 'open', quote: undefined }
      return { state: 'closed', end: at, next: view[at + 1] === LINE_FEED ? at + 2 : at + 1, lines }
    }
    if (byte === QUOTE && cellStarts) {
      const close = closingQuote(view, at, isLast)
      if (close === undefined) return { state: 'open', quote: at }
      for (let i = view.indexOf(LINE_FEED, at); i >= 0 && i < close; i = view.indexOf(LINE_FEED, i + 1)) lines++
      at = close
    }
    cellStarts = byte === delimiter
  }
  return isLast ? { state: 'closed', end: view.length, next: view.length, lines } : { state: 'open', quote: undefined }
}

/** The quote that closes the cell opened at `open`; a doubled one stands for itself. Undefined: not in these bytes. */
function closingQuote(view: Buffer, open: number, isLast: boolean): number | undefined {
  let at = view.indexOf(QUOTE, open + 1)
  while (at >= 0 && view[at + 1] === QUOTE) at = view.indexOf(QUOTE, at + 2)
  // The last byte at hand may be the first half of a doubled quote.
  return at < 0 || (at + 1 === view.length && !isLast) ? undefined : at
}
