import { Big, toFixed, type Decimal } from '../../core/decimal.ts'
import type { OrderDocumentLine } from './orders-model.ts'

/** Price × quantity of a line, two digits. */
export function lineAmount(line: OrderDocumentLine): Decimal {
  return toFixed(new Big(line.price).times(line.quantity), 2)
}

/** Sum of the line amounts, two digits. */
export function documentAmount(lines: readonly OrderDocumentLine[]): Decimal {
  return toFixed(sum(lines.map(lineAmount)), 2)
}

/** VAT contained in the line amounts, two digits, rounded per line; a rate that is no number contributes nothing. */
export function documentVat(lines: readonly OrderDocumentLine[]): Decimal {
  return toFixed(sum(lines.map(lineVat)), 2)
}

/** A rate as 1C reads it: without `%` and decimals; words (`Без НДС`) stay as they are. */
export function vatRate(stated: string): string {
  const text = stated.replace('%', '').trim()
  return /^\d+[.,]0+$/.test(text) ? text.replace(/[.,]0+$/, '') : text
}

function lineVat(line: OrderDocumentLine): Decimal {
  const rate = vatRate(line.vat)
  const percent = /^(\d+)(\/\d+)?$/.exec(rate)?.[1]
  if (percent === undefined) return '0'
  return toFixed(new Big(lineAmount(line)).times(percent).div(new Big(percent).plus(100)), 2)
}

function sum(amounts: readonly Decimal[]): Big {
  return amounts.reduce((total, amount) => total.plus(amount), new Big(0))
}
