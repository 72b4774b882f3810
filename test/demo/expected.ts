import { createHash } from 'node:crypto'
import { shopIds } from '../../fixtures/clothing-shop.ts'
import { offerIdOf, type BaseModel, type GoodModel, type VariantModel } from '../../fixtures/ut-base.ts'
import type { OzonState } from './ozon.ts'

/** What Ozon must hold of one offer of the shop, worked out by hand from what 1C says. */
export interface ExpectedItem {
  readonly offerId: string
  /** Absent when 1C states none that can be sold by. */
  readonly price?: number
  readonly oldPrice?: number
  /** By the name of Ozon's warehouse. */
  readonly stocks: Readonly<Record<string, number>>
}

/** Ozon's warehouse → how the shipped configuration fills it. */
const WAREHOUSES = {
  'FBS Москва': { from: shopIds.mainWarehouse, buffer: 1, hideBelow: 0 },
  'FBS Подольск': { from: shopIds.podolsk, buffer: 0, hideBelow: 2 },
} as const

/**
 * The offers of the shop that are marked for Ozon, with the values that the shipped configuration gives them. It is
 * worked out here a second time on purpose: the demo must not ask the code that it shows.
 */
export function expectedItems(base: BaseModel): ExpectedItem[] {
  const sold = base.goods.filter((good) => good.properties[shopIds.onOzon] === 'Да' && !good.deleted)
  return sold.flatMap((good) => good.variants.map((variant) => expectedItem(base, good, variant)))
}

function expectedItem(base: BaseModel, good: GoodModel, variant: VariantModel): ExpectedItem {
  const factor = topGroupOf(base, good) === 'Аксессуары' ? 1.4 : 1.25
  const amount = (typeId: string): number | undefined => {
    const rows = variant.prices.filter((row) => row.typeId === typeId)
    return rows.length === 1 ? Math.ceil(Math.round(Number(rows[0]?.amount) * factor * 100) / 1000) * 10 : undefined
  }
  const price = amount(shopIds.retail)
  const oldPrice = amount(shopIds.before)
  const stocks = Object.entries(WAREHOUSES).map(([name, { from, buffer, hideBelow }]): [string, number] => {
    const free = Math.max(0, Number(variant.stocks[from] ?? 0)) - buffer
    return [name, free < hideBelow ? 0 : Math.max(0, free)]
  })
  return {
    offerId: articleOf(good, variant),
    ...(price === undefined ? {} : { price }),
    ...(price === undefined || oldPrice === undefined ? {} : { oldPrice }),
    stocks: Object.fromEntries(stocks),
  }
}

/** The article at Ozon, by the `identity` of the shipped configuration. */
export function articleOf(good: GoodModel, variant: VariantModel): string {
  if (good.article === '') {
    return createHash('sha256').update(offerIdOf(good, variant)).digest().subarray(0, 16).toString('base64url')
  }
  return variant.characteristic === undefined ? good.article : `${good.article}-${variant.characteristic.name}`
}

function topGroupOf(base: BaseModel, good: GoodModel): string {
  return base.groups.find(({ groups }) => groups.some(({ id }) => id === good.groupId))?.name ?? ''
}

/** Where Ozon holds something else than expected, in words; empty = all is as it must be. `unpriced`: articles without a price. */
export function differences(
  items: readonly ExpectedItem[],
  state: OzonState,
  unpriced: ReadonlySet<string>,
): readonly string[] {
  const found: string[] = []
  const compare = (what: string, is: number | undefined, must: number | undefined): void => {
    if (is !== must) found.push(`${what}: на Ozon ${is ?? 'нет'}, должно быть ${must ?? 'нет'}`)
  }
  for (const { offerId, price, oldPrice, stocks } of items) {
    const product = state.products[offerId]
    if (product === undefined) continue
    const isPriced = !unpriced.has(offerId)
    compare(`${offerId} цена`, numberOf(product.price), isPriced ? price : undefined)
    compare(`${offerId} цена до скидки`, numberOf(product.old_price), isPriced ? oldPrice : undefined)
    for (const { warehouseId, name } of state.warehouses) {
      compare(`${offerId} на складе ${name}`, product.stocks[warehouseId]?.free ?? 0, stocks[name])
    }
  }
  return found
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text)
}
