import type { DictionaryRow, VariantEntry } from '../core/catalogue.ts'
import { Big, isZero } from '../core/decimal.ts'
import type { Dictionary } from '../state/dictionary.ts'

/** A price type as rules name it. */
export interface SurveyedPriceType {
  /** `""` when prices name a type that no file described. */
  readonly name: string
  /** Several when the base repeats the name. */
  readonly ids: readonly string[]
  /** Currency words of its prices as stated, the most frequent first. */
  readonly currencies: readonly string[]
  /** Offers with a price greater than 0. */
  readonly offers: number
  /** Offers whose only price of this type is 0: 1C writes 0 for "none". */
  readonly zero: number
}

/** A warehouse as rules name it. */
export interface SurveyedWarehouse {
  /** `""` when stocks name a warehouse that no file described. */
  readonly name: string
  /** Several when the base repeats the name. */
  readonly ids: readonly string[]
  /** Offers with a stock stated in it, 0 included. */
  readonly offers: number
  /** Offers with more than 0 in it. */
  readonly inStock: number
}

/** A word that a base writes for a currency. */
export interface SurveyedCurrency {
  readonly word: string
  /** Prices in it. */
  readonly prices: number
}

interface Named {
  readonly name: string
  readonly ids: string[]
}

/** Counts prices and stocks by what they are called. */
export class ValueCounts {
  readonly #dictionary: Dictionary
  readonly #types = new Map<string, Named & { offers: number; zero: number; words: Map<string, number> }>()
  readonly #warehouses = new Map<string, Named & { offers: number; inStock: number }>()
  readonly #currencies = new Map<string, number>()
  #totalsOnly = 0

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary
    for (const { id, name } of aliveRows(dictionary, 'priceType')) {
      grown(this.#types, name, id, { offers: 0, zero: 0, words: new Map() })
    }
    for (const { id, name } of aliveRows(dictionary, 'warehouse')) {
      grown(this.#warehouses, name, id, { offers: 0, inStock: 0 })
    }
  }

  /** Counts one offer. */
  add({ prices, stocks }: VariantEntry): void {
    const priced = new Map<string, boolean>()
    for (const { typeId, amount, currency } of prices?.value ?? []) {
      const type = this.#dictionary.priceType(typeId)
      const found = grown(this.#types, type?.name ?? '', typeId, { offers: 0, zero: 0, words: new Map() })
      priced.set(found.name, priced.get(found.name) === true || !isZero(amount))
      if (isZero(amount)) continue
      const word = currency === '' ? (type?.currency ?? '') : currency
      tally(found.words, word)
      tally(this.#currencies, word)
    }
    for (const [name, some] of priced) {
      const found = this.#types.get(name)
      if (found === undefined) continue
      if (some) found.offers++
      else found.zero++
    }
    if (stocks === undefined) return
    const stated = new Map<string, boolean>()
    for (const [id, quantity] of Object.entries(stocks.value.byWarehouse)) {
      const { name } = grown(this.#warehouses, this.#dictionary.warehouse(id)?.name ?? '', id, {
        offers: 0,
        inStock: 0,
      })
      stated.set(name, stated.get(name) === true || new Big(quantity).gt(0))
    }
    for (const [name, some] of stated) {
      const found = this.#warehouses.get(name)
      if (found === undefined) continue
      found.offers++
      if (some) found.inStock++
    }
    // A base with rows per warehouse writes none for what it has nowhere, and 0 in total.
    if (stated.size === 0 && new Big(stocks.value.total ?? 0).gt(0)) this.#totalsOnly++
  }

  result(): {
    readonly priceTypes: SurveyedPriceType[]
    readonly warehouses: SurveyedWarehouse[]
    readonly currencies: SurveyedCurrency[]
    readonly totalsOnly: number
  } {
    return {
      priceTypes: [...this.#types.values()]
        .map(({ name, ids, offers, zero, words }) => ({ name, ids, currencies: ranked(words), offers, zero }))
        .sort((a, b) => b.offers - a.offers || a.name.localeCompare(b.name, 'ru')),
      warehouses: [...this.#warehouses.values()].sort(
        (a, b) => b.inStock - a.inStock || b.offers - a.offers || a.name.localeCompare(b.name, 'ru'),
      ),
      currencies: ranked(this.#currencies).map((word) => ({ word, prices: this.#currencies.get(word) ?? 0 })),
      totalsOnly: this.#totalsOnly,
    }
  }
}

function* aliveRows(
  dictionary: Dictionary,
  kind: 'priceType' | 'warehouse',
): Generator<{ readonly id: string; readonly name: string }> {
  for (const [, { row }] of dictionary.entriesOf(kind)) {
    const { value } = row as Extract<DictionaryRow, { readonly kind: 'priceType' | 'warehouse' }>
    if (value.deleted !== true) yield value
  }
}

function grown<T>(known: Map<string, Named & T>, name: string, id: string, empty: T): Named & T {
  const found = known.get(name) ?? { name, ids: [], ...empty }
  if (!found.ids.includes(id)) found.ids.push(id)
  known.set(name, found)
  return found
}

function tally(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function ranked(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].sort(([, a], [, b]) => b - a).map(([key]) => key)
}
