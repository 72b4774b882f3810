import { Big, isDecimal, isZero, type Decimal } from '../../core/decimal.ts'
import type { ItemError } from './faults.ts'

/** Prices as they would be after the change; undefined = not set. */
export interface Prices {
  readonly price: Decimal | undefined
  readonly oldPrice: Decimal | undefined
  readonly minPrice: Decimal | undefined
}

/**
 * Why Ozon refuses these prices, if it does. Thresholds: "Errors" page and the description of
 * /v1/product/import/prices, https://docs.ozon.ru/api/seller/, read 2026-11-22. From what the 5 % are taken is not
 * documented (here: from the price), nor is the code of a price that is no number.
 */
export function priceError({ price, oldPrice, minPrice }: Prices): ItemError | undefined {
  if (![price, oldPrice, minPrice].every((value) => value === undefined || isDecimal(value))) {
    return { code: 'bad_request_error', message: 'price is not a number' }
  }
  if (price === undefined) return { code: 'bad_request_error', message: 'price is required' }
  if (new Big(price).lte(0)) return { code: 'price_negative', message: 'Price must be positive' }
  return oldPriceError(new Big(price), oldPrice) ?? minPriceError(new Big(price), minPrice)
}

function oldPriceError(price: Big, oldPrice: Decimal | undefined): ItemError | undefined {
  if (oldPrice === undefined || isZero(oldPrice)) return undefined
  const gap = new Big(oldPrice).minus(price)
  if (price.lt(400)) {
    if (gap.lt(20)) return tooSmall('discount_for_low_price_is_too_small', '20 roubles')
  } else if (price.lte(10_000)) {
    if (gap.lte(price.times('0.05'))) return tooSmall('discount_for_average_price_is_too_small', '5%')
  } else if (gap.lte(500)) {
    return tooSmall('discount_for_top_price_is_too_small', '500 roubles')
  }
  if (gap.gte(new Big(oldPrice).times('0.9'))) {
    return { code: 'discount_too_big', message: 'Discount must be less than 90%' }
  }
  return undefined
}

function minPriceError(price: Big, minPrice: Decimal | undefined): ItemError | undefined {
  if (minPrice === undefined || isZero(minPrice)) return undefined
  if (new Big(minPrice).gte(price)) {
    return { code: 'min_auto_price_too_big', message: 'min_price must be less than price' }
  }
  if (new Big(minPrice).lt(price.times('0.5'))) {
    return { code: 'min_auto_price_too_small', message: 'min_price must be at least 50% of price' }
  }
  return undefined
}

function tooSmall(code: string, least: string): ItemError {
  return { code, message: `Difference between old_price and price must be more than ${least}` }
}
