import { isWritable } from '../../config/yaml-text.ts'
import type { MarketplaceWarehouse } from '../../core/marketplace.ts'
import { isoCurrency } from '../../pipeline/currency.ts'
import type { Survey } from '../survey.ts'
import type { SurveyedGroup } from '../survey-groups.ts'
import type { Selection, WarehouseChoice } from './choices.ts'

const FOR_MARKETPLACE = /ozon|озон|маркетплейс|marketplace/i
const FOR_SITE = /выгруж|выгрузк|сайт|интернет|магазин|публик|витрин/i
const RETAIL = /рознич|розниц|ррц|retail|сайт/i
const STRUCK_OUT = /до скидки|без скидки|зач[её]ркнут|стар(?:ая|ые) цен/i

/** Names of price types with prices that Ozon's currency can be made of, the most used first. */
export function usablePriceTypes({ priceTypes }: Survey): string[] {
  const inRoubles = (words: readonly string[]): boolean => words.some((word) => isoCurrency(word, new Map()) === 'RUB')
  return priceTypes
    .filter(({ name, offers, currencies }) => isNamed(name) && offers > 0 && inRoubles(currencies))
    .map(({ name }) => name)
}

/** The price type that is most likely the one for the marketplace. */
export function suggestPriceType(survey: Survey): string | undefined {
  const names = usablePriceTypes(survey).filter((name) => !STRUCK_OUT.test(name))
  const all = names.length > 0 ? names : usablePriceTypes(survey)
  return all.find((name) => FOR_MARKETPLACE.test(name)) ?? all.find((name) => RETAIL.test(name)) ?? all[0]
}

/** The price type whose name says that it is the one before a discount. */
export function suggestOldPriceType(survey: Survey, priceType: string | undefined): string | undefined {
  return usablePriceTypes(survey).find((name) => name !== priceType && STRUCK_OUT.test(name))
}

/** Marks that a rule can ask for and that a marketplace account may be chosen by, the likeliest first. */
export function usableMarks({ marks }: Survey): Extract<Selection, { kind: 'mark' }>[] {
  const rank = (name: string): number => (FOR_MARKETPLACE.test(name) ? 0 : FOR_SITE.test(name) ? 1 : 2)
  return marks
    .flatMap(({ name, expression }) =>
      expression === undefined || !isNamed(name) ? [] : [{ kind: 'mark' as const, name, expression }],
    )
    .toSorted((a, b) => rank(a.name) - rank(b.name))
}

/** A mark whose name speaks of selling, else everything that was ever in stock. */
export function suggestSelection(survey: Survey): Selection {
  const mark = usableMarks(survey).find(({ name }) => FOR_MARKETPLACE.test(name) || FOR_SITE.test(name))
  return mark ?? { kind: 'stock' }
}

/** Names of groups with goods, from the top down, each once. */
export function groupNames({ groups }: Survey): string[] {
  const names = (each: SurveyedGroup): string[] =>
    each.products === 0 ? [] : [each.name, ...each.groups.flatMap(names)]
  return [...new Set(groups.flatMap(names))].filter(isNamed)
}

/** The first level of groups that parts the goods, and its groups, the fullest first; undefined when nothing does. */
export function markupLevel({ groups }: Survey): { readonly level: number; readonly names: string[] } | undefined {
  let level = 1
  for (let here = withGoods(groups); here.length > 0; level++) {
    const below = withGoods(here.flatMap((group) => group.groups))
    if (here.length > 1 || below.length === 0) {
      const names = here.toSorted((a, b) => b.products - a.products).map(({ name }) => name)
      return { level, names: [...new Set(names)].filter(isNamed) }
    }
    here = below
  }
  return undefined
}

/** True when the base says how much there is, even if that is nothing. */
export function statesStocks({ offers, gaps }: Survey): boolean {
  return offers > (gaps.never_in_stock?.count ?? 0)
}

/** Names of warehouses of 1C, those with goods first. */
export function warehouseNames({ warehouses }: Survey): string[] {
  return warehouses.map(({ name }) => name).filter(isNamed)
}

/** Names of the warehouses of 1C that have goods, or all when none has. */
export function stockedWarehouses(survey: Survey): string[] {
  const stocked = survey.warehouses.filter(({ name, inStock }) => inStock > 0 && isNamed(name)).map(({ name }) => name)
  return stocked.length > 0 ? stocked : warehouseNames(survey)
}

/**
 * Which warehouses of 1C feed which of the marketplace: those of like names, and the rest the first that has none. One of
 * 1C never feeds two: the same pieces would be sold twice. Without any in 1C its totals go to the first.
 */
export function suggestWarehouses(survey: Survey, known: readonly MarketplaceWarehouse[]): WarehouseChoice[] {
  const names = writtenNames(known)
  const left = new Set(stockedWarehouses(survey))
  const alike = names.map((name) => {
    const from = [...left].filter((own) => isAlike(own, name))
    for (const own of from) left.delete(own)
    return { name, from }
  })
  const rest = alike.findIndex(({ from }) => from.length === 0)
  const choices = alike.map(({ name, from }, i) => ({ name, from: i === rest ? [...left] : from }))
  return survey.warehouses.length === 0 ? choices.slice(0, 1) : choices.filter(({ from }) => from.length > 0)
}

/** What working warehouses of the marketplace are called in a configuration: by name, by id where the name is not one's own. */
export function writtenNames(known: readonly MarketplaceWarehouse[]): string[] {
  const isOwn = (name: string): boolean => known.filter((other) => other.name === name).length === 1
  return known.filter(({ active }) => active).map(({ id, name }) => (isNamed(name) && isOwn(name) ? name : id))
}

/** They share a word that is not the word for a warehouse. */
function isAlike(own: string, other: string): boolean {
  const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\d]{4,}/gu) ?? []
  const known = new Set(words(other))
  return words(own).some((word) => known.has(word) && !/^(?:склад|магазин)/.test(word))
}

function withGoods(groups: readonly SurveyedGroup[]): readonly SurveyedGroup[] {
  return groups.filter(({ products }) => products > 0)
}

function isNamed(name: string): boolean {
  return name.trim() !== '' && isWritable(name)
}
