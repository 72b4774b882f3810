import type { ProductEntry, ProductFacts } from '../core/catalogue.ts'
import { Big, isZero } from '../core/decimal.ts'
import { slug } from '../expression/texts.ts'
import {
  isLiteral,
  KIND_OF_ITEM,
  literals,
  requisiteSpellings,
  WEIGHT_OF_PRODUCT,
} from '../formats/commerceml/index.ts'
import { itemTexts, propertyText, requisiteOf } from '../pipeline/item-context.ts'
import type { Dictionary } from '../state/dictionary.ts'

/**
 * What one product lacks: `undescribed` (offers came, the product did not), `no_article`, `no_group`, `no_picture`,
 * `no_weight`, `no_dimensions` (length, width and height), `no_vat`. What one offer lacks: `no_variant_text` (nothing
 * tells it from its neighbours), `no_price` (of any type above 0), `two_prices` (different ones under one type),
 * `never_in_stock` (1C never stated a stock), `out_of_stock` (stated, and nowhere more than 0), `negative_stock`, `no_barcode`, `bad_barcode` (no code of a trade item).
 */
export type GapCode = (typeof PRODUCT_GAPS)[number] | (typeof ITEM_GAPS)[number]

/** Gaps of a product, in the order in which a person reads them. */
export const PRODUCT_GAPS = [
  'undescribed',
  'no_article',
  'no_group',
  'no_picture',
  'no_weight',
  'no_dimensions',
  'no_vat',
] as const

/** Gaps of an offer, in the order in which a person reads them. */
export const ITEM_GAPS = [
  'no_variant_text',
  'no_price',
  'two_prices',
  'never_in_stock',
  'out_of_stock',
  'negative_stock',
  'no_barcode',
  'bad_barcode',
] as const

/** A product as a survey sees it. */
export interface ReadProduct {
  readonly id: string
  readonly article: string
  readonly name: string
  readonly isService: boolean
  readonly gaps: readonly GapCode[]
}

/** An offer as a survey sees it. */
export interface ReadItem {
  readonly id: string
  readonly article: string
  readonly name: string
  readonly variantName: string
  /** Article and variant as the shipped `identity` joins them; `""` without an article. */
  readonly code: string
  /** Its own, else those of the product when the product has no variants. */
  readonly barcodes: readonly string[]
  readonly gaps: readonly GapCode[]
}

/** Reads what a product says of itself. */
export function readProduct(entry: ProductEntry, dictionary: Dictionary): ReadProduct {
  const facts = entry.facts?.value
  const { id, article, name } = itemTexts(entry, '', dictionary).product
  const gaps = facts === undefined ? (['undescribed'] as const) : gapsOfProduct(facts, dictionary)
  const shownName = name === '' ? nameOfOffer(entry) : name
  const isService = isLiteral(requisiteOf(facts?.requisites, KIND_OF_ITEM), literals.service)
  return { id, article, name: shownName, isService, gaps }
}

function nameOfOffer({ variants }: ProductEntry): string {
  return Object.values(variants).find(({ facts }) => facts !== undefined)?.facts?.value.name ?? ''
}

function gapsOfProduct(facts: ProductFacts, dictionary: Dictionary): GapCode[] {
  const measures = measuresOf(facts, dictionary)
  const gaps: [GapCode, boolean][] = [
    ['no_article', facts.article === ''],
    ['no_group', !facts.groups.some((id) => dictionary.group(id) !== undefined)],
    ['no_picture', facts.images.length === 0],
    ['no_weight', !measures.weight],
    ['no_dimensions', !measures.dimensions],
    ['no_vat', facts.vat === ''],
  ]
  return gaps.flatMap(([code, has]) => (has ? [code] : []))
}

const DIMENSIONS = [/^длина(?!\p{L})/iu, /^ширина(?!\p{L})/iu, /^(?:высота|глубина|толщина)(?!\p{L})/iu]
const ALL_DIMENSIONS = /^габарит/iu
const WEIGHTS = requisiteSpellings(WEIGHT_OF_PRODUCT).map((word) => new RegExp(`^${word}(?!\\p{L})`, 'iu'))

/** Weight and dimensions, wherever a base keeps them: in elements of their own, in properties or in requisites. */
function measuresOf(facts: ProductFacts, dictionary: Dictionary): { weight: boolean; dimensions: boolean } {
  const names = [
    ...facts.properties
      .filter((property) => isMeasured(propertyText(property, dictionary)))
      .map(({ propertyId }) => dictionary.property(propertyId)?.name ?? ''),
    ...facts.requisites.filter(({ values }) => isMeasured(values.join(' '))).map(({ name }) => name),
  ]
  const packed = facts.packs?.some(({ weight }) => weight !== undefined && !isZero(weight)) === true
  return {
    weight: facts.weight !== undefined || packed || names.some((name) => WEIGHTS.some((word) => word.test(name))),
    dimensions:
      names.some((name) => ALL_DIMENSIONS.test(name)) ||
      DIMENSIONS.every((word) => names.some((name) => word.test(name))),
  }
}

/** 1C writes 0 where nothing was measured. */
function isMeasured(text: string): boolean {
  return /[1-9]/.test(text)
}

/** Reads what one offer says of itself. */
export function readItem(entry: ProductEntry, variant: string, dictionary: Dictionary): ReadItem {
  const { id, article, name, variantName } = itemTexts(entry, variant, dictionary).offer
  const own = entry.variants[variant] ?? {}
  const barcodes = barcodesOf(entry, variant)
  const prices = (own.prices?.value ?? []).filter(({ amount }) => !isZero(amount))
  const stocks = own.stocks?.value
  const quantities = stocks === undefined ? [] : [...Object.values(stocks.byWarehouse), stocks.total ?? '0']
  const gaps: [GapCode, boolean][] = [
    ['no_variant_text', variant !== '' && variantName === ''],
    ['no_price', prices.length === 0],
    ['two_prices', hasTwoPrices(prices)],
    ['never_in_stock', stocks === undefined],
    ['out_of_stock', stocks !== undefined && !quantities.some((quantity) => new Big(quantity).gt(0))],
    ['negative_stock', quantities.some((quantity) => new Big(quantity).lt(0))],
    ['no_barcode', barcodes.length === 0],
    ['bad_barcode', barcodes.length > 0 && !barcodes.some(isTradeItemCode)],
  ]
  return {
    id,
    article,
    name,
    variantName,
    code: article === '' || variantName === '' ? article : `${article}-${slug(variantName)}`,
    barcodes,
    gaps: gaps.flatMap(([code, has]) => (has ? [code] : [])),
  }
}

function barcodesOf({ facts, variants }: ProductEntry, variant: string): readonly string[] {
  const own = variants[variant]?.facts?.value.barcodes ?? []
  // The barcode of a product with several variants is that of none of them.
  return own.length > 0 || Object.keys(variants).length > 1 ? own : (facts?.value.barcodes ?? [])
}

function hasTwoPrices(
  prices: readonly { readonly typeId: string; readonly amount: string; readonly ratio: string }[],
): boolean {
  const known = new Map<string, string>()
  return prices.some(({ typeId, amount, ratio }) => {
    const stated = `${new Big(amount).toFixed()} ${ratio}`
    const before = known.get(typeId)
    known.set(typeId, stated)
    return before !== undefined && before !== stated
  })
}

/** EAN-8, UPC-A, EAN-13 or GTIN-14 with a right check digit (weights 3 and 1 from the right: GS1 General Specifications, 7.9). */
function isTradeItemCode(code: string): boolean {
  if (!/^(?:\d{8}|\d{12,14})$/.test(code)) return false
  const digits = Array.from(code, Number).toReversed()
  return digits.reduce((sum, digit, i) => sum + digit * (i % 2 === 1 ? 3 : 1), 0) % 10 === 0
}
