import type { Call } from '../call.ts'
import { integers, invalid, texts, topMessage } from '../fields.ts'
import { hasStock, named } from '../product-filter.ts'
import { isoTime, minPriceOf, shownSku, type CardState, type Product } from '../state.ts'

// "Not more than 1,000 goods over offer_id, product_id and sku in sum": https://docs.ozon.ru/api/seller/, 2026-06-11.
const MAX_IDS = 1_000

/** How far a card is, in the words of `statuses`; observed by integrators, the schema has no enum. */
const STATUSES: Readonly<Record<CardState, object>> = {
  sellable: {
    status: 'price_sent',
    moderate_status: 'approved',
    validation_status: 'success',
    status_name: 'Продается',
  },
  priceNotSent: {
    status: 'moderated',
    moderate_status: 'approved',
    validation_status: 'success',
    status_name: 'Готов к продаже',
  },
  notCreated: {
    status: 'moderating',
    moderate_status: 'moderating',
    validation_status: 'success',
    status_name: 'На модерации',
  },
  archived: {
    status: 'price_sent',
    moderate_status: 'approved',
    validation_status: 'success',
    status_name: 'В архиве',
  },
}

/** `POST /v3/product/info/list`: cards by their ids, whatever their state; ids of one kind, no pages. */
export function productCards(call: Call): unknown {
  const request = topMessage('GetProductInfoListRequest', call.body)
  const offerIds = texts(request, 'offer_id', MAX_IDS)
  const productIds = integers(request, 'product_id', MAX_IDS)
  const skus = integers(request, 'sku', MAX_IDS)
  const asked = [offerIds, productIds, skus].filter((ids) => ids.length > 0)
  if (asked.length !== 1) {
    throw invalid(request, 'offer_id', 'exactly one of offer_id, product_id and sku is required')
  }
  const found = named(call.account, new Set(offerIds), new Set(productIds), new Set(skus))
  return { items: found.map((product) => cardShape(product, call.now)) }
}

function cardShape(product: Product, now: number): unknown {
  const archived = product.card === 'archived'
  const sku = shownSku(product)
  return {
    id: product.productId,
    offer_id: product.offerId,
    sku,
    name: product.name,
    barcodes: product.barcodes,
    is_archived: archived,
    is_autoarchived: false,
    price: product.price ?? '',
    old_price: product.oldPrice ?? '',
    min_price: minPriceOf(product, now) ?? '',
    currency_code: 'RUB',
    vat: product.vat ?? '0.0',
    volume_weight: 0.5,
    is_kgt: false,
    is_super: false,
    is_discounted: false,
    is_prepayment_allowed: true,
    has_discounted_fbo_item: false,
    discounted_fbo_stocks: 0,
    description_category_id: 200_001_517,
    type_id: 93_080,
    images: [],
    primary_image: [],
    color_image: [],
    created_at: '2025-03-11T11:57:51.811Z',
    updated_at: isoTime(now),
    sources: sku === 0 ? [] : [{ sku, source: 'sds', created_at: '2025-03-11T11:57:51.811Z' }],
    statuses: {
      ...STATUSES[product.card],
      status_failed: '',
      status_description: '',
      status_tooltip: '',
      is_created: product.card !== 'notCreated',
      status_updated_at: '2025-03-11T11:57:51.811Z',
    },
    visibility_details: { has_price: product.price !== undefined, has_stock: hasStock(product) },
    stocks: { has_stock: hasStock(product), stocks: [] },
    availabilities: [],
    commissions: [],
    errors: [],
    promotions: [],
  }
}
