import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { MissingValue, UnusableValue, type ItemContext } from '../../src/core/item.ts'
import { isoCurrency } from '../../src/pipeline/currency.ts'
import { itemContext } from '../../src/pipeline/item-context.ts'
import { unknownNames } from '../../src/pipeline/names.ts'
import { createIngest, type Ingest } from './ingest.ts'

/** The fixtures of `fixtures/quirks` from the file to what an expression sees. */
const quirk = (name: string): string => new URL(`../../fixtures/quirks/${name}.xml`, import.meta.url).pathname
const place = { file: 'config/obmen.yaml' }

let opened: Ingest | undefined
afterEach(async () => {
  await opened?.close()
  opened = undefined
})

/** Drops fixtures one after the other, each under its name and path in the inbox. */
async function dropped(...files: readonly (string | readonly [fixture: string, name: string])[]): Promise<Ingest> {
  opened ??= await createIngest()
  for (const file of files) {
    const [fixture, name] = typeof file === 'string' ? [file, `${file}.xml`] : file
    await opened.dropFile(name, quirk(fixture))
  }
  return opened
}

async function item(
  { catalogue }: Ingest,
  productId: string,
  variant = '',
  currencies: Readonly<Record<string, string>> = {},
): Promise<ItemContext> {
  const [entry] = await catalogue.getMany([productId])
  return itemContext(entry ?? { id: productId, variants: {} }, variant, {
    dictionary: await catalogue.dictionary(),
    currency: 'RUB',
    currencyOf: (word) => isoCurrency(word, new Map(Object.entries(currencies))),
    warehouses: [],
    openOrders: () => 0,
    lookup: () => undefined,
    inTable: () => false,
  })
}

/** The value, or the code that an item is rejected with. */
function outcome(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    if (error instanceof MissingValue || error instanceof UnusableValue) return error.reason.code
    throw error
  }
}

async function pricesOf({ catalogue }: Ingest, productId: string): Promise<unknown> {
  const [entry] = await catalogue.getMany([productId])
  return entry?.variants['']?.prices?.value.map(({ typeId, amount }) => `${typeId} ${amount}`).sort()
}

describe('prices', () => {
  test.each([
    [['price-split-over-portions-1', 'price-split-over-portions-2']],
    [['price-split-over-portions-2', 'price-split-over-portions-1']],
  ])('of one offer in several portions add up: %j', async (order) => {
    const ingest = await dropped(...order)

    expect(await pricesOf(ingest, 't1')).toEqual(['r1 10', 'r2 8'])
  })

  test('stay where a package of stocks alone comes later, and go where a package lists price types', async () => {
    const ingest = await dropped('price-of-a-pack', 'stocks-only-family-d')
    expect(await pricesOf(ingest, 't1')).toEqual(['r1 120'])

    const later = readFileSync(quirk('prices-absent-family-d'), 'utf8').replace('T14:00', 'T15:00')
    await ingest.drop('later.xml', later)
    expect(await pricesOf(ingest, 't1')).toEqual([])
  })

  test('of 0 and two different ones reject the item with the cause', async () => {
    const zero = await item(await dropped('prices-absent-family-d', 'zero-price'), 't1')
    expect(outcome(() => zero.price('Розничная'))).toBe('item.no_price')

    const other = await createIngest()
    await other.dropFile('types.xml', quirk('user-named-currencies'))
    await other.dropFile('twice.xml', quirk('two-prices-one-type'))
    const twice = await item(other, 't1')
    expect(outcome(() => twice.price('Розничная'))).toBe('item.two_prices')
    await other.close()
  })

  test('in a currency of the base’s own are read by the table of the exchange alone', async () => {
    const ingest = await dropped('user-named-currencies')
    const outcomes = async (currencies: Readonly<Record<string, string>>): Promise<unknown> =>
      Promise.all(
        ['t1', 't2', 't3', 't4', 't5', 't6'].map(async (id) => {
          const context = await item(ingest, id, '', currencies)
          return outcome(() => context.price('Розничная'))
        }),
      )

    expect(await outcomes({})).toEqual(['10', '10', '10', '10', 'item.currency', 'item.currency'])
    expect(await outcomes({ PRO: 'RUB', руб: 'KZT' })).toEqual([
      'item.currency',
      '10',
      '10',
      '10',
      '10',
      'item.currency',
    ])
  })
})

test('updates by product and variant reach the offer that a package stated', async () => {
  const ingest = await dropped('changes-package-twice')
  const [first, second] = await ingest.catalogue.getMany(['t1', 't2'])

  expect(Object.entries(first?.variants ?? {}).map(([key, { stocks }]) => [key, stocks?.value.total])).toEqual([
    ['x1', '1'],
    ['x2', '2'],
  ])
  expect(second?.variants['']?.stocks?.value.total).toBe('3')
})

test.each([[['unit-as-text', 'units-dictionary']], [['units-dictionary', 'unit-as-text']]])(
  'a unit is named by its dictionary, whichever file comes first: %j',
  async (order) => {
    const ingest = await dropped(...order)

    expect((await item(ingest, 't1')).product.unit).toBe('шт')
    expect((await item(ingest, 't2')).product.unit).toBe('')
    expect((await item(ingest, 't3')).product.unit).toBe('рулон')
  },
)

test('a value of a dictionary of an earlier file is read as its text', async () => {
  const ingest = await dropped('boolean-property')

  expect((await item(ingest, 't1')).property('Выгружать на Ozon')).toBe('Да')
})

test('a name that 1C marked for deletion is unknown to rules', async () => {
  const ingest = await dropped('dictionary-rows-deleted')
  const used = [
    { kind: 'priceType', name: 'Акция', place },
    { kind: 'warehouse', name: 'Старый склад', place },
    { kind: 'property', name: 'Цвет', place },
    { kind: 'group', name: 'Старая', place },
  ] as const

  const unknown = unknownNames(used, await ingest.catalogue.dictionary())

  expect(unknown.map(({ used: { name }, deleted: mark }) => [name, mark])).toEqual([
    ['Акция', true],
    ['Старый склад', true],
    ['Цвет', true],
    ['Старая', true],
  ])
})

test('a requisite is found by its Russian name in the base of a Ukrainian session', async () => {
  const ingest = await dropped('ukrainian-session', 'english-session')
  const used = [{ kind: 'requisite', name: 'Полное наименование', place }] as const

  expect(unknownNames(used, await ingest.catalogue.dictionary())).toEqual([])
  expect((await item(ingest, 't1')).requisite('Полное наименование')).toBe('T-shirt, white')
})

test('ids that JavaScript has a meaning for keep what was stated of them', async () => {
  const ingest = await dropped('ids-of-all-kinds', 'warehouse-called-proto')
  const [proto, second, first] = await ingest.catalogue.getMany(['__proto__', 't2', 't1'])

  expect(proto?.variants['']?.stocks?.value.total).toBe('1')
  expect(Object.keys(second?.variants ?? {})).toEqual(['__proto__'])
  expect(Object.entries(first?.variants['']?.stocks?.value.byWarehouse ?? {})).toEqual([
    ['__proto__', '3'],
    ['constructor', '4'],
  ])
})

test('documents change nothing in the catalogue', async () => {
  const ingest = await dropped('document-of-ut', 'document-of-bitrix', 'document-without-id')

  expect(await ingest.catalogue.count()).toBe(0)
})
