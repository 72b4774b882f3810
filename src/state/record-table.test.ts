import { expect, test } from 'vitest'
import { NamedFacets } from './named-facets.ts'
import { FACET, recordHash } from './named.ts'
import { ByteColumn, RecordTable } from './record-table.ts'

test('hashes keep the rows in which they came, however many they are', () => {
  const table = new RecordTable()
  const hashes = Array.from({ length: 5000 }, (_, n) => recordHash('offer', `o${n}`))

  const rows = hashes.map((hash) => table.add(hash))

  expect(rows).toEqual(hashes.map((_, n) => n))
  expect(hashes.map((hash) => table.add(hash))).toEqual(rows)
  expect(hashes.map((hash) => table.rowOf(hash))).toEqual(rows)
  expect([...table.toHashes()]).toEqual(hashes)
  expect(table.rowOf(recordHash('offer', 'another'))).toBe(-1)
  expect(table.size).toBe(5000)
})

test('hashes that want the same place stand beside each other', () => {
  const table = new RecordTable()
  const [zero, one, two] = [0n, 1n << 63n, (1n << 63n) | (1n << 32n)] as const

  expect([zero, one, two, one, zero].map((hash) => table.add(hash))).toEqual([0, 1, 2, 1, 0])
})

test('a column is zero where nothing was set, and grows', () => {
  const column = new ByteColumn()

  column.set(5000, 7)
  column.set(0, 255)

  expect([0, 1, 4999, 5000, 9_999_999].map((row) => column.get(row))).toEqual([255, 0, 0, 7, 0])
})

test('facets of one record add up, and come out as a list', () => {
  const facets = new NamedFacets()
  const [a, b, c] = ['a', 'b', 'c'].map((id) => recordHash('offer', id)) as [bigint, bigint, bigint]

  facets.add(a, FACET.prices)
  facets.add(b, 0)
  facets.addAll(BigUint64Array.of(a | BigInt(FACET.stocks)))

  expect([facets.get(a), facets.get(b), facets.get(c)]).toEqual([FACET.prices | FACET.stocks, 0, undefined])
  expect([facets.has(a), facets.has(b), facets.has(c)]).toEqual([true, true, false])
  expect([...facets.toNamed()]).toEqual([a | 6n, b].sort((x, y) => (x < y ? -1 : 1)))
})
