import { isGone, type ProductEntry } from '../core/catalogue.ts'
import type { Dictionary } from '../state/dictionary.ts'
import { surveyGroups, type SurveyedGroup } from './survey-groups.ts'
import { readItem, readProduct, type GapCode } from './survey-items.ts'
import { MarkCounts, type SurveyedMark } from './survey-marks.ts'
import { Repeats, type Repeated } from './survey-repeats.ts'
import { ValueCounts, type SurveyedCurrency, type SurveyedPriceType, type SurveyedWarehouse } from './survey-values.ts'

/** Items named as examples of one gap. */
const EXAMPLES = 5

/**
 * What a 1C base exports, counted: made of its catalogue entries and dictionaries alone, changes nothing. Goods that
 * 1C deleted or left out, and services, stand only in `gone` and `services`; everything else is about the rest.
 */
export interface Survey {
  /** Products for sale. */
  readonly products: number
  /** Offers for sale: what a marketplace account would sell. */
  readonly offers: number
  /** Offers of products with several variants, or with one that has a characteristic. */
  readonly variants: number
  /** Offers that 1C deleted or that a complete full set left out. */
  readonly gone: number
  /** Products that 1C calls a service. */
  readonly services: number
  /** Products without any offer: there is nothing to sell. */
  readonly withoutOffers: number
  /** By name, in the order of offers that have a price. */
  readonly priceTypes: readonly SurveyedPriceType[]
  /** By name, in the order of offers in stock. */
  readonly warehouses: readonly SurveyedWarehouse[]
  /** Stocks above 0 that were stated in total only, without warehouses. */
  readonly totalsOnly: number
  readonly currencies: readonly SurveyedCurrency[]
  /** Properties and requisites that say yes or no, the most used first. */
  readonly marks: readonly SurveyedMark[]
  /** The tree from the top; groups without goods in or below them stand in it too. */
  readonly groups: readonly SurveyedGroup[]
  /** Catalogues by name with how many products each stated. */
  readonly catalogues: readonly { readonly id: string; readonly name: string; readonly products: number }[]
  /** VAT rates as stated with how many products have each; `""` = none. */
  readonly vat: readonly { readonly rate: string; readonly products: number }[]
  /** Products with at least one picture. */
  readonly pictures: number
  /** What is missing or doubtful, by code; a code that nothing has is left out. */
  readonly gaps: Readonly<Partial<Record<GapCode, SurveyedGap>>>
  /** Articles that several products share. */
  readonly repeatedArticles: Repeated
  /** Article and variant together, the code that the shipped `identity` gives an offer, where several offers share it. */
  readonly repeatedCodes: Repeated
  /** Barcodes that several offers share. */
  readonly repeatedBarcodes: Repeated
}

/** How often a gap is met. */
export interface SurveyedGap {
  /** Offers that have it; products where the gap is one of the product (see {@link GapCode}). */
  readonly count: number
  /** The first few. */
  readonly examples: readonly { readonly id: string; readonly article: string; readonly name: string }[]
}

/** Texts that should stand for one thing alone, as met in a base. */
export interface SurveyedTexts {
  readonly articles: Repeats
  readonly codes: Repeats
  readonly barcodes: Repeats
}

/** Reads a base once, entry by entry: of the goods only their articles, codes and barcodes stay in memory. */
export async function surveyBase(
  entries: AsyncIterable<readonly ProductEntry[]>,
  dictionary: Dictionary,
  texts: SurveyedTexts = { articles: new Repeats(), codes: new Repeats(), barcodes: new Repeats() },
): Promise<Survey> {
  const counts = { products: 0, offers: 0, variants: 0, gone: 0, services: 0, withoutOffers: 0, pictures: 0 }
  const values = new ValueCounts(dictionary)
  const marks = new MarkCounts(dictionary)
  const inGroups = new Map<string, number>()
  const inCatalogues = new Map<string, number>()
  const vat = new Map<string, number>()
  const gaps = new Map<GapCode, { count: number; examples: SurveyedGap['examples'][number][] }>()
  const { articles, codes, barcodes } = texts
  const note = (code: GapCode, example: SurveyedGap['examples'][number]): void => {
    const known = gaps.get(code) ?? { count: 0, examples: [] }
    if (known.examples.length < EXAMPLES) known.examples.push(example)
    gaps.set(code, { ...known, count: known.count + 1 })
  }

  for await (const batch of entries) {
    for (const entry of batch) {
      const all = Object.keys(entry.variants)
      const alive = all.filter((variant) => !isGone(entry, variant))
      counts.gone += all.length - alive.length
      if (alive.length === 0 && (all.length > 0 || isGone(entry, ''))) continue
      const product = readProduct(entry, dictionary)
      if (product.isService) {
        counts.services++
        continue
      }
      counts.products++
      if (alive.length === 0) counts.withoutOffers++
      for (const code of product.gaps) note(code, product)
      if (product.article !== '') articles.add(product.article)
      const facts = entry.facts?.value
      if (facts !== undefined) {
        if (facts.images.length > 0) counts.pictures++
        tally(vat, facts.vat)
        for (const group of facts.groups) tally(inGroups, group)
        for (const catalogue of facts.catalogues) tally(inCatalogues, catalogue)
        marks.add('product', facts)
      }
      for (const variant of alive) {
        const item = readItem(entry, variant, dictionary)
        counts.offers++
        if (variant !== '') counts.variants++
        for (const code of item.gaps) note(code, item)
        if (item.code !== '') codes.add(item.code)
        for (const barcode of item.barcodes) barcodes.add(barcode)
        values.add(entry.variants[variant] ?? {})
        const offer = entry.variants[variant]?.facts?.value
        if (offer !== undefined) marks.add('offer', offer)
      }
    }
  }
  return {
    ...counts,
    ...values.result(),
    marks: marks.result(),
    groups: surveyGroups(dictionary, inGroups),
    catalogues: [...inCatalogues]
      .map(([id, products]) => ({ id, name: nameOfCatalogue(dictionary, id), products }))
      .sort((a, b) => b.products - a.products),
    vat: [...vat].map(([rate, products]) => ({ rate, products })).sort((a, b) => b.products - a.products),
    gaps: Object.fromEntries(gaps),
    repeatedArticles: articles.result(),
    repeatedCodes: codes.result(),
    repeatedBarcodes: barcodes.result(),
  }
}

function nameOfCatalogue(dictionary: Dictionary, id: string): string {
  const row = dictionary.entry(`catalogue/${id}`)?.row
  return row?.kind === 'catalogue' ? row.value.name : ''
}

function tally(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
