import { expect, it } from 'vitest'
import type { Writer } from '../core/marketplace.ts'
import { Ledger } from '../state/ledger.ts'
import { createMemoryStore } from '../state/open.ts'
import { AspectRuntime } from './aspect.ts'

const HOUR = 3_600_000

function aspectWith(minInterval: number): AspectRuntime {
  const store = createMemoryStore()
  const writer: Writer<unknown> = {
    maxBatch: 10,
    rates: [],
    minInterval,
    normalise: (value) => value,
    encode: (items) => ({ path: '/', body: items }),
    write: () => Promise.resolve([]),
  }
  return new AspectRuntime('prices', store, new Ledger(store, 'ledger.a.prices'), 'rejections.a.prices', writer)
}

it('keeps a rate per day over more than an hour', () => {
  const aspect = aspectWith(0)
  const rate = { atMost: 2, per: 24 * HOUR }
  aspect.noteSent(['a'], 1 * HOUR, 'answered', rate.per)
  aspect.noteSent(['a'], 4 * HOUR, 'answered', rate.per)
  expect(aspect.notBefore('a', 6 * HOUR, rate)).toBe(25 * HOUR)
  expect(aspect.notBefore('a', 25 * HOUR, rate)).toBe(0)
})

it('keeps the interval per key, also after a failure', () => {
  const aspect = aspectWith(30_000)
  aspect.noteSent(['a'], 2 * HOUR, 'failed', 0)
  expect(aspect.notBefore('a', 2 * HOUR + 29_999, undefined)).toBe(2 * HOUR + 30_000)
  expect(aspect.notBefore('a', 2 * HOUR + 30_000, undefined)).toBe(0)
})

it('knows after a restart which stocks went to 0 within the last hour', async () => {
  const store = createMemoryStore()
  const ledger = new Ledger(store, 'ledger.a.stocks')
  const entry = (itemId: string, since: number, from: number, to: number) => ({
    itemId,
    warehouseId: '1',
    accepted: { value: { quantity: to }, fingerprint: `${to}`, since, before: { quantity: from } },
  })
  await ledger.put([
    entry('zeroed', 9 * HOUR, 5, 0),
    entry('long ago', 8 * HOUR, 5, 0),
    entry('lowered', 9 * HOUR, 5, 1),
    entry('was zero', 9 * HOUR, 0, 0),
  ])
  const aspect = new AspectRuntime('stocks', store, ledger, 'rejections.a.stocks', {} as Writer<unknown>)
  expect(await aspect.countLedger(9.5 * HOUR)).toEqual(new Set(['zeroed', 'long ago', 'lowered', 'was zero']))
  expect([aspect.population, aspect.zeroedSince(9.5 * HOUR), aspect.zeroedSince(10 * HOUR)]).toEqual([4, 1, 0])
})
