import type { Clock } from '../../core/clock.ts'
import { Big, canonicalDecimal, toFixed, type Decimal } from '../../core/decimal.ts'
import type { Reason } from '../../core/item.ts'
import type { PriceValue, Writer } from '../../core/marketplace.ts'
import type { OzonApi } from './api.ts'
import { writeBatch } from './batch.ts'
import { encodePrices } from './encode.ts'
import { LANES, MAX_DISCOUNT, MAX_PRICES, METHODS, MIN_PRICE_SHARE, OLD_PRICE, windowsOf } from './limits.ts'
import { priceOutcomes } from './outcome.ts'
import { pricesAnswer } from './schema.ts'

/** Writes prices. Ten changes an hour of one item are kept by the pipeline (`push.atMost`), not here. */
export function createPriceWriter(api: OzonApi, clock: Clock): Writer<PriceValue> {
  return {
    maxBatch: MAX_PRICES,
    rates: windowsOf(METHODS.writePrices),
    minInterval: 0,
    normalise: normalisePrices,
    encode: (items) => ({ path: METHODS.writePrices, body: encodePrices(items) }),
    write: (items, signal) =>
      writeBatch(
        items,
        MAX_PRICES,
        (item) => item.offerId,
        async (part) => {
          const answer = await api.write({
            method: METHODS.writePrices,
            body: encodePrices(part),
            schema: pricesAnswer,
            lane: LANES.prices,
            signal,
          })
          return priceOutcomes(part, answer, clock.now())
        },
      ),
  }
}

/** Prices in kopecks, or the rule of Ozon they break. */
export function normalisePrices(value: PriceValue): PriceValue | Reason {
  const price = kopecks(value.price)
  if (new Big(price).lte(0)) {
    return {
      code: 'ozon.price_not_positive',
      message: `the price is ${price}, Ozon takes none below 0.01`,
      params: { price },
    }
  }
  const oldPrice = value.oldPrice === undefined ? undefined : kopecks(value.oldPrice)
  const minPrice = value.minPrice === undefined ? undefined : kopecks(value.minPrice)
  const netPrice = value.netPrice === undefined ? undefined : kopecks(value.netPrice)
  const broken =
    (oldPrice === undefined || oldPrice === '0' ? undefined : oldPriceFault(price, oldPrice)) ??
    (minPrice === undefined ? undefined : minPriceFault(price, minPrice))
  if (broken !== undefined) return broken
  return {
    price,
    ...(oldPrice === undefined ? {} : { oldPrice }),
    ...(minPrice === undefined ? {} : { minPrice }),
    ...(netPrice === undefined ? {} : { netPrice }),
  }
}

function oldPriceFault(price: Decimal, oldPrice: Decimal): Reason | undefined {
  const gap = new Big(oldPrice).minus(price)
  if (!isWideEnough(new Big(price), gap)) {
    const message = `the old price ${oldPrice} is too near to the price ${price}`
    return { code: 'ozon.old_price_gap', message, params: { price, oldPrice } }
  }
  if (gap.gte(new Big(oldPrice).times(MAX_DISCOUNT))) {
    const message = `the old price ${oldPrice} makes a discount of 90 % or more on ${price}`
    return { code: 'ozon.discount_too_big', message, params: { price, oldPrice } }
  }
  return undefined
}

/** The share is taken of the price: where Ozon means the old price, it refuses with its own words. */
function isWideEnough(price: Big, gap: Big): boolean {
  if (price.lt(OLD_PRICE.small)) return gap.gte(OLD_PRICE.smallGap)
  if (price.lte(OLD_PRICE.large)) return gap.gt(price.times(OLD_PRICE.middleShare))
  return gap.gt(OLD_PRICE.largeGap)
}

function minPriceFault(price: Decimal, minPrice: Decimal): Reason | undefined {
  const min = new Big(minPrice)
  if (min.lt(price) && min.gte(new Big(price).times(MIN_PRICE_SHARE))) return undefined
  const message = `the minimum price ${minPrice} is not from 50 % of the price ${price} up to below it`
  return { code: 'ozon.min_price', message, params: { price, minPrice } }
}

function kopecks(amount: Decimal): Decimal {
  return canonicalDecimal(toFixed(amount, 2))
}
