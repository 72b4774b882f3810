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

const expression = z.string().describe('Выражение.')

/** What may stand in YAML for each type; where there is no constant of it, only an expression. */
const WRITTEN: Readonly<Record<ResultType, (error: string) => z.ZodType<WrittenLeaf, WrittenLeaf>>> = {
  decimal: (error) => z.union([expression, z.number()], { error }),
  text: (error) => z.union([expression, z.strictObject({ text: z.string().describe('Сам текст.') })], { error }),
  boolean: (error) => z.union([expression, z.boolean()], { error }),
  stocks: (error) => z.string({ error }).describe('Выражение.'),
}

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
  return WRITTEN[expects](FORMS[expects]).transform((written): ExpressionLeaf => {
    if (typeof written === 'string') {
      return { kind: 'expression', source: { text: written.trimEnd(), place: {} }, expects }
    }
    return { kind: 'constant', value: constantOf(written) }
  })
}

function constantOf(written: Exclude<WrittenLeaf, string>): string | boolean {
  if (typeof written === 'number') return canonicalDecimal(written)
  return typeof written === 'boolean' ? written : written.text
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
