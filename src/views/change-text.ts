import type { Aspect } from '../core/ledger.ts'
import type { PriceValue, StockValue } from '../core/marketplace.ts'

const PRICE_FIELDS = ['price', 'oldPrice', 'minPrice', 'netPrice'] as const
/** One of the prices of an item. */
export type PriceField = (typeof PRICE_FIELDS)[number]

/** The prices that a value changes; `price` always, where nothing else differs. */
export function changedPrices(before: PriceValue | undefined, value: PriceValue | undefined): readonly PriceField[] {
  const changed = PRICE_FIELDS.filter((field) => before?.[field] !== value?.[field])
  return changed.length === 0 ? ['price'] : changed
}

/** `1000 → 1500`; fields beside the price by their names. `unknown`: nothing was accepted yet. */
export function changeText(aspect: Aspect, before: unknown, value: unknown): string {
  if (aspect === 'stocks') {
    return `${(before as StockValue | undefined)?.quantity ?? 'unknown'} → ${(value as StockValue | undefined)?.quantity ?? 'unknown'}`
  }
  const from = before as PriceValue | undefined
  const to = value as PriceValue | undefined
  return changedPrices(from, to)
    .map((field) => {
      const name = field === 'price' ? '' : `${field} `
      if (from === undefined && field !== 'price') return `${name}${to?.[field] ?? 'none'}`
      return `${name}${from?.[field] ?? 'unknown'} → ${to?.[field] ?? 'none'}`
    })
    .join(', ')
}
