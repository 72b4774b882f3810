import type { PriceValue, StockValue, WriteItem } from '../../core/marketplace.ts'

/** One row of `/v1/product/import/prices`. Fields left out stay as they are at Ozon. */
export interface PriceRow {
  readonly offer_id: string
  readonly price: string
  readonly old_price?: string
  readonly min_price?: string
  readonly net_price?: string
  readonly currency_code: 'RUB'
}

/** Body of `/v1/product/import/prices` from normalised prices. The account's currency must be RUB. */
export function encodePrices(items: readonly WriteItem<PriceValue>[]): { readonly prices: readonly PriceRow[] } {
  return {
    prices: items.map(({ offerId, value }) => ({
      offer_id: offerId,
      price: value.price,
      ...(value.oldPrice === undefined ? {} : { old_price: value.oldPrice }),
      ...(value.minPrice === undefined ? {} : { min_price: value.minPrice }),
      ...(value.netPrice === undefined ? {} : { net_price: value.netPrice }),
      currency_code: 'RUB',
    })),
  }
}

/** One row of `/v2/products/stocks`: `stock` is free of reserves. */
export interface StockRow {
  readonly offer_id: string
  readonly stock: number
  /** A number as the docs show it; text only where a number would lose digits. */
  readonly warehouse_id: number | string
}

/** Body of `/v2/products/stocks`. Every item names its warehouse. */
export function encodeStocks(items: readonly WriteItem<StockValue>[]): { readonly stocks: readonly StockRow[] } {
  return {
    stocks: items.map(({ offerId, warehouseId, value }) => ({
      offer_id: offerId,
      stock: value.quantity,
      warehouse_id: encodeId(warehouseId ?? ''),
    })),
  }
}

function encodeId(id: string): number | string {
  const number = Number(id)
  return id !== '' && Number.isSafeInteger(number) ? number : id
}
