/** One cell. `line` and `column` are one-based and point at its first character, its opening quote if it has one. */
export interface CsvCell {
  readonly text: string
  readonly line: number
  readonly column: number
}

/** The cells of one row, at least one. A line break inside quotes does not end a row. */
export type CsvRow = readonly CsvCell[]

/** What a CSV file says. `fault` is where reading had to stop: a quote that is never closed. */
export interface Csv {
  readonly rows: readonly CsvRow[]
  readonly fault?: { readonly line: number; readonly column: number; readonly message: string }
}

/** What may part cells: Excel takes ";" on a Russian Windows, "," on an English one, tabs for "Unicode text". */
export const DELIMITERS: readonly string[] = [';', '\t', ',']

/** How many rows tell the delimiter. */
const SAMPLE_ROWS = 20

/** True when a cell of the row has text. */
export function isFilled(row: CsvRow): boolean {
  return row.some((cell) => cell.text.trim() !== '')
}

/** The delimiter by which most of the first rows have as many cells as the header; the one with more cells on a draw. */
export function detectDelimiter(text: string): string {
  let best = { delimiter: DELIMITERS[0] as string, agreeing: 0, columns: 1 }
  for (const delimiter of DELIMITERS) {
    const rows = split(text, delimiter, 1, SAMPLE_ROWS).rows.filter(isFilled)
    const columns = rows[0]?.length ?? 1
    if (columns < 2) continue
    const agreeing = rows.filter((row) => row.length === columns).length
    if (agreeing > best.agreeing || (agreeing === best.agreeing && columns > best.columns)) {
      best = { delimiter, agreeing, columns }
    }
  }
  return best.delimiter
}

/** Splits a text into rows, blank ones included; `firstLine` is the line it begins at. Stops at a quote that is never closed. */
export function split(text: string, delimiter: string, firstLine = 1, mostRows = Infinity): Csv {
  const rows: CsvRow[] = []
  let cells: CsvCell[] = []
  let line = firstLine
  let lineStart = 0
  let at = 0
  while (at < text.length && rows.length < mostRows) {
    const place = { line, column: at - lineStart + 1 }
    let value = ''
    if (text[at] === '"') {
      const end = closingQuote(text, at)
      if (end === undefined) return { rows, fault: { ...place, message: 'the quote that opens here is not closed' } }
      const quoted = text.slice(at + 1, end)
      value = quoted.replaceAll('""', '"')
      const breaks = quoted.split('\n').length - 1
      if (breaks > 0) {
        line += breaks
        lineStart = at + 1 + quoted.lastIndexOf('\n') + 1
      }
      at = end + 1
    }
    const start = at
    while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at] !== '\r') at++
    value += text.slice(start, at)
    cells.push({ text: value, ...place })
    if (text[at] === delimiter) {
      at++
      // A row that ends with the delimiter has an empty last cell, also where the file ends.
      if (at === text.length) cells.push({ text: '', line, column: at - lineStart + 1 })
      continue
    }
    rows.push(cells)
    cells = []
    at += text.startsWith('\r\n', at) ? 2 : 1
    line++
    lineStart = at
  }
  if (cells.length > 0 && rows.length < mostRows) rows.push(cells)
  return { rows }
}

/** Where the quoted cell that opens at `open` ends; a doubled quote is a quote inside it. */
function closingQuote(text: string, open: number): number | undefined {
  let at = text.indexOf('"', open + 1)
  while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2)
  return at < 0 ? undefined : at
}
