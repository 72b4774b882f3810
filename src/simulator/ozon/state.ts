import type { Clock } from '../../core/clock.ts'
import type { Decimal } from '../../core/decimal.ts'
import type { Fault } from './faults.ts'
import { slidingWindow, tokenBucket, type Limit } from './limits.ts'

/** How far a card is: stocks are taken only for a sellable one; an archived one is hidden from the lists. */
export type CardState = 'sellable' | 'notCreated' | 'priceNotSent' | 'archived'

/** Stock of one product in one warehouse. present = free + reserved. */
export interface Stock {
  free: number
  reserved: number
  /** When the API last changed it; -Infinity when only the control API did. */
  changedAt: number
}

/** An offer in a simulated cabinet. */
export interface Product {
  readonly offerId: string
  readonly productId: number
  readonly sku: number
  card: CardState
  name: string
  barcodes: readonly string[]
  /** Roubles, as they were sent. */
  price?: Decimal
  oldPrice?: Decimal
  minPrice?: Decimal
  /** Ozon forgets `minPrice` then. */
  minPriceUntil?: number
  netPrice?: Decimal
  vat?: Decimal
  /** Times of the API's price updates of the last hour. */
  priceUpdates: number[]
  /** By warehouse id. */
  readonly stocks: Map<number, Stock>
}

/** A warehouse of a simulated cabinet. */
export interface Warehouse {
  readonly warehouseId: number
  readonly name: string
  readonly status: string
}

/** One position of a posting. */
export interface PostingLine {
  readonly product: Product
  readonly quantity: number
  readonly price: Decimal
  /** What the posting took from the free stock: less than `quantity` when there was less. */
  readonly reserved: number
}

/** Status words that the simulator knows. */
export type PostingStatus = 'awaiting_packaging' | 'awaiting_deliver' | 'delivering' | 'cancelled'

/** A posting of a simulated cabinet. */
export interface Posting {
  readonly account: Account
  readonly postingNumber: string
  readonly orderNumber: string
  readonly orderId: number
  readonly warehouse: Warehouse
  readonly lines: readonly PostingLine[]
  readonly createdAt: number
  readonly shipBy: number
  status: PostingStatus
  substatus: string
  statusChangedAt: number
  deliveringAt?: number
  cancelledAfterShip: boolean
}

/** What a key may do; unset = any key, every method. */
export interface KeyRules {
  /** The only valid key. */
  readonly apiKey?: string
  readonly deactivated?: boolean
  /** The only methods the key may call. */
  readonly methods?: readonly string[]
}

/** One simulated cabinet. */
export interface Account {
  readonly clientId: string
  /** By ascending product id, which is the order of creation. */
  readonly products: Product[]
  readonly byOfferId: Map<string, Product>
  readonly byProductId: Map<number, Product>
  readonly bySku: Map<number, Product>
  warehouses: readonly Warehouse[]
  /** By time of creation. */
  readonly postings: Posting[]
  readonly allRequests: Limit
  readonly stockRequests: Limit
  key: KeyRules
  keyExpiresAt: number
}

/** One accepted write. */
export interface LedgerLine {
  readonly seq: number
  readonly time: string
  readonly clientId: string
  readonly aspect: 'prices' | 'stocks'
  readonly offerId: string
  readonly warehouseId?: number
  readonly value: number | { readonly price: Decimal; readonly old_price?: Decimal; readonly min_price?: Decimal }
}

/** One request to the API, whatever became of it. */
export interface RequestLine {
  readonly seq: number
  readonly time: string
  readonly clientId: string
  /** The path. */
  readonly method: string
  /** Items in a write, 0 for a read. */
  readonly items: number
  /** 0 when the connection was cut without an effect. */
  readonly status: number
  readonly fault?: Fault['kind']
  readonly schemaErrors?: readonly string[]
}

/** How answers drift from the documentation; all off by default. */
export interface Drift {
  /** Ids and counters come as strings. */
  readonly int64AsText: boolean
}

/** Everything the simulator knows. Lost when it stops. */
export interface World {
  readonly clock: Clock
  readonly random: () => number
  readonly accounts: Map<string, Account>
  /** By posting number; numbers are unique over all accounts. */
  readonly postings: Map<string, Posting>
  readonly ledger: LedgerLine[]
  readonly requests: RequestLine[]
  faults: readonly Fault[]
  drift: Drift
  orders: number
  /** First part of posting numbers; taken from the time of the start, so that a restart does not repeat them. */
  readonly orderBase: number
}

const NO_DRIFT: Drift = { int64AsText: false }
// 50 requests a second per Client-Id over all methods: https://docs.ozon.ru/api/seller/ "Errors", in force since 2025-05-22.
const REQUESTS_PER_SECOND = 50
// 80 requests a minute per account: description of /v2/products/stocks, https://docs.ozon.ru/api/seller/, 2026-06-11.
const STOCK_REQUESTS_PER_MINUTE = 80
// Keys live three months: "News" of the Seller API, 2026-09-02.
const KEY_LIFE = 90 * 86_400_000
const FIRST_WAREHOUSE = 1_020_003_080_073_000

/** An empty world. */
export function createWorld(clock: Clock, random: () => number): World {
  return {
    clock,
    random,
    accounts: new Map(),
    postings: new Map(),
    ledger: [],
    requests: [],
    faults: [],
    drift: NO_DRIFT,
    orders: 0,
    orderBase: Math.floor(clock.now() / 1000) % 10_000_000_000,
  }
}

/** Forgets everything but the numbering of orders. */
export function resetWorld(world: World): void {
  world.accounts.clear()
  world.postings.clear()
  world.ledger.length = 0
  world.requests.length = 0
  world.faults = []
  world.drift = NO_DRIFT
}

/** The account of a Client-Id, made on first use with two warehouses whose ids depend on the Client-Id only. */
export function accountOf(world: World, clientId: string): Account {
  const known = world.accounts.get(clientId)
  if (known !== undefined) return known
  const firstId = FIRST_WAREHOUSE + (Number(clientId) % 1_000_000_000) * 2_000
  const account: Account = {
    clientId,
    products: [],
    byOfferId: new Map(),
    byProductId: new Map(),
    bySku: new Map(),
    warehouses: [
      { warehouseId: firstId, name: 'FBS Москва', status: 'created' },
      { warehouseId: firstId + 1_000, name: 'FBS Подольск', status: 'created' },
    ],
    postings: [],
    allRequests: tokenBucket(REQUESTS_PER_SECOND, 1_000),
    stockRequests: slidingWindow(STOCK_REQUESTS_PER_MINUTE, 60_000),
    key: {},
    keyExpiresAt: world.clock.now() + KEY_LIFE,
  }
  world.accounts.set(clientId, account)
  return account
}

/** The product of an article, made when it is new. */
export function productOf(account: Account, offerId: string): Product {
  const known = account.byOfferId.get(offerId)
  if (known !== undefined) return known
  const ordinal = account.products.length
  // The three ids of a product differ in size, so that none passes for another by accident.
  const product: Product = {
    offerId,
    productId: 3_000_000 + ordinal,
    sku: 1_900_000_000 + ordinal,
    card: 'sellable',
    name: offerId,
    barcodes: [],
    priceUpdates: [],
    stocks: new Map(),
  }
  account.products.push(product)
  account.byOfferId.set(offerId, product)
  account.byProductId.set(product.productId, product)
  account.bySku.set(product.sku, product)
  return product
}

/** The stock of a product in a warehouse, made empty when there is none yet. */
export function stockOf(product: Product, warehouseId: number): Stock {
  let stock = product.stocks.get(warehouseId)
  if (stock === undefined) {
    stock = { free: 0, reserved: 0, changedAt: -Infinity }
    product.stocks.set(warehouseId, stock)
  }
  return stock
}

/** The lower price threshold in force, if Ozon has not forgotten it. */
export function minPriceOf(product: Product, now: number): Decimal | undefined {
  return product.minPriceUntil !== undefined && product.minPriceUntil > now ? product.minPrice : undefined
}

/** The id in the shop window: 0 until the card is created. */
export function shownSku(product: Product): number {
  return product.card === 'notCreated' ? 0 : product.sku
}

/** Epoch milliseconds as ISO 8601 in UTC. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
