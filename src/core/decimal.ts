import { Big } from 'big.js'

/** A decimal number as text: dot, no grouping, no exponent, for example `"1499.00"` or `"-3.5"`. Money and quantities at every edge. */
export type Decimal = string

const PLAIN = /^-?\d+(\.\d+)?$/
/** A number as an English session of 1C shows it: `1,234.56`. */
const COMMA_GROUPS = /^-?\d{1,3}(,\d{3})+\.\d+$/
/** What 1C writes where a number was never filled in. */
const NEVER_FILLED = '-999999999.9'
/** Longer than any amount or quantity. */
const LONGEST = 64

/** True when `text` is a {@link Decimal} as it stands. */
export function isDecimal(text: string): boolean {
  return PLAIN.test(text)
}

/**
 * Reads a number as 1C and people write it: spaces of all kinds as grouping, a comma for the dot when there is no dot,
 * a leading plus. Undefined when the text is no number, and for -999 999 999,9, which means that there is none.
 */
export function parseDecimal(text: string): Decimal | undefined {
  if (text.length > LONGEST) return undefined
  let plain = text.replaceAll(/\s/g, '').replace('\u2212', '-')
  if (COMMA_GROUPS.test(plain)) plain = plain.replaceAll(',', '')
  if (plain.startsWith('+')) plain = plain.slice(1)
  if (!plain.includes('.')) plain = plain.replace(',', '.')
  if (plain.startsWith('.')) plain = `0${plain}`
  if (plain.startsWith('-.')) plain = plain.replace('-.', '-0.')
  if (plain.endsWith('.')) plain = plain.slice(0, -1)
  return PLAIN.test(plain) && plain !== NEVER_FILLED ? canonicalDecimal(plain) : undefined
}

/** The one spelling of a number: no trailing zeros behind the dot, no leading zeros, no minus zero. */
export function canonicalDecimal(value: Decimal | Big | number): Decimal {
  const text = new Big(value).toFixed()
  return text === '-0' ? '0' : text
}

/** True when the number is zero however it is spelt. */
export function isZero(value: Decimal): boolean {
  return new Big(value).eq(0)
}

/** `value` with exactly `places` digits behind the dot, rounded half up (away from zero at .5). */
export function toFixed(value: Decimal | Big, places: number): Decimal {
  return new Big(value).toFixed(places, Big.roundHalfUp)
}

export { Big }
