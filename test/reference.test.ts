import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { recordsOf } from '../src/app/given-goods.ts'
import { MissingValue, UnusableValue } from '../src/core/item.ts'
import type { ExpressionValue, ResultType } from '../src/core/expression.ts'
import { compileExpression, FUNCTIONS } from '../src/expression/index.ts'
import { itemContext } from '../src/pipeline/item-context.ts'
import { Catalogue } from '../src/state/catalogue.ts'
import { createMemoryStore } from '../src/state/open.ts'
import { CODE_TEXTS } from './reference/code-texts.ts'
import { codesOf, textOf } from './reference/codes.ts'
import { FUNCTION_EXAMPLES, OPERATOR_EXAMPLES } from './reference/expression-examples.ts'
import { nameOf } from './reference/expressions.ts'
import { referenceFiles } from './reference/files.ts'

const ROOT = join(import.meta.dirname, '..')

describe('the reference', () => {
  it('lies as files that are fresh', () => {
    const made = referenceFiles(ROOT)
    const stale = [...made].filter(([name, text]) => readFileSync(join(ROOT, name), 'utf8') !== text)

    expect(
      stale.map(([name]) => name),
      'run: npm run reference',
    ).toEqual([])
  })

  it('says of every code what it means and what to do, and of no other', () => {
    const codes = codesOf(ROOT)
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(ROOT, 'src', name), 'utf8'))
      .join('\n')
    const gone = Object.keys(CODE_TEXTS).filter((code) => {
      const [area, word] = code.split('.')
      return (
        !sources.includes(`'${code}'`) &&
        !(['expression', 'init'].includes(area ?? '') && sources.includes(`'${word}'`))
      )
    })

    expect(
      [...codes.keys()].filter((code) => textOf(code) === undefined),
      'test/reference/code-texts.ts',
    ).toEqual([])
    expect(gone, 'no source has them any more').toEqual([])
  })

  it('has examples of every function', () => {
    expect(Object.keys(FUNCTION_EXAMPLES).toSorted()).toEqual(FUNCTIONS.map(nameOf).toSorted())
  })
})

/** The dress of the examples, as 1C states it. */
async function dress() {
  const catalogue = new Catalogue(createMemoryStore(), 'main')
  const application = await catalogue.begin(1, 'goods')
  const good = {
    name: 'Платье летнее',
    article: 'A-1',
    vat: '20',
    groups: ['Одежда', 'Платья'],
    properties: { 'Выгружать на Ozon': 'Да', Цвет: 'Синий' },
    requisites: { Код: 'НФ-000017' },
    prices: { Розничная: '1490' },
    stocks: { 'Основной склад': '5', 'Склад Подольск': '-2' },
    variants: { S: { characteristics: { Размер: 'S' } } },
  }
  await application.apply(
    recordsOf(new Map([['dress', good]]), [{ kind: 'priceType', name: 'Цена до скидки', place: {} }]),
  )
  await application.finish(1)
  const [entry] = await catalogue.getMany(['dress'])
  if (entry === undefined) throw new Error('the dress is not there')
  const cells: Readonly<Record<string, string>> = { 'ozon-markup/Одежда/коэффициент': '1,35' }
  return itemContext(entry, 'S', {
    dictionary: await catalogue.dictionary(),
    currency: 'RUB',
    currencyOf: () => 'RUB',
    warehouses: [
      { id: '1', from: ['Основной склад'], buffer: 1, hideBelow: 0 },
      { id: '2', from: ['Склад Подольск'], buffer: 0, hideBelow: 0 },
    ],
    openOrders: () => 0,
    lookup: (table, key, column) => cells[`${table}/${key}/${column}`],
    inTable: () => false,
  })
}

const RESULTS: readonly ResultType[] = ['decimal', 'text', 'boolean', 'stocks']

function shown(value: ExpressionValue): string {
  if (value.kind === 'absent') return 'ничего'
  return value.kind === 'stocks' ? JSON.stringify(value.value) : `${value.value}`
}

describe('the examples of expressions', () => {
  const all = [...OPERATOR_EXAMPLES, ...Object.values(FUNCTION_EXAMPLES).flat()]

  it.each(all)('%s gives %s', async (source, gives) => {
    const item = await dress()
    const results = RESULTS.map((expects) => compileExpression(source, { line: 1, column: 1 }, expects))
    const compiled = results.find((result) => result.ok)
    let got: string
    try {
      got = compiled?.ok === true ? shown(compiled.expression.evaluate(item)) : 'not compiled'
    } catch (error) {
      if (!(error instanceof MissingValue || error instanceof UnusableValue)) throw error
      got = `отклонён: ${error.reason.code}`
    }

    expect(got).toBe(gives)
  })
})
