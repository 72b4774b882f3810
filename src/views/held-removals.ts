import { columns } from './columns.ts'
import { moment } from './moments.ts'

/** Goods that a complete full export left out, held until a person decides. */
export interface HeldRemovals {
  readonly pipeline: string
  readonly exchange: string
  /** What `obmen held release` and `drop` call it. */
  readonly id: string
  readonly inbox: string
  /** Id of the catalogue in 1C. */
  readonly catalogue: string
  /** Stamp of the export, epoch milliseconds. */
  readonly asOf: number
  /** Clock milliseconds. */
  readonly since: number
  readonly products: { readonly count: number; readonly before: number }
  readonly offers: { readonly count: number; readonly before: number }
  /** Some of them. */
  readonly sample: readonly { readonly id: string; readonly article: string; readonly name: string }[]
  /** Decided on the command line, not yet acted on by the service. */
  readonly decided?: 'release' | 'drop'
}

const SHOWN = 10

/** Held conclusions as text for a terminal; '' when there are none. */
export function heldRemovalsText(held: readonly HeldRemovals[], timezone: string): string {
  return held.map((each) => `${blockOf(each, timezone)}\n`).join('\n')
}

function blockOf(held: HeldRemovals, timezone: string): string {
  const { products, offers, sample } = held
  const state =
    held.decided === undefined
      ? `decide with "obmen held release ${held.pipeline} ${held.id}" or "obmen held drop ${held.pipeline} ${held.id}"`
      : `${held.decided === 'release' ? 'released' : 'dropped'}, waits for the service`
  const more = products.count + offers.count - Math.min(sample.length, SHOWN)
  const rows = sample.slice(0, SHOWN).map(({ id, article, name }) => [article || id, name])
  return [
    `${held.pipeline}: ${held.id}: left out of the full export of ${moment(held.asOf, timezone)} (${held.inbox}):`,
    `  ${products.count} of ${products.before} products, ${offers.count} of ${offers.before} offers; since ${moment(held.since, timezone)}`,
    `  ${state}`,
    ...(rows.length === 0 ? [] : [columns(rows).trimEnd()]),
    ...(more > 0 ? [`  … and ${more} more (products and their offers)`] : []),
  ].join('\n')
}
