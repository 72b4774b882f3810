import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Namespace, Store } from '../../src/state/store.ts'

/** How a suite gets a fresh store; `discard` also removes what it left on the disk. */
export interface StoreUnderTest {
  readonly store: Store
  discard(): Promise<void>
}

/** What every implementation of {@link Store} must do. */
export function describeStore(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a store`, () => {
    let under: StoreUnderTest
    let store: Store

    beforeEach(async () => {
      under = await make()
      store = under.store
    })

    afterEach(async () => {
      await under.discard()
    })

    it('gives back what was committed, and undefined for the rest', async () => {
      const shirts = store.namespace<unknown>('catalogue.main')
      const values = { text: 'Футболка 👕', number: 1.5, none: null, list: [1, 'a', true], deep: { a: { b: [] } } }

      await store.commit([
        {
          namespace: 'catalogue.main',
          set: [
            ['a#1', values],
            ['b', 0],
            ['c', ':text'],
          ],
        },
      ])

      expect(await shirts.get('a#1')).toEqual(values)
      expect(await shirts.get('missing')).toBeUndefined()
      expect(await shirts.getMany(['c', 'missing', 'b', 'a#1'])).toEqual([':text', undefined, 0, values])
      expect(await shirts.getMany([])).toEqual([])
    })

    it('keeps namespaces apart, also when one name begins with the other', async () => {
      await store.commit([
        { namespace: 'ledger.ozon', set: [['k', 1]] },
        { namespace: 'ledger.ozon.prices', set: [['k', 2]] },
      ])

      expect(await store.namespace('ledger.ozon').get('k')).toBe(1)
      expect(await store.namespace('ledger.ozon.prices').get('k')).toBe(2)
      expect(await store.namespace('ledger').get('k')).toBeUndefined()
    })

    it('writes all namespaces of a commit or none', async () => {
      const good = store.namespace('good')
      await store.commit([{ namespace: 'good', set: [['a', 1]] }])

      const commit = store.commit([
        {
          namespace: 'good',
          set: [
            ['a', 2],
            ['b', 2],
          ],
        },
        { namespace: 'bad', set: [['x', undefined]] },
      ])

      await expect(commit).rejects.toMatchObject({ kind: 'fatal', code: 'state.failed' })
      expect(await all(good)).toEqual([['a', 1]])
      expect(await store.namespace('bad').count()).toBe(0)
    })

    it('deletes, and lets a set of the same change win over its delete', async () => {
      const space = store.namespace('n')
      await store.commit([
        {
          namespace: 'n',
          set: [
            ['a', 1],
            ['b', 1],
            ['c', 1],
          ],
        },
      ])

      await store.commit([{ namespace: 'n', delete: ['a', 'b', 'missing'], set: [['b', 2]] }])

      expect(await all(space)).toEqual([
        ['b', 2],
        ['c', 1],
      ])
      expect(await space.count()).toBe(2)
    })

    it('lists in the order of UTF-8 bytes, by prefix and after a key', async () => {
      const space = store.namespace('n')
      const keys = ['b', 'a#1', 'a', 'a#2', 'я', '\uffee', '😀', 'B', 'a$', ' ']
      await store.commit([{ namespace: 'n', set: keys.map((key) => [key, key] as const) }])
      const inOrder = [' ', 'B', 'a', 'a#1', 'a#2', 'a$', 'b', 'я', '\uffee', '😀']

      expect((await all(space)).map(([key]) => key)).toEqual(inOrder)
      expect(await all(space, { prefix: 'a#' })).toEqual([
        ['a#1', 'a#1'],
        ['a#2', 'a#2'],
      ])
      expect(await all(space, { prefix: 'a', after: 'a#1' })).toEqual([
        ['a#2', 'a#2'],
        ['a$', 'a$'],
      ])
      expect(await all(space, { prefix: 'a', after: 'B' })).toHaveLength(4)
      expect(await all(space, { prefix: 'a', after: 'b' })).toEqual([])
      expect(await all(space, { after: 'a#1x' })).toHaveLength(6)
      expect(await all(space, { prefix: 'nothing' })).toEqual([])
    })

    it('counts entries', async () => {
      const space = store.namespace('n')
      expect(await space.count()).toBe(0)

      await store.commit([{ namespace: 'n', set: numbered(2500) }])

      expect(await space.count()).toBe(2500)
      expect(await all(space)).toHaveLength(2500)
    })

    it('shows a walk the state of its first step, whatever is committed meanwhile', async () => {
      const space = store.namespace<number>('n')
      await store.commit([{ namespace: 'n', set: numbered(3500) }])
      const seen: (readonly [string, number])[] = []

      for await (const entry of space.entries()) {
        seen.push(entry)
        if (seen.length !== 10) continue
        await store.commit([
          {
            namespace: 'n',
            set: [
              ['k000003', -1],
              ['k000500', -1],
              ['k002999', -1],
              ['k0029995', -1],
              ['zz', -1],
            ],
            delete: ['k000004', 'k002000', 'k003499'],
          },
        ])
        await store.commit([{ namespace: 'n', set: [['k002000', -2]], delete: ['k002999'] }])
      }

      expect(seen).toEqual(numbered(3500))
      expect(await space.get('k002000')).toBe(-2)
      expect(await space.count()).toBe(3499)
    })

    it('can leave a walk early', async () => {
      const space = store.namespace<number>('n')
      await store.commit([{ namespace: 'n', set: numbered(1500) }])

      for await (const [key] of space.entries()) if (key === 'k000002') break
      await store.commit([{ namespace: 'n', set: [['k000003', -1]] }])

      expect(await space.get('k000003')).toBe(-1)
    })

    it('keeps fingerprints raw: 64 bits, in the order asked for', async () => {
      const prints = store.fingerprints('fp.main')
      const largest = 0xffff_ffff_ffff_ffffn

      await store.commit([
        {
          namespace: 'fp.main',
          set: [
            ['b', largest],
            ['a', 0n],
            ['c', 7n],
          ],
        },
      ])
      await store.commit([{ namespace: 'fp.main', delete: ['c'] }])

      expect(await prints.getMany(['a', 'c', 'b', 'missing'])).toEqual([0n, undefined, largest, undefined])
    })

    it('refuses a value that is no fingerprint, and a fingerprint that is no value', async () => {
      store.fingerprints('fp')
      store.namespace('values')

      await expect(store.commit([{ namespace: 'fp', set: [['a', 1]] }])).rejects.toMatchObject({ code: 'state.failed' })
      await expect(store.commit([{ namespace: 'values', set: [['a', 1n]] }])).rejects.toMatchObject({
        code: 'state.failed',
      })
    })

    it('refuses keys it could not find again, and names that are none', async () => {
      store.namespace('n')
      const write = (key: string): Promise<void> => store.commit([{ namespace: 'n', set: [[key, 1]] }])

      for (const key of ['', '\0', '\0mark', 'я'.repeat(1000)]) {
        await expect(write(key)).rejects.toMatchObject({ kind: 'fatal', code: 'state.bad_key' })
      }
      for (const name of ['', 'a:b', 'Ozon', '_meta']) {
        expect(() => store.namespace(name)).toThrow(expect.objectContaining({ code: 'state.bad_namespace' }))
      }
    })

    it('calls a namespace new until something was committed to it', async () => {
      const before = await store.mark('ledger.a')
      store.namespace('ledger.a')
      const opened = await store.mark('ledger.a')

      await store.commit([{ namespace: 'ledger.a', set: [['k', 1]] }])

      expect([before, opened, await store.mark('ledger.a'), await store.mark('ledger.b')]).toEqual([
        'new',
        'new',
        'known',
        'new',
      ])
    })

    it('reads and writes 10,000 entries in well below a second', async () => {
      const space = store.namespace<object>('n')
      const prints = store.fingerprints('fp')
      const value = { prices: Array.from({ length: 5 }, (_, i) => ({ type: `type ${i}`, amount: '1499.00' })) }
      const set = numbered(10_000).map(([key]) => [key, value] as const)
      const keys = set.map(([key]) => key)

      const commit = await timed(() =>
        store.commit([
          { namespace: 'n', set },
          { namespace: 'fp', set: set.map(([k]) => [k, 1n]) },
        ]),
      )
      const read = await timed(() => space.getMany(keys))
      const readPrints = await timed(async () => prints.getMany(keys))

      expect(Math.max(commit, read, readPrints)).toBeLessThan(1000)
    })

    it('answers nothing once closed, and closes twice without harm', async () => {
      const space = store.namespace('n')

      await Promise.all([store.close(), store.close()])

      await expect(space.get('a')).rejects.toMatchObject({ kind: 'fatal', code: 'state.failed' })
      await expect(store.commit([{ namespace: 'n', set: [['a', 1]] }])).rejects.toMatchObject({ code: 'state.failed' })
    })
  })
}

function numbered(count: number): (readonly [string, number])[] {
  return Array.from({ length: count }, (_, i) => [`k${String(i).padStart(6, '0')}`, i] as const)
}

async function all<V>(
  space: Namespace<V>,
  options?: { prefix?: string; after?: string },
): Promise<(readonly [string, V])[]> {
  const found: (readonly [string, V])[] = []
  for await (const entry of space.entries(options)) found.push(entry)
  return found
}

/** Milliseconds of processor time: what else runs on the machine does not count. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}
