import type { Clock } from '../core/clock.ts'
import { wallClock } from '../core/wall-clock.ts'
import type { Tables } from '../tables/index.ts'

/** Tells when a row of a table began or ended to be in force by the wall clock of a zone. */
export class TableTurns {
  /** Clock milliseconds between two looks. */
  static readonly every = 5_000
  readonly #tables: Tables
  readonly #now: () => number
  #passed: number

  constructor(tables: Tables, timezone: string, clock: Clock) {
    const wall = wallClock(timezone)
    this.#tables = tables
    this.#now = () => wall(clock.now())
    this.#passed = this.#count()
  }

  /** True when a row turned since it was asked last. */
  turned(): boolean {
    const before = this.#passed
    this.#passed = this.#count()
    return this.#passed !== before
  }

  #count(): number {
    const now = this.#now()
    return this.#tables.turns.filter((turn) => turn <= now).length
  }
}
