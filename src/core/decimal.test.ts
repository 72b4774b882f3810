import { expect, test } from 'vitest'
import { canonicalDecimal, isDecimal, isZero, parseDecimal, toFixed } from './decimal.ts'

const texts: readonly (readonly [text: string, decimal: string | undefined])[] = [
  ['1499.00', '1499'],
  ['1 499,50', '1499.5'],
  ['1\u00A0499,5', '1499.5'],
  ['1\u202F499', '1499'],
  ['+7', '7'],
  ['-0', '0'],
  ['-3.50', '-3.5'],
  ['.5', '0.5'],
  ['-.5', '-0.5'],
  ['5.', '5'],
  ['007', '7'],
  ['1\u2009499,5', '1499.5'],
  ['\u22123,5', '-3.5'],
  ['1,499.50', '1499.5'],
  ['-1,234,567.8', '-1234567.8'],
  ['12,34.5', undefined],
  ['1,2,3', undefined],
  ['-999\u00A0999\u00A0999,9', undefined],
  ['9'.repeat(65), undefined],
  ['', undefined],
  ['-', undefined],
  ['12 шт', undefined],
  ['1e3', undefined],
  ['0x10', undefined],
  ['NaN', undefined],
]

test.each(texts)('"%s" reads as %s', (text, decimal) => {
  expect(parseDecimal(text)).toBe(decimal)
})

test('a decimal stands as it is: a dot, no grouping, no exponent', () => {
  expect(['1', '-1.50', '0.0', '12345678901234567890.1'].every(isDecimal)).toBe(true)
  expect(['1,5', '1 000', '1e3', '.5', '5.', '+1', ''].filter(isDecimal)).toEqual([])
})

test('one spelling of a number, exact beyond what floats hold', () => {
  expect(canonicalDecimal('0012345678901234567.8900')).toBe('12345678901234567.89')
  expect(canonicalDecimal('-0.00')).toBe('0')
  expect(canonicalDecimal('1e21')).toBe('1000000000000000000000')
  expect(canonicalDecimal(0.1)).toBe('0.1')
})

test('zero is zero however it is spelt', () => {
  expect(['0', '0.00', '-0', '000'].every(isZero)).toBe(true)
  expect(isZero('0.001')).toBe(false)
})

test('rounding is half up, away from zero', () => {
  expect([
    toFixed('2.345', 2),
    toFixed('2.344', 2),
    toFixed('-2.345', 2),
    toFixed('1.005', 2),
    toFixed('7', 2),
  ]).toEqual(['2.35', '2.34', '-2.35', '1.01', '7.00'])
})
