import { Big } from '../core/decimal.ts'
import type { Reason } from '../core/item.ts'
import type { Aspect } from '../core/ledger.ts'
import type { PriceValue, StockValue, Writer } from '../core/marketplace.ts'
import type { Ledger } from '../state/ledger.ts'
import type { Change, Namespace, Store } from '../state/store.ts'
import type { ItemLabel, Lane } from './flows.ts'
import { Plan } from './plan.ts'
import type { ReadBack } from './read-back.ts'

/** A rejection that stands: the mapping or the marketplace cannot use the item as it is. Kept for reports. */
export interface Rejection {
  readonly itemId: string
  readonly warehouseId?: string
  readonly label: ItemLabel
  readonly reason: Reason
  /** Clock milliseconds when this reason first appeared. */
  readonly since: number
}

/** A person's word on a held value: send it, or keep what the marketplace has. `at` is clock milliseconds. */
export interface HeldDecision {
  readonly fingerprint: string
  readonly decision: 'release' | 'drop'
  readonly at: number
}

const HOUR = 3_600_000

/** One aspect of one account at run time: its ledger, plan, rejections and what its share guards count. */
export class AspectRuntime {
  readonly aspect: Aspect
  readonly ledger: Ledger
  readonly writer: Writer<unknown>
  #plan = new Plan()
  readonly #store: Store
  readonly #rejections: Namespace<Rejection>
  /** When a key was last on its way to the marketplace: for intervals per item. */
  readonly #lastSent = new Map<string, number>()
  /** When the marketplace answered about a key: for rates per item. */
  readonly #answered = new Map<string, number[]>()
  #sweptAt = 0
  readonly #zeroed = new Map<string, number>()
  /** Entries of the ledger, as counted at the last complete look. */
  population = 0
  /** Ledger entries whose item the catalogue does not hold, as counted at the last complete look. */
  orphans = 0
  /** What a person decided last on the held value of a key. */
  decisions: ReadonlyMap<string, HeldDecision> = new Map()

  /** Absent = what the marketplace held before us is never asked for. */
  readonly readBack: ReadBack | undefined

  constructor(
    aspect: Aspect,
    store: Store,
    ledger: Ledger,
    rejectionsNamespace: string,
    writer: Writer<unknown>,
    readBack?: ReadBack,
  ) {
    this.aspect = aspect
    this.ledger = ledger
    this.writer = writer
    this.readBack = readBack
    this.#store = store
    this.#rejections = store.namespace(rejectionsNamespace)
  }

  get plan(): Plan {
    return this.#plan
  }

  /**
   * Forgets what was planned under another configuration: the new one is looked at as a whole before anything is sent by
   * it. When keys were sent stays known, for intervals, rates and shares. Nothing may be sending.
   */
  planAnew(): void {
    this.#plan = new Plan()
  }

  /** Keys whose stock went to 0 within the last hour. */
  zeroedSince(now: number): number {
    for (const [key, at] of this.#zeroed) if (at <= now - HOUR) this.#zeroed.delete(key)
    return this.#zeroed.size
  }

  noteZeroed(key: string, at: number): void {
    this.#zeroed.set(key, at)
  }

  /**
   * Counts the ledger for a complete look: the population and, after a restart, the zeros of the last hour. Resolves to
   * the items that it holds.
   */
  async countLedger(now: number): Promise<ReadonlySet<string>> {
    const items = new Set<string>()
    let population = 0
    for await (const [key, { itemId, accepted }] of this.ledger.entries()) {
      population++
      items.add(itemId)
      if (accepted === undefined || accepted.since <= now - HOUR || accepted.before === undefined) continue
      if (isZeroValue(this.aspect, accepted.value) && !isZeroValue(this.aspect, accepted.before)) {
        this.#zeroed.set(key, accepted.since)
      }
    }
    this.population = population
    return items
  }

  /**
   * Notes that keys were sent. A send that failed as a whole counts for the interval only, not for the rate. `window`:
   * the period of that rate, clock milliseconds; 0 = there is none.
   */
  noteSent(keys: readonly string[], now: number, how: 'answered' | 'failed', window: number): void {
    this.#sweep(now, window)
    for (const key of keys) {
      if (this.writer.minInterval > 0) this.#lastSent.set(key, now)
      if (how === 'failed' || window === 0) continue
      const times = (this.#answered.get(key) ?? []).filter((at) => at > now - window)
      times.push(now)
      this.#answered.set(key, times)
    }
  }

  /** Forgets, once an hour, what no longer holds any key back. */
  #sweep(now: number, window: number): void {
    if (now - this.#sweptAt < HOUR) return
    this.#sweptAt = now
    for (const [key, at] of this.#lastSent) if (at <= now - this.writer.minInterval) this.#lastSent.delete(key)
    for (const [key, times] of this.#answered) {
      if ((times.at(-1) as number) <= now - window) this.#answered.delete(key)
    }
  }

  /** Clock time before which the key must not be sent again; 0 when it may go. `atMost` sends per `per` milliseconds. */
  notBefore(key: string, now: number, rate: { readonly atMost: number; readonly per: number } | undefined): number {
    const last = this.#lastSent.get(key)
    let earliest = last === undefined ? 0 : last + this.writer.minInterval
    if (rate !== undefined) {
      const inWindow = (this.#answered.get(key) ?? []).filter((at) => at > now - rate.per)
      if (inWindow.length >= rate.atMost)
        earliest = Math.max(earliest, (inWindow.at(-rate.atMost) as number) + rate.per)
    }
    return earliest > now ? earliest : 0
  }

  /** Rejections that stand. */
  async *rejections(): AsyncIterable<Rejection> {
    for await (const [, rejection] of this.#rejections.entries()) yield rejection
  }

  /**
   * Replaces the rejections of a look. `complete`: what the look did not reject is no longer rejected; otherwise only
   * `seen` items are replaced. The same reason, with whatever values, keeps its `since`.
   */
  async replaceRejections(
    found: ReadonlyMap<string, { readonly label: ItemLabel; readonly reason: Reason }>,
    seen: ReadonlySet<string> | 'all',
    now: number,
  ): Promise<void> {
    const set: (readonly [string, Rejection])[] = []
    const gone: string[] = []
    const known = new Map<string, Rejection>()
    if (seen === 'all') for await (const [key, value] of this.#rejections.entries()) known.set(key, value)
    else {
      const keys = [...seen]
      const values = await this.#rejections.getMany(keys)
      values.forEach((value, i) => {
        if (value !== undefined) known.set(keys[i] as string, value)
      })
    }
    for (const [key] of known) if (!found.has(key)) gone.push(key)
    for (const [key, { label, reason }] of found) {
      const before = known.get(key)
      if (before !== undefined && JSON.stringify(before.reason) === JSON.stringify(reason)) continue
      const since = before?.reason.code === reason.code ? before.since : now
      set.push([key, { itemId: key, label, reason, since }])
    }
    const change: Change = { namespace: this.#rejections.name, set, delete: gone }
    if (set.length > 0 || gone.length > 0) await this.#store.commit([change])
  }
}

/** True when the value takes an item off sale. */
export function isZeroValue(aspect: Aspect, value: unknown): boolean {
  return aspect === 'stocks' && (value as StockValue).quantity === 0
}

/** The number that `maxChange` and lanes compare; undefined when the aspect has none. */
export function magnitude(aspect: Aspect, value: unknown): Big | undefined {
  if (aspect === 'prices') return new Big((value as PriceValue).price)
  if (aspect === 'stocks') return new Big((value as StockValue).quantity)
  return undefined
}

/** The lane of a change from the accepted value to the desired one. */
export function laneOf(aspect: Aspect, before: unknown, desired: unknown): Lane {
  if (aspect === 'cards') return 'cards'
  if (aspect === 'stocks') {
    const wasOnSale = before === undefined || !isZeroValue(aspect, before)
    return wasOnSale && isZeroValue(aspect, desired) ? 'zero' : 'stocks'
  }
  const from = before === undefined ? undefined : magnitude(aspect, before)
  const to = magnitude(aspect, desired)
  return from !== undefined && to !== undefined && to.gt(from) ? 'price-up' : 'prices'
}
