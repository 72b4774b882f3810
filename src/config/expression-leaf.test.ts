import { describe, expect, it } from 'vitest'
import type { ResultType } from '../core/expression.ts'
import { expressionField, isExpression } from './expression-leaf.ts'

describe('an option that holds an expression', () => {
  it.each<[ResultType, unknown, unknown]>([
    ['decimal', 'a * 2\n', { kind: 'expression', source: { text: 'a * 2', place: {} }, expects: 'decimal' }],
    ['decimal', 1250.5, { kind: 'constant', value: '1250.5' }],
    ['decimal', 1e21, { kind: 'constant', value: '1000000000000000000000' }],
    ['decimal', 0.1, { kind: 'constant', value: '0.1' }],
    ['decimal', { text: '1' }, ['an expression or a number is expected']],
    ['decimal', Number.NaN, ['an expression or a number is expected']],
    ['text', { text: 'RUB' }, { kind: 'constant', value: 'RUB' }],
    ['text', 5, ['an expression or a constant text such as { text: RUB } is expected']],
    ['text', { text: 'RUB', more: 1 }, ['Unrecognized key: "more"']],
    ['boolean', true, { kind: 'constant', value: true }],
    ['boolean', 1, ['an expression, true or false is expected']],
    [
      'stocks',
      'byWarehouse()',
      { kind: 'expression', source: { text: 'byWarehouse()', place: {} }, expects: 'stocks' },
    ],
    ['stocks', 5, ['an expression such as byWarehouse() is expected']],
  ])('of %s from %j', (expects, input, expected) => {
    const result = expressionField(expects).safeParse(input)

    expect(result.success ? result.data : result.error.issues.map((issue) => issue.message)).toEqual(expected)
  })

  it('is told from what only looks like it', () => {
    const source = { text: 'a', place: {} }

    expect(
      [{ kind: 'expression', source, expects: 'text' }, { kind: 'constant', value: 1 }, source, null].map(isExpression),
    ).toEqual([true, false, false, false])
  })
})
