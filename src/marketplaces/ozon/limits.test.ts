import { describe, expect, it } from 'vitest'
import { costOf } from '../../pipeline/write-cost.ts'
import { MAX_PRICES, MAX_STOCKS, METHODS, windowsOf } from './limits.ts'

const stocks = { maxBatch: MAX_STOCKS, rates: windowsOf(METHODS.writeStocks) }
const prices = { maxBatch: MAX_PRICES, rates: windowsOf(METHODS.writePrices) }

describe('what a plan costs at Ozon', () => {
  it('is paced by the rate of the method: 50,000 stocks are 500 requests, at least 6 min 15 s at 80 a minute', () => {
    const cost = costOf(50_000, stocks)

    expect(cost).toEqual({ values: 50_000, requests: 500, atLeastMs: 375_000, rate: { limit: 80, perMs: 60_000 } })
  })

  it('takes no time while it fits into one window', () => {
    expect(costOf(4_000, stocks)).toEqual({ values: 4_000, requests: 40, atLeastMs: 0 })
    expect(costOf(8_000, stocks)).toMatchObject({ requests: 80, atLeastMs: 2_000, rate: { limit: 40 } })
    expect(costOf(8_001, stocks)).toMatchObject({ requests: 81, atLeastMs: 60_750, rate: { limit: 80 } })
    expect(costOf(0, stocks)).toEqual({ values: 0, requests: 0, atLeastMs: 0 })
  })

  it('of prices knows only the rate over all methods', () => {
    expect(costOf(100_000, prices)).toEqual({
      values: 100_000,
      requests: 100,
      atLeastMs: 2_500,
      rate: { limit: 40, perMs: 1_000 },
    })
  })
})
