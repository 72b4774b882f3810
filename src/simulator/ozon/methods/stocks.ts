import type { Call } from '../call.ts'
import { tooManyRequests } from '../errors.ts'
import type { ItemError } from '../faults.ts'
import { integer, invalid, messages, topMessage, type Message } from '../fields.ts'
import { productRef, refError } from '../item-errors.ts'
import { stockOf, type CardState, type Product } from '../state.ts'

// Description of /v2/products/stocks, https://docs.ozon.ru/api/seller/, 2026-06-11.
const MAX_PAIRS = 100
const PAIR_INTERVAL = 30_000
const TOO_BIG = 1_000_000

const CARD_ERRORS: Readonly<Record<CardState, ItemError | undefined>> = {
  sellable: undefined,
  notCreated: { code: 'product_is_not_created', message: 'Product is not created' },
  priceNotSent: { code: 'PRICE_IS_NOT_SENT', message: 'Price is not sent' },
  archived: { code: 'PRODUCT_IS_ARCHIVED', message: 'Product is archived' },
}

/** `POST /v2/products/stocks`: every pair of product and warehouse has its own outcome inside the 200. */
export function setStocks(call: Call): unknown {
  const wait = call.account.stockRequests.take(call.now)
  if (wait > 0) throw tooManyRequests('You have reached request rate limit per minute', Math.ceil(wait / 1_000))
  const request = topMessage('ProductsStocksRequest', call.body)
  const pairs = messages(request, 'stocks', 'Stock', MAX_PAIRS).map((line) => ({
    ref: productRef(call.account, line),
    warehouseId: required(line, 'warehouse_id', 1, 'value must be greater than 0'),
    free: required(line, 'stock', 0, 'value must be greater than or equal to 0'),
  }))
  return {
    result: pairs.map(({ ref, warehouseId, free }) => {
      const error = call.itemError() ?? refError(ref) ?? applyStock(call, ref.product as Product, warehouseId, free)
      return {
        warehouse_id: warehouseId,
        product_id: ref.productId,
        offer_id: ref.offerId,
        updated: error === undefined,
        errors: error === undefined ? [] : [error],
      }
    }),
  }
}

/** What is sent becomes the free stock; reserves stay. */
function applyStock(call: Call, product: Product, warehouseId: number, free: number): ItemError | undefined {
  const cardError = CARD_ERRORS[product.card]
  if (cardError !== undefined) return cardError
  if (!call.account.warehouses.some((warehouse) => warehouse.warehouseId === warehouseId)) {
    return { code: 'WAREHOUSE_NOT_FOUND', message: 'Warehouse is not found' }
  }
  if (free >= TOO_BIG) return { code: 'STOCK_TOO_BIG', message: `Stock must be less than ${TOO_BIG}` }
  const known = product.stocks.get(warehouseId)
  if (known !== undefined && call.now - known.changedAt < PAIR_INTERVAL) {
    return { code: 'TOO_MANY_REQUESTS', message: 'Stock is updated too frequently' }
  }
  // Not documented, seen by integrators.
  if (known?.free === free) return { code: 'SKU_STOCK_NOT_CHANGE', message: 'Stock is not changed' }
  const stock = stockOf(product, warehouseId)
  stock.free = free
  stock.changedAt = call.now
  call.record({ aspect: 'stocks', offerId: product.offerId, warehouseId, value: free })
  return undefined
}

function required(line: Message, field: string, least: number, reason: string): number {
  const value = integer(line, field)
  if (value === undefined) throw invalid(line, field, 'value is required')
  if (value < least) throw invalid(line, field, reason)
  return value
}
