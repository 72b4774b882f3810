import type { ZodType } from 'zod'
import type { Aspect } from '../core/ledger.ts'

/** What flows between stages. Each stage says what it makes of each kind it takes. */
export type FlowKind =
  | 'file'
  | 'record'
  | 'record-change'
  | 'stored'
  | 'item'
  | 'desired'
  | 'value-change'
  | 'outcome'
  | 'posting'
  | 'order-change'
  | 'order-file'

/** The kind of flow a source starts: `exchange` files, `catalogue` items, `postings` of an account. */
export const SOURCE_FLOW = { exchange: 'file', catalogue: 'item', postings: 'posting' } as const

/** The declaration of a stage as the configuration sees it; validation, lint and reference docs come from it. */
export interface StageSchema {
  /** The verb that names the stage in YAML. */
  readonly type: string
  /** One sentence of user documentation. */
  readonly summary: string
  /** Pure stages come first, then at most one guard, then exactly one stage that commits. */
  readonly role: 'pure' | 'guard' | 'commit'
  /** Strict schema of the options; `map` depends on the aspect it fills. A bare stage name is parsed as `{}`. */
  options(context: { readonly aspect?: Aspect }): ZodType
  /** Consumed kind → produced kind. */
  readonly flows: Readonly<Partial<Record<FlowKind, FlowKind>>>
  /** Options as YAML, each one loads. */
  readonly examples: readonly string[]
}
