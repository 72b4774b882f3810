import { describe, expect, test } from 'vitest'
import type { PriceValue } from '../../core/marketplace.ts'
import { normalisePrices } from './prices.ts'

function codeOf(value: PriceValue): string {
  const normal = normalisePrices(value)
  return 'code' in normal ? normal.code : 'ok'
}

test('rounds half up to kopecks and spells each number in one way', () => {
  expect(normalisePrices({ price: '100.005', oldPrice: '149.90', minPrice: '060.000', netPrice: '0.0049' })).toEqual({
    price: '100.01',
    oldPrice: '149.9',
    minPrice: '60',
    netPrice: '0',
  })
  expect(normalisePrices({ price: '1499.00', oldPrice: '0.00' })).toEqual({ price: '1499', oldPrice: '0' })
  expect(normalisePrices({ price: '99999999999.99' })).toEqual({ price: '99999999999.99' })
})

test('a price that is nothing after rounding is no price', () => {
  expect(normalisePrices({ price: '0.004' })).toEqual({
    code: 'ozon.price_not_positive',
    message: 'the price is 0, Ozon takes none below 0.01',
    params: { price: '0' },
  })
  expect(codeOf({ price: '-1' })).toBe('ozon.price_not_positive')
  expect(codeOf({ price: '0.005' })).toBe('ok')
})

describe('the gap between old price and price', () => {
  test.each([
    ['399.99', '419.98', 'ozon.old_price_gap'],
    ['399.99', '419.99', 'ok'],
    ['400', '420', 'ozon.old_price_gap'],
    ['400', '420.01', 'ok'],
    ['10000', '10500', 'ozon.old_price_gap'],
    ['10000', '10500.01', 'ok'],
    ['10000.01', '10500.01', 'ozon.old_price_gap'],
    ['10000.01', '10500.02', 'ok'],
    ['100', '99', 'ozon.old_price_gap'],
    ['100', '1000', 'ozon.discount_too_big'],
    ['100', '999.99', 'ok'],
    ['100', '0', 'ok'],
  ])('price %s, old price %s: %s', (price, oldPrice, expected) => {
    expect(codeOf({ price, oldPrice })).toBe(expected)
  })

  test('is told with both prices', () => {
    expect(normalisePrices({ price: '500', oldPrice: '510' })).toEqual({
      code: 'ozon.old_price_gap',
      message: 'the old price 510 is too near to the price 500',
      params: { price: '500', oldPrice: '510' },
    })
  })
})

test.each([
  ['100', '49.99', 'ozon.min_price'],
  ['100', '50', 'ok'],
  ['100', '99.99', 'ok'],
  ['100', '100', 'ozon.min_price'],
])('price %s, minimum price %s: %s', (price, minPrice, expected) => {
  expect(codeOf({ price, minPrice })).toBe(expected)
})
