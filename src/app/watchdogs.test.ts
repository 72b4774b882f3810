import { expect, it } from 'vitest'
import type { Notice } from '../core/notice.ts'
import type { ExchangeRuntime, Runtime } from './runtime.ts'
import { watchSilence, workingSince } from './watchdogs.ts'

const HOUR = 3_600_000
const MOSCOW = 'Europe/Moscow'
/** Monday to Saturday, 8 to 20. */
const HOURS = { days: [1, 2, 3, 4, 5, 6], from: 8, to: 20, source: 'Mon-Sat 8-20' }
/** A local time of the shop. 2026-11-23 is a Monday. */
const at = (local: string): number => Date.parse(`${local}:00+03:00`)

/** An exchange that the watchdog looks at, with what is told meanwhile. */
function watched(facts: { lastAppliedAt?: number; stocksStamp?: number }, staleAfter?: number) {
  const told: string[] = []
  const open = new Set<string>()
  const exchange = {
    config: { name: 'main', timezone: MOSCOW, silence: { hours: HOURS, work: HOUR / 2, off: 14 * HOUR } },
    catalogue: { facts: () => Promise.resolve(facts), count: () => Promise.resolve(7) },
  } as unknown as ExchangeRuntime
  const account = {
    name: 'ozon-main',
    parts: { config: { stale: staleAfter === undefined ? undefined : { after: staleAfter }, exchange: 'main' } },
  }
  let now = 0
  const runtime = {
    clock: { now: () => now, sleep: () => Promise.resolve() },
    accounts: new Map([['ozon-main', account]]),
    notifier: {
      raise: ({ cause, title }: Notice) => {
        if (!open.has(cause)) told.push(title)
        open.add(cause)
        return Promise.resolve()
      },
      resolve: (cause: string, what: string) => {
        if (open.delete(cause)) told.push(what)
        return Promise.resolve()
      },
    },
  } as unknown as Runtime
  return {
    facts,
    told,
    /** Looks at this local time; the service runs since `startedAt`. */
    look: async (local: string, startedAt = 0): Promise<void> => {
      now = at(local)
      await watchSilence({ ...exchange, watchedSince: startedAt }, runtime, new AbortController().signal)
    },
  }
}

it('tells of silence in working hours, once, and when files come again', async () => {
  const { facts, told, look } = watched({ lastAppliedAt: at('2026-11-23T10:00') })

  await look('2026-11-23T10:30')
  expect(told).toEqual([])
  await look('2026-11-23T10:31')
  await look('2026-11-23T11:31')
  expect(told).toEqual(['1С молчит дольше, чем 30 минут'])
  facts.lastAppliedAt = at('2026-11-23T11:40')
  await look('2026-11-23T11:41')
  expect(told).toEqual(['1С молчит дольше, чем 30 минут', 'Файлы из 1С снова приходят.'])
})

it('does not take the night for silence of the working day', async () => {
  const { told, look } = watched({ lastAppliedAt: at('2026-11-23T19:50') })

  await look('2026-11-24T03:00')
  await look('2026-11-24T08:00')
  await look('2026-11-24T08:30')
  expect(told).toEqual([])
  await look('2026-11-24T08:31')
  expect(told).toEqual(['1С молчит дольше, чем 30 минут'])
})

it('does not take the end of the working day for a file', async () => {
  const { told, look } = watched({ lastAppliedAt: at('2026-11-23T19:00') })

  await look('2026-11-23T19:31')
  await look('2026-11-23T20:01')
  expect(told).toEqual(['1С молчит дольше, чем 30 минут'])
})

it('tells of a long silence outside working hours', async () => {
  const { told, look } = watched({ lastAppliedAt: at('2026-11-21T19:00') })

  await look('2026-11-22T09:00')
  expect(told).toEqual([])
  await look('2026-11-22T09:01')
  expect(told).toEqual(['1С молчит дольше, чем 14 часов'])
})

it('counts from the start of the service: files may wait in an inbox, or never have come', async () => {
  const slept = watched({ lastAppliedAt: at('2026-11-20T10:00') })
  const fresh = watched({})
  for (const { told, look } of [slept, fresh]) {
    await look('2026-11-23T12:00', at('2026-11-23T12:00'))
    await look('2026-11-23T12:30', at('2026-11-23T12:00'))
    expect(told).toEqual([])
    await look('2026-11-23T12:31', at('2026-11-23T12:00'))
    expect(told).toEqual(['1С молчит дольше, чем 30 минут'])
  }
})

it('tells of stale stocks of an account, and when fresh ones came', async () => {
  const facts = { lastAppliedAt: at('2026-11-24T12:00'), stocksStamp: at('2026-11-23T12:00') }
  const { told, look } = watched(facts, 24 * HOUR)

  await look('2026-11-24T12:00')
  expect(told).toEqual([])
  await look('2026-11-24T12:01')
  expect(told).toEqual(['Данные 1С устарели: 7 товаров'])
  facts.stocksStamp = at('2026-11-24T12:02')
  await look('2026-11-24T12:03')
  expect(told).toEqual(['Данные 1С устарели: 7 товаров', 'Пришли свежие остатки.'])
})

it('knows the working hours by the wall clock of the shop', () => {
  const since = (local: string): number | undefined => workingSince(at(local), HOURS, MOSCOW)

  expect(since('2026-11-23T07:59')).toBe(undefined)
  expect(since('2026-11-23T08:00')).toBe(at('2026-11-23T08:00'))
  expect(since('2026-11-28T19:59')).toBe(at('2026-11-28T08:00'))
  expect(since('2026-11-28T20:00')).toBe(undefined)
  expect(since('2026-11-29T12:00')).toBe(undefined)
  expect(workingSince(at('2026-11-23T12:20'), HOURS, 'Asia/Kolkata')).toBe(Date.parse('2026-11-23T08:00+05:30'))
})
