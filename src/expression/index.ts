import { ParseError, type Environment, type ParseResult } from '@marcbachmann/cel-js'
import { Big, canonicalDecimal } from '../core/decimal.ts'
import type { CompiledExpression, CompileResult, ExpressionValue, ResultType } from '../core/expression.ts'
import type { Place } from '../core/errors.ts'
import { MissingValue, type ItemContext } from '../core/item.ts'
import { createEnvironment } from './environment.ts'
import { locator, toDiagnostics, type Finding, type Locate } from './finding.ts'
import { Stocks, type Value } from './functions.ts'
import { kindOf, wrongKind, type Kind } from './kind.ts'
import { settled } from './numbers.ts'
import { readStructure, type FoundName } from './structure.ts'
import { explainSyntax } from './syntax.ts'
import { explainTypes } from './types.ts'

export { FIELDS, FUNCTIONS, TEXT_METHODS, usageOf, type FunctionSpec, type Parameter } from './functions.ts'

const environment: Environment = createEnvironment()

/**
 * Compiles and type-checks one expression; all that is wrong with it comes back as diagnostics. `place` is where the
 * first character of `source` stands; the further lines of a YAML block all begin at `continuationColumn` (one-based).
 */
export function compileExpression(
  source: string,
  place: Place,
  expects: ResultType,
  continuationColumn?: number,
): CompileResult {
  const locate = locator(source, place, continuationColumn)
  const refuse = (findings: readonly Finding[]): CompileResult => ({
    ok: false,
    diagnostics: toDiagnostics(findings, locate),
  })
  if (source.trim() === '') {
    return refuse([
      { code: 'expression.empty', message: 'the expression is empty: write one or take the line out', offset: 0 },
    ])
  }
  const parsed = parse(source)
  if (parsed instanceof ParseError) return refuse([explainSyntax(parsed, source)])
  const structure = readStructure(parsed.ast)
  if (structure.findings.length > 0) return refuse(structure.findings)
  const checked = parsed.check()
  if (!checked.valid) {
    if (checked.error === undefined)
      throw new Error(`checking the types of an expression: no error given for ${source}`)
    return refuse([explainTypes(checked.error)])
  }
  const kind = kindOf(checked.type ?? '')
  const wanted: Kind = expects === 'decimal' ? 'number' : expects
  if (kind !== wanted) {
    return refuse([{ code: 'expression.wrong_result', message: wrongKind(kind, wanted), offset: parsed.ast.start }])
  }
  const expression: CompiledExpression = {
    source,
    names: structure.names.map((name) => withPlace(name, locate)),
    evaluate: structure.optional ? (item) => evaluateOptional(parsed, item) : (item) => evaluate(parsed, item),
  }
  return { ok: true, expression }
}

function parse(source: string): ParseResult | ParseError {
  try {
    return environment.parse(source)
  } catch (error) {
    if (error instanceof ParseError) return error
    throw error
  }
}

function withPlace({ offset, ...name }: FoundName, locate: Locate): CompiledExpression['names'][number] {
  return { ...name, place: locate(offset) }
}

function evaluateOptional(parsed: ParseResult, item: ItemContext): ExpressionValue {
  try {
    return evaluate(parsed, item)
  } catch (error) {
    if (error instanceof MissingValue) return { kind: 'absent' }
    throw error
  }
}

function evaluate(parsed: ParseResult, item: ItemContext): ExpressionValue {
  const value = parsed({ item }) as Value
  if (value instanceof Big) return { kind: 'decimal', value: canonicalDecimal(settled(value)) }
  if (value instanceof Stocks) return { kind: 'stocks', value: value.byWarehouse }
  if (typeof value === 'boolean') return { kind: 'boolean', value }
  return { kind: 'text', value: value as string }
}
