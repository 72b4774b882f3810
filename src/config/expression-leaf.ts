import { z } from 'zod'
import { canonicalDecimal } from '../core/decimal.ts'
import type { ResultType } from '../core/expression.ts'
import type { ExpressionSource } from './model.ts'

/**
 * A value of `map`, as StageUse.options holds it. A YAML string is an expression, numbers and booleans are
 * themselves, `{ text: RUB }` is a constant text. A number where a decimal is expected is held as decimal text.
 */
export type ExpressionLeaf =
  | { readonly kind: 'expression'; readonly source: ExpressionSource; readonly expects: ResultType }
  | { readonly kind: 'constant'; readonly value: string | number | boolean }

/** What may stand in YAML for an {@link ExpressionLeaf}. */
type WrittenLeaf = string | number | boolean | { text: string }

const FORMS: Readonly<Record<ResultType, string>> = {
  decimal: 'an expression or a number is expected',
  text: 'an expression or a constant text such as { text: RUB } is expected',
  boolean: 'an expression, true or false is expected',
  stocks: 'an expression such as byWarehouse() is expected',
}

/**
 * The schema of an option that holds an expression giving `expects`, or a constant of that type. The loader fills in
 * the expression's place and compiles it for the check; for that the option must stay at the path where it was written.
 */
export function expressionField(expects: ResultType): z.ZodType<ExpressionLeaf, WrittenLeaf> {
  const expected = FORMS[expects]
  return z
    .union([z.string(), z.number(), z.boolean(), z.strictObject({ text: z.string() })], { error: expected })
    .transform((written, ctx): ExpressionLeaf => {
      if (typeof written === 'string') {
        return { kind: 'expression', source: { text: written.trimEnd(), place: {} }, expects }
      }
      const value = constantOf(written, expects)
      if (value === undefined) ctx.addIssue({ code: 'custom', message: expected, input: written })
      return value === undefined ? z.NEVER : { kind: 'constant', value }
    })
}

function constantOf(written: Exclude<WrittenLeaf, string>, expects: ResultType): string | boolean | undefined {
  if (typeof written === 'number') return expects === 'decimal' ? canonicalDecimal(written) : undefined
  if (typeof written === 'boolean') return expects === 'boolean' ? written : undefined
  return expects === 'text' ? written.text : undefined
}

/** True for an expression inside the options of a stage. */
export function isExpression(value: unknown): value is Extract<ExpressionLeaf, { kind: 'expression' }> {
  if (typeof value !== 'object' || value === null) return false
  const leaf = value as Partial<Extract<ExpressionLeaf, { kind: 'expression' }>>
  return leaf.kind === 'expression' && typeof leaf.source?.text === 'string' && leaf.expects !== undefined
}

/** True for an expression or a constant that stands in its place. */
export function isLeaf(value: unknown): value is ExpressionLeaf {
  if (isExpression(value)) return true
  const leaf = value as Partial<ExpressionLeaf> | null
  return typeof leaf === 'object' && leaf?.kind === 'constant' && leaf.value !== undefined
}
