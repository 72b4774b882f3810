import type { RateWindow } from '../../http/limiter.ts'

/*
 * Every figure of Ozon that the connector relies on. Source unless said otherwise: the description of the method in
 * https://docs.ozon.ru/api/seller/, edition of 2026-10, read 2026-11.
 */

/** Where the API lives; there is no sandbox. */
export const BASE_URL = 'https://api-seller.ozon.ru'

/** The live version of each method we call. Dead versions answer 400, code 9. */
export const METHODS = {
  roles: '/v1/roles',
  warehouses: '/v2/warehouse/list',
  writePrices: '/v1/product/import/prices',
  writeStocks: '/v2/products/stocks',
  listing: '/v3/product/list',
  cards: '/v3/product/info/list',
  readPrices: '/v5/product/info/prices',
  readStocks: '/v2/product/info/stocks-by-warehouse/fbs',
  unfulfilled: '/v4/posting/fbs/unfulfilled/list',
  postings: '/v4/posting/fbs/list',
} as const

/** A method that we call. */
export type Method = (typeof METHODS)[keyof typeof METHODS]

/** Which waits for which when a limit is short: lower goes first. */
export const LANES = { orders: 0, stocks: 10, prices: 20, reading: 30 } as const

/**
 * 50 requests a second per Client-Id, whoever sends them (page "Limits", 2026-09-25). We take 40: the shop's other
 * programs use the same cabinet; the share is a guess.
 */
const REQUESTS_PER_SECOND = 40

/** 80 requests a minute per account. */
const STOCK_REQUESTS_PER_MINUTE = 80

/** Requests that Ozon takes within a time, over all methods and of one. */
export const WINDOWS: readonly RateWindow[] = [
  { limit: REQUESTS_PER_SECOND, perMs: 1000 },
  { limit: STOCK_REQUESTS_PER_MINUTE, perMs: 60_000, key: METHODS.writeStocks },
]

/** The windows that a request for this method passes. */
export function windowsOf(method: Method): readonly RateWindow[] {
  return WINDOWS.filter(({ key }) => key === undefined || key === method)
}

/** Requests at the same time; Ozon states none, a guess. */
export const CONCURRENCY = 8

/** Items in one request for prices. */
export const MAX_PRICES = 1000

/** Pairs of product and warehouse in one request for stocks. */
export const MAX_STOCKS = 100

/** A pair of product and warehouse is taken once in 30 s, else the item error TOO_MANY_REQUESTS. */
export const STOCK_INTERVAL_MS = 30_000

/** The greatest stock; from 1,000,000 on the item error STOCK_TOO_BIG. */
export const MAX_STOCK = 999_999

/** `min_price` is valid for 30 days. */
export const MIN_PRICE_LIFE_MS = 30 * 86_400_000

/** How long a `min_price` that was read is believed: it is not said when it was set. A guess; restating costs one request per 1,000. */
export const READ_MIN_PRICE_LIFE_MS = 86_400_000

/** Rows of one page of cards, prices and stocks; ids in a filter of cards (all kinds together), prices and stocks. */
export const LISTING_PAGE = 1000

/** Rows of one page of warehouses. */
export const WAREHOUSE_PAGE = 200

/** Postings of one page; 1,000 died with v3 on 2026-08-31. */
export const POSTING_PAGE = 100

/** The period of a posting list is at most one year; we keep two weeks of distance on both sides together. */
export const POSTING_PERIOD_MS = 350 * 86_400_000

/** How far ahead the assembly deadline of an unfulfilled posting may lie; with the past part it stays under a year. A guess. */
export const CUTOFF_AHEAD_MS = 60 * 86_400_000
/** How far back the assembly deadline may lie. A guess. */
export const CUTOFF_BEHIND_MS = 290 * 86_400_000

/** A price may change 10 times an hour (kept by the pipeline's `atMost`); when Ozon still says so, the wait. A guess. */
export const PRICE_LIMIT_WAIT_MS = 600_000

/** Wait for a card that Ozon has not finished. A guess. */
export const NOT_READY_WAIT_MS = 600_000

/** Wait after a 429 without `Retry-After`. The limit is per second; a guess with some room. */
export const RATE_LIMIT_WAIT_MS = 2000

/** Wait after `Circle is open`: "works again in a few minutes" (page "Errors"). */
export const CIRCLE_OPEN_WAIT_MS = 120_000

/** Requests that the search for the refused items of one batch may cost before the rest is put off. A guess. */
export const BISECT_REQUESTS = 64

/** Real milliseconds for one request. Ozon publishes none; lists of 1,000 take some seconds. A guess. */
export const TIMEOUT_MS = 60_000

/** Old-price gap: below this price 20 ₽, up to LARGE more than 5 %, above more than 500 ₽ (page "Errors"). */
export const OLD_PRICE = { small: 400, large: 10_000, smallGap: 20, middleShare: '0.05', largeGap: 500 } as const

/** A discount of 90 % of the old price or more is refused (`discount_too_big`). */
export const MAX_DISCOUNT = '0.9'

/** `min_price` below half of the price is refused (`min_auto_price_too_small`). */
export const MIN_PRICE_SHARE = '0.5'
