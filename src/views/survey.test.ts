import { expect, test } from 'vitest'
import type {
  DictionaryRow,
  Facet,
  OfferFacts,
  ProductEntry,
  ProductFacts,
  StatedPrice,
  VariantEntry,
} from '../core/catalogue.ts'
import { Dictionary } from '../state/dictionary.ts'
import { surveyBase, type Survey } from './survey.ts'
import type { GapCode } from './survey-items.ts'

const rows: DictionaryRow[] = [
  { kind: 'priceType', value: { id: 'retail', name: 'Розничная', currency: 'руб' } },
  { kind: 'priceType', value: { id: 'old', name: 'Старая', currency: 'руб', deleted: true } },
  { kind: 'warehouse', value: { id: 'w1', name: 'Склад 1', address: '', addressFields: [], contacts: [] } },
  { kind: 'warehouse', value: { id: 'w2', name: 'Склад 2', address: '', addressFields: [], contacts: [] } },
  { kind: 'group', value: { id: 'g', name: 'Одежда' } },
  { kind: 'group', value: { id: 'g1', name: 'Шапки', parentId: 'g' } },
  { kind: 'group', value: { id: 'g2', name: 'Носки', parentId: 'g' } },
  { kind: 'catalogue', value: { id: 'c', name: 'Каталог' } },
  { kind: 'property', value: { id: 'p', name: 'Выгружать на Ozon', values: { y: 'Да', n: 'Нет' } } },
  { kind: 'property', value: { id: 'q', name: 'Хит', values: { y: 'Да', n: 'Нет' } } },
  { kind: 'property', value: { id: 'l', name: 'Длина, см', values: {} } },
  { kind: 'property', value: { id: 'w', name: 'Ширина', values: {} } },
  { kind: 'property', value: { id: 'h', name: 'Высота упаковки', values: {} } },
]
const dictionary = Dictionary.of(rows)

const sound: ProductFacts = {
  name: 'Шапка',
  article: 'A-1',
  barcodes: ['4600000000008'],
  groups: ['g1'],
  description: '',
  properties: [
    { propertyId: 'l', values: ['10'] },
    { propertyId: 'w', values: ['20'] },
    { propertyId: 'h', values: ['0,5'] },
    { propertyId: 'p', values: ['y'] },
  ],
  requisites: [{ name: 'Вес', values: ['0,2'] }],
  vat: '22',
  manufacturer: '',
  brand: '',
  images: ['1.jpg'],
  catalogues: ['c'],
  deleted: false,
}
const offer: OfferFacts = {
  name: 'Шапка (М)',
  article: '',
  barcodes: [],
  attributes: [],
  properties: [],
  requisites: [],
  deleted: false,
}
const price = (amount: string, more: Partial<StatedPrice> = {}): StatedPrice => ({
  typeId: 'retail',
  amount,
  currency: 'руб',
  ratio: '1',
  ...more,
})
const facet = <T>(value: T): Facet<T> => ({ stamp: 1, place: 'f:1', value })

interface Told {
  readonly id?: string
  readonly product?: Partial<ProductFacts> | null
  readonly offer?: Partial<OfferFacts>
  readonly prices?: readonly StatedPrice[]
  readonly byWarehouse?: Record<string, string> | null
  readonly variants?: readonly string[]
}

/** A sound product with one offer in it, and what differs. */
function product({ id = 'a', product: facts = {}, offer: own = {}, prices, byWarehouse, variants }: Told = {}) {
  const variant: VariantEntry = {
    facts: facet({ ...offer, ...own }),
    prices: facet(prices ?? [price('100')]),
    ...(byWarehouse === null ? {} : { stocks: facet({ byWarehouse: byWarehouse ?? { w1: '2', w2: '0' } }) }),
  }
  return {
    id,
    ...(facts === null ? {} : { facts: facet({ ...sound, ...facts }) }),
    variants: Object.fromEntries((variants ?? ['']).map((key) => [key, variant])),
  } satisfies ProductEntry
}

async function survey(...entries: ProductEntry[]): Promise<Survey> {
  async function* batches(): AsyncGenerator<readonly ProductEntry[]> {
    for (const entry of entries) yield await Promise.resolve([entry])
  }
  return surveyBase(batches(), dictionary)
}

test('a sound good has no gap, and everything of it is counted by name', async () => {
  const found = await survey(product())

  expect(found).toEqual({
    products: 1,
    offers: 1,
    variants: 0,
    gone: 0,
    services: 0,
    withoutOffers: 0,
    priceTypes: [{ name: 'Розничная', ids: ['retail'], currencies: ['руб'], offers: 1, zero: 0 }],
    warehouses: [
      { name: 'Склад 1', ids: ['w1'], offers: 1, inStock: 1 },
      { name: 'Склад 2', ids: ['w2'], offers: 1, inStock: 0 },
    ],
    totalsOnly: 0,
    currencies: [{ word: 'руб', prices: 1 }],
    marks: [
      {
        kind: 'property',
        of: 'product',
        name: 'Выгружать на Ozon',
        yes: 1,
        no: 0,
        expression: 'flag(product.property("Выгружать на Ozon"))',
      },
      { kind: 'property', of: 'product', name: 'Хит', yes: 0, no: 0, expression: 'flag(product.property("Хит"))' },
    ],
    groups: [
      {
        id: 'g',
        name: 'Одежда',
        own: 0,
        products: 1,
        groups: [
          { id: 'g2', name: 'Носки', own: 0, products: 0, groups: [] },
          { id: 'g1', name: 'Шапки', own: 1, products: 1, groups: [] },
        ],
      },
    ],
    catalogues: [{ id: 'c', name: 'Каталог', products: 1 }],
    vat: [{ rate: '22', products: 1 }],
    pictures: 1,
    gaps: {},
    repeatedArticles: { texts: 0, times: 0, examples: [] },
    repeatedCodes: { texts: 0, times: 0, examples: [] },
    repeatedBarcodes: { texts: 0, times: 0, examples: [] },
  })
})

const gaps: readonly (readonly [GapCode, Told])[] = [
  ['undescribed', { product: null, offer: { barcodes: ['4600000000008'] } }],
  ['no_article', { product: { article: '' } }],
  ['no_group', { product: { groups: ['unknown'] } }],
  ['no_picture', { product: { images: [] } }],
  ['no_weight', { product: { requisites: [{ name: 'Вес', values: ['0'] }] } }],
  ['no_dimensions', { product: { properties: sound.properties.slice(1) } }],
  ['no_vat', { product: { vat: '' } }],
  ['no_variant_text', { variants: ['v'], offer: { name: 'Шапка' } }],
  ['no_price', { prices: [price('0')] }],
  ['two_prices', { prices: [price('1'), price('2')] }],
  ['never_in_stock', { byWarehouse: null }],
  ['out_of_stock', { byWarehouse: { w1: '0' } }],
  ['negative_stock', { byWarehouse: { w1: '-1', w2: '2' } }],
  ['no_barcode', { product: { barcodes: [] } }],
  ['bad_barcode', { product: { barcodes: ['2000000000001'] } }],
]
test.each(gaps)('%s is found where it is, and only it', async (code, told) => {
  const found = await survey(product(told))

  expect(Object.keys(found.gaps)).toEqual([code])
  expect(found.gaps[code]?.count).toBe(1)
  expect(found.gaps[code]?.examples.map(({ id }) => id)).toEqual([told.variants === undefined ? 'a' : 'a#v'])
})

test('what repeats is counted by text: articles over products, codes and barcodes over offers', async () => {
  const found = await survey(
    product(),
    product({ id: 'b', product: { article: ' a-1' } }),
    product({ id: 'c', product: { article: 'C', barcodes: ['4600000000015'] } }),
  )

  expect(found.repeatedArticles).toEqual({ texts: 1, times: 2, examples: [{ text: 'a-1', times: 2 }] })
  expect(found.repeatedCodes).toEqual({ texts: 1, times: 2, examples: [{ text: 'a-1', times: 2 }] })
  expect(found.repeatedBarcodes).toEqual({ texts: 1, times: 2, examples: [{ text: '4600000000008', times: 2 }] })
})

test('sizes of one product share its article and not its barcode; their text makes the codes differ', async () => {
  const sized: ProductEntry = product({ variants: ['m', 'l'] })
  const l = { ...sized.variants['l'], facts: facet({ ...offer, name: 'Шапка (L)' }) }

  const found = await survey({ ...sized, variants: { ...sized.variants, l } })

  expect(found.variants).toBe(2)
  expect(found.repeatedArticles.texts).toBe(0)
  expect(found.repeatedCodes.texts).toBe(0)
  expect(found.gaps.no_barcode?.count).toBe(2)
})

test('services, deleted goods and goods without offers stand apart', async () => {
  const service = { requisites: [{ name: 'ТипНоменклатуры', values: ['Услуга'] }] }

  const found = await survey(
    product({ product: service }),
    product({ id: 'b', product: { deleted: true } }),
    product({ id: 'c', offer: { deleted: true } }),
    product({ id: 'd', variants: [] }),
  )

  expect(found).toMatchObject({ products: 1, offers: 0, services: 1, gone: 2, withoutOffers: 1 })
})

test('a quantity that is always 1 is no mark, 1 and 0 are one; other words unmake it', async () => {
  const requisites = (pack: string, hit: string, odd: string): Partial<ProductFacts> => ({
    requisites: [
      { name: 'Вес', values: ['1'] },
      { name: 'В упаковке', values: [pack] },
      { name: 'Хит', values: [hit] },
      { name: 'Сезон', values: [odd] },
    ],
  })

  const found = await survey(
    product({ product: requisites('1', '1', 'Да') }),
    product({ product: requisites('1', '0', 'Зима') }),
  )

  expect(found.marks.filter(({ kind }) => kind === 'requisite')).toEqual([
    { kind: 'requisite', of: 'product', name: 'Хит', yes: 1, no: 1, expression: 'flag(product.requisite("Хит"))' },
  ])
})

test('prices and stocks of what no file described are counted without a name; circles of groups end', async () => {
  const circle = Dictionary.of([
    { kind: 'group', value: { id: 'x', name: 'X', parentId: 'y' } },
    { kind: 'group', value: { id: 'y', name: 'Y', parentId: 'x' } },
  ])
  async function* one(): AsyncGenerator<readonly ProductEntry[]> {
    yield await Promise.resolve([product({ product: { groups: ['y'] }, byWarehouse: { w9: '1' } })])
  }

  const found = await surveyBase(one(), circle)

  expect(found.priceTypes).toEqual([{ name: '', ids: ['retail'], currencies: ['руб'], offers: 1, zero: 0 }])
  expect(found.warehouses).toEqual([{ name: '', ids: ['w9'], offers: 1, inStock: 1 }])
  expect(found.groups).toMatchObject([{ name: 'X', products: 1, groups: [{ name: 'Y', products: 1, groups: [] }] }])
})
