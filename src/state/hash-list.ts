import { lowerBound, packNumbers, unpackNumbers } from './named.ts'

/** Record hashes (`recordHash` of `state/named.ts`), ascending and each once: 8 bytes a record. */
export type HashList = BigUint64Array

/** No records. */
export const NO_HASHES: HashList = new BigUint64Array(0)

/** Sorts hashes and leaves out repeated ones. */
export function hashList(hashes: BigUint64Array | readonly bigint[]): HashList {
  const sorted = new BigUint64Array(hashes).sort()
  let kept = 0
  for (const hash of sorted) if (kept === 0 || sorted[kept - 1] !== hash) sorted[kept++] = hash
  return sorted.slice(0, kept)
}

/** What is in one list or another. */
export function union(...lists: readonly HashList[]): HashList {
  const filled = lists.filter((list) => list.length > 0)
  if (filled.length < 2) return filled[0] ?? NO_HASHES
  const all = new BigUint64Array(filled.reduce((sum, list) => sum + list.length, 0))
  let at = 0
  for (const list of filled) {
    all.set(list, at)
    at += list.length
  }
  return hashList(all)
}

/** What is in `a` and not in `b`. */
export function without(a: HashList, b: HashList): HashList {
  if (b.length === 0) return a
  return a.filter((hash) => !includes(b, hash))
}

/** True when the list has the hash. */
export function includes(list: HashList, hash: bigint): boolean {
  return list[lowerBound(list, hash)] === hash
}

/** The list as the store keeps it. */
export function packHashes(list: HashList): string {
  return packNumbers(list)
}

/** The opposite of {@link packHashes}. */
export function unpackHashes(packed: string): HashList {
  return new BigUint64Array(unpackNumbers(packed))
}
