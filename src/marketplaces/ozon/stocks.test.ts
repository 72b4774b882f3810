import { expect, test } from 'vitest'
import { normaliseStock } from './stocks.ts'

test('keeps whole numbers and cuts what Ozon cannot hold', () => {
  expect(normaliseStock({ quantity: 0 })).toEqual({ quantity: 0 })
  expect(normaliseStock({ quantity: 999_999 })).toEqual({ quantity: 999_999 })
  expect(normaliseStock({ quantity: 1_000_000 })).toEqual({ quantity: 999_999 })
})

test.each([-1, 1.5, Number.NaN])('%s is no stock', (quantity) => {
  expect(normaliseStock({ quantity })).toEqual({
    code: 'ozon.stock_not_whole',
    message: `the stock ${quantity} is no whole number from 0`,
    params: { quantity: String(quantity) },
  })
})
