import { expect, it } from 'vitest'
import { hashList, includes, NO_HASHES, packHashes, union, unpackHashes, without } from './hash-list.ts'

const list = (...numbers: number[]) => hashList(numbers.map(BigInt))
const numbers = (hashes: BigUint64Array) => [...hashes].map(Number)

it('keeps every hash once, ascending', () => {
  expect(numbers(list(3, 1, 3, 2, 1))).toEqual([1, 2, 3])
})

it('joins and parts lists', () => {
  expect(numbers(union(list(1, 5), NO_HASHES, list(3, 5), list(0)))).toEqual([0, 1, 3, 5])
  expect(numbers(union())).toEqual([])
  expect(numbers(without(list(1, 2, 3), list(2, 4)))).toEqual([1, 3])
  expect([1n, 2n, 4n].map((hash) => includes(list(1, 4), hash))).toEqual([true, false, true])
})

it('comes back from the store as it was', () => {
  expect(unpackHashes(packHashes(hashList([2n ** 64n - 8n, 8n])))).toEqual(hashList([8n, 2n ** 64n - 8n]))
})
