import type { Decimal } from './decimal.ts'
import type { Reason } from './item.ts'

/** One position of a posting, as the marketplace states it. */
export interface PostingLine {
  /** The account's article; paired with an item by identity. */
  readonly offerId: string
  readonly name: string
  readonly quantity: number
  /** Price of one piece that the seller is paid by (not the buyer's price, not the payout). */
  readonly price: Decimal
  /** ISO 4217. */
  readonly currency: string
}

/** The marketplace's order unit. */
export interface Posting {
  readonly account: string
  /** Posting number, unique in the marketplace. */
  readonly number: string
  /** The marketplace's own status word, for example `awaiting_packaging`. */
  readonly status: string
  /** `open`: not yet handed over; `handed`: in delivery or delivered; `cancelled`. */
  readonly phase: 'open' | 'handed' | 'cancelled'
  /** Epoch milliseconds. */
  readonly placedAt: number
  readonly shipBy?: number
  readonly warehouseId: string
  readonly warehouseName: string
  readonly lines: readonly PostingLine[]
}

/** A line paired with 1C. `itemId` is absent while the article is unknown: that stops the order in a visible place. */
export interface OrderLine extends PostingLine {
  readonly itemId?: string
}

/** A run of the 1C node that appeared after our file: its stamp and when its first file was seen, clock milliseconds. */
export interface NodeRun {
  readonly stamp: number
  readonly seenAt: number
}

/** A posting on its way to 1C. Towards 1C it is written → presented → confirmed. */
export interface Order {
  readonly posting: Posting
  readonly exchange: string
  /** Our number in 1C, for example `OZ000001`; allocated once, in the journal before anywhere else. */
  readonly number?: string
  readonly lines: readonly OrderLine[]
  /** Name of the 1C warehouse that ships; absent when the account's configuration names none. */
  readonly warehouse?: string
  /** What keeps the posting from being an order of 1C: an unknown article, a warehouse without one of 1C. */
  readonly problem?: Reason
  /** Why 1C could not load the document as it would be written now; judged anew at every writing of the file. */
  readonly fault?: Reason
  /** Clock milliseconds of the last change that 1C must see. */
  readonly changedAt: number
  /** When the file that shows the last change was in place; absent = not yet written since the change. */
  readonly writtenAt?: number
  /** Later runs of the node since `writtenAt`; two make it presented. */
  readonly runs: readonly NodeRun[]
  /** When the last change was presented. */
  readonly presentedAt?: number
  /** When the order first stood in the file. */
  readonly firstWrittenAt?: number
  /** When the file without it was in place again, before any run was seen that could load it. */
  readonly leftAt?: number
  /** Stamp of the first run of the node that came after the order was first written; its statements do not know the order yet. */
  readonly firstRun?: number
  /** Items of the order whose stock 1C stated in a run after `firstRun`: its reserve is in that stock. */
  readonly reserved: readonly string[]
  /** It was first written while a run of 1C was or may have been going: that run may have read it without counting as a later one. */
  readonly maybeRead?: boolean
  /** Set once any version of the order was presented to 1C: from then on a cancellation stays in the file. */
  readonly everPresented: boolean
  /** Cancelled and ticked off, by 1C's own document or a person. */
  readonly doneAt?: number
}

/** What keeps an order out of the file, whoever found it. */
export function whyStuck({ problem, fault }: Pick<Order, 'problem' | 'fault'>): Reason | undefined {
  return problem ?? fault
}
