import { describe, expect, it } from 'vitest'
import type { ZodType } from 'zod'
import { durationField, nameField, rateField, shareField, sizeField, workingHoursField } from './fields.ts'

/** What the field makes of the input, or what it says is expected. */
function read(field: ZodType, input: unknown): unknown {
  const result = field.safeParse(input)
  return result.success ? result.data : result.error.issues.map((issue) => issue.message)
}

describe('durations', () => {
  const expected = 'a duration needs a number and its unit, such as 30s, 10m, 14h, 1d or 500ms'

  it.each<[unknown, unknown]>([
    ['500ms', 500],
    ['2s', 2000],
    ['1.5s', 1500],
    ['10m', 600_000],
    ['14h', 50_400_000],
    ['1d', 86_400_000],
    ['0s', [expected]],
    ['10', [expected]],
    ['10 m', [expected]],
    ['-1s', [expected]],
    [10, [`${expected}; write 10s or 10m`]],
    [null, [expected]],
  ])('%j', (input, result) => {
    expect(read(durationField(), input)).toEqual(result)
  })
})

describe('shares', () => {
  const expected = 'a share is written in percent from 0% to 100%, such as 10%'

  it.each<[unknown, unknown]>([
    ['10%', 0.1],
    ['2.5 %', 0.025],
    ['0%', 0],
    ['100%', 1],
    ['101%', [expected]],
    ['10', [expected]],
    [0.07, [`${expected}; write 7%`]],
    [10, [`${expected}; write 10%`]],
  ])('%j', (input, result) => {
    expect(read(shareField(), input)).toEqual(result)
  })

  it('go beyond 100% where that makes sense', () => {
    expect(read(shareField(1000), '150%')).toBe(1.5)
  })
})

describe('rates', () => {
  const expected = 'a rate is a whole number per second, minute, hour or day, such as 6 per hour'

  it.each<[unknown, unknown]>([
    ['6 per hour', { count: 6, per: 3_600_000 }],
    ['1 per second', { count: 1, per: 1000 }],
    ['80 per minute', { count: 80, per: 60_000 }],
    ['2 per day', { count: 2, per: 86_400_000 }],
    ['0 per hour', [expected]],
    ['6/h', [expected]],
    [6, [`${expected}; write 6 per hour`]],
  ])('%j', (input, result) => {
    expect(read(rateField(), input)).toEqual(result)
  })
})

describe('sizes', () => {
  const expected = 'a size needs a number and its unit, such as 512KB, 20MB or 1GB'

  it.each<[unknown, unknown]>([
    ['100B', 100],
    ['512KB', 524_288],
    ['1.5 MB', 1_572_864],
    ['1GB', 1_073_741_824],
    ['0MB', [expected]],
    ['20', [expected]],
    [20, [`${expected}; write 20MB`]],
  ])('%j', (input, result) => {
    expect(read(sizeField(), input)).toEqual(result)
  })
})

describe('working hours', () => {
  const expected = 'working hours are days and hours of one day, such as "Mon-Sat 8-20" or "Mon,Wed-Fri 9-18"'

  it.each<[unknown, unknown]>([
    ['Mon-Sat 8-20', { days: [1, 2, 3, 4, 5, 6], from: 8, to: 20, source: 'Mon-Sat 8-20' }],
    ['Mon,Wed-Fri 9-18', { days: [1, 3, 4, 5], from: 9, to: 18, source: 'Mon,Wed-Fri 9-18' }],
    ['Сб-Пн 0-24', { days: [1, 6, 7], from: 0, to: 24, source: 'Сб-Пн 0-24' }],
    ['Mon-Sat 20-8', [expected]],
    ['Mon-Sat 8-25', [expected]],
    ['Mon-Foo 8-20', [expected]],
    ['Mon-Tue-Wed 8-20', [expected]],
    ['8-20', [expected]],
    [8, [expected]],
  ])('%j', (input, result) => {
    expect(read(workingHoursField(), input)).toEqual(result)
  })
})

describe('names', () => {
  const expected = 'a name is made of lower-case Latin letters, digits and hyphens'

  it.each<[unknown, unknown]>([
    ['ozon-main', 'ozon-main'],
    ['1c', '1c'],
    ['-main', [expected]],
    ['Main', [expected]],
    ['ozon.main', [expected]],
    ['база', [expected]],
    [1, [expected]],
  ])('%j', (input, result) => {
    expect(read(nameField(), input)).toEqual(result)
  })
})
