import { FACET_MASK, halvesOf, namedOf, type Named } from './named.ts'
import { ByteColumn, RecordTable } from './record-table.ts'

/** Facets that files named of records, by `recordHash`. Grows by adding; about 20 bytes a record. */
export class NamedFacets {
  readonly #table = new RecordTable()
  readonly #facets = new ByteColumn()

  /** Records named. */
  get size(): number {
    return this.#table.size
  }

  /** Undefined when the record was not named. */
  get(hash: bigint): number | undefined {
    const row = this.#table.rowOf(hash)
    return row < 0 ? undefined : this.#facets.get(row)
  }

  has(hash: bigint): boolean {
    return this.#table.rowOf(hash) >= 0
  }

  /** Adds facets to those the record was named with. */
  add(hash: bigint, facets: number): void {
    const row = this.#table.add(hash)
    this.#facets.set(row, this.#facets.get(row) | facets)
  }

  addAll(list: Named): void {
    const halves = halvesOf(list)
    for (let i = 0; i < halves.length; i += 2) {
      const low = halves[i] as number
      const row = this.#table.addHalves((low & ~FACET_MASK) >>> 0, halves[i + 1] as number)
      this.#facets.set(row, this.#facets.get(row) | (low & FACET_MASK))
    }
  }

  toNamed(): Named {
    const rows = this.#table.toHashes()
    const halves = halvesOf(rows)
    for (let row = 0; row < rows.length; row++) halves[2 * row] = (halves[2 * row] as number) | this.#facets.get(row)
    return namedOf(rows)
  }
}
