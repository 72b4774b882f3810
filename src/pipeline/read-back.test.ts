import { expect, test } from 'vitest'
import { testFolders } from '../../test/contract/test-folder.ts'
import { acceptedFingerprint } from '../core/ledger.ts'
import { ObmenError } from '../core/errors.ts'
import { fingerprintValue } from '../core/fingerprint.ts'
import type { ListingReader, ListingRow } from '../core/marketplace.ts'
import { createFiles } from '../state/disk.ts'
import { openIdentity, type Identity } from '../state/identity.ts'
import { Ledger } from '../state/ledger.ts'
import { createMemoryStore } from '../state/open.ts'
import type { Store } from '../state/store.ts'
import { Plan } from './plan.ts'
import { ReadBack } from './read-back.ts'

const folder = testFolders()
const never = new AbortController().signal

/** A marketplace that shows these values, and notes what it was asked for. */
function marketplace(rows: Readonly<Record<string, Omit<ListingRow, 'offerId'>>>) {
  const asked: (readonly string[])[] = []
  const state = { down: false }
  const read = async function* (offerIds: readonly string[]): AsyncIterable<readonly ListingRow[]> {
    asked.push(offerIds)
    await Promise.resolve()
    if (state.down) throw new ObmenError('transient', 'http.unreachable', 'no answer')
    yield offerIds.flatMap((offerId) => (rows[offerId] === undefined ? [] : [{ offerId, ...rows[offerId] }]))
  }
  const listing: ListingReader = { offers: () => read([]) as never, prices: read, stocks: read }
  return { asked, state, listing }
}

async function setUp(
  aspect: 'prices' | 'stocks',
  rows: Parameters<typeof marketplace>[0],
  store: Store = createMemoryStore(),
) {
  const shown = marketplace(rows)
  const identity: Identity = await openIdentity(`${folder()}/identity.csv`, createFiles())
  const ledger = new Ledger(store, `ledger.a.${aspect}`)
  const make = () => new ReadBack({ aspect, store, namespace: `read-back.a.${aspect}`, ledger, listing: shown.listing })
  const run = { identity, warehouses: ['1', '2'], now: () => 7, signal: never }
  return { ...shown, identity, ledger, make, run, plan: new Plan(), store }
}

test('every pair is read once, whatever the marketplace shows of it', async () => {
  const { identity, ledger, make, run, plan, asked } = await setUp('prices', { A: { prices: { price: '5' } }, B: {} })
  await identity.giveMany(
    [
      { itemId: 'a', offerId: 'A' },
      { itemId: 'b', offerId: 'B' },
      { itemId: 'c', offerId: 'C' },
    ],
    1,
  )
  const readBack = make()

  expect(await readBack.all(run, plan)).toEqual(['a', 'b', 'c'])
  expect(await readBack.all(run, plan)).toEqual([])
  expect(await readBack.of(['a', 'b', 'c'], run)).toEqual(new Set())
  // Another process that opens the same store.
  expect(await make().missing(run)).toEqual([])
  expect(asked).toEqual([['A', 'B', 'C']])
  const value = { price: '5' }
  const accepted = { value, fingerprint: fingerprintValue(value), since: 7, listed: true }
  expect(await ledger.getMany(['a', 'b', 'c'])).toEqual([{ itemId: 'a', accepted }, undefined, undefined])
})

test('of a ledger that was lost or set back nothing is believed, also when the reading is cut short', async () => {
  const memory = createMemoryStore()
  let mark: 'lost' | 'known' = 'known'
  const store: Store = { ...memory, mark: () => Promise.resolve(mark) }
  const { identity, ledger, make, run, plan, state } = await setUp('prices', { A: { prices: { price: '110' } } }, store)
  await identity.giveMany([{ itemId: 'a', offerId: 'A' }], 1)
  await make().all(run, plan)
  await ledger.put([{ itemId: 'a', accepted: { value: { price: '100' }, fingerprint: 'old', since: 1 } }])
  mark = 'lost'

  await make().forgetLost()
  mark = 'known'
  expect(await ledger.count()).toBe(0)
  state.down = true
  await expect(make().all(run, plan)).rejects.toMatchObject({ code: 'http.unreachable' })
  state.down = false
  expect(await make().all(run, plan)).toEqual(['a'])
  expect((await ledger.getMany(['a']))[0]?.accepted?.value).toEqual({ price: '110' })
})

test('a fresh pair is read within the send that gave it, what was written by us is not', async () => {
  const { identity, ledger, make, run, asked } = await setUp('prices', { A: { prices: { price: '5' } } })
  await identity.give('a', 'A', 1)
  await ledger.put([{ itemId: 'a', accepted: { value: { price: '6' }, fingerprint: 'ours', since: 3 } }])
  const readBack = make()

  expect(await readBack.of(['a', 'nameless'], run)).toEqual(new Set(['a']))
  expect(asked).toEqual([['A']])
  expect((await ledger.getMany(['a']))[0]?.accepted?.fingerprint).toBe('ours')
})

test('a card that passed to another item, and an item whose card is another, are read anew', async () => {
  const shown = { A: { prices: { price: '5' } }, B: { prices: { price: '9' } } }
  const { identity, ledger, make, run } = await setUp('prices', shown)
  await identity.give('a', 'A', 1)
  const readBack = make()
  await readBack.of(['a'], run)

  await identity.rename('a', 'B', 2)
  await identity.give('b', 'A', 3)
  expect(await readBack.of(['a', 'b'], run)).toEqual(new Set(['a', 'b']))

  const values = (await ledger.getMany(['a', 'b'])).map((entry) => entry?.accepted?.value)
  expect(values).toEqual([{ price: '9' }, { price: '5' }])
})

test('a card with stock somewhere has none where no row is shown; of a card without rows nothing is known', async () => {
  const { identity, ledger, make, run, plan } = await setUp('stocks', { A: { stocks: { 1: 4 } }, B: { stocks: {} } })
  await identity.giveMany(
    [
      { itemId: 'a', offerId: 'A' },
      { itemId: 'b', offerId: 'B' },
    ],
    1,
  )

  await make().all(run, plan)

  const values = (await ledger.getMany(['a\n1', 'a\n2', 'b\n1'])).map((entry) => entry?.accepted?.value)
  expect(values).toEqual([{ quantity: 4 }, { quantity: 0 }, undefined])
})

test('a marketplace that does not answer keeps everything waiting and says why; what was read stays', async () => {
  const { identity, make, run, plan, state, asked } = await setUp('prices', {})
  await identity.giveMany(
    Array.from({ length: 1500 }, (_, i) => ({ itemId: `i${i}`, offerId: `O${i}` })),
    1,
  )
  const readBack = make()
  state.down = true

  await expect(readBack.all(run, plan)).rejects.toMatchObject({ code: 'http.unreachable' })
  expect(readBack.progress).toEqual({ read: 0, of: 1500, fault: 'no answer' })
  state.down = false
  expect(await readBack.all(run, plan)).toHaveLength(1500)
  expect([readBack.progress, asked.map((ids) => ids.length)]).toEqual([undefined, [1000, 1000, 500]])
})

test('what was read agrees with what is desired when every desired field does', () => {
  const value = { price: '5', oldPrice: '0', minPrice: '3' }
  const accepted = { value, fingerprint: fingerprintValue(value), since: 1 }

  expect(acceptedFingerprint({ ...accepted, listed: true }, { price: '5' }, 'wanted')).toBe('wanted')
  expect(acceptedFingerprint({ ...accepted, listed: true }, { price: '6' }, 'wanted')).toBe(accepted.fingerprint)
  expect(acceptedFingerprint({ ...accepted, listed: true }, { price: '5', netPrice: '1' }, 'wanted')).toBe(
    accepted.fingerprint,
  )
  expect(acceptedFingerprint(accepted, { price: '5' }, 'wanted')).toBe(accepted.fingerprint)
})
