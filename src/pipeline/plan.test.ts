import { describe, expect, it } from 'vitest'
import { createClock, type Clock } from '../core/clock.ts'
import { Plan, type PlannedKey } from './plan.ts'

const key = (name: string, lane: PlannedKey['lane'] = 'stocks', due?: number): PlannedKey => ({
  key: name,
  itemId: name,
  lane,
  ...(due === undefined ? {} : { due }),
})
const names = (keys: readonly PlannedKey[]): string[] => keys.map((each) => each.key)

/** A clock that stands still until it is moved. */
function stillClock(): Clock & { now(): number; moveTo(ms: number): void } {
  let now = 0
  const sleepers: { readonly at: number; readonly wake: () => void }[] = []
  return {
    now: () => now,
    fromReal: (ms) => ms,
    sleep: (ms, signal) =>
      new Promise((wake, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
        sleepers.push({ at: now + ms, wake })
      }),
    moveTo(ms) {
      now = ms
      for (const { at, wake } of sleepers) if (at <= now) wake()
    },
  }
}

describe('take', () => {
  it('gives keys in the order of lanes, oldest first, and each once', () => {
    const plan = new Plan()
    plan.put([key('card', 'cards'), key('down', 'prices'), key('up', 'price-up'), key('a'), key('b'), key('0', 'zero')])

    expect(names(plan.take(3, 0))).toEqual(['0', 'a', 'b'])
    expect(names(plan.take(9, 0))).toEqual(['up', 'down', 'card'])
    expect([plan.take(9, 0), plan.size]).toEqual([[], 0])
  })

  it('leaves what is not due, and lets a later lane pass it', () => {
    const plan = new Plan()
    plan.put([key('waits', 'zero', 100), key('goes', 'cards')])

    expect(names(plan.take(9, 99))).toEqual(['goes'])
    expect(names(plan.take(9, 100))).toEqual(['waits'])
  })
})

describe('put', () => {
  it('holds a key once: the more urgent lane and the earlier time win', () => {
    const plan = new Plan()
    plan.put([key('other', 'zero'), key('a', 'stocks', 50)])
    plan.put([key('a', 'zero', 70)])
    plan.put([key('a', 'cards', 90)])

    expect([plan.size, plan.has('a')]).toEqual([2, true])
    expect(plan.counts()).toEqual({ zero: 2, stocks: 0, 'price-up': 0, prices: 0, cards: 0 })
    expect(plan.take(9, 50)).toEqual([key('other', 'zero'), key('a', 'zero', 50)])
  })

  it('without a time makes a waiting key due at once', () => {
    const plan = new Plan()
    plan.put([key('a', 'stocks', 500)])
    plan.put([key('a')])

    expect(plan.nextDue()).toBe(0)
    expect(plan.take(9, 0)).toEqual([key('a')])
  })

  it('keeps the place in the lane of a key that is put again', () => {
    const plan = new Plan()
    plan.put([key('a'), key('b')])
    plan.put([key('a')])

    expect(names(plan.take(1, 0))).toEqual(['a'])
  })
})

describe('remove', () => {
  it('forgets a key in whatever lane it stands', () => {
    const plan = new Plan()
    plan.put([key('a', 'stocks'), key('b', 'zero')])
    plan.put([key('a', 'zero')])
    plan.remove('a')
    plan.remove('never there')

    expect(names(plan.take(9, 0))).toEqual(['b'])
  })
})

describe('nextDue', () => {
  it('is the earliest time over all lanes, undefined for an empty plan', () => {
    const plan = new Plan()
    expect(plan.nextDue()).toBe(undefined)
    plan.put([key('a', 'zero', 300), key('b', 'cards', 200)])

    expect(plan.nextDue()).toBe(200)
  })
})

describe('waitForWork', () => {
  const never = new AbortController().signal

  it('ends when a key is due', async () => {
    const plan = new Plan()
    const clock = stillClock()
    plan.put([key('a', 'stocks', 1_000)])
    let over = false
    const wait = plan.waitForWork(clock, 5_000, never).then(() => (over = true))

    clock.moveTo(999)
    await settle()
    expect(over).toBe(false)
    clock.moveTo(1_000)
    await wait
    expect(over).toBe(true)
  })

  it('ends when keys are put, and after the longest wait', async () => {
    const plan = new Plan()
    const clock = stillClock()
    const woken = plan.waitForWork(clock, 5_000, never)
    plan.put([key('a', 'stocks', 99_000)])
    await woken

    const waited = plan.waitForWork(clock, 5_000, never)
    clock.moveTo(5_000)
    await waited
    expect(plan.size).toBe(1)
  })

  it('does not wait for what is due, and stops with the signal', async () => {
    const plan = new Plan()
    plan.put([key('a')])
    await plan.waitForWork(stillClock(), 5_000, never)
    plan.remove('a')
    const stop = new AbortController()
    const waiting = plan.waitForWork(createClock(), 60_000, stop.signal)
    stop.abort(new DOMException('the service stops', 'AbortError'))

    await expect(waiting).rejects.toThrow('the service stops')
  })
})

describe('exclusive', () => {
  it('runs one piece of work after the other, also after a failure, and is not idle meanwhile', async () => {
    const plan = new Plan()
    const seen: string[] = []
    const work =
      (name: string, fails = false) =>
      async (): Promise<string> => {
        seen.push(`${name} begins`)
        await settle()
        seen.push(`${name} ends`)
        if (fails) throw new Error(name)
        return name
      }
    expect(plan.idle).toBe(true)
    const first = plan.exclusive(work('first', true))
    const second = plan.exclusive(work('second'))
    expect(plan.idle).toBe(false)

    await expect(first).rejects.toThrow('first')
    expect(plan.idle).toBe(false)
    expect(await second).toBe('second')
    expect(seen).toEqual(['first begins', 'first ends', 'second begins', 'second ends'])
    expect(plan.idle).toBe(true)
    plan.put([key('a')])
    expect(plan.idle).toBe(false)
  })
})

/** Lets every promise that can go on do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
