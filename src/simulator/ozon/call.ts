import type { ItemError } from './faults.ts'
import type { Account, LedgerLine, World } from './state.ts'

/** One request that passed every gate, as a method sees it. */
export interface Call {
  readonly world: World
  readonly account: Account
  /** Epoch milliseconds of the request. */
  readonly now: number
  readonly body: unknown
  /** The error that an ordered fault puts on the next item, if any. */
  itemError(): ItemError | undefined
  /** Notes an accepted write. */
  record(write: Pick<LedgerLine, 'aspect' | 'offerId' | 'warehouseId' | 'value'>): void
}

/** A method of the API: the body of its 200. @throws ApiError */
export type ApiMethod = (call: Call) => unknown
