import { expect, test } from 'vitest'
import { ObmenError } from '../../core/errors.ts'
import type { Outcome, WriteItem } from '../../core/marketplace.ts'
import { writeBatch } from './batch.ts'

type Item = WriteItem<number>

const items = (count: number): Item[] =>
  Array.from({ length: count }, (_, i) => ({ key: `k${i}`, itemId: `i${i}`, offerId: `o${i}`, value: i }))

const refusal = new ObmenError('fatal', 'ozon.refused', 'calling Ozon: 400 bad', {
  details: { message: 'bad', sent: 'no' },
})

/** Takes a request unless it holds a bad item. */
function sender(bad: (item: Item) => boolean, sizes: number[] = []) {
  return async (part: readonly Item[]): Promise<readonly Outcome[]> => {
    sizes.push(part.length)
    if (part.some(bad)) throw refusal
    return await Promise.resolve(part.map(({ key }) => ({ key, state: 'accepted' as const })))
  }
}

const write = (batch: readonly Item[], send: (part: readonly Item[]) => Promise<readonly Outcome[]>) =>
  writeBatch(batch, 1000, (item) => item.offerId, send)

test('a refused request is halved until the refused item is found', async () => {
  const sizes: number[] = []

  const outcomes = await write(
    items(8),
    sender((item) => item.key === 'k5', sizes),
  )

  expect(sizes).toEqual([8, 4, 4, 2, 1, 1, 2])
  expect(outcomes.filter((o) => o.state === 'accepted')).toHaveLength(7)
  expect(outcomes.filter((o) => o.state !== 'accepted')).toEqual([
    { key: 'k5', state: 'rejected', reason: { code: 'ozon.refused', message: 'bad' } },
  ])
})

test('a single refused item needs no second request', async () => {
  const sizes: number[] = []

  const outcomes = await write(
    items(1),
    sender(() => true, sizes),
  )

  expect(sizes).toEqual([1])
  expect(outcomes).toEqual([{ key: 'k0', state: 'rejected', reason: { code: 'ozon.refused', message: 'bad' } }])
})

test('the search is bounded: what is left waits', async () => {
  const sizes: number[] = []

  const outcomes = await write(
    items(1000),
    sender(() => true, sizes),
  )

  expect(sizes).toHaveLength(65)
  expect(new Set(outcomes.map((o) => o.key)).size).toBe(1000)
  expect(outcomes.every((o) => o.state === 'rejected' || o.state === 'waiting')).toBe(true)
  expect(outcomes.some((o) => o.state === 'waiting')).toBe(true)
})

test('a failure in the middle of the search keeps what is known', async () => {
  const lost = new ObmenError('transient', 'http.interrupted', 'lost', { details: { sent: 'maybe' } })
  let requests = 0
  const outcomes = await write(items(4), async (part) => {
    requests++
    if (requests === 3) throw lost
    return await sender((item) => item.key === 'k1' && part.length === 4)(part)
  })

  expect(outcomes).toEqual([
    { key: 'k0', state: 'accepted' },
    { key: 'k1', state: 'accepted' },
    { key: 'k2', state: 'unknown', reason: { code: 'http.interrupted', message: 'lost' } },
    { key: 'k3', state: 'unknown', reason: { code: 'http.interrupted', message: 'lost' } },
  ])
})

test('after a limit in the middle of the search nothing more is sent', async () => {
  const limited = new ObmenError('transient', 'ozon.rate_limited', 'slow down', {
    retryAfterMs: 7000,
    details: { sent: 'no' },
  })
  let requests = 0
  const outcomes = await write(items(2), async () => {
    requests++
    throw requests === 1 ? refusal : await Promise.resolve(limited)
  })

  const reason = { code: 'ozon.rate_limited', message: 'slow down' }
  expect(requests).toBe(2)
  expect(outcomes).toEqual([
    { key: 'k0', state: 'waiting', reason, retryAfterMs: 7000 },
    { key: 'k1', state: 'waiting', reason, retryAfterMs: 7000 },
  ])
})

test('what the first request throws is passed on', async () => {
  const lost = new ObmenError('transient', 'http.interrupted', 'lost', { details: { sent: 'maybe' } })

  await expect(write(items(2), () => Promise.reject(lost))).rejects.toBe(lost)
})

test('an article twice in a batch: the first is sent, the second names the owner', async () => {
  const [first] = items(1) as [Item]
  const sent: string[] = []

  const outcomes = await write([first, { ...first, key: 'again', itemId: 'other' }], async (part) => {
    sent.push(...part.map((item) => item.key))
    return await sender(() => false)(part)
  })

  expect(sent).toEqual(['k0'])
  expect(outcomes).toEqual([
    { key: 'k0', state: 'accepted' },
    {
      key: 'again',
      state: 'rejected',
      reason: {
        code: 'ozon.doubled',
        message: 'o0 is already written for i0 in the same batch',
        params: { offerId: 'o0', owner: 'i0' },
      },
    },
  ])
})

test('nothing to write is no request; too much is refused before any', async () => {
  const send = (): Promise<never> => Promise.reject(new Error('sent'))

  expect(await write([], send)).toEqual([])
  await expect(write(items(1001), send)).rejects.toMatchObject({
    code: 'ozon.batch_too_large',
    details: { sent: 'no' },
  })
})
