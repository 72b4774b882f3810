/**
 * Who must act on a failure. `config`: a person wrote something wrong. `input`: an exchange file is unusable.
 * `transient`: may work later. `fatal`: ours, or beyond repair without a person.
 */
export type ErrorKind = 'config' | 'input' | 'transient' | 'fatal'

/**
 * Where a fault lies. `line` and `column` are one-based; `file` is as a person would name it (relative where possible).
 * Workbooks have a `cell` instead of lines: `Прайс!B12`.
 */
export interface Place {
  readonly file?: string
  readonly cell?: string
  readonly line?: number
  readonly column?: number
}

/** What an {@link ObmenError} may carry besides its message. */
export interface ErrorDetails {
  readonly cause?: unknown
  readonly place?: Place
  /** Milliseconds after which trying again may help; only for `transient`. */
  readonly retryAfterMs?: number
  /** Plain data for logs and notices; never secrets or personal data. */
  readonly details?: Readonly<Record<string, unknown>>
  /** What a person should do about it: one sentence. */
  readonly remedy?: string
}

/**
 * A fault of a whole run. The fault of one item is a value, never an exception.
 * `code` is `area.snake_case` from a bounded set; data never stands in it.
 * `message` says what was being done (gerund), then the fault.
 */
export class ObmenError extends Error {
  readonly kind: ErrorKind
  readonly code: string
  readonly place: Place | undefined
  readonly retryAfterMs: number | undefined
  readonly details: Readonly<Record<string, unknown>> | undefined
  readonly remedy: string | undefined

  constructor(kind: ErrorKind, code: string, message: string, extra: ErrorDetails = {}) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause })
    this.name = 'ObmenError'
    this.kind = kind
    this.code = code
    this.place = extra.place
    this.retryAfterMs = extra.retryAfterMs
    this.details = extra.details
    this.remedy = extra.remedy
  }
}

/** `file:line:column` or `file:sheet!cell`, as far as known; empty when nothing is known. */
export function formatPlace(place: Place | undefined): string {
  if (place === undefined) return ''
  return [place.file, place.cell, place.line, place.column].filter((part) => part !== undefined).join(':')
}

/** The process exit code of a failure: 2 config, 3 input, 5 transient, 6 fatal (4 belongs to `--strict`). */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof ObmenError)) return 6
  return { config: 2, input: 3, transient: 5, fatal: 6 }[error.kind]
}

/** True for the reason of an aborted signal: an abort is not an error. */
export function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || (error as { code?: string }).code === 'ABORT_ERR')
}
