import { FACET_BITS, FACET_MASK, halvesOf, lowerBound, packNumbers, unpackNumbers, type Named } from './named.ts'

/** Rows in one stored value: about 700 KB as text. */
const CHUNK = 32_768

/** A part of {@link NamedLast} as it is stored: base64 of the rows and of their stamps, 8 bytes each. */
export interface NamedLastChunk {
  readonly named: string
  readonly stamps: string
}

/**
 * When records were last named, facet by facet: what remains of the lists of many files. It answers as exactly as the
 * lists would, and grows with the number of records, not of files.
 */
export class NamedLast {
  /** Record hashes with facets, ascending; a record has one row per stamp. */
  readonly #rows: Named
  readonly #stamps: Float64Array

  constructor(rows: Named = new BigUint64Array(), stamps: Float64Array = new Float64Array()) {
    this.#rows = rows
    this.#stamps = stamps
  }

  static fromChunks(chunks: readonly NamedLastChunk[]): NamedLast {
    const rows = chunks.map(({ named }) => new BigUint64Array(unpackNumbers(named)))
    const stamps = chunks.map((chunk) => new Float64Array(unpackNumbers(chunk.stamps)))
    const size = rows.reduce((sum, { length }) => sum + length, 0)
    const all = new NamedLast(new BigUint64Array(size), new Float64Array(size))
    let at = 0
    rows.forEach((chunk, i) => {
      all.#rows.set(chunk, at)
      all.#stamps.set(stamps[i] as Float64Array, at)
      at += chunk.length
    })
    return all
  }

  /** In the order in which {@link fromChunks} wants them. */
  toChunks(): NamedLastChunk[] {
    const chunks: NamedLastChunk[] = []
    for (let from = 0; from < this.#rows.length; from += CHUNK) {
      chunks.push({
        named: packNumbers(this.#rows.subarray(from, from + CHUNK)),
        stamps: packNumbers(this.#stamps.subarray(from, from + CHUNK)),
      })
    }
    return chunks
  }

  /** Tells every record hash with the facets that were last named at or after `stamp`, and when. */
  from(stamp: number, tell: (hash: bigint, facets: number, stamp: number) => void): void {
    this.#stamps.forEach((at, i) => {
      if (at < stamp) return
      const row = this.#rows[i] as bigint
      tell(row & ~FACET_BITS, Number(row & FACET_BITS), at)
    })
  }

  /** True when the record was named with one of these facets after `stamp`. */
  isAfter(hash: bigint, facets: number, stamp: number): boolean {
    for (let i = lowerBound(this.#rows, hash); i < this.#rows.length; i++) {
      const row = this.#rows[i] as bigint
      if ((row & ~FACET_BITS) !== hash) return false
      if ((Number(row & FACET_BITS) & facets) !== 0 && (this.#stamps[i] as number) > stamp) return true
    }
    return false
  }

  /** The same with what a file of this stamp named; a newer stamp of a facet wins. */
  with(named: Named, stamp: number): NamedLast {
    const old = halvesOf(this.#rows)
    const added = halvesOf(named)
    const rows = new BigUint64Array(this.#rows.length + named.length)
    const halves = halvesOf(rows)
    const stamps = new Float64Array(rows.length)
    let size = 0
    const put = (low: number, high: number, at: number): void => {
      halves[2 * size] = low
      halves[2 * size + 1] = high
      stamps[size++] = at
    }
    let i = 0
    for (let j = 0; j < added.length; j += 2) {
      const low = added[j] as number
      const high = added[j + 1] as number
      const hash = (low & ~FACET_MASK) >>> 0
      const end = (low | FACET_MASK) >>> 0
      let facets = low & FACET_MASK
      for (; i < old.length; i += 2) {
        const oldLow = old[i] as number
        const oldHigh = old[i + 1] as number
        if (oldHigh > high || (oldHigh === high && oldLow > end)) break
        const at = this.#stamps[i / 2] as number
        const others = oldLow & FACET_MASK & ~low
        if (oldHigh < high || oldLow < hash) {
          put(oldLow, oldHigh, at)
        } else if (at > stamp) {
          facets &= ~oldLow
          put(oldLow, oldHigh, at)
        } else if (others !== 0) put(hash | others, high, at)
      }
      if (facets !== 0) put(hash | facets, high, stamp)
    }
    for (; i < old.length; i += 2) put(old[i] as number, old[i + 1] as number, this.#stamps[i / 2] as number)
    return new NamedLast(rows.slice(0, size), stamps.slice(0, size))
  }
}
