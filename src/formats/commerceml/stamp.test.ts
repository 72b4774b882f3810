import { expect, test } from 'vitest'
import { parseStamp } from './stamp.ts'

const MOSCOW = 'Europe/Moscow'

test.each([
  ['2018-02-24T20:40:50', '2018-02-24T17:40:50.000Z'],
  ['2014-06-01T0:36:33', '2014-05-31T20:36:33.000Z'],
  ['2020-08-11', '2020-08-10T21:00:00.000Z'],
  ['2024-01-08T15:47:02.082+03:00', '2024-01-08T12:47:02.082Z'],
  ['2024-01-08T15:47:02Z', '2024-01-08T15:47:02.000Z'],
  ['2024-01-08T15:47:02-0530', '2024-01-08T21:17:02.000Z'],
  ['2022-10-31UTC02:25:50', '2022-10-30T23:25:50.000Z'],
  ['2022-10-31 02:25', '2022-10-30T23:25:00.000Z'],
  ['24.02.2018 20:40:50', '2018-02-24T17:40:50.000Z'],
  ['2014-12-12T9:51:39 PM', '2014-12-12T18:51:39.000Z'],
  ['2014-12-12 12:05:00 am', '2014-12-11T21:05:00.000Z'],
  [' 2022-1-5T2:5:7 ', '2022-01-04T23:05:07.000Z'],
])('reads %s', (text, expected) => {
  expect(new Date(parseStamp(text, MOSCOW) as number).toISOString()).toBe(expected)
})

test.each([
  '',
  '0001-01-01',
  '0001-01-01T00:00:00',
  '02/24/2018',
  '2018-02-31',
  '2018-02-24T13:40:50 PM',
  '2018-02-24T',
  '2018-02-24T20:40:50 вечера',
  '2018-13-01',
])('refuses "%s"', (text) => {
  expect(parseStamp(text, MOSCOW)).toBeUndefined()
})

test('takes the earlier of two equal local times when clocks are set back', () => {
  expect(parseStamp('2025-10-26T02:30:00', 'Europe/Berlin')).toBe(Date.parse('2025-10-26T00:30:00Z'))
})

test('reads a local time that clocks skip as if they had not been set forward', () => {
  expect(parseStamp('2025-03-30T02:30:00', 'Europe/Berlin')).toBe(Date.parse('2025-03-30T01:30:00Z'))
})

test('is right on both sides of a change of clocks', () => {
  expect(parseStamp('2025-03-30T01:59:59', 'Europe/Berlin')).toBe(Date.parse('2025-03-30T00:59:59Z'))
  expect(parseStamp('2025-03-30T03:00:00', 'Europe/Berlin')).toBe(Date.parse('2025-03-30T01:00:00Z'))
  expect(parseStamp('2025-10-26T03:00:00', 'Europe/Berlin')).toBe(Date.parse('2025-10-26T02:00:00Z'))
})
