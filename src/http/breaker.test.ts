import { expect, test } from 'vitest'
import type { Clock } from '../core/clock.ts'
import { ObmenError } from '../core/errors.ts'
import { createBreaker } from './breaker.ts'

function setUp() {
  let now = 1000
  const clock: Clock = { now: () => now, sleep: () => Promise.resolve(), fromReal: (ms) => ms }
  const breaker = createBreaker({ clock, failures: 3, probeEvery: 30_000 })
  const answer = (status: number): Promise<number> =>
    breaker.run(
      () => Promise.resolve(status),
      (s) => (s >= 500 ? `status ${s}` : undefined),
    )
  return { breaker, answer, advance: (ms: number) => (now += ms) }
}

test('opens after so many failures in a row and says until when', async () => {
  const { breaker, answer } = setUp()

  await answer(500)
  await answer(500)
  await answer(200)
  await answer(500)
  await answer(502)
  expect(breaker.state()).toEqual({ state: 'closed' })
  await answer(503)

  expect(breaker.state()).toEqual({ state: 'open', since: 1000, nextProbe: 31_000, reason: 'status 503' })
  await expect(answer(200)).rejects.toMatchObject({
    kind: 'transient',
    code: 'http.circuit_open',
    retryAfterMs: 30_000,
    details: { sent: 'no' },
  })
})

test('lets one probe through per interval; a good one closes it', async () => {
  const { breaker, answer, advance } = setUp()
  for (let i = 0; i < 3; i++) await answer(500)

  advance(30_000)
  expect(await answer(500)).toBe(500)
  await expect(answer(200)).rejects.toMatchObject({ code: 'http.circuit_open', retryAfterMs: 30_000 })
  advance(30_000)
  expect(await answer(200)).toBe(200)

  expect(breaker.state()).toEqual({ state: 'closed' })
  expect(await answer(200)).toBe(200)
})

test('counts thrown transient errors, but neither aborts nor faults of ours', async () => {
  const { breaker } = setUp()
  const fail = (error: unknown): Promise<unknown> =>
    breaker
      .run(
        () => Promise.reject(error as Error),
        () => undefined,
      )
      .catch(() => undefined)

  for (let i = 0; i < 9; i++) await fail(new DOMException('stop', 'AbortError'))
  for (let i = 0; i < 9; i++) await fail(new ObmenError('fatal', 'ozon.refused', 'no'))
  expect(breaker.state()).toEqual({ state: 'closed' })
  for (let i = 0; i < 3; i++) await fail(new ObmenError('transient', 'http.unreachable', 'no connection'))

  expect(breaker.state()).toMatchObject({ state: 'open', reason: 'no connection' })
})
