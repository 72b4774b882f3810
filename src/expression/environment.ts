import { Environment, type ASTNode } from '@marcbachmann/cel-js'
import { Big } from '../core/decimal.ts'
import type { ItemContext } from '../core/item.ts'
import { Stocks, type Value } from './functions.ts'
import { divide, remainder } from './numbers.ts'

// Far more than anyone writes by hand, and few enough to walk without running out of stack.
const MOST_NODES = 2_000

/** CEL with our one number type. Functions, fields and literals of an expression are given to its nodes by {@link giveMeaning}. */
export function createEnvironment(): Environment {
  const environment = new Environment({ limits: { maxAstNodes: MOST_NODES } })
    .registerType('number', { ctor: Big, fields: {} })
    .registerType('stocks', { ctor: Stocks, fields: {} })
    .registerOperator('number + number', (a: Big, b: Big) => a.plus(b))
    .registerOperator('number - number', (a: Big, b: Big) => a.minus(b))
    .registerOperator('number * number', (a: Big, b: Big) => a.times(b))
    .registerOperator('number / number', divide)
    .registerOperator('number % number', remainder)
    .registerOperator('number == number', (a: Big, b: Big) => a.eq(b))
    .registerOperator('number < number', (a: Big, b: Big) => a.lt(b))
    .registerOperator('number <= number', (a: Big, b: Big) => a.lte(b))
    .registerOperator('number > number', (a: Big, b: Big) => a.gt(b))
    .registerOperator('number >= number', (a: Big, b: Big) => a.gte(b))
  environment.registerOperator('-number', (a: Big) => a.neg())
  return environment
}

/** The type checker of cel-js as a macro meets it. */
export interface Checker {
  /** The CEL type of a node. @throws TypeError of cel-js */
  check(node: ASTNode, context: unknown): { readonly name: string }
  getType(name: string): unknown
}

/** The evaluator of cel-js as a macro meets it. */
export interface Evaluator {
  run(node: ASTNode, context: EvaluationContext): Value
}

/** What an evaluation can see: the item. */
export interface EvaluationContext {
  getValue(name: 'item'): ItemContext
}

/** What a node is, in place of what CEL makes of it: the contract of a cel-js macro. */
export interface Meaning {
  typeCheck(checker: Checker, meaning: unknown, context: unknown): unknown
  evaluate(evaluator: Evaluator, meaning: unknown, context: EvaluationContext): Value
}

/**
 * Gives a parsed node its own check and evaluation. cel-js does exactly this for a call that it knows as a macro; we
 * need it also where it offers none: for literals (exact numbers), `&&` and `||` (CEL swallows errors in them), fields
 * and calls without arguments. `setMeta` is not in the package's types, which is why its version is pinned.
 */
export function giveMeaning(node: ASTNode, meaning: Meaning): void {
  const open = node as unknown as { setMeta(key: string, value: unknown): typeof open }
  open.setMeta('macro', meaning).setMeta('alternate', undefined).setMeta('async', false)
}
