import { describe, expect, it } from 'vitest'
import { formatDiagnostic } from '../core/diagnostic.ts'
import { formatPlace } from '../core/errors.ts'
import type { CompiledExpression, ExpressionValue, ResultType } from '../core/expression.ts'
import { MissingValue, UnusableValue, type ItemContext } from '../core/item.ts'
import { compileExpression, FUNCTIONS } from './index.ts'

const PRICES: Readonly<Record<string, string>> = { Розничная: '1490', Оптовая: '0.1', Закупка: '0.2' }
const PROPERTIES: Readonly<Record<string, string>> = {
  'Выгружать на Ozon': 'Да',
  Вес: '1 250,5',
  Размер: '44 / 46 / рост 170',
  Цвет: 'Тёмно-синий',
}
const CELLS: Readonly<Record<string, string>> = {
  'ozon-markup/Обувь/коэффициент': '1,35',
  'ozon-markup/Обувь/пусто': '',
  'ozon-markup/Обувь/заметка': 'как есть',
}

function missing(code: string): MissingValue {
  return new MissingValue({ code, message: code })
}

function sampleItem(changes: Partial<ItemContext> = {}): ItemContext {
  return {
    product: {
      id: 'p1',
      article: '0042',
      name: 'Платье',
      barcode: '4600000000012',
      vat: '20',
      unit: 'шт',
      kind: 'Товар',
      brand: '',
      code: 'НФ-00000017',
      country: 'РОССИЯ',
      weight: '0.35',
      packs: 'кор 40',
      kit: '',
    },
    offer: { id: 'p1#o1', article: '0042-S', name: 'Платье (S)', barcode: '4600000000029', variantName: 'Синий, S' },
    price(type) {
      const price = PRICES[type]
      if (type === 'Две') throw new UnusableValue({ code: 'item.two_prices', message: 'two' })
      if (price === undefined) throw missing('item.no_price')
      return price
    },
    hasPrice: (type) => type in PRICES,
    stock: (...warehouses) => (warehouses.length === 0 ? '7.5' : String(warehouses.length)),
    everInStock: () => true,
    byWarehouse: () => ({ '101': 3, '102': 0 }),
    property: (name) => PROPERTIES[name] ?? '',
    productProperty: (name) => `product ${name}`,
    offerProperty: (name) => `offer ${name}`,
    requisite: (name) => `requisite ${name}`,
    group: (level) => ['Обувь', 'Сапоги'][level - 1] ?? '',
    inGroup: (name) => name === 'Обувь',
    inCatalogue: (name) => name === 'Основной',
    characteristic: (name) => `characteristic ${name}`,
    lookup: (table, key, column) => CELLS[`${table}/${key}/${column}`],
    inTable: (table, key) => `${table}/${key}` === 'ozon-stop/p1#o1',
    ...changes,
  }
}

function compiled(source: string, expects: ResultType): CompiledExpression {
  const result = compileExpression(source, { file: 'x.yaml', line: 1, column: 1 }, expects)
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'))
  return result.expression
}

function evaluate(source: string, expects: ResultType, item = sampleItem()): ExpressionValue {
  return compiled(source, expects).evaluate(item)
}

/** Code of the reason and class of what an expression throws. */
function rejection(source: string, expects: ResultType, item = sampleItem()): unknown {
  try {
    return evaluate(source, expects, item)
  } catch (error) {
    if (error instanceof MissingValue || error instanceof UnusableValue) return [error.name, error.reason]
    throw error
  }
}

const DECIMALS: readonly (readonly [string, string])[] = [
  ['12', '12'],
  ['007.50', '7.5'],
  ['1.5e3', '1500'],
  ['0.1 + 0.2', '0.3'],
  ['price("Оптовая") + price("Закупка")', '0.3'],
  ['1.15 * 100', '115'],
  ['price("Розничная") * 2', '2980'],
  ['price("Розничная") * 1.2', '1788'],
  ['1.2 * price("Розничная")', '1788'],
  ['price("Розничная") - 0.01', '1489.99'],
  ['-price("Розничная") + 2', '-1488'],
  ['- -2', '2'],
  ['0 * -1', '0'],
  ['10 / 4', '2.5'],
  ['2000 / 1.2 * 1.2', '2000'],
  ['7 % 4', '3'],
  ['9007199254740993 * 1', '9007199254740993'],
  ['2 + 3 * 4 - (1 - 6)', '19'],
  ['price("Розничная") * lookup("ozon-markup", product.group(1), "коэффициент", 1.25)', '2011.5'],
  ['price("Розничная") * lookup("ozon-markup", product.group(2), "коэффициент", 1.25)', '1862.5'],
  ['lookup("ozon-markup", product.group(1), "пусто", 2)', '2'],
  ['number(lookup("ozon-markup", product.group(1), "коэффициент"))', '1.35'],
  ['roundUp(price("Розничная") * 1.25, 10)', '1870'],
  ['roundUp(1870, 10)', '1870'],
  ['roundUp(2000 / 1.2 * 1.2, 10)', '2000'],
  ['roundUp(-15, 10)', '-10'],
  ['roundUp(0.301, 0.05)', '0.35'],
  ['roundUp(10, 7)', '14'],
  ['round(1494.99, 10)', '1490'],
  ['round(1495, 10)', '1500'],
  ['round(1.005, 0.01)', '1.01'],
  ['round(-1495, 10)', '-1500'],
  ['floor(7.9)', '7'],
  ['floor(-7.1)', '-8'],
  ['floor(-7)', '-7'],
  ['floor(10 / 3 * 3)', '10'],
  ['min(3, 1.5, 2)', '1.5'],
  ['max(3, price("Розничная"))', '1490'],
  ['stock()', '7.5'],
  ['stock("Основной склад")', '1'],
  ['stock("Основной склад", "Приёмка")', '2'],
  ['number(property("Вес"))', '1250.5'],
  ['first(price("Акция"), price("Розничная"))', '1490'],
  ['first(price("Розничная"), price("Две"))', '1490'],
  ['first(number(property("Нет")), price("Акция"), 5)', '5'],
  ['first(price("Акция") * 2, lookup("ozon-markup", product.group(1), "коэффициент", 0)) + 1', '2.35'],
  ['optional(price("Розничная"))', '1490'],
  ['hasPrice("Акция") ? price("Акция") : price("Розничная")', '1490'],
  ['price("Розничная") > 1000 ? 1 : 0.5', '1'],
  ['price("Розничная") // the retail one', '1490'],
]

const TEXTS: readonly (readonly [string, string])[] = [
  ['"0042"', '0042'],
  [`'в "кавычках"'`, 'в "кавычках"'],
  ['product.id + offer.id', 'p1p1#o1'],
  ['product.article + "-" + offer.article', '0042-0042-S'],
  ['product.name + offer.name', 'ПлатьеПлатье (S)'],
  ['product.barcode + offer.barcode', '46000000000124600000000029'],
  ['product.vat + product.unit + product.kind + product.brand', '20штТовар'],
  ['product.code + " " + product.country + " " + product.packs', 'НФ-00000017 РОССИЯ кор 40'],
  ['offer.variantName == "" ? product.article : product.article + "-" + slug(offer.variantName)', '0042-Siniy-S'],
  ['property("Цвет")', 'Тёмно-синий'],
  ['property("Нет такого")', ''],
  ['product.property("Цвет")', 'product Цвет'],
  ['offer.property("Цвет")', 'offer Цвет'],
  ['product.requisite("Вес")', 'requisite Вес'],
  ['offer.characteristic("Размер")', 'characteristic Размер'],
  ['product.group(1) + "/" + product.group(2) + "/" + product.group(3)', 'Обувь/Сапоги/'],
  ['lookup("ozon-ids", offer.id, "offer_id", "")', ''],
  ['lookup("ozon-markup", "Обувь", "заметка")', 'как есть'],
  ['lookup("ozon-markup", "Обувь", "пусто", product.article)', '0042'],
  ['part(property("Размер"), "/", 2)', '46'],
  ['part(property("Размер"), "/", 4)', ''],
  ['part(property("Размер"), "", 1)', '44 / 46 / рост 170'],
  ['slug("Щука №5: «Ёж», Ґанок/їжак")', 'Schuka-No5-Ezh-Ganok-yizhak'],
  ['slug("  été -- Été  ")', 'ete-Ete'],
  ['slug("и\u0306од")', 'yod'],
  ['slug("™…")', 'TM'],
  ['shortId("")', '47DEQpj8HBSa-_TImW-5JA'],
  ['lower("ПЛАТЬЕ")', 'платье'],
  ['upper("платье")', 'ПЛАТЬЕ'],
  ['trim("  a b ")', 'a b'],
  ['first(lookup("ozon-markup", "Нет", "заметка"), product.article)', '0042'],
]

const BOOLEANS: readonly (readonly [string, boolean])[] = [
  ['true', true],
  ['0.1 + 0.2 == 0.3', true],
  ['1.10 == 1.1', true],
  ['1 != 1.0', false],
  ['price("Розничная") >= 1490 && price("Розничная") <= 1490', true],
  ['price("Розничная") < 1490 || price("Розничная") > 1490', false],
  ['flag(property("Выгружать на Ozon")) && !inTable("ozon-stop", offer.id)', false],
  ['!flag("нет")', true],
  ['flag(" ДА ") && flag("true") && flag("1") && flag("Истина") && flag("yes")', true],
  ['flag("") || flag("Нет") || flag("false") || flag("0") || flag("ложь") || flag("no")', false],
  ['hasPrice("Розничная")', true],
  ['hasPrice("Розничная", "Акция")', false],
  ['everInStock()', true],
  ['product.inGroup("Обувь") && !product.inGroup("Сапоги")', true],
  ['product.inCatalogue("Основной")', true],
  ['product.name.startsWith("Пла") && product.name.endsWith("тье") && product.name.contains("ать")', true],
  ['product.vat == "20"', true],
  ['product.vat in ["10", "20"]', true],
  ['2 in [1, 2.0]', true],
  ['"a" in []', false],
  ['false && price("Две") > 1', false],
  ['true || price("Две") > 1', true],
  ['product.kit == "" ? number(product.weight) < 1 : false', true],
  ['product.brand == "" ? true : flag(product.brand)', true],
]

describe('compileExpression', () => {
  it.each(DECIMALS)('%s gives the number %s', (source, value) => {
    expect(evaluate(source, 'decimal')).toEqual({ kind: 'decimal', value })
  })

  it.each(TEXTS)('%s gives the text %s', (source, value) => {
    expect(evaluate(source, 'text')).toEqual({ kind: 'text', value })
  })

  it.each(BOOLEANS)('%s gives %s', (source, value) => {
    expect(evaluate(source, 'boolean')).toEqual({ kind: 'boolean', value })
  })

  it('gives stocks by warehouse', () => {
    const stocks = { kind: 'stocks', value: { '101': 3, '102': 0 } }

    expect(evaluate('byWarehouse()', 'stocks')).toEqual(stocks)
    expect(evaluate('first(byWarehouse(), byWarehouse())', 'stocks')).toEqual(stocks)
  })

  it('has a case for every function of the language', () => {
    const cases = [...DECIMALS, ...TEXTS, ...BOOLEANS].map(([source]) => source)
    const untested = FUNCTIONS.map(({ owner, name }) =>
      owner === undefined ? `${name}(` : `${owner}.${name}(`,
    ).filter((call) => call !== 'byWarehouse(' && !cases.some((source) => source.includes(call)))

    expect(untested).toEqual([])
  })

  it('evaluates 100,000 items in about a second', () => {
    const expression = compiled('roundUp(price("Розничная") * 1.25, 10)', 'decimal')
    const item = sampleItem()

    const start = performance.now()
    for (let count = 0; count < 100_000; count++) expression.evaluate(item)

    // Well under a second on an idle machine; the bound leaves room for a busy one.
    expect(performance.now() - start).toBeLessThan(5_000)
  })
})

describe('a missing value', () => {
  it('rejects the item', () => {
    expect(rejection('price("Акция")', 'decimal')).toEqual([
      'MissingValue',
      { code: 'item.no_price', message: 'item.no_price' },
    ])
  })

  it.each([
    'price("Акция") > 5 || true',
    'true && price("Акция") > 5',
    'price("Акция") > 5 && false',
    'false || price("Акция") > 5',
    '(price("Акция") > 5 && false) || true',
    'price("Акция") in [1, 2] || true',
    'price("Акция") > 5 ? true : true',
    '!(price("Акция") > 5 || true)',
    'first(1, 2) == 1 && price("Акция") == 1',
  ])('is not hidden by CEL in %s', (source) => {
    expect(rejection(source, 'boolean')).toEqual(['MissingValue', { code: 'item.no_price', message: 'item.no_price' }])
  })

  it('is caught by first, the last one missing says why', () => {
    const item = sampleItem({
      price: (type) => {
        throw missing(`item.no_${type}`)
      },
    })

    expect(rejection('first(price("a"), price("b"))', 'decimal', item)).toEqual([
      'MissingValue',
      { code: 'item.no_b', message: 'item.no_b' },
    ])
    expect(rejection('first(price("a") > 1 || true, true)', 'boolean', item)).toEqual({ kind: 'boolean', value: true })
  })

  it('is nothing at all inside optional', () => {
    expect(evaluate('optional(price("Акция"))', 'decimal')).toEqual({ kind: 'absent' })
    expect(evaluate('(optional(price("Розничная") * 2 + price("Акция")))', 'decimal')).toEqual({ kind: 'absent' })
  })

  it.each([
    [
      'lookup("ozon-markup", "Нет", "коэффициент")',
      'text',
      'MissingValue',
      {
        code: 'item.no_table_row',
        message: 'table ozon-markup has no коэффициент for Нет',
        params: { table: 'ozon-markup', key: 'Нет', column: 'коэффициент' },
      },
    ],
    [
      'lookup("ozon-markup", "Обувь", "пусто")',
      'text',
      'MissingValue',
      {
        code: 'item.no_table_row',
        message: 'table ozon-markup has no пусто for Обувь',
        params: { table: 'ozon-markup', key: 'Обувь', column: 'пусто' },
      },
    ],
    [
      'number(" ")',
      'decimal',
      'MissingValue',
      { code: 'item.bad_number', message: '" " is no number', params: { text: ' ' } },
    ],
  ] as const)('is what %s gives', (source, expects, name, reason) => {
    expect(rejection(source, expects)).toEqual([name, reason])
  })
})

describe('an unusable value', () => {
  it.each([
    [
      'lookup("ozon-markup", "Обувь", "заметка", 1)',
      'decimal',
      {
        code: 'item.bad_table_cell',
        message: 'table ozon-markup, row Обувь, column заметка: "как есть" is no number',
        params: { table: 'ozon-markup', key: 'Обувь', column: 'заметка', text: 'как есть' },
      },
    ],
    [
      'number("12 шт")',
      'decimal',
      { code: 'item.bad_number', message: '"12 шт" is no number', params: { text: '12 шт' } },
    ],
    [
      'flag("может быть")',
      'boolean',
      { code: 'item.bad_flag', message: '"может быть" is neither yes nor no', params: { text: 'может быть' } },
    ],
    ['1 / (2 - 2)', 'decimal', { code: 'item.division_by_zero', message: 'division by zero' }],
    ['1 % 0', 'decimal', { code: 'item.division_by_zero', message: 'division by zero' }],
    [
      'round(5, 1 - 1)',
      'decimal',
      { code: 'item.bad_step', message: 'a step must be greater than zero, got 0', params: { text: '0' } },
    ],
    [
      'roundUp(5, stock() - 8)',
      'decimal',
      { code: 'item.bad_step', message: 'a step must be greater than zero, got -0.5', params: { text: '-0.5' } },
    ],
    ['first(price("Две"), 1)', 'decimal', { code: 'item.two_prices', message: 'two' }],
    ['optional(price("Две"))', 'decimal', { code: 'item.two_prices', message: 'two' }],
    ['price("Две") > 1 || true', 'boolean', { code: 'item.two_prices', message: 'two' }],
  ] as const)('rejects the item in %s', (source, expects, reason) => {
    expect(rejection(source, expects)).toEqual(['UnusableValue', reason])
  })
})

it('lets a fault of the program through, whatever stands around it', () => {
  const fault = new RangeError('a bug')
  const item = sampleItem({
    price: () => {
      throw fault
    },
  })

  for (const source of ['price("a") > 1 || true', 'first(price("a"), 1) == 1', 'price("a") + 1 > 0 && false']) {
    expect(() => evaluate(source, 'boolean', item)).toThrow(fault)
  }
  expect(() => evaluate('optional(price("a"))', 'decimal', item)).toThrow(fault)
})

it('asks the item only for what the expression reaches', () => {
  const asked: string[] = []
  const item = sampleItem({
    lookup: (table) => {
      asked.push(table)
      return '2'
    },
    price: (type) => {
      asked.push(type)
      return '1'
    },
  })

  expect(evaluate('lookup("t", "k", "c", price("default"))', 'decimal', item)).toEqual({ kind: 'decimal', value: '2' })
  expect(evaluate('first(price("a"), price("b"))', 'decimal', item)).toEqual({ kind: 'decimal', value: '1' })
  expect(asked).toEqual(['t', 'a'])
})

describe('names', () => {
  it('are collected wherever they stand, in the order of the source', () => {
    const source = [
      'false && price("Акция") > stock("Склад 1", "Склад 2")',
      '? property("Цвет") == product.property("Цвет 1") || offer.property("Цвет 2") == product.requisite("Вес")',
      ': product.inGroup("Обувь") || product.inCatalogue("Основной") || offer.characteristic("Размер") == ""',
      '  || inTable("stop", offer.id) || lookup("ids", lookup("keys", offer.id, "key"), "id") == "" || hasPrice("A", "B")',
    ].join('\n')

    const result = compileExpression(source, { file: 'p.yaml', line: 10, column: 20 }, 'boolean', 7)

    expect(result).toMatchObject({ ok: true })
    const names = result.ok ? result.expression.names : []
    expect(names.map(({ place, table, kind, name }) => [formatPlace(place), kind, name, table])).toEqual([
      ['p.yaml:10:35', 'priceType', 'Акция', undefined],
      ['p.yaml:10:52', 'warehouse', 'Склад 1', undefined],
      ['p.yaml:10:63', 'warehouse', 'Склад 2', undefined],
      ['p.yaml:11:18', 'property', 'Цвет', undefined],
      ['p.yaml:11:46', 'property', 'Цвет 1', undefined],
      ['p.yaml:11:74', 'property', 'Цвет 2', undefined],
      ['p.yaml:11:105', 'requisite', 'Вес', undefined],
      ['p.yaml:12:25', 'group', 'Обувь', undefined],
      ['p.yaml:12:57', 'catalogue', 'Основной', undefined],
      ['p.yaml:12:93', 'characteristic', 'Размер', undefined],
      ['p.yaml:13:20', 'table', 'stop', undefined],
      ['p.yaml:13:48', 'table', 'ids', undefined],
      ['p.yaml:13:62', 'table', 'keys', undefined],
      ['p.yaml:13:80', 'column', 'key', 'keys'],
      ['p.yaml:13:88', 'column', 'id', 'ids'],
      ['p.yaml:13:112', 'priceType', 'A', undefined],
      ['p.yaml:13:117', 'priceType', 'B', undefined],
    ])
  })
})
