import type { GivenGood, GivenOffer } from '../config/test-file.ts'
import type { DictionaryRow, OfferFacts, ProductFacts, Statement, StatedPrice } from '../core/catalogue.ts'
import type { UsedName } from '../core/expression.ts'
import type { RecordToApply } from '../state/catalogue.ts'

/**
 * Goods of a test as 1C would have stated them. Names are their own ids, so that nothing has to be looked up; groups are
 * known by their path.
 */
export function recordsOf(goods: ReadonlyMap<string, GivenGood>, used: readonly UsedName[]): RecordToApply[] {
  const stated = [...goods].flatMap(([name, good]) => namesOf(name, good).map((id) => ({ id, good })))
  return [
    // What the configuration names, 1C has: a test is about values, and a misspelt name has none.
    record('dictionary', 'names', { rows: [...used.flatMap(rowOf), ...stated.flatMap(({ good }) => rowsOf(good))] }),
    ...stated.flatMap(({ id, good }) => [
      record('product', id, { statement: { productId: id, productFacts: productFacts(id, good) } }),
      ...offersOf(id, good).map((statement) => record('offer', `${id}#${statement.variant}`, { statement })),
    ]),
  ]
}

/** The ids that a good of a test stands for: one, or `name 1`, `name 2`, … */
export function namesOf(name: string, { times }: GivenGood): readonly string[] {
  return times === undefined ? [name] : Array.from({ length: times }, (_, i) => `${name} ${i + 1}`)
}

function record(kind: string, id: string, rest: Pick<RecordToApply, 'statement' | 'rows'>): RecordToApply {
  return { kind, id, place: 'goods', fingerprint: 0n, ...rest }
}

function offersOf(productId: string, good: GivenGood): Statement[] {
  const { variants = { '': {} } } = good
  return Object.entries(variants).map(([variant, own]) => {
    const prices = own.prices ?? good.prices
    const stocks = own.stocks ?? good.stocks
    return {
      productId,
      variant,
      offerFacts: offerFacts(variant === '' ? good : own, good.name ?? productId),
      ...(prices === undefined ? {} : { prices: Object.entries(prices).map(priceOf) }),
      ...(stocks === undefined ? {} : { stocks: { byWarehouse: stocks } }),
    }
  })
}

function priceOf([typeId, price]: [string, NonNullable<GivenOffer['prices']>[string]]): StatedPrice {
  const { amount, currency } = typeof price === 'string' ? { amount: price, currency: 'RUB' } : price
  return { typeId, amount, currency, ratio: '1' }
}

function offerFacts(offer: GivenOffer, name: string): OfferFacts {
  const attributes = Object.entries(offer.characteristics ?? {}).map(([key, value]) => ({ name: key, value }))
  return { ...factsOf(offer, name), attributes, deleted: offer.deleted ?? false }
}

function productFacts(id: string, good: GivenGood): ProductFacts {
  return {
    ...factsOf(good, id),
    groups: good.groups === undefined ? [] : [groupId(good.groups)],
    description: '',
    vat: good.vat ?? '',
    manufacturer: '',
    brand: good.brand ?? '',
    images: [],
    catalogues: [],
    deleted: good.deleted ?? false,
    ...(good.unit === undefined ? {} : { unit: { code: '', name: good.unit } }),
  }
}

function factsOf({ article = '', name, barcode, properties = {}, requisites = {} }: GivenOffer, fallback: string) {
  return {
    name: name ?? fallback,
    article,
    barcodes: barcode === undefined ? [] : [barcode],
    properties: Object.entries(properties).map(([propertyId, value]) => ({
      propertyId,
      values: value === '' ? [] : [value],
    })),
    requisites: Object.entries(requisites).map(([key, value]) => ({ name: key, values: [value] })),
  }
}

function rowsOf(good: GivenGood): DictionaryRow[] {
  const offers: readonly GivenOffer[] = [good, ...Object.values(good.variants ?? {})]
  const groups = (good.groups ?? []).map((_, depth, path) => groupRow(path.slice(0, depth + 1)))
  return [
    ...groups,
    ...offers.flatMap((offer) =>
      NAMED.flatMap(([part, kind]) => Object.keys(offer[part] ?? {}).flatMap((name) => rowOf({ kind, name }))),
    ),
  ]
}

const NAMED = [
  ['prices', 'priceType'],
  ['stocks', 'warehouse'],
  ['properties', 'property'],
  ['requisites', 'requisite'],
  ['characteristics', 'characteristic'],
] as const

function groupId(path: readonly string[]): string {
  return path.join(' / ')
}

function groupRow(path: readonly string[]): DictionaryRow {
  const parent = path.slice(0, -1)
  const value = { id: groupId(path), name: path.at(-1) ?? '' }
  return { kind: 'group', value: parent.length === 0 ? value : { ...value, parentId: groupId(parent) } }
}

/** The dictionary row of a name; none for tables and columns, which are files. */
function rowOf({ kind, name }: Pick<UsedName, 'kind' | 'name'>): DictionaryRow[] {
  switch (kind) {
    case 'priceType':
      return [{ kind, value: { id: name, name, currency: 'RUB' } }]
    case 'warehouse':
      return [{ kind, value: { id: name, name, address: '', addressFields: [], contacts: [] } }]
    case 'property':
      return [{ kind, value: { id: name, name, values: {} } }]
    case 'catalogue':
      return [{ kind, value: { id: name, name } }]
    case 'group':
      return [groupRow([name])]
    case 'requisite':
      return [{ kind, value: { id: name } }]
    case 'characteristic':
      return [{ kind: 'attribute', value: { id: name } }]
    default:
      return []
  }
}
