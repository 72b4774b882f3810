import type { Diagnostic } from './diagnostic.ts'
import type { Place } from './errors.ts'
import type { ItemContext } from './item.ts'

/** Literal names an expression uses, collected from its syntax tree, each with its place. */
export interface UsedName {
  readonly kind:
    'priceType' | 'warehouse' | 'property' | 'requisite' | 'group' | 'catalogue' | 'characteristic' | 'table' | 'column'
  readonly name: string
  /** Table of a column. */
  readonly table?: string
  /** Of a column: its cells are used as numbers. */
  readonly asNumber?: true
  /** Of a table: which field of 1C its keys are looked up by, where that is one field alone. */
  readonly keyedBy?: TableKey
  readonly place: Place
}

/** Fields that tell an item apart, and may be the keys of a table. */
export type TableKey = 'offer.id' | 'offer.article' | 'product.id' | 'product.article'

/** What an expression may give: `decimal` as decimal text, `stocks` from byWarehouse(). */
export type ResultType = 'decimal' | 'text' | 'boolean' | 'stocks'

/** A value an expression gave. `absent` only from `optional(…)`. */
export type ExpressionValue =
  | { readonly kind: 'decimal'; readonly value: string }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'stocks'; readonly value: Readonly<Record<string, number>> }
  | { readonly kind: 'absent' }

/** An expression of the admin, ready to be evaluated for any item. */
export interface CompiledExpression {
  readonly source: string
  readonly names: readonly UsedName[]
  /** Pure. @throws MissingValue, UnusableValue: the item is rejected with their reason. */
  evaluate(item: ItemContext): ExpressionValue
}

/** A compiled expression, or everything that is wrong with it. */
export type CompileResult =
  | { readonly ok: true; readonly expression: CompiledExpression }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** Compiles and type-checks one expression; `place` is where its first character stands. */
export type Compile = (source: string, place: Place, expects: ResultType) => CompileResult
