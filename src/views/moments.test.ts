import { expect, it } from 'vitest'
import { moment, shortMoment, span } from './moments.ts'

const AT = Date.UTC(2026, 1, 28, 21, 5)

it('shows the wall clock of a zone', () => {
  expect([moment(AT, 'Europe/Moscow'), moment(AT, 'Asia/Vladivostok')]).toEqual([
    '01.03.2026 00:05',
    '01.03.2026 07:05',
  ])
})

it('leaves out the date of today', () => {
  const noon = Date.UTC(2026, 2, 1, 9)

  expect([shortMoment(AT, noon, 'Europe/Moscow'), shortMoment(AT, noon, 'UTC')]).toEqual(['00:05', '28.02 21:05'])
})

it('words spans in their two largest units', () => {
  const spans = [1000, 45_000, 60_000, 125 * 60_000, 120 * 60_000, 73 * 3_600_000].map(span)

  expect(spans).toEqual(['1 секунда', '45 секунд', '1 минута', '2 часа 5 минут', '2 часа', '3 дня 1 час'])
})
