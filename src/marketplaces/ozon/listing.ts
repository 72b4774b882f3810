import type { Clock } from '../../core/clock.ts'
import { canonicalDecimal, isDecimal, isZero } from '../../core/decimal.ts'
import type { ListedOffer, ListingReader, ListingRow, PriceValue } from '../../core/marketplace.ts'
import type { OzonApi } from './api.ts'
import { LANES, LISTING_PAGE, METHODS, READ_MIN_PRICE_LIFE_MS } from './limits.ts'
import { nextOf, pages, type Page } from './paging.ts'
import {
  cardsAnswer,
  listedPricesAnswer,
  listedStocksAnswer,
  listingAnswer,
  type ListedCard,
  type ListedPrices,
  type ListedStock,
} from './schema.ts'

/** `ALL` hides what lies in the archive (description of `/v3/product/list`), so that is asked for by itself. */
const VISIBILITIES = ['ALL', 'ARCHIVED'] as const

/** Reads back what Ozon holds. A price shows some minutes after it was accepted. */
export function createListingReader(api: OzonApi, clock: Clock): ListingReader {
  const calling = { lane: LANES.reading }
  return {
    async *offers(signal) {
      for (const visibility of VISIBILITIES) {
        const listed = pages(METHODS.listing, async (lastId) => {
          const { result } = await api.read({
            ...calling,
            method: METHODS.listing,
            body: { filter: { visibility }, limit: LISTING_PAGE, last_id: lastId },
            schema: listingAnswer,
            signal,
          })
          return untilEmpty(result.items, result.last_id)
        })
        for await (const page of listed) {
          if (page.length === 0) continue
          const { items } = await api.read({
            ...calling,
            method: METHODS.cards,
            body: { product_id: page.map((row) => row.product_id) },
            schema: cardsAnswer,
            signal,
          })
          yield items.map(listedOffer)
        }
      }
    },

    async *prices(offerIds, signal) {
      for (const asked of portions(offerIds)) {
        yield* pages(METHODS.readPrices, async (cursor) => {
          const answer = await api.read({
            ...calling,
            method: METHODS.readPrices,
            body: { filter: { offer_id: asked, visibility: 'ALL' }, limit: LISTING_PAGE, cursor },
            schema: listedPricesAnswer,
            signal,
          })
          return untilEmpty(
            answer.items.map((item) => pricesRow(item, clock.now())),
            answer.cursor,
          )
        })
      }
    },

    async *stocks(offerIds, signal) {
      for (const asked of portions(offerIds)) {
        const found: ListedStock[] = []
        const read = pages(METHODS.readStocks, async (cursor) => {
          const answer = await api.read({
            ...calling,
            method: METHODS.readStocks,
            body: { offer_id: asked, limit: LISTING_PAGE, cursor },
            schema: listedStocksAnswer,
            signal,
          })
          return { rows: answer.products, ...nextOf(answer) }
        })
        for await (const rows of read) found.push(...rows)
        yield stockRows(asked, found)
      }
    },
  }
}

function* portions(offerIds: readonly string[]): Generator<readonly string[]> {
  for (let from = 0; from < offerIds.length; from += LISTING_PAGE) yield offerIds.slice(from, from + LISTING_PAGE)
}

/** A page of a list that has no `has_next`: it ends with a page without rows or without a cursor. */
function untilEmpty<T>(rows: readonly T[], next: string): Page<readonly T[]> {
  return rows.length === 0 ? { rows } : { rows, next }
}

function listedOffer({ offer_id: offerId, id, sku, name, barcodes, is_archived: archived }: ListedCard): ListedOffer {
  // Ozon states 0 until the card is created.
  const shown = sku === undefined || sku === null || sku === '0' ? {} : { sku }
  return { offerId, productId: id, ...shown, name, barcodes, archived }
}

function pricesRow(item: ListedPrices, now: number): ListingRow {
  const price = stated(item.price?.price)
  if (price === undefined) return { offerId: item.offer_id }
  const minPrice = stated(item.price?.min_price)
  const netPrice = stated(item.price?.net_price)
  const prices: PriceValue = {
    price,
    oldPrice: stated(item.price?.old_price) ?? '0',
    ...(minPrice === undefined ? {} : { minPrice }),
    ...(netPrice === undefined ? {} : { netPrice }),
  }
  return { offerId: item.offer_id, prices, ...(minPrice === undefined ? {} : { until: now + READ_MIN_PRICE_LIFE_MS }) }
}

/** Ozon states 0 for what is not set. */
function stated(amount: string | undefined): string | undefined {
  if (amount === undefined || !isDecimal(amount) || isZero(amount)) return undefined
  return canonicalDecimal(amount)
}

/** A row for every offer that was asked for: one without stock has no warehouses in it. */
function stockRows(asked: readonly string[], found: readonly ListedStock[]): ListingRow[] {
  const stocks = new Map<string, Record<string, number>>(asked.map((offerId) => [offerId, {}]))
  for (const row of found) {
    const byWarehouse = stocks.get(row.offer_id)
    if (byWarehouse !== undefined)
      byWarehouse[row.warehouse_id] = row.free_stock ?? (row.present ?? 0) - (row.reserved ?? 0)
  }
  return [...stocks].map(([offerId, byWarehouse]) => ({ offerId, stocks: byWarehouse }))
}
