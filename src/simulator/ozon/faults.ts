import { ApiError, tooManyRequests } from './errors.ts'

/** Every kind of trouble that can be ordered from the control API. */
export const FAULT_KINDS = ['429', '5xx', 'slow', 'lostReply', 'circleOpen', 'itemError', 'down'] as const

/**
 * Trouble for a share of the requests (`itemError`: of the items).
 * `429`, `5xx`, `circleOpen`: refused without effect · `slow`: applied at once, answered late · `lostReply`: applied, then
 * the connection is cut · `itemError`: the item is refused inside a 200 · `down`: the connection is cut without effect.
 */
export interface Fault {
  readonly kind: (typeof FAULT_KINDS)[number]
  /** 0…1. */
  readonly rate: number
  /** Only for this path; every path when absent. */
  readonly method?: string | undefined
  /** Whole seconds in `Retry-After` of a `429`; null leaves the header out. Default 1. */
  readonly retryAfter?: number | null | undefined
  /** Clock milliseconds that a `slow` answer takes. Default 30 s. */
  readonly delay?: number | undefined
  /** Error code of an `itemError`. Default `bad_request_error`. */
  readonly code?: string | undefined
}

/** An error of one item inside a 200. */
export interface ItemError {
  readonly code: string
  readonly message: string
}

const DEFAULT_DELAY = 30_000

/** The fault that hits this request, if any; the first one that hits wins. */
export function drawFault(faults: readonly Fault[], path: string, random: () => number): Fault | undefined {
  return faults.find((fault) => fault.kind !== 'itemError' && concerns(fault, path) && random() < fault.rate)
}

/** The error that hits one item of a write, if any. */
export function drawItemError(faults: readonly Fault[], path: string, random: () => number): ItemError | undefined {
  const hit = faults.find((fault) => fault.kind === 'itemError' && concerns(fault, path) && random() < fault.rate)
  return hit === undefined ? undefined : { code: hit.code ?? 'bad_request_error', message: 'Item is refused' }
}

/** Throws what the fault answers in place of the method; nothing for faults that let the method run. */
export function refuseByFault(fault: Fault, random: () => number): void {
  if (fault.kind === '429') {
    throw tooManyRequests(
      'You have reached request rate limit per second',
      fault.retryAfter === null ? undefined : (fault.retryAfter ?? 1),
    )
  }
  // The Errors page gives the text "Circle is open" without a status; 503 is a guess.
  if (fault.kind === 'circleOpen') throw new ApiError(503, 14, 'Circle is open')
  if (fault.kind === '5xx') throw serverError(random())
}

/** Clock milliseconds that the answer is held back. */
export function delayOf(fault: Fault | undefined): number {
  return fault?.kind === 'slow' ? (fault.delay ?? DEFAULT_DELAY) : 0
}

/** Half of the server's failures come from the API, half from a gateway before it, which answers in HTML. */
function serverError(dice: number): ApiError {
  if (dice < 0.5) return new ApiError(500, 13, 'Internal error')
  const status = 502 + Math.floor((dice - 0.5) * 6)
  const error = new ApiError(status, 14, 'gateway')
  return Object.assign(error, {
    answer: { status, body: `<html><body><h1>${status}</h1></body></html>`, headers: { 'Content-Type': 'text/html' } },
  })
}

function concerns(fault: Fault, path: string): boolean {
  return fault.method === undefined || fault.method === path
}
