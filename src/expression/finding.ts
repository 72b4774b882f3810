import type { Diagnostic } from '../core/diagnostic.ts'
import type { Place } from '../core/errors.ts'

/** A fault in an expression; `offset` counts characters of its source from 0. */
export interface Finding {
  /** `expression.snake_case`. */
  readonly code: string
  readonly message: string
  readonly offset: number
}

/** Turns an offset in the source of one expression into a place in the file that holds it. */
export type Locate = (offset: number) => Place

/**
 * `start` is where the first character of `source` stands. Further lines of a source (a YAML block) start at
 * `continuationColumn`, one-based; column 1 when it is not known.
 */
export function locator(source: string, start: Place, continuationColumn = 1): Locate {
  return (offset) => {
    if (start.line === undefined) return start
    const before = source.slice(0, offset)
    const breaks = before.split('\n').length - 1
    const firstColumn = breaks === 0 ? start.column : continuationColumn
    if (firstColumn === undefined) return start
    const inLine = offset - (before.lastIndexOf('\n') + 1)
    return { ...start, line: start.line + breaks, column: firstColumn + inLine }
  }
}

/** Findings as diagnostics, in the order of the source. */
export function toDiagnostics(findings: readonly Finding[], locate: Locate): Diagnostic[] {
  return findings
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ code, message, offset }) => ({ severity: 'error', code, message, place: locate(offset) }))
}
