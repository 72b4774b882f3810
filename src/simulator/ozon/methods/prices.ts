import { isZero } from '../../../core/decimal.ts'
import type { Call } from '../call.ts'
import type { ItemError } from '../faults.ts'
import { messages, oneOf, text, topMessage, type Message } from '../fields.ts'
import { productRef, refError } from '../item-errors.ts'
import { priceError } from '../price-rules.ts'
import { minPriceOf, type Product } from '../state.ts'

// Description of /v1/product/import/prices, https://docs.ozon.ru/api/seller/, 2026-06-11.
const MAX_ITEMS = 1_000
const UPDATES_PER_HOUR = 10
const HOUR = 3_600_000
// min_price is valid for 30 days: same description.
const MIN_PRICE_LIFE = 30 * 86_400_000
const SWITCH = ['UNKNOWN', 'ENABLED', 'DISABLED'] as const

/** `POST /v1/product/import/prices`: every line has its own outcome inside the 200. */
export function importPrices(call: Call): unknown {
  const request = topMessage('ImportProductsPricesRequest', call.body)
  const lines = messages(request, 'prices', 'Price', MAX_ITEMS).map((line) => ({
    ref: productRef(call.account, line),
    change: readChange(line),
  }))
  return {
    result: lines.map(({ ref, change }) => {
      const error = call.itemError() ?? refError(ref) ?? applyChange(call, ref.product as Product, change)
      const errors = error === undefined ? [] : [error]
      return { product_id: ref.productId, offer_id: ref.offerId, updated: error === undefined, errors }
    }),
  }
}

interface Change {
  readonly price: string | undefined
  readonly oldPrice: string | undefined
  readonly minPrice: string | undefined
  readonly netPrice: string | undefined
  readonly vat: string | undefined
  readonly currency: string | undefined
  readonly strategy: (typeof SWITCH)[number] | undefined
}

function readChange(line: Message): Change {
  oneOf(line, 'auto_action_enabled', SWITCH)
  oneOf(line, 'auto_add_to_ozon_actions_list_enabled', SWITCH)
  return {
    price: text(line, 'price'),
    oldPrice: text(line, 'old_price'),
    minPrice: text(line, 'min_price'),
    netPrice: text(line, 'net_price'),
    vat: text(line, 'vat'),
    currency: text(line, 'currency_code'),
    strategy: oneOf(line, 'price_strategy_enabled', SWITCH),
  }
}

function applyChange(call: Call, product: Product, change: Change): ItemError | undefined {
  const error = changeError(call, product, change)
  if (error !== undefined) return error
  product.priceUpdates.push(call.now)
  product.price = change.price ?? (product.price as string)
  if (change.oldPrice !== undefined) setOldPrice(product, change.oldPrice)
  if (change.minPrice !== undefined) {
    product.minPrice = change.minPrice
    product.minPriceUntil = isZero(change.minPrice) ? 0 : call.now + MIN_PRICE_LIFE
  }
  if (change.netPrice !== undefined) product.netPrice = change.netPrice
  if (change.vat !== undefined) product.vat = change.vat
  call.record({
    aspect: 'prices',
    offerId: product.offerId,
    value: {
      price: product.price,
      ...(change.oldPrice === undefined ? {} : { old_price: change.oldPrice }),
      ...(change.minPrice === undefined ? {} : { min_price: change.minPrice }),
    },
  })
  return undefined
}

/** What is not sent stays as it is, so the rules look at the prices as they would be afterwards. */
function changeError(call: Call, product: Product, change: Change): ItemError | undefined {
  const minPrice = minPriceOf(product, call.now)
  if (change.currency !== undefined && change.currency !== 'RUB') {
    return { code: 'bad_request_error', message: 'currency_code differs from the currency of the account' }
  }
  const error = priceError({
    price: change.price ?? product.price,
    oldPrice: change.oldPrice ?? product.oldPrice,
    minPrice: change.minPrice ?? minPrice,
  })
  if (error?.code === 'min_auto_price_too_big' && change.minPrice === undefined) {
    return { code: 'price_less_than_min_auto_price', message: 'Price is less than min_price' }
  }
  if (error !== undefined) return error
  if (change.strategy === 'ENABLED' && (change.minPrice ?? minPrice) === undefined) {
    return { code: 'action_price_enabled_min_price_missing', message: 'min_price is required' }
  }
  product.priceUpdates = product.priceUpdates.filter((at) => at > call.now - HOUR)
  if (product.priceUpdates.length < UPDATES_PER_HOUR) return undefined
  // The Errors page gives this text without a code; the code is a guess.
  return { code: 'limit_exceeded', message: 'error limiting: acquire limit per item: items limit: limit exceeded' }
}

function setOldPrice(product: Product, oldPrice: string): void {
  if (isZero(oldPrice)) delete product.oldPrice
  else product.oldPrice = oldPrice
}
