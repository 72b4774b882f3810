import { shopIds } from '../../fixtures/clothing-shop.ts'
import { generatedBase } from '../../fixtures/generated-base.ts'
import { offerIdOf, type BaseModel, type GoodModel, type VariantModel } from '../../fixtures/ut-base.ts'

/** One offer of the shop that is sold on Ozon. */
export interface Sold {
  /** `good#characteristic` of 1C. */
  readonly id: string
  /** The article on Ozon. */
  readonly offerId: string
  /** What happens to it: its price goes there and back, its price only rises and it is ordered, its stock moves. */
  readonly role: 'back' | 'up' | 'stock'
  /** Percent of the shipped mapping, by its group. */
  readonly markup: number
}

/** Prices of 1C before, during and after the change. */
export const PRICES = { back: ['800', '880', '800'], up: ['800', '840', '880'], stock: ['800', '800', '800'] } as const

/** How the stock in the main warehouse of a `stock` offer moves from export to export. */
export const STOCK_MOVES = [0, 5, 2] as const

const OFFERS = 60

/** A clothing base of 60 offers with one price; its first good is not for Ozon. */
export function crashShop(): BaseModel {
  const base = generatedBase(OFFERS, 7)
  const goods = base.goods.map((good, index) => ({
    ...good,
    properties: { ...good.properties, [shopIds.onOzon]: index === 0 ? '' : 'Да' },
    variants: good.variants.map((variant, size): VariantModel => ({
      ...variant,
      prices: [{ typeId: shopIds.retail, amount: PRICES.stock[0] }],
      stocks: { [shopIds.mainWarehouse]: String(20 + size), [shopIds.podolsk]: String(10 + size) },
    })),
  }))
  return { ...base, goods }
}

/** The offers that belong on Ozon, with what happens to each. */
export function soldOffers(base: BaseModel): Sold[] {
  const offers = base.goods.slice(1).flatMap((good) => good.variants.map((variant) => ({ good, variant })))
  return offers.map(({ good, variant }, index) => ({
    id: offerIdOf(good, variant),
    offerId: `${good.article}-${variant.characteristic?.name ?? ''}`,
    role: (['back', 'up', 'stock'] as const)[index % 3] ?? 'back',
    markup: markupOf(base, good),
  }))
}

/** The shipped table: 140 % for accessories, 125 % for what it does not name. */
function markupOf(base: BaseModel, good: GoodModel): number {
  const top = base.groups.find((group) => group.groups.some(({ id }) => id === good.groupId))
  return top?.name === 'Аксессуары' ? 140 : 125
}

/** The price on Ozon that the shipped mapping makes of a price of 1C: with the markup, up to ten roubles. */
export function priceOnOzon(retail: string, markup: number): number {
  return Math.ceil((Number(retail) * markup) / 1000) * 10
}

/** The stocks on Ozon that the shipped configuration makes of stocks of 1C less what is ordered. */
export function stocksOnOzon(
  main: number,
  podolsk: number,
  ordered: { readonly main: number; readonly podolsk: number },
): { readonly main: number; readonly podolsk: number } {
  const second = podolsk - ordered.podolsk
  return { main: Math.max(0, main - ordered.main - 1), podolsk: second < 2 ? 0 : second }
}
