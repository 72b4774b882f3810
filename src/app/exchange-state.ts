import { Catalogue } from '../state/catalogue.ts'
import { OrderBook } from '../state/order-book.ts'
import { Sets } from '../state/sets.ts'
import type { Namespace, Store } from '../state/store.ts'

/** What a run of the 1C node that loads the orders is known by: its stamp and when its first file was seen. */
export interface KnownRun {
  readonly stamp: number
  readonly seenAt: number
  /** When its last file so far was seen: it may go on for a while after that. */
  readonly lastFileAt: number
}

/** What is kept of one exchange, whatever its configuration says. */
export interface ExchangeState {
  readonly catalogue: Catalogue
  readonly orders: OrderBook
  readonly runs: Namespace<KnownRun>
  /** The files of each export run. */
  readonly sets: Sets
  /** Since when this process watches the exchange, clock milliseconds. */
  readonly watchedSince: number
  /** Clock milliseconds when a file of the node that loads the orders was last seen, also before the start; undefined: none. */
  lastNodeFileAt(): number | undefined
  /** Notes that a file of the node that loads orders was seen. */
  noteNodeFile(seenAt: number): void
}

/** Opens what is kept of an exchange; two of one name would not see each other's orders. */
export async function openExchangeState(name: string, store: Store, now: number): Promise<ExchangeState> {
  const orders = new OrderBook(store, name)
  await orders.load()
  const runs = store.namespace<KnownRun>(`runs.${name}`)
  // A run may be going on while we were started again.
  let lastNodeFileAt: number | undefined
  for await (const [, { lastFileAt }] of runs.entries()) lastNodeFileAt = Math.max(lastFileAt, lastNodeFileAt ?? 0)
  return {
    catalogue: new Catalogue(store, name),
    sets: new Sets(store, name),
    orders,
    runs,
    watchedSince: now,
    lastNodeFileAt: () => lastNodeFileAt,
    noteNodeFile: (seenAt) => {
      lastNodeFileAt = Math.max(seenAt, lastNodeFileAt ?? 0)
    },
  }
}
