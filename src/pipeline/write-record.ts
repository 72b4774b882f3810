import type { Reason } from '../core/item.ts'
import type { Aspect } from '../core/ledger.ts'
import type { HistoryEntry } from '../state/history.ts'

/** One write to a marketplace and its outcome, as the history keeps it; reports are made of these. */
export interface WriteRecord extends HistoryEntry {
  readonly event: 'write'
  readonly account: string
  readonly aspect: Aspect
  readonly itemId: string
  readonly name: string
  readonly article: string
  readonly offerId: string
  readonly warehouseId?: string
  /** What the marketplace was known to hold before. */
  readonly before?: unknown
  readonly value: unknown
  readonly state: 'accepted' | 'rejected' | 'pending' | 'waiting' | 'unknown'
  /** Accepted, but the marketplace held it already: a posting moved it there before us, or a reply was lost. */
  readonly unchanged?: true
  readonly reason?: Reason
}
