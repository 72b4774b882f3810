import type { Reason } from '../core/item.ts'
import type { ItemLabel, ValueChange } from './flows.ts'
import type { UnknownName } from './names.ts'

/** What a committing stage says of one value. */
export interface StageResult {
  readonly key: string
  readonly label: ItemLabel
  readonly state: string
  readonly reason?: Reason
}

/** What one look found. Times are clock milliseconds. */
export interface LookSummary {
  readonly at: number
  readonly tookMs: number
  readonly complete: boolean
  /** Why the look was held: nothing is planned, nothing is sent. */
  readonly held?: LookHold
  readonly planned: number
  /** Held values by code of the rule. */
  readonly heldByCode: ReadonlyMap<string, readonly StageResult[]>
  /** Items the mapping cannot use, by code. */
  readonly rejectedByCode: ReadonlyMap<string, number>
  readonly items: number
}

/** Why a whole look is held. */
export interface LookHold {
  readonly reason: Reason
  readonly unknown: readonly UnknownName[]
  /** 1C has not stated anything of the kind yet: waiting is normal. */
  readonly waitingFor1c: boolean
}

/** What sending one batch came to. */
export interface SendSummary {
  readonly taken: number
  readonly states: ReadonlyMap<string, number>
  readonly heldByCode: ReadonlyMap<string, readonly StageResult[]>
}

/** What a look would do, without doing it. */
export interface LookPreview {
  /** What may go and what guards hold, in the order of lanes. */
  readonly changes: readonly ValueChange[]
  /** Items that the mapping cannot use. */
  readonly rejected: ReadonlyMap<string, { readonly label: ItemLabel; readonly reason: Reason }>
  /** Items that are not for sale, by the sign. */
  readonly absent: ReadonlyMap<string, 'deleted' | 'unselected'>
  /** Items looked at. */
  readonly items: number
  /** Ledger entries of items that the catalogue does not hold. */
  readonly orphans: number
}

/** Why a look is held whose names 1C does not have. */
export function unknownReason(unknown: readonly UnknownName[], waitingFor1c: boolean): Reason {
  const names = [...new Set(unknown.map(({ used }) => `${used.kind} "${used.name}"`))].join(', ')
  return {
    code: waitingFor1c ? 'look.waiting_for_1c' : 'look.unknown_name',
    message: waitingFor1c ? `1C has not stated ${names} yet` : `1C has no ${names}`,
    params: { names },
  }
}

/** Results by the code of their reason. */
export function groupByCode(results: readonly StageResult[]): ReadonlyMap<string, readonly StageResult[]> {
  const groups = new Map<string, StageResult[]>()
  for (const result of results) {
    const code = result.reason?.code ?? ''
    const group = groups.get(code)
    if (group === undefined) groups.set(code, [result])
    else group.push(result)
  }
  return groups
}

/** How many items were rejected for each code. */
export function countByCode(rejected: ReadonlyMap<string, { readonly reason: Reason }>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { reason } of rejected.values()) counts.set(reason.code, (counts.get(reason.code) ?? 0) + 1)
  return counts
}
