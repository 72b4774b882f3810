import { expect, it } from 'vitest'
import { grouped, plural, pluralForm } from './plural.ts'

it('agrees the noun with the number', () => {
  const said = [0, 1, 2, 4, 5, 11, 12, 14, 21, 22, 25, 101, 111, 1000].map((n) =>
    plural(n, ['ошибка', 'ошибки', 'ошибок']),
  )

  expect(said).toEqual([
    '0 ошибок',
    '1 ошибка',
    '2 ошибки',
    '4 ошибки',
    '5 ошибок',
    '11 ошибок',
    '12 ошибок',
    '14 ошибок',
    '21 ошибка',
    '22 ошибки',
    '25 ошибок',
    '101 ошибка',
    '111 ошибок',
    '1\u202F000 ошибок',
  ])
  expect(pluralForm(3, ['новая', 'новые', 'новых'])).toBe('новые')
})

it('groups thousands', () => {
  expect([7, 999, 1000, 1234567].map(grouped)).toEqual(['7', '999', '1\u202F000', '1\u202F234\u202F567'])
})
