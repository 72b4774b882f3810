import { describe, expect, it } from 'vitest'
import { slidingWindow, tokenBucket } from './limits.ts'

describe('tokenBucket', () => {
  it('grants a full bucket at once and refills evenly', () => {
    const bucket = tokenBucket(2, 1_000)

    const waits = [0, 0, 0, 499, 500, 500].map((now) => bucket.take(now))

    expect(waits).toEqual([0, 0, 500, 1, 0, 500])
  })

  it('never holds more than its capacity', () => {
    const bucket = tokenBucket(1, 1_000)

    const waits = [0, 60_000, 60_000].map((now) => bucket.take(now))

    expect(waits).toEqual([0, 0, 1_000])
  })
})

describe('slidingWindow', () => {
  it('counts what was granted within the window, whatever its start', () => {
    const window = slidingWindow(2, 60_000)

    const waits = [0, 59_000, 59_999, 60_000, 60_001, 119_000].map((now) => window.take(now))

    expect(waits).toEqual([0, 0, 1, 0, 58_999, 0])
  })
})
