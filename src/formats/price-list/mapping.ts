import type { Decimal } from '../../core/decimal.ts'

/** Where a value of a row stands: the name of a column (csv, xlsx), or a path below the record's element (xml). */
export type Source = string

/** Which values of a row mean what. Names are those that expressions and `warehouses` use: `price("Розничная")`. */
export interface ListFields {
  /** What an item is known by; never empty in a usable row, at most 200 characters. */
  readonly id: Source
  readonly article?: Source | undefined
  readonly name?: Source | undefined
  readonly barcodes?: Source | undefined
  /** Groups from the top down. */
  readonly group?: Source | readonly Source[] | undefined
  readonly description?: Source | undefined
  readonly brand?: Source | undefined
  readonly vat?: Source | undefined
  readonly unit?: Source | undefined
  readonly code?: Source | undefined
  readonly country?: Source | undefined
  /** Net weight of one. */
  readonly weight?: Source | undefined
  /** `A-1 x 2; A-2`: ids of what the kit is made of, with quantities. */
  readonly kit?: Source | undefined
  readonly images?: Source | undefined
  /** Unit of a pack → where it stands how many base units are in one. */
  readonly packs?: Readonly<Record<string, Source>> | undefined
  /** Property name → where its value stands. */
  readonly properties?: Readonly<Record<string, Source>> | undefined
  /** Price type → where its amount stands. */
  readonly prices?: Readonly<Record<string, Source>> | undefined
  /** Warehouse → where its quantity stands. */
  readonly stocks?: Readonly<Record<string, Source>> | undefined
}

/** Everything that decides what the rows of a price list say. */
export interface ListMapping {
  readonly fields: ListFields
  /** ISO code of all prices. */
  readonly currency: string
  /** Quantities in words, by the word in lower case: `{ "нет": "0", ">10": "10", "": "0" }`. */
  readonly words: Readonly<Record<string, Decimal>>
  /** What a list says by leaving something out; absent = nothing. */
  readonly scope?: 'full' | 'changes' | undefined
}

/** One value that a mapping asks a row for. */
export interface AskedValue {
  /** The option that names it, for messages: `fields.prices.Розничная`. */
  readonly option: string
  /** A list needs at least one met value of these kinds, or it is not the list that the mapping means. */
  readonly kind: 'id' | 'fact' | 'price' | 'stock'
  readonly source: Source
}

/** All values that a mapping asks a row for, in the order of {@link ListFields}. */
export function askedValues(fields: ListFields): readonly AskedValue[] {
  const { packs = {}, properties = {}, prices = {}, stocks = {}, id, group, ...facts } = fields
  const groups = groupSources(group)
  const single = Object.entries(facts).filter((entry): entry is [string, Source] => entry[1] !== undefined)
  return [
    { option: 'fields.id', kind: 'id', source: id },
    ...single.map(([name, source]) => ({ option: `fields.${name}`, kind: 'fact', source }) as const),
    ...groups.map((source) => ({ option: 'fields.group', kind: 'fact', source }) as const),
    ...named('packs', 'fact', packs),
    ...named('properties', 'fact', properties),
    ...named('prices', 'price', prices),
    ...named('stocks', 'stock', stocks),
  ]
}

/** The sources of the groups, from the top down. */
export function groupSources(group: ListFields['group']): readonly Source[] {
  if (group === undefined) return []
  return typeof group === 'string' ? [group] : group
}

function named(option: string, kind: AskedValue['kind'], sources: Readonly<Record<string, Source>>): AskedValue[] {
  return Object.entries(sources).map(([name, source]) => ({ option: `fields.${option}.${name}`, kind, source }))
}
