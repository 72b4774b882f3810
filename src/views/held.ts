import type { Reason } from '../core/item.ts'
import type { Aspect } from '../core/ledger.ts'
import { changeText } from './change-text.ts'
import { moment } from './moments.ts'
import { columns } from './columns.ts'

/** A value that a guard keeps from the marketplace until a person has looked. */
export interface HeldValue {
  readonly pipeline: string
  readonly account: string
  readonly aspect: Aspect
  /** Ledger key. */
  readonly key: string
  /** Of the value; decisions are about it. */
  readonly fingerprint: string
  /** 1C's id of the offer. */
  readonly itemId: string
  /** The account's article; absent while the item has none. */
  readonly offerId?: string
  /** The article in 1C. */
  readonly article: string
  readonly name: string
  /** Name of the marketplace's warehouse. */
  readonly warehouse?: string
  /** What the marketplace is known to hold. */
  readonly before?: unknown
  readonly value?: unknown
  readonly reason: Reason
  /** Clock milliseconds. */
  readonly since: number
  /** Decided on the command line, not yet acted on by the service. */
  readonly decided?: 'release' | 'drop'
}

const DECIDED = {
  release: 'released, waits for the service',
  drop: 'dropped, waits for the service',
} as const

/** Held values as a table, by pipeline. */
export function heldText(held: readonly HeldValue[], timezone: string): string {
  if (held.length === 0) return 'nothing is held\n'
  const pipelines = [...new Set(held.map((each) => each.pipeline))]
  return pipelines.map((name) => pipelineText(name, held, timezone)).join('\n')
}

function pipelineText(name: string, all: readonly HeldValue[], timezone: string): string {
  const held = all.filter((each) => each.pipeline === name)
  const rows = held.map((each) => [
    each.offerId ?? (each.article || each.itemId),
    each.name,
    [each.warehouse ?? '', changeText(each.aspect, each.before, each.value)].filter((part) => part !== '').join(': '),
    each.decided === undefined ? `${each.reason.code}: ${each.reason.message}` : DECIDED[each.decided],
    moment(each.since, timezone),
  ])
  const title = `${name}: ${held.length} held`
  return `${title}\n${columns([['ARTICLE', 'NAME', 'CHANGE', 'WHY', 'SINCE'], ...rows])}`
}
