import type { Reason } from '../core/item.ts'
import type { Lane } from '../pipeline/flows.ts'
import type { WriteCost } from '../pipeline/write-cost.ts'
import type { ReportItem } from './report-data.ts'

/** What `obmen plan` shows and gives as JSON: what a look would send now. Times are clock milliseconds. */
export interface PlanView {
  readonly at: number
  readonly pipeline: string
  readonly account: string
  /** The marketplace as people call it. */
  readonly marketplace: string
  readonly aspect: 'prices' | 'stocks'
  /** False: the account observes, and this is what an approval would send. */
  readonly approved: boolean
  /** IANA zone of the exchange. */
  readonly timezone: string
  /** `ДатаФормирования` of the newest file applied; absent = nothing came yet. */
  readonly data?: { readonly stamp: number; readonly file: string }
  /** Why nothing can be computed: 1C or the marketplace lacks a name that is used. Everything below is empty then. */
  readonly blocked?: Reason & { readonly names: readonly UnknownName[] }
  /** The ledger was not filled yet: the service first reads what the marketplace holds, and may then send less. */
  readonly readBackFirst: boolean
  /** Items looked at. */
  readonly items: number
  /** What computes each field. */
  readonly rules: readonly PlanRule[]
  readonly cost: WriteCost
  /** What may go, in the order in which it would. */
  readonly send: readonly PlannedValue[]
  readonly held: readonly HeldPlanValue[]
  readonly rejected: readonly PlanRejection[]
}

/** A name of 1C that the configuration uses and 1C does not have; `place` is `file:line:column`. */
export interface UnknownName {
  readonly kind: string
  readonly name: string
  readonly place: string
  readonly suggestion?: string
}

/** An expression or constant of the pipeline; `place` is `file:line:column`. */
export interface PlanRule {
  readonly field: string
  readonly place: string
  readonly text: string
}

/** A value that differs from what the marketplace is known to hold. */
export interface PlannedValue extends ReportItem {
  /** Ledger key. */
  readonly key: string
  /** The article is given with this value: the item has none yet. */
  readonly isNew: boolean
  /** Name and id of the marketplace's warehouse; stocks only. */
  readonly warehouse?: string
  readonly warehouseId?: string
  readonly lane: Lane
  /** What the marketplace accepted last; absent = it accepted nothing yet. */
  readonly before?: unknown
  readonly value: unknown
  /** `file:line:column` of what made the value. */
  readonly rules: readonly string[]
  /** Set when the value is 0 without the mapping: deleted in 1C, not selected any more, or its stock statement is old. */
  readonly zeroedBy?: 'deleted' | 'unselected' | 'stale'
  /** Not before this time: an earlier attempt waits. */
  readonly due?: number
}

/** A value that a guard keeps back; `guard` is where its rule is written: `file:line:column`. */
export interface HeldPlanValue extends PlannedValue {
  readonly reason: Reason
  readonly guard?: string
}

/** An item that cannot be sent as it is. */
export interface PlanRejection extends ReportItem {
  /** Ledger key where the marketplace refused one value; else the item. */
  readonly key: string
  /** Who refuses: our mapping and identity, or the marketplace (tried again once a day). */
  readonly by: 'mapping' | 'identity' | 'marketplace'
  readonly warehouse?: string
  readonly reason: Reason
  /** `file:line` of the statement of 1C that is concerned. */
  readonly place?: string
}

/** What becomes of one value under a configuration; `none`: nothing to send, it is so already or not wanted. */
export type PlanOutcome =
  | { readonly state: 'send'; readonly value: unknown }
  | { readonly state: 'held'; readonly value: unknown; readonly reason: Reason }
  | { readonly state: 'rejected'; readonly reason: Reason }
  | { readonly state: 'none' }

/** A value or item of which an edited configuration makes something else than the one at work. */
export interface PlanDifference extends ReportItem {
  /** Ledger key; the item where both reject it. */
  readonly key: string
  readonly warehouse?: string
  readonly now: PlanOutcome
  readonly edited: PlanOutcome
}
