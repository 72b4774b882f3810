import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { generatedBase } from '../../fixtures/generated-base.ts'
import { shopIds } from '../../fixtures/clothing-shop.ts'
import type { BaseModel, GoodModel, VariantModel } from '../../fixtures/ut-base.ts'
import { writeExport, type ExportOptions } from '../../fixtures/ut-export.ts'
import { CLIENT_ID, type Project } from './project.ts'

/** One price and two stocks of every offer, as a test wants them. */
export interface Offered {
  readonly price: number
  readonly main: number
  readonly podolsk: number
}

/** A base of so many offers that are all for sale at Ozon; `of` says what the offer with this index costs and has. */
export function shopOf(offers: number, of: (index: number) => Offered): BaseModel {
  const base = generatedBase(offers, 1)
  let index = 0
  const goods = base.goods.map((good) => ({
    ...good,
    properties: { ...good.properties, [shopIds.onOzon]: 'Да' },
    variants: good.variants.map((variant): VariantModel => {
      const { price, main, podolsk } = of(index++)
      return {
        ...variant,
        prices: [{ typeId: shopIds.retail, amount: String(price) }],
        stocks: { [shopIds.mainWarehouse]: String(main), [shopIds.podolsk]: String(podolsk) },
      }
    }),
  }))
  return { ...base, goods }
}

/** The articles at Ozon of all offers, in the order of their indices: what the shipped identity makes of them. */
export function articlesOf(base: BaseModel): string[] {
  return base.goods.flatMap((good) => good.variants.map((variant) => articleOf(good, variant)))
}

function articleOf(good: GoodModel, variant: VariantModel): string {
  return variant.characteristic === undefined ? good.article : `${good.article}-${variant.characteristic.name}`
}

/** The pipeline of prices with the retail price as it is, so that a test can say what must arrive. */
export const PLAIN_PRICES = {
  'pipelines/ozon-prices.yaml': (text: string): string =>
    text.replace(/price: roundUp\(.*\n/, 'price: price("Розничная")\n').replace(/ +oldPrice: \|\n.*\n/, ''),
}

/** Lets 1C write one run into the inbox. */
export async function dropExport(
  { inbox, clock }: Project,
  base: BaseModel,
  options: Partial<ExportOptions> = {},
): Promise<void> {
  for (const { name, text } of writeExport(base, { stamp: stampOf(clock.now()), scope: 'full', ...options })) {
    const path = join(inbox, 'webdata', name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
}

/** Local time of the base, Europe/Moscow, as 1C writes it. */
export function stampOf(now: number): string {
  return new Date(now + 3 * 3_600_000).toISOString().slice(0, 19)
}

/** Makes the cards of these articles at Ozon, without prices and stocks. */
export async function createCards({ ozon }: Project, articles: readonly string[]): Promise<void> {
  await ozon.send('POST', 'products', { clientId: CLIENT_ID, items: articles.map((offerId) => ({ offerId })) })
}

/** What Ozon holds of one article: its price and the free stock of «FBS Москва» and «FBS Подольск». */
export interface HeldAtOzon {
  readonly price?: number
  readonly stocks: readonly (number | undefined)[]
}

interface AccountState {
  readonly warehouses: readonly { readonly warehouseId: number }[]
  readonly products: Readonly<
    Record<string, { readonly price?: string; readonly stocks: Readonly<Record<string, { readonly free: number }>> }>
  >
}

/** Article → what Ozon holds. */
export async function heldAtOzon({ ozon }: Project): Promise<Map<string, HeldAtOzon>> {
  const state = (await ozon.json<Record<string, AccountState>>('state'))[CLIENT_ID]
  if (state === undefined) return new Map()
  return new Map(
    Object.entries(state.products).map(([article, { price, stocks }]) => [
      article,
      {
        ...(price === undefined ? {} : { price: Number(price) }),
        stocks: state.warehouses.map(({ warehouseId }) => stocks[warehouseId]?.free),
      },
    ]),
  )
}

/** What the shipped warehouses and {@link PLAIN_PRICES} make of a shop: one piece held back in Moscow, none shown below two in Podolsk. */
export function wantedAtOzon(base: BaseModel): Map<string, HeldAtOzon> {
  const articles = articlesOf(base)
  const variants = base.goods.flatMap((good) => good.variants)
  return new Map(
    variants.map((variant, i) => {
      const main = Number(variant.stocks[shopIds.mainWarehouse])
      const podolsk = Number(variant.stocks[shopIds.podolsk])
      const stocks = [Math.max(0, main - 1), podolsk < 2 ? 0 : podolsk]
      return [articles[i] as string, { price: Number(variant.prices[0]?.amount), stocks }]
    }),
  )
}
