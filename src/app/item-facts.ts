import { itemId as idOfItem, splitOfferId, type ProductEntry } from '../core/catalogue.ts'
import type { Account } from '../pipeline/account.ts'
import type { ReportItem } from '../views/report-data.ts'

/** How people find an item; `product`: its catalogue entry, if there is one. */
export function itemOf(product: ProductEntry | undefined, itemId: string, account: Account): ReportItem {
  const { variant } = splitOfferId(itemId)
  const offer = product?.variants[variant]?.facts?.value
  const facts = product?.facts?.value
  return {
    name: offer?.name ?? facts?.name ?? '',
    article: offer?.article || (facts?.article ?? ''),
    code1c: product === undefined ? itemId : idOfItem(product.id, variant),
    offerId: account.offerIdOf(itemId) ?? '',
  }
}

/** Where 1C stated what an aspect of an item rests on: `file:line`. */
export function placeOf(
  product: ProductEntry | undefined,
  variant: string,
  aspect: 'prices' | 'stocks',
): string | undefined {
  const entry = product?.variants[variant]
  return (aspect === 'prices' ? entry?.prices : entry?.stocks)?.place ?? entry?.facts?.place
}

/** A warehouse of the marketplace as people call it. */
export function warehouseName(account: Account, warehouseId: string): string {
  return account.warehouses?.find((each) => each.id === warehouseId)?.name ?? warehouseId
}
