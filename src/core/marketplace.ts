import type { Decimal } from './decimal.ts'
import type { Reason } from './item.ts'
import type { Posting } from './order.ts'

/** The desired prices of one item. `oldPrice` "0" takes the struck-out price away. Currency is the account's. */
export interface PriceValue {
  readonly price: Decimal
  readonly oldPrice?: Decimal
  readonly minPrice?: Decimal
  readonly netPrice?: Decimal
}

/** The desired stock of one item in one marketplace warehouse: a whole number, 0 or more. */
export interface StockValue {
  readonly quantity: number
}

/** One value on its way to a marketplace. */
export interface WriteItem<V> {
  /** Ledger key. */
  readonly key: string
  readonly itemId: string
  /** The account's own article of the item (identity). */
  readonly offerId: string
  readonly warehouseId?: string
  readonly value: V
}

/** What became of one item of a write. */
export type Outcome =
  /** `unchanged`: the marketplace says that it held the value already. */
  | { readonly key: string; readonly state: 'accepted'; readonly until?: number; readonly unchanged?: true }
  | { readonly key: string; readonly state: 'rejected'; readonly reason: Reason }
  | { readonly key: string; readonly state: 'pending'; readonly receipt: string }
  /** Not taken now, for a reason that passes by itself; try again after so many clock milliseconds. */
  | { readonly key: string; readonly state: 'waiting'; readonly reason: Reason; readonly retryAfterMs: number }
  /** The marketplace may or may not hold the value. */
  | { readonly key: string; readonly state: 'unknown'; readonly reason: Reason }

/** At most `limit` requests in any `perMs` clock milliseconds. */
export interface RequestRate {
  readonly limit: number
  readonly perMs: number
}

/** A request that writes: the path at the marketplace and the body as JSON has it. */
export interface WriteRequest {
  readonly path: string
  readonly body: unknown
}

/** What is left of a rate now. */
export interface LimitLeft extends RequestRate {
  /** Requests that may start now. */
  readonly free: number
  /** The method it is about; absent = all of them. */
  readonly method?: string
}

/** Writes one aspect. One call is one request: the caller cuts batches by `maxBatch`. */
export interface Writer<V> {
  /** Items in one request. */
  readonly maxBatch: number
  /** How often the marketplace takes its requests, each rate by itself; for plans, `write` keeps them by itself. */
  readonly rates: readonly RequestRate[]
  /** Clock milliseconds that must pass between two writes of one key; 0 = none. */
  readonly minInterval: number
  /**
   * The value in the marketplace's own steps and spelling, before its fingerprint is taken; pure. A value that the
   * marketplace would refuse is a Reason.
   */
  normalise(value: V): V | Reason
  /** What {@link Writer.write} would ask for these items, in one request; pure. */
  encode(items: readonly WriteItem<V>[]): WriteRequest
  /**
   * Sends one batch, waiting for the account's limits. Every item has an outcome in the result.
   * @throws ObmenError transient (nothing is known of any item), fatal `*.unauthorized`, `*.method_switched_off`
   */
  write(items: readonly WriteItem<V>[], signal: AbortSignal): Promise<readonly Outcome[]>
}

/** A warehouse as the marketplace knows it. */
export interface MarketplaceWarehouse {
  readonly id: string
  readonly name: string
  readonly active: boolean
}

/** One card as the marketplace lists it. */
export interface ListedOffer {
  /** The seller's article: what the card is known by to the account. */
  readonly offerId: string
  /** Id of the card. */
  readonly productId: string
  /** Id in the shop window; absent until the card is created. */
  readonly sku?: string
  readonly name: string
  readonly barcodes: readonly string[]
  readonly archived: boolean
}

/** What the marketplace shows of one offer; only what was asked for is present. */
export interface ListingRow {
  readonly offerId: string
  readonly prices?: PriceValue
  /** Warehouse id → free stock. */
  readonly stocks?: Readonly<Record<string, number>>
  /** The values must be stated again then, clock milliseconds: the marketplace forgets one of them. */
  readonly until?: number
}

/** Reads back what the marketplace holds. Its lists of offers may be of any length: the reader cuts them. */
export interface ListingReader {
  /** Every card of the account, archived ones too. Cards made or moved meanwhile may come twice or not at all. */
  offers(signal: AbortSignal): AsyncIterable<readonly ListedOffer[]>
  /** Prices of these offers. One that the marketplace does not show has no row, one without a price a row without `prices`. */
  prices(offerIds: readonly string[], signal: AbortSignal): AsyncIterable<readonly ListingRow[]>
  /** Stocks of these offers: a row each, also for one that the marketplace does not show. */
  stocks(offerIds: readonly string[], signal: AbortSignal): AsyncIterable<readonly ListingRow[]>
}

/** Reads postings: all that are not shipped, and all changed since. A posting may come twice. */
export interface OrderSource {
  /** `since`: clock milliseconds; the reader itself adds no overlap. */
  read(since: number, signal: AbortSignal): AsyncIterable<readonly Posting[]>
}

/** What a probe of an account found. */
export interface AccountCheck {
  /** Clock milliseconds; the key dies then. */
  readonly keyExpiresAt?: number
  /** Methods we need that the key may not call. */
  readonly missingMethods: readonly string[]
  readonly warehouses: readonly MarketplaceWarehouse[]
}

/** How an account's marketplace answers: `stopped` needs a person. `since`: clock milliseconds. */
export interface Health {
  readonly state: 'up' | 'down' | 'stopped'
  readonly reason?: string
  readonly since?: number
}

/** An account at run time: the capabilities it has. Absent = the marketplace lacks it. */
export interface Connector {
  readonly account: string
  readonly marketplace: string
  /** The marketplace as people call it: `Ozon`. */
  readonly title: string
  /** Normalised base URL and the account's own id: with the marketplace's name they are the ownership mark. */
  readonly baseUrl: string
  readonly ownId: string
  /** Probes key, rights and warehouses. @throws ObmenError as Writer.write */
  check(signal: AbortSignal): Promise<AccountCheck>
  readonly prices?: Writer<PriceValue>
  readonly stocks?: Writer<StockValue>
  readonly orders?: OrderSource
  readonly listing?: ListingReader
  /** `down` while the breaker is open or the last request failed on the way. For `status`. */
  health(): Health
  /** What is left of the account's limits. For `status`. */
  limits(): readonly LimitLeft[]
  /** Closes sockets; idempotent. */
  close(): Promise<void>
}
