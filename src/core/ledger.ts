import type { Reason } from './item.ts'

/** What is kept in step at a marketplace account. */
export type Aspect = 'cards' | 'prices' | 'stocks'

/** A value the marketplace is known to have accepted. Times are epoch milliseconds of the clock. */
export interface Accepted<V> {
  readonly value: V
  readonly fingerprint: string
  readonly since: number
  /** The marketplace forgets the value then. */
  readonly until?: number
  /** Read from the marketplace, not sent by us: it may say more than anybody wants to state. */
  readonly listed?: true
  /** The value accepted before this one, for reports and share guards. */
  readonly before?: V
}

/** Where the latest attempt to change a value stands. */
export type AttemptState = 'sending' | 'pending' | 'unknown' | 'rejected' | 'held' | 'waiting'

/** The latest attempt to change a value. `sending` is written before the request leaves. */
export interface Attempt {
  /** Grows by one with every attempt; a late answer counts only for the latest. */
  readonly n: number
  readonly fingerprint: string
  readonly state: AttemptState
  readonly reason?: Reason
  /** Failures in a row. */
  readonly tries: number
  /** Not before this clock time. */
  readonly due?: number
  /** A promise of a later outcome. */
  readonly receipt?: string
  /** The value, where a person must judge it: of held attempts. */
  readonly value?: unknown
  /** An earlier attempt with another value may have reached the marketplace: only an acceptance makes its value known again. */
  readonly unsure?: true
  readonly at: number
}

/** One entry of the ledger: per account and aspect, per item (stocks: per item and warehouse). */
export interface LedgerEntry<V = unknown> {
  readonly itemId: string
  /** The marketplace's warehouse; stocks only. */
  readonly warehouseId?: string
  readonly accepted?: Accepted<V>
  readonly attempt?: Attempt
}

/** The key of an entry inside its namespace. Ids of 1C contain no line feed. */
export function ledgerKey(itemId: string, warehouseId?: string): string {
  return warehouseId === undefined ? itemId : `${itemId}\n${warehouseId}`
}

/** The item of a ledger key. */
export function itemOfKey(key: string): string {
  const at = key.indexOf('\n')
  return at < 0 ? key : key.slice(0, at)
}

/** What the next attempt inherits from this one: whether the marketplace may hold something else than was accepted. */
export function unsureAfter(attempt: Attempt | undefined): { readonly unsure?: true } {
  if (attempt === undefined) return {}
  const open = attempt.state === 'sending' || attempt.state === 'unknown' || attempt.state === 'pending'
  return open || attempt.unsure === true ? { unsure: true } : {}
}

/**
 * The fingerprint by which the accepted value is compared with a desired one. What was read from the marketplace counts
 * as the desired value itself when it agrees in every field that is desired: what is not desired is left as it is.
 */
export function acceptedFingerprint(accepted: Accepted<unknown>, desired: unknown, fingerprint: string): string {
  if (accepted.listed !== true || typeof desired !== 'object' || desired === null) return accepted.fingerprint
  const held = accepted.value as Readonly<Record<string, unknown>>
  const agrees = Object.entries(desired).every(([field, value]) => value === undefined || held[field] === value)
  return agrees ? fingerprint : accepted.fingerprint
}

/** What `diff` decides about one desired value. `due` is set when the key must wait until then. */
export type Verdict = { readonly send: true } | { readonly send: false; readonly due?: number }

/**
 * The rule of `diff` (law 2): let through when the marketplace's value is not known (`sending`, `unknown`, `pending`
 * with another fingerprint, or an earlier attempt left it unsure), when the accepted value has expired, or when the
 * desired value differs from the accepted one and the latest attempt with this very fingerprint is not rejected, held or put off.
 */
export function verdict(entry: LedgerEntry | undefined, desired: string, now: number): Verdict {
  const accepted = entry?.accepted
  const attempt = entry?.attempt
  if (attempt !== undefined) {
    if (attempt.state === 'sending') return { send: true }
    if (attempt.state === 'unknown') {
      return attempt.due !== undefined && attempt.due > now ? { send: false, due: attempt.due } : { send: true }
    }
    if (attempt.state === 'pending' && attempt.fingerprint !== desired) return { send: true }
  }
  const expired = accepted?.until !== undefined && accepted.until <= now
  const known = accepted !== undefined && !expired && attempt?.unsure !== true
  if (known && accepted.fingerprint === desired) return { send: false }
  if (attempt !== undefined && attempt.fingerprint === desired) {
    // The cause of a rejection may go away where we cannot see it (a card is created): then it is tried again, rarely.
    if (attempt.state === 'rejected' && (attempt.due === undefined || attempt.due > now)) return { send: false }
    if (attempt.state === 'held' || attempt.state === 'pending') return { send: false }
    if (attempt.due !== undefined && attempt.due > now) return { send: false, due: attempt.due }
  }
  return { send: true }
}
