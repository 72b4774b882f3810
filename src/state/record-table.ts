const FIRST_ROOM = 1024

/**
 * Record hashes, each once, in the order in which they came. An open-addressing table over typed arrays: 16 to 32 bytes
 * a record where a Map of bigints takes about 80 and makes the garbage collector walk over all of them.
 */
export class RecordTable {
  #size = 0
  #hashes = new BigUint64Array(FIRST_ROOM)
  /** The same hashes in halves: comparing numbers makes no garbage, comparing bigints does. */
  #halves = new Uint32Array(this.#hashes.buffer)
  /** Row + 1 by the place of a hash, 0 = free; twice as many places as there is room for rows. */
  #places = new Int32Array(2 * FIRST_ROOM)
  readonly #asked = new BigUint64Array(1)
  readonly #askedHalves = new Uint32Array(this.#asked.buffer)

  get size(): number {
    return this.#size
  }

  /** The row of a hash, from 0; -1 when it is not there. */
  rowOf(hash: bigint): number {
    this.#asked[0] = hash
    return (this.#places[this.#placeOf(this.#low(), this.#high())] as number) - 1
  }

  /** Puts the hash in unless it is there: its row. A new one has the row {@link size} had before. */
  add(hash: bigint): number {
    this.#asked[0] = hash
    return this.addHalves(this.#low(), this.#high())
  }

  /** The same for a hash given as its lower and upper 32 bits: for long lists, where a bigint per row is felt. */
  addHalves(low: number, high: number): number {
    const place = this.#placeOf(low, high)
    const known = (this.#places[place] as number) - 1
    if (known >= 0) return known
    const row = this.#size++
    this.#halves[2 * row] = low
    this.#halves[2 * row + 1] = high
    this.#places[place] = row + 1
    if (this.#size === this.#hashes.length) this.#grow()
    return row
  }

  /** All hashes in the order of their rows; to be changed freely. */
  toHashes(): BigUint64Array {
    return this.#hashes.slice(0, this.#size)
  }

  #low(): number {
    return this.#askedHalves[0] as number
  }

  #high(): number {
    return this.#askedHalves[1] as number
  }

  /** Where the hash stands or would stand. */
  #placeOf(low: number, high: number): number {
    const places = this.#places
    const halves = this.#halves
    const mask = places.length - 1
    // The lowest three bits of record hashes are always zero.
    let place = (high ^ (low >>> 3)) & mask
    for (;;) {
      const row = (places[place] as number) - 1
      if (row < 0 || (halves[2 * row] === low && halves[2 * row + 1] === high)) return place
      place = (place + 1) & mask
    }
  }

  #grow(): void {
    this.#hashes = doubled(this.#hashes)
    this.#halves = new Uint32Array(this.#hashes.buffer)
    this.#places = new Int32Array(2 * this.#hashes.length)
    for (let row = 0; row < this.#size; row++) {
      const place = this.#placeOf(this.#halves[2 * row] as number, this.#halves[2 * row + 1] as number)
      this.#places[place] = row + 1
    }
  }
}

function doubled(rows: BigUint64Array<ArrayBuffer>): BigUint64Array<ArrayBuffer> {
  const more = new BigUint64Array(2 * rows.length)
  more.set(rows)
  return more
}

/** A column of small numbers (0 to 255) beside the rows of a {@link RecordTable}; 0 where nothing was set. */
export class ByteColumn {
  #bytes = new Uint8Array(FIRST_ROOM)

  get(row: number): number {
    return this.#bytes[row] ?? 0
  }

  set(row: number, value: number): void {
    if (row >= this.#bytes.length) {
      const more = new Uint8Array(2 * Math.max(row, this.#bytes.length))
      more.set(this.#bytes)
      this.#bytes = more
    }
    this.#bytes[row] = value
  }
}
