import { setMaxListeners } from 'node:events'
import { expect, test } from 'vitest'
import type { Clock } from '../core/clock.ts'
import { createLimiter, type RateWindow } from './limiter.ts'

const never = new AbortController().signal
setMaxListeners(0, never)

/** A clock that moves only by `advance`. */
function manualClock(): Clock & { advance(ms: number): Promise<void> } {
  let now = 0
  const sleepers: { at: number; wake: () => void }[] = []
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return {
    now: () => now,
    fromReal: (ms) => ms,
    sleep: (ms, signal) =>
      new Promise((wake, reject) => {
        sleepers.push({ at: now + ms, wake })
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      }),
    async advance(ms) {
      const end = now + ms
      await settle()
      for (;;) {
        const next = sleepers.filter((s) => s.at <= end).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        sleepers.splice(sleepers.indexOf(next), 1)
        now = Math.max(now, next.at)
        next.wake()
        await settle()
      }
      now = end
    },
  }
}

function setUp(windows: readonly RateWindow[], concurrency = 10) {
  const clock = manualClock()
  const limiter = createLimiter({ clock, windows, concurrency })
  const log: string[] = []
  const send = (name: string, lane = 0, key?: string, tookMs = 0): Promise<void> =>
    limiter.run(
      { lane, ...(key === undefined ? {} : { key }) },
      async () => {
        log.push(`${name}@${clock.now()}`)
        if (tookMs > 0) await clock.sleep(tookMs)
      },
      never,
    )
  return { clock, limiter, log, send }
}

test('a window gives a place back only when its time has passed since the request ended', async () => {
  const { clock, log, send } = setUp([{ limit: 2, perMs: 1000 }])

  const all = ['a', 'b', 'c', 'd', 'e'].map((name) => send(name, 0, undefined, 100))
  await clock.advance(5000)
  await Promise.all(all)

  expect(log).toEqual(['a@0', 'b@0', 'c@1101', 'd@1101', 'e@2202'])
})

test('no stretch of the window ever holds more than its limit', async () => {
  const { clock, log, send } = setUp([{ limit: 3, perMs: 1000 }], 2)

  const all = Array.from({ length: 20 }, (_, i) => send(`r${i}`, 0, undefined, (i * 37) % 400))
  await clock.advance(60_000)
  await Promise.all(all)

  const starts = log.map((entry) => Number(entry.split('@')[1]))
  expect(starts).toHaveLength(20)
  expect(starts.slice(3).every((start, i) => start - (starts[i] ?? 0) > 1000)).toBe(true)
})

test('a full window of one key leaves the others their way', async () => {
  const { clock, log, send } = setUp([
    { limit: 1, perMs: 60_000, key: 'stocks' },
    { limit: 10, perMs: 1000 },
  ])

  const all = [send('s1', 0, 'stocks'), send('s2', 0, 'stocks'), send('p1', 5, 'prices'), send('p2', 5, 'prices')]
  await clock.advance(61_000)
  await Promise.all(all)

  expect(log).toEqual(['s1@0', 'p1@0', 'p2@0', 's2@60001'])
})

test('the lower lane goes first, within a lane the older', async () => {
  const { clock, log, send } = setUp([], 1)

  const all = [send('first', 9, '', 10), send('b', 2), send('c', 2), send('a', 1), send('d', 3)]
  await clock.advance(100)
  await Promise.all(all)

  expect(log).toEqual(['first@0', 'a@10', 'b@10', 'c@10', 'd@10'])
})

test('a pause stops everything until its end, a shorter one changes nothing', async () => {
  const { clock, limiter, log, send } = setUp([])

  limiter.pause(5000)
  limiter.pause(1000)
  const sent = send('a')
  await clock.advance(4999)
  const before = [...log]
  await clock.advance(1)
  await sent

  expect(before).toEqual([])
  expect(log).toEqual(['a@5000'])
})

test('aborted while waiting: rejects with the reason, runs nothing, the next one goes on', async () => {
  const { clock, limiter, log, send } = setUp([{ limit: 1, perMs: 1000 }])
  const stop = new AbortController()
  const reason = new Error('stopping')

  await send('a')
  const given = limiter.run({ lane: 0 }, () => Promise.resolve(log.push('given up')), stop.signal)
  const next = send('b', 1)
  stop.abort(reason)

  await expect(given).rejects.toBe(reason)
  await expect(limiter.run({ lane: 0 }, () => Promise.resolve(), stop.signal)).rejects.toBe(reason)
  await clock.advance(1001)
  await next
  expect(log).toEqual(['a@0', 'b@1001'])
})

test('failing work passes its error on and gives its place back', async () => {
  const { clock, limiter, log, send } = setUp([], 1)
  const fault = new Error('broken')

  const failing = limiter.run({ lane: 0 }, () => Promise.reject(fault), never)
  const next = send('next', 1)

  await expect(failing).rejects.toBe(fault)
  await clock.advance(0)
  await next
  expect(log).toEqual(['next@0'])
})
