import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testFolders } from '../../test/contract/test-folder.ts'
import { createFiles } from './disk.ts'
import { openIdentity, type IdentityPair } from './identity.ts'
import { adoptMatches, leaveMatches, type Match } from './matches.ts'

const folder = testFolders()
const files = createFiles()

async function pairsIn(journal: string): Promise<IdentityPair[]> {
  return [...(await openIdentity(journal, files)).pairs()]
}

const MATCHES: readonly Match[] = [
  { itemId: 'a', offerId: 'A' },
  { itemId: 'b', offerId: 'B;1' },
  { itemId: 'c', offerId: 'C' },
]

test('matches lie beside the journal until its owner takes them, in the order in which they were made', async () => {
  const journal = join(folder(), 'identity-ozon.1.csv')
  await leaveMatches(journal, files, MATCHES, 2000)
  await leaveMatches(journal, files, [{ itemId: 'd', offerId: 'A' }], 3000)
  await leaveMatches(journal, files, [], 4000)
  const identity = await openIdentity(journal, files)
  expect([...identity.pairs()]).toEqual([])

  const adopted = await adoptMatches(journal, identity, files, 5000)

  // The card went to the first who was given it.
  expect(adopted).toEqual({ itemIds: ['a', 'b', 'c'], refused: [{ itemId: 'd', offerId: 'A' }] })
  expect(await pairsIn(journal)).toEqual(MATCHES)
  expect(await adoptMatches(journal, identity, files, 6000)).toEqual({ itemIds: [], refused: [] })
})

test('an item whose card a person named anew has the new one, also after a restart', async () => {
  const journal = join(folder(), 'identity.csv')
  const identity = await openIdentity(journal, files)
  await identity.giveMany([...MATCHES], 1)
  await leaveMatches(
    journal,
    files,
    [
      { itemId: 'a', offerId: 'A-2', replaces: 'A' },
      { itemId: 'b', offerId: 'C' },
    ],
    2,
  )

  const adopted = await adoptMatches(journal, identity, files, 3)

  expect(adopted).toEqual({ itemIds: ['a'], refused: [{ itemId: 'b', offerId: 'C' }] })
  const after = await openIdentity(journal, files)
  expect([after.offerIdOf('a'), after.itemOf('A'), after.offerIdOf('b')]).toEqual(['A-2', undefined, 'B;1'])
  await expect(after.rename('a', 'C', 4)).rejects.toMatchObject({ code: 'state.identity_taken' })
})

test('an item that got a card since the person looked keeps it, and nobody gets two', async () => {
  const journal = join(folder(), 'identity.csv')
  const identity = await openIdentity(journal, files)
  await leaveMatches(
    journal,
    files,
    [
      { itemId: 'a', offerId: 'A' },
      { itemId: 'b', offerId: 'B' },
      { itemId: 'b', offerId: 'B-2' },
      { itemId: 'c', offerId: 'C-3', replaces: 'C-1' },
    ],
    1,
  )
  await identity.giveMany(
    [
      { itemId: 'a', offerId: 'ART-A' },
      { itemId: 'c', offerId: 'C-2' },
    ],
    2,
  )

  const { itemIds, refused } = await adoptMatches(journal, identity, files, 3)

  expect([itemIds, refused.map(({ offerId }) => offerId)]).toEqual([['b'], ['A', 'B-2', 'C-3']])
  expect([identity.offerIdOf('a'), identity.offerIdOf('c')]).toEqual(['ART-A', 'C-2'])
})

test('a journal that renames a card to one that another item has is broken, never guessed at', async () => {
  const journal = join(folder(), 'identity.csv')
  const at = '2026-11-23T00:00:00.000Z'
  const lines = ['at,event,item,offer_id', `${at},given,a,A`, `${at},given,b,B`, `${at},renamed,a,B`]
  writeFileSync(journal, `${lines.join('\n')}\n`)

  await expect(openIdentity(journal, files)).rejects.toMatchObject({ code: 'state.journal_broken', place: { line: 4 } })
})

test('a death at any touch of the disk leaves a whole journal, and the next owner completes it', async () => {
  class Death extends Error {}
  /** Lives through so many touches. */
  const mortal = (touches: number) => {
    let left = touches
    return createFiles({
      failpoint: {
        hit: () => {
          if (left-- === 0) throw new Death()
        },
      },
    })
  }
  let deaths = 0
  for (let touches = 0; ; touches++) {
    const root = join(folder(), String(touches))
    mkdirSync(root)
    const journal = join(root, 'identity.csv')
    const before = await openIdentity(journal, files)
    await before.give('z', 'Z', 1)
    const dying = mortal(touches)
    const died = await (async () => {
      await leaveMatches(journal, dying, [...MATCHES, { itemId: 'z', offerId: 'Z-2', replaces: 'Z' }], 2)
      await adoptMatches(journal, await openIdentity(journal, dying), dying, 3)
      return false
    })().catch((error: unknown) => {
      if (!(error instanceof Death)) throw error
      return true
    })

    const left = await pairsIn(journal)
    expect(readFileSync(journal, 'utf8').endsWith('\n')).toBe(true)
    expect(left.filter(({ itemId }) => itemId !== 'z').length % MATCHES.length).toBe(0)
    const heir = await openIdentity(journal, files)
    await adoptMatches(journal, heir, files, 4)
    const whole = [...heir.pairs()]
    // Killed before the matches were in place nothing was decided; from then on nothing of them is lost.
    expect([1, 4]).toContain(whole.length)
    expect(heir.offerIdOf('z')).toBe(whole.length === 4 ? 'Z-2' : 'Z')
    expect(await pairsIn(journal)).toEqual(whole)
    if (!died) {
      expect(whole).toHaveLength(4)
      break
    }
    deaths++
  }
  expect(deaths).toBeGreaterThan(8)
})
