import { decodeCursor, encodeCursor } from './cursor.ts'
import { integers, oneOf, texts, type Message } from './fields.ts'
import type { Account, Product } from './state.ts'

const MAX_IDS = 1_000

// The enum of /v3/product/list, https://docs.ozon.ru/api/seller/, 2026-09-25.
const VISIBILITIES = [
  'ALL',
  'VISIBLE',
  'INVISIBLE',
  'EMPTY_STOCK',
  'NOT_MODERATED',
  'MODERATED',
  'DISABLED',
  'STATE_FAILED',
  'READY_TO_SUPPLY',
  'VALIDATION_STATE_PENDING',
  'VALIDATION_STATE_FAIL',
  'VALIDATION_STATE_SUCCESS',
  'TO_SUPPLY',
  'IN_SALE',
  'REMOVED_FROM_SALE',
  'BANNED',
  'OVERPRICED',
  'CRITICALLY_OVERPRICED',
  'EMPTY_BARCODE',
  'BARCODE_EXISTS',
  'QUARANTINE',
  'ARCHIVED',
  'OVERPRICED_WITH_STOCK',
  'PARTIAL_APPROVED',
  'AUTO_ARCHIVED',
  'MANUAL_ARCHIVED',
  'SEASONAL_AUTO_ARCHIVED',
  'VISIBLE_WITH_FBO_STOCK',
  'SHOWCASE_SELECT_ACTIVE',
] as const

type Visibility = (typeof VISIBILITIES)[number]

/** The products that a filter of a list means, by ascending product id. Several filters must all hold. */
export function filterProducts(account: Account, filter: Message | undefined): readonly Product[] {
  if (filter === undefined) return account.products.filter((product) => isVisible(product, 'ALL'))
  const visibility = oneOf(filter, 'visibility', VISIBILITIES) ?? 'ALL'
  const offerIds = new Set(texts(filter, 'offer_id', MAX_IDS))
  const productIds = new Set(integers(filter, 'product_id', MAX_IDS))
  const skus = new Set(integers(filter, 'skus', MAX_IDS))
  return named(account, offerIds, productIds, skus).filter((product) => isVisible(product, visibility))
}

/** The products with any of these ids; an empty set asks for nothing in particular, so all empty gives all. */
export function named(
  account: Account,
  offerIds: ReadonlySet<string>,
  productIds: ReadonlySet<number>,
  skus: ReadonlySet<number>,
): readonly Product[] {
  if (offerIds.size + productIds.size + skus.size === 0) return account.products
  const found = [
    ...[...offerIds].map((id) => account.byOfferId.get(id)),
    ...[...productIds].map((id) => account.byProductId.get(id)),
    ...[...skus].map((id) => account.bySku.get(id)),
  ]
  const unique = new Set(found.filter((product) => product !== undefined))
  return [...unique]
    .filter(
      (product) =>
        (offerIds.size === 0 || offerIds.has(product.offerId)) &&
        (productIds.size === 0 || productIds.has(product.productId)) &&
        (skus.size === 0 || skus.has(product.sku)),
    )
    .sort((a, b) => a.productId - b.productId)
}

/** The products after the cursor, and the cursor behind them: `""` when nothing can follow. */
export function pageOfProducts(
  products: readonly Product[],
  cursor: string | undefined,
  limit: number,
): { readonly page: readonly Product[]; readonly next: string } {
  const [after = -1] = decodeCursor(cursor, 1) ?? []
  const start = firstAfter(products, after)
  const page = products.slice(start, start + limit)
  const last = page.at(-1)
  return { page, next: last === undefined || page.length < limit ? '' : encodeCursor([last.productId]) }
}

/** Index of the first product with an id above `after`; the list is sorted. */
function firstAfter(products: readonly Product[], after: number): number {
  let low = 0
  let high = products.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((products[middle] as Product).productId > after) high = middle
    else low = middle + 1
  }
  return low
}

function isVisible(product: Product, visibility: Visibility): boolean {
  const archived = product.card === 'archived'
  const onSale = !archived && product.card === 'sellable' && product.price !== undefined && hasStock(product)
  switch (visibility) {
    // A switched-off value that Ozon still takes, and that gives everything: "News" of 2024-12-09.
    case 'BANNED':
    case 'ALL':
      return !archived
    case 'ARCHIVED':
    case 'MANUAL_ARCHIVED':
      return archived
    case 'VISIBLE':
    case 'IN_SALE':
      return onSale
    case 'INVISIBLE':
      return !archived && !onSale
    case 'EMPTY_STOCK':
    case 'TO_SUPPLY':
      return !archived && !hasStock(product)
    case 'MODERATED':
    case 'VALIDATION_STATE_SUCCESS':
    case 'EMPTY_BARCODE':
      return !archived && product.card !== 'notCreated'
    case 'NOT_MODERATED':
    case 'VALIDATION_STATE_PENDING':
      return product.card === 'notCreated'
    default:
      // The other states never happen here.
      return false
  }
}

/** True when any warehouse has free stock. */
export function hasStock(product: Product): boolean {
  return [...product.stocks.values()].some((stock) => stock.free > 0)
}
