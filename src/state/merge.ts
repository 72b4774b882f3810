import type {
  AsOf,
  Facet,
  OfferFacts,
  PricesFacet,
  ProductEntry,
  ProductFacts,
  Statement,
  StocksFacet,
  VariantEntry,
} from '../core/catalogue.ts'
import { FACET } from './named.ts'
import { isLaterPortion } from './portion.ts'

/** The facets that a statement states, as bits of {@link FACET}. */
export function statedFacets(s: Statement): number {
  return (
    (s.productFacts === undefined && s.offerFacts === undefined ? 0 : FACET.facts) |
    (s.prices === undefined ? 0 : FACET.prices) |
    (s.stocks === undefined ? 0 : FACET.stocks)
  )
}

/** Where a statement comes from, and what other files say of its record. */
export interface Source {
  readonly stamp: number
  readonly place: string
  /** Facets that a newer file named. */
  readonly blocked: number
  /** Facets that a file of the same stamp named. */
  readonly same: number
}

/** What a statement did to an entry; the numbers are facet bits. */
export interface Merged {
  readonly entry: ProductEntry
  /** Facets that the statement entered. */
  readonly applied: number
  /** Facets that now stand exactly as the statement says. */
  readonly inForce: number
  /** Facets that said something else before. */
  readonly replaced: number
}

/** Applies one statement to an entry, facet by facet. */
export function merge(entry: ProductEntry, statement: Statement, source: Source): Merged {
  let applied = 0
  let replaced = 0
  let inForce = 0
  let next = restated(entry, statement, source.stamp)
  const take = <T>(bit: number, current: Facet<T> | undefined, value: T | undefined, equal: (a: T, b: T) => T) => {
    if (value === undefined || (source.blocked & bit) !== 0) return undefined
    if (current !== undefined && current.stamp > source.stamp) return undefined
    applied |= bit
    // A file of the same stamp may have found the facet unchanged: then it was restated, though its stamp shows an older one.
    const sameSet = current !== undefined && (current.stamp === source.stamp || (source.same & bit) !== 0)
    // Of two portions that state the same facts the later one wins, in whatever order they came. Rows of prices and stocks
    // add up instead: portions that state different values of one row are not known.
    const isUnder = sameSet && bit === FACET.facts && isLaterPortion(fileOf(current.place), fileOf(source.place))
    const [below, above] = isUnder ? [value, current.value] : [current?.value, value]
    const merged = sameSet ? equal(below as T, above) : value
    if (current !== undefined && JSON.stringify(merged) !== JSON.stringify(current.value)) replaced |= bit
    if (merged === value || JSON.stringify(merged) === JSON.stringify(value)) inForce |= bit
    return { value: merged, stamp: source.stamp, place: isUnder ? current.place : source.place } satisfies Facet<T>
  }
  const facts = take(FACET.facts, entry.facts, statement.productFacts, mergeProductFacts)
  if (facts !== undefined) next = { ...next, facts }
  if (statement.variant !== undefined) {
    const before: VariantEntry = next.variants[statement.variant] ?? {}
    const offerFacts = take<OfferFacts>(FACET.facts, before.facts, statement.offerFacts, (_, b) => b)
    const prices = take(FACET.prices, before.prices, statement.prices, mergePrices)
    const stocks = take(FACET.stocks, before.stocks, statement.stocks, mergeStocks)
    if (offerFacts !== undefined || prices !== undefined || stocks !== undefined) {
      const variant: VariantEntry = {
        ...before,
        ...(offerFacts === undefined ? {} : { facts: offerFacts }),
        ...(prices === undefined ? {} : { prices }),
        ...(stocks === undefined ? {} : { stocks }),
      }
      next = { ...next, variants: { ...next.variants, [statement.variant]: variant } }
    }
  }
  return { entry: next, applied, inForce, replaced }
}

/** What a full set left out is there again once it is stated as newly: the product by itself or by one of its offers. */
function restated(entry: ProductEntry, { variant }: Statement, stamp: number): ProductEntry {
  const isOlder = (removed: AsOf | undefined): boolean => removed !== undefined && removed.stamp <= stamp
  let next = entry
  if (isOlder(entry.removed)) {
    const { removed: _, ...kept } = entry
    next = kept
  }
  const own = variant === undefined ? undefined : entry.variants[variant]
  if (variant !== undefined && own !== undefined && isOlder(own.removed)) {
    const { removed: _, ...kept } = own
    next = { ...next, variants: { ...next.variants, [variant]: kept } }
  }
  return next
}

/** The same product in two catalogues of one set: the later record wins, the catalogues add up. */
function mergeProductFacts(a: ProductFacts, b: ProductFacts): ProductFacts {
  return { ...b, catalogues: [...new Set([...a.catalogues, ...b.catalogues])].sort() }
}

/** The file of a place `file:line`. */
function fileOf(place: string): string {
  return place.slice(0, place.lastIndexOf(':'))
}

/** Portions of one set may state different price types of one offer: each type is replaced as a whole. */
function mergePrices(a: PricesFacet, b: PricesFacet): PricesFacet {
  const types = new Set(b.map((price) => price.typeId))
  return [...a.filter((price) => !types.has(price.typeId)), ...b]
}

function mergeStocks(a: StocksFacet, b: StocksFacet): StocksFacet {
  const total = b.total ?? a.total
  return { ...(total === undefined ? {} : { total }), byWarehouse: { ...a.byWarehouse, ...b.byWarehouse } }
}
