import type { Call } from '../call.ts'
import { totals } from '../dead-methods.ts'
import { embedded, integers, invalid, pageLimit, requiredEmbedded, text, texts, topMessage } from '../fields.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { filterProducts, hasStock, named, pageOfProducts } from '../product-filter.ts'
import { minPriceOf, shownSku, type Account, type Product } from '../state.ts'

// Page sizes 1…1000: https://docs.ozon.ru/api/seller/, 2026-06-11.
const MAX_PAGE = 1_000

/** `POST /v3/product/list`. Its cursor is called `last_id` and stands on every page that is not empty. */
export function productList(call: Call): unknown {
  const request = topMessage('GetProductListRequest', call.body)
  const limit = pageLimit(request, MAX_PAGE, MAX_PAGE)
  const products = filterProducts(call.account, embedded(request, 'filter'))
  const { page } = pageOfProducts(products, text(request, 'last_id'), limit)
  const last = page.at(-1)
  return {
    result: {
      items: page.map((product) => ({
        product_id: product.productId,
        offer_id: product.offerId,
        sku: shownSku(product),
        archived: product.card === 'archived',
        has_fbo_stocks: false,
        has_fbs_stocks: hasStock(product),
        is_discounted: false,
        quants: [],
      })),
      ...totals(products.length, call.now),
      last_id: last === undefined ? '' : encodeCursor([last.productId]),
    },
  }
}

/** `POST /v5/product/info/prices`: prices as numbers. */
export function productPrices(call: Call): unknown {
  const request = topMessage('GetProductInfoPricesV5Request', call.body)
  const limit = pageLimit(request, MAX_PAGE)
  const products = filterProducts(call.account, requiredEmbedded(request, 'filter'))
  const { page, next } = pageOfProducts(products, text(request, 'cursor'), limit)
  return {
    items: page.map((product) => priceShape(product, call.now)),
    cursor: next,
    ...totals(products.length, call.now),
  }
}

/** `POST /v4/product/info/stocks`: stocks summed over the warehouses. */
export function productStocks(call: Call): unknown {
  const request = topMessage('GetProductInfoStocksRequest', call.body)
  const limit = pageLimit(request, MAX_PAGE)
  const products = filterProducts(call.account, requiredEmbedded(request, 'filter'))
  const { page, next } = pageOfProducts(products, text(request, 'cursor'), limit)
  return { items: page.map(stockShape), cursor: next, ...totals(products.length, call.now) }
}

/** `POST /v2/product/info/stocks-by-warehouse/fbs`: one row per product and warehouse; `limit` counts rows. */
export function stocksByWarehouse(call: Call): unknown {
  const request = topMessage('GetProductInfoStocksByWarehouseFbsRequestV2', call.body)
  const limit = pageLimit(request, MAX_PAGE)
  const offerIds = texts(request, 'offer_id', MAX_PAGE)
  const skus = integers(request, 'sku', MAX_PAGE)
  if ((offerIds.length === 0) === (skus.length === 0)) {
    throw invalid(request, 'offer_id', 'exactly one of offer_id and sku is required')
  }
  const products = named(call.account, new Set(offerIds), new Set(), new Set(skus))
  const after = decodeCursor(text(request, 'cursor'), 2)
  const rows = products
    .flatMap((product) => warehouseRows(call.account, product))
    .filter((row) => after === undefined || isAfter([row.product_id, row.warehouse_id], after))
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    products: page,
    cursor: last === undefined ? '' : encodeCursor([last.product_id, last.warehouse_id]),
    has_next: page.length < rows.length,
  }
}

function priceShape(product: Product, now: number): unknown {
  const price = Number(product.price ?? 0)
  return {
    product_id: product.productId,
    offer_id: product.offerId,
    price: {
      price,
      old_price: Number(product.oldPrice ?? 0),
      min_price: Number(minPriceOf(product, now) ?? 0),
      net_price: Number(product.netPrice ?? 0),
      marketing_seller_price: price,
      retail_price: 0,
      vat: Number(product.vat ?? 0),
      currency_code: 'RUB',
      auto_action_enabled: false,
      auto_add_to_ozon_actions_list_enabled: false,
      declared_price: 0,
    },
    acquiring: 0,
    volume_weight: 0.5,
    commissions: {
      sales_percent_fbo: 15,
      sales_percent_fbs: 17,
      sales_percent_fbp: 0,
      sales_percent_rfbs: 15,
      fbs_deliv_to_customer_amount: 60,
      fbs_direct_flow_trans_min_amount: 20,
      fbs_direct_flow_trans_max_amount: 40,
      fbs_first_mile_min_amount: 0,
      fbs_first_mile_max_amount: 25,
      fbs_return_flow_amount: 40,
    },
    price_indexes: { color_index: 'WITHOUT_INDEX' },
    marketing_actions: { actions: [], ozon_actions_exist: false },
  }
}

function stockShape(product: Product): unknown {
  const stocks = [...product.stocks.values()]
  const sum = (of: (stock: { free: number; reserved: number }) => number): number =>
    stocks.reduce((total, stock) => total + of(stock), 0)
  return {
    product_id: product.productId,
    offer_id: product.offerId,
    stocks:
      stocks.length === 0
        ? []
        : [
            {
              type: 'fbs',
              sku: product.sku,
              present: sum((stock) => stock.free + stock.reserved),
              reserved: sum((stock) => stock.reserved),
              shipment_type: 'SHIPMENT_TYPE_GENERAL',
              warehouse_ids: [...product.stocks.keys()],
            },
          ],
  }
}

interface WarehouseRow {
  readonly product_id: number
  readonly warehouse_id: number
}

function warehouseRows(account: Account, product: Product): readonly WarehouseRow[] {
  return account.warehouses
    .toSorted((a, b) => a.warehouseId - b.warehouseId)
    .flatMap(({ warehouseId, name }) => {
      const stock = product.stocks.get(warehouseId)
      if (stock === undefined) return []
      return [
        {
          sku: product.sku,
          product_id: product.productId,
          offer_id: product.offerId,
          warehouse_id: warehouseId,
          warehouse_name: name,
          present: stock.free + stock.reserved,
          reserved: stock.reserved,
          free_stock: stock.free,
        },
      ]
    })
}

function isAfter(key: readonly [number, number], after: readonly number[]): boolean {
  const [product = 0, warehouse = 0] = after
  return key[0] === product ? key[1] > warehouse : key[0] > product
}
