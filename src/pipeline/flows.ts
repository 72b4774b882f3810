import type { ItemContext, Reason } from '../core/item.ts'
import type { LedgerEntry } from '../core/ledger.ts'
import type { Order, Posting } from '../core/order.ts'
import type { ExchangeRecord } from '../formats/commerceml/index.ts'
import type { RecordFile } from '../formats/record-file.ts'
import type { UnchangedNote } from '../state/catalogue.ts'
import type { StatedNote } from '../state/stated-parts.ts'

/** A claimed exchange file on its way into the catalogue. */
export interface IncomingFile {
  /** Where it lies now, in `work/<run>/`. */
  readonly path: string
  /** `work/<run>`: the folder of its claim, for copies that end with it. */
  readonly workFolder: string
  /** How people know it: its path relative to the inbox. */
  readonly name: string
  readonly inbox: string
  /** Clock milliseconds when it was first seen. */
  readonly seenAt: number
  /** Time of modification of the archive that it came in, milliseconds of the file system; absent = that of the file. */
  readonly modifiedAt?: number
}

/** One record of a file; decoded only when it is applied. */
export interface RecordInFlow {
  readonly incoming: IncomingFile
  readonly file: RecordFile
  readonly record: ExchangeRecord
}

/** A record that changed. It is checked, or decoded and kept elsewhere, while its batch is consumed: then it is gone. */
export interface RecordChange extends RecordInFlow {
  /** Fingerprint to remember once the record is applied; its three lowest bits are free for the facets it states. */
  readonly fingerprint: bigint
  /** The first of several statements of one file on one record, found unchanged until another came: applied before all. */
  readonly first?: true
}

/**
 * The records of a file that are unchanged: noted, never decoded; and what all records state. Comes once, behind the
 * changes of the file.
 */
export interface UnchangedRecords {
  readonly incoming: IncomingFile
  readonly file: RecordFile
  readonly unchanged: UnchangedNote
  readonly stated: StatedNote
}

/** What `diff` makes of the records of a file. Neither part holds an object per record: files are of any size. */
export type FileChange = RecordChange | UnchangedRecords

/** What a pipeline's reports call an item by. */
export interface ItemLabel {
  readonly name: string
  readonly article: string
}

/**
 * One item between source and `diff`. It never vanishes: it has a value, or is absent on a sign (deleted in 1C,
 * exists and is not selected), or was rejected and left.
 */
export type ItemEnvelope = {
  /** Item id: the offer id of 1C. */
  readonly id: string
  readonly label: ItemLabel
} & ({ readonly value: ItemContext } | { readonly absent: 'deleted' | 'unselected' })

/** A value that the mapping wants at the marketplace. */
export interface DesiredValue {
  readonly warehouseId?: string
  readonly value: unknown
  readonly fingerprint: string
}

/** An item behind the mapping: with the values it should have, or absent on a sign. */
export type DesiredEnvelope = {
  readonly id: string
  readonly label: ItemLabel
} & ({ readonly values: readonly DesiredValue[] } | { readonly absent: 'deleted' | 'unselected' })

/** How urgent a key is: stock to zero, stocks, price up, prices, cards. Lower goes first. */
export const LANES = ['zero', 'stocks', 'price-up', 'prices', 'cards'] as const
/** One of the lanes of a plan. */
export type Lane = (typeof LANES)[number]

/** A difference between what is desired and what the ledger knows. */
export interface ValueChange {
  /** Ledger key. */
  readonly key: string
  readonly itemId: string
  readonly warehouseId?: string
  readonly label: ItemLabel
  readonly value: unknown
  readonly fingerprint: string
  readonly entry: LedgerEntry | undefined
  readonly lane: Lane
  /** Why the value is 0 whatever the mapping makes of the item: it is no longer sold, or its stock statement is old. */
  readonly zeroedBy?: 'deleted' | 'unselected' | 'stale'
  /** The value takes an item that is for sale off sale (a stock to 0). */
  readonly zeroing: boolean
  /** Not before this clock time (waiting, unknown). */
  readonly due?: number
  /** Set by `guard`: a person must look first. */
  readonly held?: Reason
}

/** A posting as read, with the account it belongs to. */
export interface PostingInFlow {
  readonly posting: Posting
  /** Clock milliseconds when the account's postings were first read: what was placed later is ours, seen open or not. */
  readonly oursFrom: number
}

/** A posting that differs from the order kept of it. */
export interface OrderChange {
  readonly order: Order
  readonly before: Order | undefined
}
