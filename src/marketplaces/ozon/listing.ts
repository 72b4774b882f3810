import { canonicalDecimal, isDecimal, isZero } from '../../core/decimal.ts'
import type { ListingReader, ListingRow, PriceValue } from '../../core/marketplace.ts'
import type { OzonApi } from './api.ts'
import { LANES, LISTING_PAGE, METHODS } from './limits.ts'
import { nextOf, pages } from './paging.ts'
import { listedPricesAnswer, listedStocksAnswer, type ListedPrices, type ListedStock } from './schema.ts'

/** Reads back what Ozon holds. A price shows some minutes after it was accepted. */
export function createListingReader(api: OzonApi): ListingReader {
  return {
    prices: (signal) =>
      pages(METHODS.readPrices, async (cursor) => {
        const answer = await api.read({
          method: METHODS.readPrices,
          body: { filter: { visibility: 'ALL' }, limit: LISTING_PAGE, cursor },
          schema: listedPricesAnswer,
          lane: LANES.reading,
          signal,
        })
        // This list has no has_next: it ends with a page without rows or without a cursor.
        const rows = answer.items.map(pricesRow)
        return answer.items.length === 0 ? { rows } : { rows, next: answer.cursor }
      }),

    async *stocks(offerIds, signal) {
      for (let from = 0; from < offerIds.length; from += LISTING_PAGE) {
        const asked = offerIds.slice(from, from + LISTING_PAGE)
        const found: ListedStock[] = []
        const read = pages(METHODS.readStocks, async (cursor) => {
          const answer = await api.read({
            method: METHODS.readStocks,
            body: { offer_id: asked, limit: LISTING_PAGE, cursor },
            schema: listedStocksAnswer,
            lane: LANES.reading,
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

function pricesRow(item: ListedPrices): ListingRow {
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
  return { offerId: item.offer_id, prices }
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
