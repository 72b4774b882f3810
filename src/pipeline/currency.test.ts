import { expect, test } from 'vitest'
import { isoCurrency } from './currency.ts'

const table = new Map([
  ['PRO', 'RUB'],
  ['руб', 'KZT'],
])

test.each([
  ['RUB', 'RUB'],
  ['Руб', 'RUB'],
  ['руб.', 'RUB'],
  [' 643 ', 'RUB'],
  ['RUR', 'RUB'],
  ['грн', 'UAH'],
  ['BYR', 'BYN'],
  ['CHF', 'CHF'],
  ['MIZ', 'MIZ'],
  ['у.е', undefined],
  ['', undefined],
])('"%s" of 1C is %s', (word, code) => {
  expect(isoCurrency(word, new Map())).toBe(code)
})

test('the table of the exchange wins over what is known', () => {
  expect(isoCurrency('PRO', table)).toBe('RUB')
  expect(isoCurrency('руб', table)).toBe('KZT')
  expect(isoCurrency('RUB', table)).toBe('RUB')
})
