import type { Clock } from '../core/clock.ts'
import type { Reason } from '../core/item.ts'
import { LANES, type Lane } from './flows.ts'

/** A key that must be looked at again by the sender. It carries no value: values are computed when they are sent. */
export interface PlannedKey {
  /** Ledger key. */
  readonly key: string
  readonly itemId: string
  readonly lane: Lane
  /** Not before this clock time. */
  readonly due?: number
}

/**
 * The plan of one (account, aspect): keys with their lane, each at most once. The sender takes keys in the order of
 * lanes, oldest first.
 */
export class Plan {
  readonly #lanes = new Map<Lane, Map<string, PlannedKey>>(LANES.map((lane) => [lane, new Map()]))
  readonly #laneOf = new Map<string, Lane>()
  #wake: (() => void) | undefined
  #last: Promise<unknown> = Promise.resolve()
  /** Pieces of work that run alone, running or waiting for their turn. */
  #running = 0
  /** Why nothing is sent for now: a held look, an account that observes or is stopped. */
  blocked: Reason | undefined

  /** Adds keys; a known key moves to the more urgent lane and the earlier time. */
  put(keys: readonly PlannedKey[]): void {
    for (const key of keys) {
      const lane = this.#laneOf.get(key.key)
      const known = lane === undefined ? undefined : this.#lanes.get(lane)?.get(key.key)
      const next = known === undefined ? key : moreUrgent(known, key)
      if (known !== undefined && next.lane === known.lane) {
        this.#lanes.get(next.lane)?.set(key.key, next)
        continue
      }
      if (lane !== undefined) this.#lanes.get(lane)?.delete(key.key)
      this.#lanes.get(next.lane)?.set(key.key, next)
      this.#laneOf.set(key.key, next.lane)
    }
    this.#wake?.()
  }

  /** Takes up to `max` keys that are due, in lane order; they leave the plan. */
  take(max: number, now: number): PlannedKey[] {
    const taken: PlannedKey[] = []
    for (const lane of LANES) {
      for (const key of (this.#lanes.get(lane) as Map<string, PlannedKey>).values()) {
        if (taken.length === max) break
        if (key.due === undefined || key.due <= now) taken.push(key)
      }
    }
    for (const key of taken) this.remove(key.key)
    return taken
  }

  remove(key: string): void {
    const lane = this.#laneOf.get(key)
    if (lane === undefined) return
    this.#lanes.get(lane)?.delete(key)
    this.#laneOf.delete(key)
  }

  /** What stands in the plan now, for {@link forgetOthers}. */
  contents(): ReadonlySet<PlannedKey> {
    return new Set([...this.#lanes.values()].flatMap((keys) => [...keys.values()]))
  }

  /** Takes out what stood there `before` and is not wanted any more; what was put since then stays. */
  forgetOthers(before: ReadonlySet<PlannedKey>, wanted: ReadonlySet<string>): void {
    for (const planned of this.contents()) {
      if (before.has(planned) && !wanted.has(planned.key)) this.remove(planned.key)
    }
  }

  has(key: string): boolean {
    return this.#laneOf.has(key)
  }

  get size(): number {
    return this.#laneOf.size
  }

  /** Nothing waits to be sent and no batch is under way. */
  get idle(): boolean {
    return this.size === 0 && this.#running === 0
  }

  /** Keys by lane, for `status`. */
  counts(): Readonly<Record<Lane, number>> {
    return Object.fromEntries(LANES.map((lane) => [lane, this.#lanes.get(lane)?.size ?? 0])) as Record<Lane, number>
  }

  /** How many keys may go now, and when the next of the others may. For `status`. */
  due(now: number): { readonly now: number; readonly next?: number } {
    let ready = 0
    let next: number | undefined
    for (const keys of this.#lanes.values()) {
      for (const { due } of keys.values()) {
        if (due === undefined || due <= now) ready++
        else if (next === undefined || due < next) next = due
      }
    }
    return { now: ready, ...(next === undefined ? {} : { next }) }
  }

  /** Clock time at which the next key is due; undefined when the plan is empty. */
  nextDue(): number | undefined {
    let next: number | undefined
    for (const keys of this.#lanes.values()) {
      for (const key of keys.values()) {
        const due = key.due ?? 0
        if (next === undefined || due < next) next = due
        if (next === 0) return 0
      }
    }
    return next
  }

  /** Resolves when a key is due, at the latest after `max` clock milliseconds or when keys are put. */
  async waitForWork(clock: Clock, max: number, signal: AbortSignal): Promise<void> {
    const due = this.nextDue()
    const wait = due === undefined ? max : Math.min(max, Math.max(0, due - clock.now()))
    if (wait === 0) return
    const timer = new AbortController()
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    try {
      await Promise.race([clock.sleep(wait, AbortSignal.any([signal, timer.signal])), woken])
    } finally {
      this.#wake = undefined
      timer.abort(new DOMException('woken', 'AbortError'))
    }
  }

  /** Runs `work` alone: a batch of the sender and what a look writes to the ledger exclude each other. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    this.#running++
    const run = this.#last.then(work, work).finally(() => this.#running--)
    this.#last = run.catch(() => undefined)
    return run
  }
}

function moreUrgent(known: PlannedKey, key: PlannedKey): PlannedKey {
  const lane = LANES.indexOf(key.lane) < LANES.indexOf(known.lane) ? key.lane : known.lane
  // A key put without a time is wanted now: what it waited for has been looked at again.
  const due = key.due === undefined || known.due === undefined ? undefined : Math.min(key.due, known.due)
  return { key: key.key, itemId: key.itemId, lane, ...(due === undefined ? {} : { due }) }
}
