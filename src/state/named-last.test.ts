import { expect, test } from 'vitest'
import { createRandom } from '../../fixtures/random.ts'
import { facetsOf, FACET_BITS, namedOf } from './named.ts'
import { NamedLast } from './named-last.ts'

const HASHES = [8n, 16n, 0x8000_0008n, 0x1_0000_0008n, 0xffff_ffff_ffff_fff8n]

test('what is folded answers like the lists, in whatever order they came', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = createRandom(seed)
    const lists = Array.from({ length: 1 + random.below(8) }, () => ({
      stamp: random.below(5),
      named: namedOf(
        BigUint64Array.from({ length: random.below(6) }, () => random.pick(HASHES) | BigInt(1 + random.below(7))),
      ),
    }))
    let folded = new NamedLast()
    for (const { named, stamp } of lists) folded = folded.with(named, stamp)
    const stored = NamedLast.fromChunks(folded.toChunks())

    for (const stamp of [-1, 0, 1, 2, 3, 4]) {
      const newer = lists.filter((list) => list.stamp > stamp)
      for (const hash of HASHES) {
        const expected = newer.reduce((facets, { named }) => facets | facetsOf(named, hash), 0)
        let told = 0
        stored.from(stamp + 1, (other, facets) => {
          if (other === hash) told |= facets
        })
        expect(told, `seed ${seed}, stamp ${stamp}`).toBe(expected)
        for (const facet of [1, 2, 4]) expect(stored.isAfter(hash, facet, stamp)).toBe((expected & facet) !== 0)
      }
    }
  }
})

test('a record has one row per stamp, however often it was named', () => {
  const list = namedOf(BigUint64Array.of(8n | 1n, 16n | 1n, 8n | 2n))
  const folded = new NamedLast().with(list, 1).with(list, 2)

  const rows: string[] = []
  folded.from(0, (hash, facets, stamp) => rows.push(`${hash} ${facets} ${stamp}`))
  expect([...list].map((row) => row & FACET_BITS)).toEqual([3n, 1n])
  expect(rows).toEqual(['8 3 2', '16 1 2'])
})
