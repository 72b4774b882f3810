import type { RequestRate, Writer } from '../core/marketplace.ts'

/** What writing so many values costs at a marketplace. */
export interface WriteCost {
  readonly values: number
  readonly requests: number
  /** Milliseconds that its limits make of it, the time of the answers not counted. */
  readonly atLeastMs: number
  /** The rate that takes longest; absent when no limit makes anything wait. */
  readonly rate?: RequestRate
}

/**
 * The requests and the least time of a plan. What fits into one window of a rate goes at once; beyond that the rate sets
 * the pace, so that 500 requests at 80 a minute take 6 min 15 s.
 */
export function costOf(values: number, { maxBatch, rates }: Pick<Writer<unknown>, 'maxBatch' | 'rates'>): WriteCost {
  const requests = Math.ceil(values / maxBatch)
  let atLeastMs = 0
  let slowest: RequestRate | undefined
  for (const { limit, perMs } of rates) {
    const ms = requests <= limit ? 0 : Math.ceil((requests / limit) * perMs)
    if (ms <= atLeastMs) continue
    atLeastMs = ms
    slowest = { limit, perMs }
  }
  return { values, requests, atLeastMs, ...(slowest === undefined ? {} : { rate: slowest }) }
}
