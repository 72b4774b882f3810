import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { testFolders } from '../../test/contract/test-folder.ts'
import type { Files } from '../core/files.ts'
import { approve, isApproved, readApprovals, revoke } from './approvals.ts'
import { decide, readDecisions, type Decision } from './decisions.ts'
import { createFiles } from './disk.ts'
import { openIdentity } from './identity.ts'
import { openNumbers, type NumberFormat } from './numbers.ts'

const files = createFiles()
const AT = Date.UTC(2026, 0, 31, 10)

describe('order numbers', () => {
  const folder = testFolders()
  const formats = new Map<string, NumberFormat>([
    ['main', { prefix: 'OZ', digits: 6, start: 1 }],
    ['small', { prefix: '', digits: 2, start: 98 }],
  ])

  it('gives each posting one number for ever and counts per exchange', async () => {
    const file = join(folder(), 'numbers.csv')
    const numbers = await openNumbers(file, files, formats)

    const given = [
      await numbers.allocate('main', 'ozon', '111-1', AT),
      await numbers.allocate('small', 'ozon', '111-1', AT),
      await numbers.allocate('main', 'ozon', '111-2', AT),
      await numbers.allocate('main', 'wb', '111-1', AT),
      await numbers.allocate('main', 'ozon', '111-1', AT),
    ]

    expect(given).toEqual(['OZ000001', '98', 'OZ000002', 'OZ000003', 'OZ000001'])
    expect(readFileSync(file, 'utf8').split('\n')[1]).toBe('2026-01-31T10:00:00.000Z,main,ozon,111-1,OZ000001,1')
  })

  it('goes on after a restart, also with another format', async () => {
    const file = join(folder(), 'numbers.csv')
    const before = await openNumbers(file, files, formats)
    await before.allocate('main', 'ozon', 'a', AT)
    await before.allocate('main', 'ozon', 'b', AT)

    const after = await openNumbers(file, files, new Map([['main', { prefix: '9', digits: 4, start: 1 }]]))

    expect([before.existed, after.existed]).toEqual([false, true])
    expect(after.numberOf('main', 'ozon', 'b')).toBe('OZ000002')
    expect(after.numberOf('main', 'ozon', 'c')).toBeUndefined()
    expect(await after.allocate('main', 'ozon', 'c', AT)).toBe('90003')
  })

  it('counts on for another format while the one before is still in use', async () => {
    const before = await openNumbers(join(folder(), 'numbers.csv'), files, formats)
    const after = before.withFormats(new Map([['main', { prefix: 'N', digits: 6, start: 1 }]]))

    const given = [
      await before.allocate('main', 'ozon', 'a', AT),
      await after.allocate('main', 'ozon', 'b', AT),
      await before.allocate('main', 'ozon', 'c', AT),
      await after.allocate('main', 'ozon', 'a', AT),
    ]

    expect(given).toEqual(['OZ000001', 'N000002', 'OZ000003', 'OZ000001'])
  })

  it('gives neighbours that do not wait for each other different numbers, and one posting the same', async () => {
    const numbers = await openNumbers(join(folder(), 'numbers.csv'), files, formats)

    const given = await Promise.all(['a', 'b', 'a'].map((posting) => numbers.allocate('main', 'ozon', posting, AT)))

    expect(given).toEqual(['OZ000001', 'OZ000002', 'OZ000001'])
  })

  it('stops when the digits are used up', async () => {
    const numbers = await openNumbers(join(folder(), 'numbers.csv'), files, formats)
    await numbers.allocate('small', 'o', 'a', AT)
    await numbers.allocate('small', 'o', 'b', AT)

    const third = numbers.allocate('small', 'o', 'c', AT)

    await expect(third).rejects.toMatchObject({ kind: 'fatal', code: 'state.numbers_exhausted' })
  })
})

describe('identity', () => {
  const folder = testFolders()

  it('pairs items and offers for ever', async () => {
    const file = join(folder(), 'identity.csv')
    const before = await openIdentity(file, files)
    await before.give('g1', 'SHIRT-M', AT)
    await before.give('g1', 'SHIRT-M', AT)
    await before.giveMany(
      [
        { itemId: 'g1', offerId: 'SHIRT-M' },
        { itemId: 'g2#v', offerId: 'Рубашка, 42' },
      ],
      AT,
    )

    const after = await openIdentity(file, files)

    expect([before.existed, after.existed, after.size]).toEqual([false, true, 2])
    expect(after.offerIdOf('g2#v')).toBe('Рубашка, 42')
    expect(after.itemOf('SHIRT-M')).toBe('g1')
    expect([...after.pairs()]).toEqual([
      { itemId: 'g1', offerId: 'SHIRT-M' },
      { itemId: 'g2#v', offerId: 'Рубашка, 42' },
    ])
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(3)
  })

  it('refuses a taken value and a second value, and then writes nothing', async () => {
    const file = join(folder(), 'identity.csv')
    const identity = await openIdentity(file, files)
    await identity.give('g1', 'A', AT)
    const before = readFileSync(file, 'utf8')
    const taken = { kind: 'fatal', code: 'state.identity_taken' }

    await expect(identity.give('g2', 'A', AT)).rejects.toMatchObject(taken)
    await expect(identity.give('g1', 'B', AT)).rejects.toMatchObject(taken)
    const many = [
      { itemId: 'g3', offerId: 'C' },
      { itemId: 'g4', offerId: 'A' },
    ]
    await expect(identity.giveMany(many, AT)).rejects.toMatchObject(taken)

    expect(readFileSync(file, 'utf8')).toBe(before)
    expect([...identity.pairs()]).toEqual([{ itemId: 'g1', offerId: 'A' }])
  })

  it('passes a value on to a newcomer', async () => {
    const file = join(folder(), 'identity.csv')
    const identity = await openIdentity(file, files)
    await identity.give('old', 'A', AT)

    await identity.pass('A', 'new', AT)
    await identity.pass('A', 'new', AT)
    await identity.give('old', 'A2', AT)

    for (const it of [identity, await openIdentity(file, files)]) {
      expect([...it.pairs()]).toEqual([
        { itemId: 'new', offerId: 'A' },
        { itemId: 'old', offerId: 'A2' },
      ])
      expect(it.itemOf('A')).toBe('new')
    }
    await expect(identity.pass('A', 'old', AT)).rejects.toMatchObject({ code: 'state.identity_taken' })
  })

  it('forgets a pair that could not be written', async () => {
    const full: Files = { ...files, append: () => Promise.reject(new Error('ENOSPC')) }
    const identity = await openIdentity(join(folder(), 'identity.csv'), full)

    await expect(identity.give('g1', 'A', AT)).rejects.toThrow('ENOSPC')
    await expect(identity.pass('B', 'g1', AT)).rejects.toThrow('ENOSPC')

    expect([identity.offerIdOf('g1'), identity.itemOf('A'), identity.itemOf('B')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('refuses a journal that gives one value twice', async () => {
    const file = join(folder(), 'identity.csv')
    writeFileSync(file, 'at,event,item,offer_id\nx,given,g1,A\nx,given,g2,A\n')

    await expect(openIdentity(file, files)).rejects.toMatchObject({
      code: 'state.journal_broken',
      place: { file, line: 3 },
    })
  })
})

describe('approvals', () => {
  const folder = testFolders()
  const mark = { account: 'ozon-main', marketplace: 'ozon', baseUrl: 'https://api.example', ownId: '42' }

  it('count for exactly one cabinet until they are revoked', async () => {
    const file = join(folder(), 'approvals.csv')
    const none = await readApprovals(file)

    await approve(file, files, { ...mark, by: 'Иванов, склад', at: AT })
    const approved = await readApprovals(file)
    await revoke(file, files, { ...mark, at: AT + 1 })
    const revoked = await readApprovals(file)
    await approve(file, files, { ...mark, at: AT + 2 })

    expect(none).toEqual([])
    expect(approved).toEqual([{ ...mark, event: 'approved', by: 'Иванов, склад', at: AT }])
    expect(isApproved(none, mark)).toBe(false)
    expect(isApproved(approved, mark)).toBe(true)
    expect(isApproved(approved, { ...mark, ownId: '43' })).toBe(false)
    expect(isApproved(approved, { ...mark, baseUrl: 'https://other.example' })).toBe(false)
    expect(isApproved(revoked, mark)).toBe(false)
    expect(isApproved(await readApprovals(file), mark)).toBe(true)
  })
})

describe('decisions', () => {
  const folder = testFolders()
  const price: Decision = {
    at: AT,
    account: 'ozon',
    aspect: 'prices',
    key: 'g#v',
    fingerprint: 'ff',
    decision: 'release',
  }
  const stock: Decision = { ...price, aspect: 'stocks', key: 'g#v\nwarehouse 1', decision: 'drop' }

  it('are found once by a reader that remembers how far it read', async () => {
    const file = join(folder(), 'decisions.csv')
    await decide(file, files, [price])
    const first = await readDecisions(file)
    await decide(file, files, [stock])
    appendFileSync(file, '2026')

    expect(first).toEqual({ decisions: [price], next: 1 })
    expect(await readDecisions(file, first.next)).toEqual({ decisions: [stock], next: 2 })
    expect(await readDecisions(join(folder(), 'none.csv'))).toEqual({ decisions: [], next: 0 })
  })

  it('name the line that says something else', async () => {
    const file = join(folder(), 'decisions.csv')
    await decide(file, files, [price])
    appendFileSync(file, '2026-01-31T10:00:00.000Z,ozon,prices,g,,ff,perhaps\n')

    await expect(readDecisions(file)).rejects.toMatchObject({ code: 'state.journal_broken', place: { file, line: 3 } })
  })
})
