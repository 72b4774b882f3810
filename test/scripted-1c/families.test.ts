import { basename, dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exportOf, producers, type Producer } from '../../fixtures/families.ts'
import {
  changedOnly,
  chooseChanges,
  everything,
  generatedBase,
  largeBase,
  type Changes,
} from '../../fixtures/generated-base.ts'
import { statedGoods } from '../../fixtures/stated.ts'
import { offerIdOf, type GoodModel } from '../../fixtures/ut-base.ts'
import type { RunOptions } from '../../fixtures/ut-export.ts'
import { itemId } from '../../src/core/catalogue.ts'
import { readWhole, writeExchangeFile, type ReadFile } from '../../src/formats/commerceml/testing.ts'

const full: RunOptions = { stamp: '2026-01-31T10:00:00', scope: 'full' }
const base = largeBase({ offers: 60, products: 20, prices: 3, warehouses: 3, properties: 5, seed: 3 })
const none: Changes = new Map()

interface ReadRun {
  readonly names: readonly string[]
  readonly files: readonly ReadFile[]
}

async function read(producer: Producer, options: RunOptions = full, changes = none): Promise<ReadRun> {
  const stated = options.scope === 'full' ? everything(base, changes, 9) : changedOnly(base, changes, 9)
  const names: string[] = []
  const files: ReadFile[] = []
  for (const { name, pieces } of exportOf(producer, base.frame, stated, options)) {
    names.push(name)
    files.push(await readWhole(await writeExchangeFile([...pieces].join(''), basename(name)), name))
  }
  return { names, files }
}

function modelGoods(changes = none): GoodModel[] {
  return [...everything(base, changes, 9).read(0, base.offersOf.length)].map(({ good }) => good)
}

/** Offer id → price type → amount, over all files of a run. */
function pricesOf({ files }: ReadRun): Record<string, Record<string, string>> {
  const prices: Record<string, Record<string, string>> = {}
  for (const { decoded } of files) {
    for (const { statement } of decoded) {
      if (statement?.prices === undefined) continue
      const rows = (prices[itemId(statement.productId, statement.variant ?? '')] ??= {})
      for (const { typeId, amount } of statement.prices) rows[typeId] = amount
    }
  }
  return prices
}

/** Offer id → warehouse → quantity, over all files of a run. */
function stocksOf({ files }: ReadRun): Record<string, Record<string, string>> {
  const stocks: Record<string, Record<string, string>> = {}
  for (const { decoded } of files) {
    for (const { statement } of decoded) {
      if (statement?.stocks === undefined) continue
      stocks[itemId(statement.productId, statement.variant ?? '')] = { ...statement.stocks.byWarehouse }
    }
  }
  return stocks
}

function modelPrices(goods: readonly GoodModel[]): Record<string, Record<string, string>> {
  return byOffer(goods, ({ prices }) => Object.fromEntries(prices.map(({ typeId, amount }) => [typeId, amount])))
}

function modelStocks(goods: readonly GoodModel[]): Record<string, Record<string, string>> {
  return byOffer(goods, ({ stocks }) => stocks)
}

function byOffer<T>(goods: readonly GoodModel[], of: (variant: GoodModel['variants'][number]) => T): Record<string, T> {
  return Object.fromEntries(
    goods.flatMap((good) => good.variants.map((variant) => [offerIdOf(good, variant), of(variant)])),
  )
}

function counted({ files }: ReadRun, kind: 'product' | 'offer'): number {
  return files.reduce((sum, { file }) => sum + file.summary.records[kind], 0)
}

describe.each(producers)('a generated base as family %s writes it', (producer) => {
  test('is recognised, every file of it, without a warning', async () => {
    const run = await read(producer)

    expect(run.files.map(({ file }) => file.header.family)).toEqual(run.names.map(() => producer))
    expect(run.files.flatMap(({ file }) => file.summary.warnings)).toEqual([])
  })

  test('states every good, price and quantity of the model', async () => {
    const run = await read(producer)

    const goods = modelGoods()
    const names = run.files.flatMap(({ decoded }) =>
      decoded.flatMap(({ statement }) => (statement?.productFacts === undefined ? [] : [statement.productFacts.name])),
    )
    expect(names).toEqual(goods.map(({ name }) => name))
    expect(pricesOf(run)).toEqual(modelPrices(goods))
    expect(stocksOf(run)).toEqual(modelStocks(goods))
  })

  test('states the same in portions', async () => {
    const run = await read(producer, { ...full, portionSize: 7 })

    const goods = modelGoods()
    expect(counted(run, 'product')).toBe(20)
    expect(pricesOf(run)).toEqual(modelPrices(goods))
    expect(stocksOf(run)).toEqual(modelStocks(goods))
  })

  test('states the changed goods with all their offers in a delta run', async () => {
    const changes = chooseChanges(base.offersOf, 4, 5)

    const run = await read(producer, { ...full, scope: 'delta' }, changes)

    const goods = modelGoods(changes).filter((_, index) => changes.has(index))
    expect(pricesOf(run)).toEqual(modelPrices(goods))
    expect(stocksOf(run)).toEqual(modelStocks(goods))
  })

  test('is the same text for the same seed, and made again each time it is read', () => {
    const text = (): string[] =>
      exportOf(producer, base.frame, everything(base, none, 9), full).map(({ pieces }) => [...pieces].join(''))

    expect(text()).toEqual(text())
    const [file] = exportOf(producer, base.frame, everything(base, none, 9), full)
    expect([...(file?.pieces ?? [])]).toEqual([...(file?.pieces ?? [])])
  })
})

describe('УТ', () => {
  test('writes one stamp into all portions, and says of later portions that they hold changes only', async () => {
    const { names, files } = await read('A', { ...full, portionSize: 7 })

    expect(names).toEqual([
      'webdata/import0_1.xml',
      'webdata/import0_2.xml',
      'webdata/import0_3.xml',
      'webdata/offers0_1.xml',
      'webdata/offers0_2.xml',
      'webdata/offers0_3.xml',
    ])
    expect(new Set(files.map(({ file }) => file.header.stampText))).toEqual(new Set([full.stamp]))
    expect(changesOnly(files)).toEqual([false, true, true, false, true, true])
  })
})

describe('УНФ', () => {
  test('numbers its portions from none, with one stamp and version 2.08 in the namespace of 2.10', async () => {
    const { names, files } = await read('B', { ...full, portionSize: 30 })

    expect(names.map((name) => basename(name))).toEqual(['import.xml', 'offers.xml', 'offers1.xml', 'offers2.xml'])
    expect(names.every((name) => /^webdata - [0-9a-f-]{36}\/[^/]+$/.test(name))).toBe(true)
    expect(files.map(({ file }) => [file.header.version, file.header.stampText])).toEqual(
      files.map(() => ['2.08', full.stamp]),
    )
    expect(changesOnly(files)).toEqual([false, false, true, true])
  })

  test('writes the last offer of a portion with its first price, and again with the others in the next file', async () => {
    const { files } = await read('B', { ...full, portionSize: 30 })

    const offers = files.map(({ decoded }) => decoded.filter(({ record }) => record.kind === 'offer'))
    const [, first = [], second = []] = offers
    const ends = [first.at(-1), second[0]].map((offer) => ({
      id: offer?.record.id,
      prices: offer?.statement?.prices?.map(({ typeId }) => typeId),
    }))
    const types = base.frame.priceTypes.map(({ id }) => id)
    const id = first.at(-1)?.record.id
    expect(ends).toEqual([
      { id, prices: types.slice(0, 1) },
      { id, prices: types.slice(1) },
    ])
    expect(offers.map((each) => each.length)).toEqual([0, 30, 30, 2])
  })

  test('has nothing to split with one price type', () => {
    const small = largeBase({ offers: 6, products: 3, prices: 1, seed: 3 })

    const names = exportOf('B', small.frame, everything(small, none, 1), { ...full, portionSize: 3 })

    expect(names.map(({ name }) => basename(name))).toEqual(['import.xml', 'offers.xml', 'offers1.xml'])
  })

  test('writes an empty Цены where an offer has no price', () => {
    const model = generatedBase(1, 1)
    for (const good of model.goods) for (const variant of good.variants) variant.prices = []

    const texts = exportOf('B', model, statedGoods(model, full), full).map(({ pieces }) => [...pieces].join(''))

    expect(texts.at(-1)?.match(/<Цены\/>/g)).toEqual(['<Цены/>'])
  })
})

describe('the 1C-Bitrix module', () => {
  test('writes packages of four files behind the common information, each with a later stamp', async () => {
    const { names, files } = await read('C', { ...full, portionSize: 10 })

    const short = names.map((name) => `${dirname(name)}/${basename(name).replace(/___[0-9a-f-]{36}\.xml$/, '')}`)
    expect(short).toEqual(
      [
        'import',
        'properties/1/import',
        'properties/1/offers',
        ...[1, 2].flatMap((number) => ['import', 'offers', 'prices', 'rests'].map((kind) => `goods/${number}/${kind}`)),
      ].map((path) => join('webdata/000000001', path)),
    )
    const stamps = files.map(({ file }) => file.header.stamp ?? 0)
    expect(stamps).toEqual([...new Set(stamps)].sort((a, b) => a - b))
    expect(changesOnly(files)).toEqual(files.map(() => true))
  })

  test('keeps price types, warehouses and groups in the common information', async () => {
    const { files } = await read('C')

    const { priceType, warehouse, group, product } = files[0]?.file.summary.records ?? {}
    expect({ priceType, warehouse, group, product }).toEqual({ priceType: 3, warehouse: 3, group: 2, product: 0 })
  })

  test('leaves a zero price out and an empty Цены behind', () => {
    const model = generatedBase(1, 1)
    for (const good of model.goods) {
      for (const variant of good.variants) for (const row of variant.prices) row.amount = '0'
    }

    const texts = exportOf('C', model, statedGoods(model, full), full).map(({ pieces }) => [...pieces].join(''))

    expect(texts.flatMap((text) => text.match(/<Цены\/>/g) ?? [])).toEqual(['<Цены/>'])
  })
})

test('a base of any size gives every good by its index alone', () => {
  const large = largeBase({ offers: 100_000, products: 50_000, seed: 1 })

  const [last] = everything(large, none, 1).read(49_999, 50_000)
  expect([large.offersOf.length, last?.good.article, last?.variants.length]).toEqual([50_000, 'G-050000', 2])
})

test('a good has no more offers than there are sizes and colours', () => {
  expect(() => largeBase({ offers: 71, products: 1, seed: 1 })).toThrow('do not fit')
})

/** What the first section of each file that says anything says of itself. */
function changesOnly(files: readonly ReadFile[]): (boolean | undefined)[] {
  return files.map(({ file }) => Object.values(file.summary.changesOnly)[0])
}
