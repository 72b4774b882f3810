import type { AskedValue } from './mapping.ts'

/** Rows in which a header is looked for: titles, addresses and logos stand above it. */
export const HEADER_WITHIN = 100

/** The name of a column as people write it down: a name broken into lines is one line. */
export function columnName(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

/** A row that may be the header: its number (line) and its names by index of the column, trimmed. */
export interface HeaderRow {
  readonly line: number
  readonly names: readonly string[]
}

/** What became of looking for the header. */
export type HeaderSearch =
  | { readonly state: 'found'; readonly header: HeaderRow }
  /** A column that was asked for stands in the header more than once. */
  | { readonly state: 'ambiguous'; readonly header: HeaderRow; readonly twice: AskedValue }
  /** `best`: the row that has most of the columns, else the first with several names. */
  | { readonly state: 'missing'; readonly best: HeaderRow | undefined; readonly missing: readonly AskedValue[] }

/** Finds the first row that names every column that was asked for. */
export function findHeader(rows: readonly HeaderRow[], asked: readonly AskedValue[]): HeaderSearch {
  let best: HeaderRow | undefined
  let most = -1
  for (const header of rows.slice(0, HEADER_WITHIN)) {
    const names = new Set(header.names)
    const found = asked.filter(({ source }) => names.has(source)).length
    if (found === asked.length) {
      const twice = asked.find(({ source }) => header.names.indexOf(source) !== header.names.lastIndexOf(source))
      return twice === undefined ? { state: 'found', header } : { state: 'ambiguous', header, twice }
    }
    const filled = header.names.filter((name) => name !== '').length
    const rank = found > 0 ? found * 1000 : Math.min(filled, 2)
    if (filled > 0 && rank > most) {
      most = rank
      best = header
    }
  }
  const known = new Set(best?.names)
  return { state: 'missing', best, missing: asked.filter(({ source }) => !known.has(source)) }
}
