import { expect, it } from 'vitest'
import { rateText, spanText } from './spans.ts'

it('says a span in its two largest units', () => {
  const spans = [0, 1, 44_000, 375_000, 7_200_000, 7_261_000, 90_000_000, 90_061_000].map(spanText)

  expect(spans).toEqual(['0 s', '1 s', '44 s', '6 min 15 s', '2 h', '2 h 1 min', '1 d 1 h', '1 d 1 h'])
})

it('says a rate', () => {
  expect(rateText({ limit: 80, perMs: 60_000 })).toBe('80/min')
  expect(rateText({ limit: 40, perMs: 1_000 })).toBe('40/s')
  expect(rateText({ limit: 6, perMs: 600_000 })).toBe('6/10 min')
})
