import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { clothingShop } from '../fixtures/clothing-shop.ts'
import { writeExport } from '../fixtures/ut-export.ts'
import { ObmenError } from '../src/core/errors.ts'
import type { Namespace, Store } from '../src/state/store.ts'
import { createFiles } from '../src/state/disk.ts'
import { openNumbers } from '../src/state/numbers.ts'
import { createProject, until } from './e2e/project.ts'
import { lookEveryMinute } from './e2e/shop.ts'
import { createIngest, valuesOf } from './laws/ingest.ts'
import { createShop, offersFile, state, type Shop, type ShopOptions } from './laws/shop.ts'

/*
 * The six laws of the design, one scenario each that fails when the law is broken. In depth they are held by:
 *   1 level-triggered      src/stages/guard/index.test.ts, test/e2e, test/crash
 *   2 doubt is restated    src/core/ledger.test.ts, src/stages/push, test/crash
 *   3 silence is no order  src/sources/catalogue/index.test.ts, src/pipeline/item-context.test.ts, test/e2e
 *   4 as of                test/laws/as-of.test.ts, src/state/catalogue.test.ts
 *   5 one number for ever  src/state/journals.test.ts, test/e2e, test/crash
 *   6 nothing by itself    src/sources/catalogue/index.test.ts, test/e2e
 */

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

async function shopOf(options: ShopOptions = {}): Promise<Shop> {
  const shop = await createShop(options)
  cleanups.push(() => shop.close())
  return shop
}

const later = (minute: number): string => `2026-11-22T14:${String(minute).padStart(2, '0')}:00`
const priced = (amount: string): { id: string; prices: Record<string, string> } => ({
  id: 'a',
  prices: { Розничная: amount },
})
const stocked = { id: 'a', stocks: { Основной: '5' } }

describe('law 1: what is sent is what is wanted now, less what the marketplace is known to hold', () => {
  test('a planned key carries no value: the newest one is sent, and what no longer differs is not', async () => {
    const shop = await shopOf()
    await state(shop, [{ id: 'a' }], [priced('100')])
    await shop.look()
    await state(shop, [], [priced('110')], later(1))
    await shop.send()
    expect(shop.requests).toEqual([[['a', { price: '110' }]]])

    await state(shop, [], [priced('120')], later(2))
    await shop.look()
    await state(shop, [], [priced('110')], later(3))
    await shop.send()
    await shop.look()
    await shop.send()
    expect(shop.requests.length).toBe(1)
  })

  test('a lost event, a restart: the next look finds what is missing', async () => {
    const shop = await shopOf()
    await state(shop, [{ id: 'a' }], [priced('100')])
    const restarted = await shop.restart()
    await restarted.look()
    await restarted.send()
    expect(Object.fromEntries(shop.marketplace)).toEqual({ a: { price: '100' } })
  })
})

describe('law 2: a value that may have arrived is stated again', () => {
  test('100 → 110 with its reply lost → 100: the marketplace ends at 100', async () => {
    let losing = false
    const shop: Shop = await shopOf({
      answer: ({ key, value }) => {
        if (!losing) return { key, state: 'accepted' }
        shop.marketplace.set(key, value)
        return { key, state: 'unknown', reason: { code: 'test.lost', message: 'the reply was lost' } }
      },
    })
    const want = async (amount: string, minute: number): Promise<void> => {
      shop.clock.set(shop.clock.now() + 60_000)
      await state(shop, [{ id: 'a' }], [priced(amount)], later(minute))
      await shop.look()
      await shop.send()
    }
    await want('100', 1)
    losing = true
    await want('110', 2)
    losing = false
    await want('100', 3)
    expect(shop.marketplace.get('a')).toEqual({ price: '100' })
    await want('100', 4)
    expect(shop.requests.length).toBe(3)
  })

  test('`sending` is in the ledger before the request leaves', async () => {
    const seen: unknown[] = []
    const shop: Shop = await shopOf({
      answer: ({ key }) => {
        seen.push(entryOf(shop, key))
        return { key, state: 'accepted' }
      },
    })
    await state(shop, [{ id: 'a' }], [priced('100')])
    await shop.look()
    await shop.send()
    const [entries] = await Promise.all(seen)
    expect(entries).toMatchObject([{ itemId: 'a', attempt: { state: 'sending' } }])
  })
})

/** Asked inside a request: the memory store answers from what is committed at this moment. */
function entryOf(shop: Shop, key: string): Promise<unknown> {
  return shop.aspect.ledger.getMany([key])
}

describe('law 3: silence is not an order', () => {
  test('what 1C no longer names and what it cannot say clearly stays on sale; a mark takes it down', async () => {
    const shop = await shopOf({ aspect: 'stocks', absent: 'zero' })
    await state(shop, [{ id: 'a' }, { id: 'b' }], [stocked, { ...stocked, id: 'b' }])
    await shop.look()
    await shop.send()
    // `b` is not named any more; of `a` only a total comes, which says nothing of its warehouses.
    await state(shop, [], [{ id: 'a', total: '9' }], later(1))
    await shop.look()
    await shop.send()
    const holds = (): unknown => Object.fromEntries(shop.marketplace)
    expect(holds()).toEqual({ 'a\n100': { quantity: 5 }, 'b\n100': { quantity: 5 } })

    await state(shop, [], [{ id: 'b', deleted: true }], later(2))
    await shop.look()
    await shop.send()
    expect(holds()).toEqual({ 'a\n100': { quantity: 5 }, 'b\n100': { quantity: 0 } })
  })
})

describe('law 4: the newest statement of each facet is in force, and the skip changes nothing', () => {
  test('whatever arrives first', async () => {
    const price = { ...priced('10') }
    const files = [
      offersFile([{ ...price, ...stocked }], later(1)),
      offersFile([{ ...price, ...stocked }], later(3)),
      offersFile([{ ...priced('20'), ...stocked }], later(2)),
      offersFile([{ id: 'a', prices: { Оптовая: '8' } }], later(3)),
    ]
    for (const skip of [true, false]) {
      const ingest = await createIngest({ skip })
      cleanups.push(() => ingest.close())
      for (const [i, text] of files.entries()) await ingest.drop(`offers0_${i}.xml`, text)
      const values = await valuesOf(ingest.catalogue)
      expect(values['a# prices'], `skip: ${skip}`).toMatchObject([{ amount: '10' }, { amount: '8' }])
      expect(values['a# stocks'], `skip: ${skip}`).toEqual({ byWarehouse: { 'w-Основной': '5' } })
    }
  })
})

describe('law 5: an order keeps its number for ever', () => {
  test('also when the store is gone and only the journal is left; no number is given twice', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'obmen-law-'))
    cleanups.push(() => rm(folder, { recursive: true, force: true }))
    const file = join(folder, 'numbers.csv')
    const formats = new Map([['main', { prefix: 'OZ', digits: 6, start: 1 }]])
    const before = await openNumbers(file, createFiles(), formats)
    const given = [await before.allocate('main', 'one', '1-1', 0), await before.allocate('main', 'two', '1-1', 0)]
    const after = await openNumbers(file, createFiles(), formats)
    const again = [
      await after.allocate('main', 'two', '1-1', 0),
      await after.allocate('main', 'one', '1-1', 0),
      await after.allocate('main', 'one', '1-2', 0),
    ]
    expect(given).toEqual(['OZ000001', 'OZ000002'])
    expect(again).toEqual(['OZ000002', 'OZ000001', 'OZ000003'])
  })
})

describe('law 6: nothing is written without leave, nothing is concluded from a fault', () => {
  test('an account that nobody approved computes everything and writes nothing, until it is approved', async () => {
    const project = await createProject({
      speed: 50,
      files: { 'pipelines/ozon-prices.yaml': lookEveryMinute, 'pipelines/ozon-stocks.yaml': lookEveryMinute },
    })
    cleanups.push(() => project.close())
    await mkdir(join(project.inbox, 'webdata'), { recursive: true })
    const service = await project.open()
    for (const { name, text } of writeExport(clothingShop(), { stamp: '2026-11-22T10:00:00', scope: 'full' })) {
      await writeFile(join(project.inbox, 'webdata', name), text)
    }
    await until('both aspects are planned', () => service.items.every(({ pipeline }) => pipeline.aspect.plan.size > 0))
    // Looks go on and on while nothing may be sent.
    const seen = service.items.map(({ pipeline }) => pipeline.lastLook?.at ?? 0)
    await until('both have looked again', () =>
      service.items.every(({ pipeline }, i) => (pipeline.lastLook?.at ?? 0) > (seen[i] as number)),
    )
    expect(await project.ozon.writes()).toEqual([])

    await project.approve()
    await until('prices and stocks were written', async () => {
      const methods = new Set((await project.ozon.writes()).map(({ method }) => method))
      return methods.size === 2
    })
  })

  test('a store that fails ends the look: it is never an empty catalogue', async () => {
    let failing = false
    const broken = (): never => {
      throw new ObmenError('fatal', 'state.failed', 'reading in the store: the disk is gone')
    }
    const shop = await shopOf({
      aspect: 'stocks',
      absent: 'zero',
      wrap: (store: Store): Store => ({
        ...store,
        namespace<V>(name: string): Namespace<V> {
          const plain = store.namespace<V>(name)
          return { ...plain, name, entries: (range) => (failing ? broken() : plain.entries(range)) }
        },
      }),
    })
    await state(shop, [{ id: 'a' }], [stocked])
    await shop.look()
    await shop.send()
    failing = true
    await expect(shop.look()).rejects.toMatchObject({ code: 'state.failed' })
    await shop.send()
    expect(shop.requests.length).toBe(1)
  })
})
