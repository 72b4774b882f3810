import { expect, it } from 'vitest'
import type { Tables } from '../tables/index.ts'
import { TableTurns } from './table-turns.ts'

it('tells of each beginning and end once, by the clock of the shop', () => {
  let now = Date.parse('2026-02-28T20:59:59Z')
  const clock = { now: () => now, sleep: () => Promise.resolve(), fromReal: (ms: number) => ms }
  const tables = { turns: [Date.UTC(2026, 2, 1), Date.UTC(2026, 2, 8)] } as unknown as Tables
  const turns = new TableTurns(tables, 'Europe/Moscow', clock)

  expect(turns.turned()).toBe(false)
  now += 1_000
  expect([turns.turned(), turns.turned()]).toEqual([true, false])
  now += 7 * 86_400_000
  expect([turns.turned(), turns.turned()]).toEqual([true, false])
})
