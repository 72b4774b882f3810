import type { Reason } from '../../core/item.ts'
import type { StockValue, Writer } from '../../core/marketplace.ts'
import type { OzonApi } from './api.ts'
import { writeBatch } from './batch.ts'
import { encodeStocks } from './encode.ts'
import { LANES, MAX_STOCK, MAX_STOCKS, METHODS, STOCK_INTERVAL_MS, windowsOf } from './limits.ts'
import { stockOutcomes } from './outcome.ts'
import { stocksAnswer } from './schema.ts'

/** Writes stocks: what is free for sale, without what Ozon has reserved. */
export function createStockWriter(api: OzonApi): Writer<StockValue> {
  return {
    maxBatch: MAX_STOCKS,
    rates: windowsOf(METHODS.writeStocks),
    minInterval: STOCK_INTERVAL_MS,
    normalise: normaliseStock,
    encode: (items) => ({ path: METHODS.writeStocks, body: encodeStocks(items) }),
    write: (items, signal) =>
      writeBatch(
        items,
        MAX_STOCKS,
        (item) => `${item.offerId}\n${item.warehouseId ?? ''}`,
        async (part) => {
          const answer = await api.write({
            method: METHODS.writeStocks,
            body: encodeStocks(part),
            schema: stocksAnswer,
            lane: LANES.stocks,
            signal,
          })
          return stockOutcomes(part, answer)
        },
      ),
  }
}

/** A stock that Ozon takes: whole and not negative; more than it can hold is cut to what it can. */
export function normaliseStock(value: StockValue): StockValue | Reason {
  if (!Number.isInteger(value.quantity) || value.quantity < 0) {
    const quantity = String(value.quantity)
    return {
      code: 'ozon.stock_not_whole',
      message: `the stock ${quantity} is no whole number from 0`,
      params: { quantity },
    }
  }
  return { quantity: Math.min(value.quantity, MAX_STOCK) }
}
