import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { ExpressionValue, ResultType } from '../src/core/expression.ts'
import { MissingValue, type ItemContext } from '../src/core/item.ts'
import { compileExpression } from '../src/expression/index.ts'

const GUIDE = 'docs/guides/expressions.md'
/** What each key of the examples must give; those of `map`, `select` and `identity` as the configuration demands it. */
const EXPECTED: Readonly<Record<string, ResultType>> = {
  price: 'decimal',
  oldPrice: 'decimal',
  minPrice: 'decimal',
  number: 'decimal',
  select: 'boolean',
  flag: 'boolean',
  identity: 'text',
  text: 'text',
}

const PRICES: Readonly<Record<string, string>> = { Розничная: '1490', Закупочная: '640', 'До скидки': '1990' }
const STOCKS: Readonly<Record<string, number>> = { 'Основной склад': 7, 'Склад Подольск': 2 }
const PROPERTIES: Readonly<Record<string, string>> = { 'Выгружать на Ozon': 'Да', Сезон: 'Лето', 'Вес, кг': '0,35' }
const GROUPS = ['Одежда', 'Футболки']

/** The item of the table at the top of the guide. */
const ITEM: ItemContext = {
  product: {
    id: 'p1',
    article: 'Б-130001',
    name: 'Футболка',
    barcode: '',
    vat: '20',
    unit: 'шт',
    kind: 'Товар',
    brand: 'Луч',
    code: '',
    country: '',
    weight: '',
    packs: '',
    kit: '',
  },
  offer: {
    id: 'p1#o1',
    article: 'Б-130001',
    name: 'Футболка (26/92, красн/бел)',
    barcode: '',
    variantName: '26/92, красн/бел',
  },
  price: (type) => {
    const price = PRICES[type]
    if (price === undefined) throw new MissingValue({ code: 'item.no_price', message: type })
    return price
  },
  hasPrice: (type) => type in PRICES,
  stock: (...names) =>
    String((names.length === 0 ? Object.keys(STOCKS) : names).reduce((sum, name) => sum + (STOCKS[name] ?? 0), 0)),
  everInStock: () => true,
  byWarehouse: () => ({}),
  property: (name) => PROPERTIES[name] ?? '',
  productProperty: (name) => PROPERTIES[name] ?? '',
  offerProperty: () => '',
  requisite: () => '',
  group: (level) => GROUPS[level - 1] ?? '',
  inGroup: (name) => GROUPS.includes(name),
  inCatalogue: () => false,
  characteristic: () => '',
  lookup: (table, key, column) =>
    table === 'ozon-markup' && key === 'Одежда' && column === 'коэффициент' ? '1,3' : undefined,
  inTable: () => false,
}

/** Lines `key: expression # → answer` of the guide. */
const EXAMPLES = readFileSync(join(import.meta.dirname, '..', GUIDE), 'utf8')
  .split('\n')
  .flatMap((line, index) => {
    const [yaml, answer] = line.split(' # → ')
    return answer === undefined ? [] : [{ line: index + 1, yaml: yaml as string, answer }]
  })

test('the guide has examples for ten rules', () => {
  expect(EXAMPLES.length).toBeGreaterThanOrEqual(20)
})

test.each(EXAMPLES)(`${GUIDE}:$line $yaml`, ({ line, yaml, answer }) => {
  const [[key, source] = ['', '']] = Object.entries(parse(yaml) as Record<string, string>)
  const compiled = compileExpression(source, { file: GUIDE, line, column: 1 }, EXPECTED[key] as ResultType)
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ message }) => message).join('; '))

  expect(inWords(compiled.expression.evaluate(ITEM))).toBe(answer)
})

function inWords(value: ExpressionValue): string {
  switch (value.kind) {
    case 'absent':
      return 'нет значения'
    case 'boolean':
      return value.value ? 'да' : 'нет'
    case 'decimal':
      return value.value
    default:
      return JSON.stringify(value.value)
  }
}
