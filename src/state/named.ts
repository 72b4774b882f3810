import { splitOfferId } from '../core/catalogue.ts'
import { hash64 } from '../core/fingerprint.ts'

/** Facet bits of a record: facts (of a product, an offer or a dictionary row), prices, stocks. */
export const FACET = { facts: 1, prices: 2, stocks: 4 } as const

/** The three lowest bits of a record hash: the facets that a file named of the record. */
export const FACET_BITS = 7n

/** The records that a file named: record hashes with facets, ascending, each record once. */
export type Named = BigUint64Array

/**
 * The name under which a record stands in the lists. Records of one name state the same facets: an offer and its price
 * update, the records of one product where 1C exports goods per characteristic.
 */
export function recordHash(kind: string, id: string): bigint {
  const name = kind === 'offerChange' ? 'offer' : kind
  return hash64(`${name}\n${kind === 'product' ? splitOfferId(id).productId : id}`) & ~FACET_BITS
}

/** The facet bits as a number, for the lower half of a row. */
export const FACET_MASK = 7

/** The rows of a list in halves, the lower 32 bits first: comparing numbers makes no garbage, comparing bigints does. */
export function halvesOf(rows: BigUint64Array): Uint32Array {
  return new Uint32Array(rows.buffer, rows.byteOffset, 2 * rows.length)
}

/** Record hashes with facets in any order, records perhaps several times, as one list. The rows given are used up. */
export function namedOf(rows: BigUint64Array): Named {
  rows.sort()
  const halves = halvesOf(rows)
  let size = 0
  for (let i = 0; i < halves.length; i += 2) {
    const low = halves[i] as number
    const high = halves[i + 1] as number
    const last = 2 * size - 2
    if (size > 0 && halves[last + 1] === high && ((halves[last] as number) | FACET_MASK) === (low | FACET_MASK)) {
      halves[last] = (halves[last] as number) | low
      continue
    }
    halves[2 * size] = low
    halves[2 * size + 1] = high
    size++
  }
  return size === rows.length ? rows : rows.slice(0, size)
}

/** What two lists name. */
export function joinNamed(a: Named, b: Named): Named {
  if (a.length === 0) return b
  if (b.length === 0) return a
  const all = new BigUint64Array(a.length + b.length)
  all.set(a)
  all.set(b, a.length)
  return namedOf(all)
}

/** The facets that a list names of any record. */
export function anyFacets(named: Named): number {
  const halves = halvesOf(named)
  let facets = 0
  for (let i = 0; i < halves.length; i += 2) facets |= halves[i] as number
  return facets & FACET_MASK
}

/** The facets that a list names of a record. */
export function facetsOf(named: Named, hash: bigint): number {
  const row = named[lowerBound(named, hash)]
  return row !== undefined && (row & ~FACET_BITS) === hash ? Number(row & FACET_BITS) : 0
}

/** Index of the first row that belongs to `hash` or follows it. */
export function lowerBound(rows: BigUint64Array, hash: bigint): number {
  let from = 0
  let to = rows.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if ((rows[middle] as bigint) < hash) from = middle + 1
    else to = middle
  }
  return from
}

/** 8-byte numbers as stored. */
export function packNumbers(numbers: BigUint64Array | Float64Array): string {
  return Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64')
}

/** The bytes of stored 8-byte numbers, in a buffer of their own: typed arrays want one that is aligned. */
export function unpackNumbers(packed: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(packed, 'base64')).buffer
}
