import { describe, expect, test } from 'vitest'
import type {
  DictionaryRow,
  Facet,
  OfferFacts,
  ProductEntry,
  ProductFacts,
  StatedPrice,
  StocksFacet,
} from '../core/catalogue.ts'
import { MissingValue, UnusableValue, type ItemContext } from '../core/item.ts'
import { Dictionary } from '../state/dictionary.ts'
import { itemContext, type AccountView } from './item-context.ts'
import { unknownNames } from './names.ts'

const facet = <T>(value: T): Facet<T> => ({ value, stamp: 1, place: 'offers.xml:1' })
const noFacts = { name: '', article: '', barcodes: [], properties: [], requisites: [], deleted: false }
const product = (facts: Partial<ProductFacts> = {}): ProductFacts => ({
  ...noFacts,
  groups: [],
  description: '',
  vat: '',
  manufacturer: '',
  brand: '',
  images: [],
  catalogues: [],
  ...facts,
})
const offer = (facts: Partial<OfferFacts> = {}): OfferFacts => ({ ...noFacts, attributes: [], ...facts })
const price = (typeId: string, amount: string, extra: Partial<StatedPrice> = {}): StatedPrice => ({
  typeId,
  amount,
  currency: '',
  ratio: '1',
  ...extra,
})

const rows: readonly DictionaryRow[] = [
  { kind: 'priceType', value: { id: 't1', name: 'Розничная', currency: 'руб' } },
  { kind: 'priceType', value: { id: 't2', name: 'Розничная', currency: 'руб' } },
  { kind: 'priceType', value: { id: 't3', name: 'Оптовая', currency: 'USD' } },
  ...['w1', 'w2'].map((id): DictionaryRow => ({
    kind: 'warehouse',
    value: { id, name: `Склад ${id}`, address: '', addressFields: [], contacts: [] },
  })),
  { kind: 'group', value: { id: 'g1', name: 'Одежда' } },
  { kind: 'group', value: { id: 'g2', name: 'Футболки', parentId: 'g1' } },
  { kind: 'group', value: { id: 'g3', name: 'Петля', parentId: 'g3' } },
  { kind: 'property', value: { id: 's1', name: 'Цвет', values: { v1: 'Белый', v2: 'Чёрный' } } },
  { kind: 'property', value: { id: 's2', name: 'Цвет', values: {} } },
  { kind: 'catalogue', value: { id: 'c1', name: 'Основной каталог' } },
  { kind: 'unit', value: { id: '796', code: '796', name: 'шт' } },
  { kind: 'unit', value: { id: 'u1', code: '', name: 'уп' } },
  { kind: 'priceType', value: { id: 't9', name: 'Старая', currency: 'руб', deleted: true } },
  { kind: 'priceType', value: { id: 't8', name: 'Оптовая', currency: 'руб', deleted: true } },
  {
    kind: 'warehouse',
    value: { id: 'w9', name: 'Склад w1', address: '', addressFields: [], contacts: [], deleted: true },
  },
]

/** An item with these parts; everything else is empty. */
function item(
  parts: {
    product?: Partial<ProductFacts>
    offer?: Partial<OfferFacts>
    prices?: readonly StatedPrice[]
    stocks?: StocksFacet
    variant?: string
  } = {},
  view: Partial<AccountView> = {},
): ItemContext {
  const { variant = 'v' } = parts
  const entry: ProductEntry = {
    id: 'p',
    facts: facet(product(parts.product)),
    variants: {
      [variant]: {
        facts: facet(offer(parts.offer)),
        ...(parts.prices === undefined ? {} : { prices: facet(parts.prices) }),
        ...(parts.stocks === undefined ? {} : { stocks: facet(parts.stocks) }),
      },
    },
  }
  return itemContext(entry, variant, {
    dictionary: Dictionary.of(rows),
    currency: 'RUB',
    currencyOf: (word) => (word === 'руб' ? 'RUB' : word),
    warehouses: [{ id: '100', from: ['w1'], buffer: 0, hideBelow: 0 }],
    openOrders: () => 0,
    lookup: () => undefined,
    inTable: () => false,
    ...view,
  })
}

/** The code that an item is rejected with, or the value. */
function outcome(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    if (error instanceof MissingValue) return `missing ${error.reason.code}`
    if (error instanceof UnusableValue) return `unusable ${error.reason.code}`
    throw error
  }
}

describe('a price', () => {
  const table: readonly (readonly [what: string, prices: readonly StatedPrice[] | undefined, wanted: string])[] = [
    ['never stated', undefined, 'missing item.no_price'],
    ['stated without rows', [], 'missing item.no_price'],
    ['written as 0', [price('t1', '0')], 'missing item.no_price'],
    ['of another type only', [price('t3', '10')], 'missing item.no_price'],
    ['stated once', [price('t1', '1499.00')], '1499'],
    ['stated twice the same', [price('t1', '10'), price('t1', '10.0')], '10'],
    ['stated twice differently', [price('t1', '10'), price('t1', '20')], 'unusable item.two_prices'],
    ['under two types of one name', [price('t1', '10'), price('t2', '20')], 'unusable item.two_prices'],
    ['0 under one and a price under the other type', [price('t1', '0'), price('t2', '20')], '20'],
    ['of a pack of three', [price('t1', '30', { ratio: '3' })], '10'],
    ['in another currency', [price('t1', '10', { currency: 'USD' })], 'unusable item.currency'],
    ['in a currency that nobody knows', [price('t1', '10', { currency: 'PRO' })], 'unusable item.currency'],
  ]
  test.each(table)('%s', (_, prices, wanted) => {
    const context = item(prices === undefined ? {} : { prices })
    expect(outcome(() => context.price('Розничная'))).toBe(wanted)
    const has = wanted.startsWith('unusable') ? wanted : !wanted.startsWith('missing')
    expect(outcome(() => context.hasPrice('Розничная'))).toBe(has)
  })
})

describe('a stock', () => {
  const table: readonly (readonly [what: string, stocks: StocksFacet | undefined, own: unknown, all: unknown])[] = [
    ['never stated', undefined, 'missing item.no_stock', 'missing item.no_stock'],
    ['in the warehouse', { byWarehouse: { w1: '5' } }, { 100: 5 }, '5'],
    ['in another warehouse only: a known one without a row is 0', { byWarehouse: { w2: '5' } }, { 100: 0 }, '5'],
    ['a total without rows says nothing of warehouses', { total: '5', byWarehouse: {} }, 'missing item.no_stock', '5'],
    ['a total of 0 says it of all', { total: '0', byWarehouse: {} }, { 100: 0 }, '0'],
    ['stated empty', { byWarehouse: {} }, { 100: 0 }, '0'],
    ['negative, clamped per warehouse', { byWarehouse: { w1: '-3', w2: '5' } }, { 100: 0 }, '5'],
    ['a negative total', { total: '-3', byWarehouse: {} }, { 100: 0 }, '0'],
    ['floored after the sum', { byWarehouse: { w1: '2.9' } }, { 100: 2 }, '2.9'],
  ]
  test.each(table)('%s', (_, stocks, own, all) => {
    const context = item(stocks === undefined ? {} : { stocks })
    expect(outcome(() => context.byWarehouse())).toEqual(own)
    expect(outcome(() => context.stock())).toBe(all)
    expect(context.everInStock()).toBe(stocks !== undefined)
  })

  test.each(table)('%s, into a warehouse that takes everything', (_, stocks, __, all) => {
    const whole = { id: '100', from: 'all', buffer: 0, hideBelow: 0 } as const
    const context = item(stocks === undefined ? {} : { stocks }, { warehouses: [whole] })
    const wanted = typeof all === 'string' && !all.startsWith('missing') ? { 100: Math.floor(Number(all)) } : all
    expect(outcome(() => context.byWarehouse())).toEqual(wanted)
  })

  test('a total without rows counts where 1C has one warehouse', () => {
    const one = Dictionary.of(rows.filter(({ kind, value }) => kind !== 'warehouse' || value.id === 'w1'))
    const context = item({ stocks: { total: '5', byWarehouse: {} } }, { dictionary: one })
    expect(context.byWarehouse()).toEqual({ 100: 5 })
    expect(context.stock('Склад w1')).toBe('5')
  })

  test('is the sum over warehouses less open orders and buffer, hidden below a limit, never negative', () => {
    const stocks = { byWarehouse: { w1: '5.5', w2: '4.7' } }
    const rule = { id: '100', from: ['w1', 'w2'], buffer: 1, hideBelow: 3 }
    const free = (open: number): unknown =>
      item({ stocks }, { warehouses: [rule], openOrders: () => open }).byWarehouse()
    expect([0, 6, 7, 50].map(free)).toEqual([{ 100: 9 }, { 100: 3 }, { 100: 0 }, { 100: 0 }])
  })
})

describe('a property', () => {
  const colour = (...values: string[]) => ({ propertyId: 's1', values })

  test('is the offer’s, else the product’s, with dictionary values in words', () => {
    const own = item({ product: { properties: [colour('v1')] }, offer: { properties: [colour('v2')] } })
    expect([own.property('Цвет'), own.productProperty('Цвет'), own.offerProperty('Цвет')]).toEqual([
      'Чёрный',
      'Белый',
      'Чёрный',
    ])
    expect(item({ product: { properties: [colour('v1', 'Синий')] } }).property('Цвет')).toBe('Белый, Синий')
    expect(item().property('Цвет')).toBe('')
  })

  test('of one name twice: the filled one counts, two different values reject the item', () => {
    const other = (...values: string[]) => ({ propertyId: 's2', values })
    const of = (...properties: { propertyId: string; values: string[] }[]): unknown =>
      outcome(() => item({ product: { properties } }).property('Цвет'))
    expect(of(colour('v1'), other())).toBe('Белый')
    expect(of(colour('v1'), other('Белый'))).toBe('Белый')
    expect(of(colour('v1'), other('Красный'))).toBe('unusable item.two_values')
  })
})

test('names and ids that JavaScript has a meaning for are texts like any other', () => {
  const properties = [{ propertyId: 's1', values: ['constructor'] }]
  expect(item({ product: { properties } }).property('Цвет')).toBe('constructor')
  const warehouses = [{ id: '100', from: ['constructor'], buffer: 0, hideBelow: 0 }]
  expect(item({ stocks: { byWarehouse: { w1: '5' } } }, { warehouses }).byWarehouse()).toEqual({ 100: 0 })
})

test('an unknown currency is named, and where to say what it is', () => {
  const context = item({ prices: [price('t1', '10', { currency: 'PRO' })] })
  expect(() => context.price('Розничная')).toThrow(
    'price of type "Розничная" is in "PRO", the account sells in RUB; a word of your own is mapped in config/obmen.yaml, currency of the exchange',
  )
})

test.each([
  ['stated in full', { code: '796', name: 'Штука' }, 'Штука'],
  ['stated by an id of the dictionary', { code: '', name: '', id: 'u1' }, 'уп'],
  ['stated by a code of the dictionary', { code: '796', name: '', id: '796' }, 'шт'],
  ['stated by an id that no file has explained yet', { code: '', name: '', id: 'u2' }, ''],
  ['stated as a text that is no id', { code: '', name: 'рулон', id: 'рулон' }, 'рулон'],
])('a unit %s', (_, unit, wanted) => {
  expect(item({ product: { unit } }).product.unit).toBe(wanted)
})

test('a requisite is found under the name that the session of 1C gives it', () => {
  const requisites = [
    { name: 'Повне найменування', values: ['Футболка біла'] },
    { name: 'Вид номенклатуры', values: ['Одежда'] },
  ]
  const context = item({ product: { requisites } })
  expect(
    ['Полное наименование', 'Full name', 'Повне найменування', 'Вес'].map((name) => context.requisite(name)),
  ).toEqual(['Футболка біла', 'Футболка біла', 'Футболка біла', ''])
  expect(context.product.kind).toBe('Одежда')
})

test('a warehouse that 1C marked for deletion sells nothing any more', () => {
  const stocks = { total: '9', byWarehouse: { w1: '2', w9: '7' } }
  expect(item({ stocks }).stock()).toBe('2')
  expect(item({ stocks }).stock('Склад w1')).toBe('2')
  expect(item({ stocks: { total: '7', byWarehouse: { w9: '7' } } }).stock()).toBe('0')
})

test('an offer falls back to its product where it says nothing itself', () => {
  const context = item({
    product: { name: 'Футболка', article: 'F-1', barcodes: ['46'], manufacturer: 'Фабрика' },
    offer: { barcodes: [] },
  })
  expect(context.offer).toEqual({ id: 'p#v', article: 'F-1', name: 'Футболка', barcode: '46', variantName: '' })
  expect(context.product.brand).toBe('Фабрика')
})

test('what 1C says of code, country, weight, packs and parts of a kit is text in expressions', () => {
  const { product: texts } = item({
    product: {
      code: 'НФ-17',
      country: 'РОССИЯ',
      weight: '0.35',
      packs: [
        { unit: 'уп', ratio: '10' },
        { unit: 'кор', ratio: '40', weight: '9' },
      ],
      kit: [
        { id: 'a', name: 'Чашка', quantity: '2' },
        { id: 'b', name: '', quantity: '1' },
      ],
    },
  })
  expect(texts).toMatchObject({ code: 'НФ-17', country: 'РОССИЯ', weight: '0.35', packs: 'уп 10, кор 40' })
  expect(texts.kit).toBe('Чашка 2, b 1')
  expect(item({}).product).toMatchObject({ code: '', country: '', weight: '', packs: '', kit: '' })
})

const variants: readonly (readonly [what: string, name: string, values: readonly string[], wanted: string])[] = [
  ['its characteristics', 'Футболка (белая)', ['M', '', 'белый'], 'M, белый'],
  ['what stands behind the product’s name', 'Футболка (белая (M))', [], 'белая (M)'],
  ['the last bracket', 'Майка (старая) (XL)', [], 'XL'],
  ['nothing', 'Майка', [], ''],
]
test.each(variants)('a variant is told apart by %s', (_, name, values, wanted) => {
  const attributes = values.map((value) => ({ name: 'Размер', value }))
  const context = item({ product: { name: 'Футболка' }, offer: { name, attributes } })
  expect(context.offer.variantName).toBe(wanted)
  expect(item({ product: { name: 'Футболка' }, offer: { name }, variant: '' }).offer.variantName).toBe('')
})

test('groups are counted from the top, a group below counts as in it, and a circle of groups ends', () => {
  const context = item({ product: { groups: ['g2', 'g3'], catalogues: ['c1'] } })
  expect([context.group(1), context.group(2), context.group(3)]).toEqual(['Одежда', 'Футболки', ''])
  expect(['Одежда', 'Футболки', 'Петля', 'Обувь'].map((name) => context.inGroup(name))).toEqual([
    true,
    true,
    true,
    false,
  ])
  expect([context.inCatalogue('Основной каталог'), context.inCatalogue('c1')]).toEqual([true, false])
})

describe('names', () => {
  const place = { file: 'x.yaml' }

  test('are compared with what 1C has, tables and columns are not its business', () => {
    const dictionary = Dictionary.of(rows)
    const used = [
      { kind: 'priceType', name: 'Рознична', place },
      { kind: 'warehouse', name: 'Склад w1', place },
      { kind: 'requisite', name: 'Вес', place },
      { kind: 'group', name: 'Мебель', place },
      { kind: 'table', name: 'нет такой', place },
      { kind: 'column', name: 'нет такой', table: 't', place },
    ] as const
    expect(unknownNames(used, dictionary)).toEqual([
      { used: used[0], nothingOfKind: false, suggestion: 'Розничная' },
      { used: used[2], nothingOfKind: true },
      { used: used[3], nothingOfKind: false },
    ])
  })

  test('marked for deletion are not found, unless another row has the name', () => {
    const used = [
      { kind: 'priceType', name: 'Старая', place },
      { kind: 'priceType', name: 'Оптовая', place },
    ] as const
    expect(unknownNames(used, Dictionary.of(rows))).toEqual([{ used: used[0], nothingOfKind: false, deleted: true }])
  })

  test('of requisites are known in every language', () => {
    const dictionary = Dictionary.of([{ kind: 'requisite', value: { id: 'Повне найменування' } }])
    expect(unknownNames([{ kind: 'requisite', name: 'Полное наименование', place }], dictionary)).toEqual([])
  })
})
