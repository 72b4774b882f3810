import { afterEach, describe, expect, test } from 'vitest'
import { createShop, many, offersFile, state, type Shop, type ShopOptions } from '../../../test/laws/shop.ts'
import { fingerprintValue } from '../../core/fingerprint.ts'

const open: Shop[] = []
afterEach(async () => {
  for (const shop of open.splice(0)) await shop.close()
})

const HOUR = 3_600_000
const START = '2026-11-22T14:00:00'
const minute = (n: number): string => `2026-11-22T14:${String(n).padStart(2, '0')}:00`

/** A shop whose marketplace holds `count` items of this price and stock already. */
async function filled(options: ShopOptions, count: number): Promise<Shop> {
  const shop = await createShop(options)
  open.push(shop)
  const { goods, offers } = many(count, { prices: { Розничная: '100' }, stocks: { Основной: '5' } })
  await state(shop, goods, offers, START)
  await shop.look()
  await shop.send()
  return shop
}

/** 1C restates the first `count` items with this price or stock. */
async function restate(shop: Shop, ids: readonly string[], offer: object, stamp: string): Promise<void> {
  await shop.ingest.drop(
    'offers0_1.xml',
    offersFile(
      ids.map((id) => ({ id, ...offer })),
      stamp,
    ),
  )
}
const price = (amount: string): object => ({ prices: { Розничная: amount } })
const stock = (quantity: string): object => ({ stocks: { Основной: quantity } })
const ids = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `p${from + i}`)

/** Held values by code after a look. */
async function heldIn(shop: Shop): Promise<Record<string, number>> {
  const { heldByCode } = await shop.look()
  return Object.fromEntries([...heldByCode].map(([code, results]) => [code, results.length]))
}

describe('maxChange', () => {
  const rules: readonly (readonly [to: string, held: boolean])[] = [
    ['150', false],
    ['151', true],
    ['50', false],
    ['49', true],
  ]
  test.each(rules)('a price that goes from 100 to %s, half of it allowed: held %s', async (to, held) => {
    const shop = await filled({ guard: { maxChange: '50%' } }, 1)
    await restate(shop, ['p0'], price(to), minute(1))
    expect(await heldIn(shop)).toEqual(held ? { 'guard.max_change': 1 } : {})
    await shop.send()
    expect(shop.marketplace.get('p0')).toEqual({ price: held ? '100' : to })
  })

  test('the first price of an item has nothing to be compared with', async () => {
    const shop = await filled({ guard: { maxChange: '50%' } }, 1)
    expect(shop.marketplace.get('p0')).toEqual({ price: '100' })
  })

  test('a value that is recomputed when it is sent passes the guard again', async () => {
    const shop = await filled({ guard: { maxChange: '50%' } }, 1)
    await restate(shop, ['p0'], price('120'), minute(1))
    expect((await shop.look()).planned).toBe(1)
    await restate(shop, ['p0'], price('900'), minute(2))
    await shop.send()
    expect(shop.marketplace.get('p0')).toEqual({ price: '100' })
    expect((await shop.ledger())['p0']?.attempt).toMatchObject({ state: 'held', reason: { code: 'guard.max_change' } })
  })

  test('what was held goes by itself once 1C takes the mistake back', async () => {
    const shop = await filled({ guard: { maxChange: '50%' } }, 1)
    await restate(shop, ['p0'], price('900'), minute(1))
    expect(await heldIn(shop)).toEqual({ 'guard.max_change': 1 })
    await restate(shop, ['p0'], price('110'), minute(2))
    expect(await heldIn(shop)).toEqual({})
    await shop.send()
    expect(shop.marketplace.get('p0')).toEqual({ price: '110' })
  })

  test('a decision counts for its value and until the marketplace accepts one after it', async () => {
    const shop = await filled({ guard: { maxChange: '50%' } }, 1)
    const decide = (decision: 'release' | 'drop', amount: string): void => {
      const fingerprint = fingerprintValue({ price: amount })
      shop.aspect.decisions = new Map([['p0', { fingerprint, decision, at: shop.clock.now() }]])
    }
    const later = (): void => shop.clock.set(shop.clock.now() + 60_000)
    later()
    await restate(shop, ['p0'], price('900'), minute(1))
    expect(await heldIn(shop)).toEqual({ 'guard.max_change': 1 })

    decide('release', '901')
    expect(await heldIn(shop), 'another value').toEqual({ 'guard.max_change': 1 })
    decide('drop', '900')
    expect(await heldIn(shop)).toEqual({ 'guard.dropped': 1 })
    decide('release', '900')
    later()
    expect(await heldIn(shop)).toEqual({})
    await shop.send()
    expect(shop.marketplace.get('p0')).toEqual({ price: '900' })

    // Back and forth: the decision of before says nothing of the next time.
    await restate(shop, ['p0'], price('600'), minute(2))
    await shop.look()
    await shop.send()
    await restate(shop, ['p0'], price('300'), minute(3))
    await shop.look()
    await shop.send()
    await restate(shop, ['p0'], price('900'), minute(4))
    expect(await heldIn(shop)).toEqual({ 'guard.max_change': 1 })
  })
})

describe('maxZeroed', () => {
  const options: ShopOptions = { aspect: 'stocks', absent: 'zero', guard: { maxZeroed: '10%' } }

  test('nine at once are too few to be counted, ten of 90 are held, ten of 100 are not', async () => {
    const nine = await filled(options, 9)
    await restate(nine, ids(0, 9), stock('0'), minute(1))
    expect(await heldIn(nine)).toEqual({})

    const ninety = await filled(options, 90)
    await restate(ninety, ids(0, 10), stock('0'), minute(1))
    expect(await heldIn(ninety)).toEqual({ 'guard.max_zeroed': 10 })

    const hundred = await filled(options, 100)
    await restate(hundred, ids(0, 10), stock('0'), minute(1))
    expect(await heldIn(hundred)).toEqual({})
  })

  test('only the zeros are held, the other stocks go', async () => {
    const shop = await filled(options, 20)
    await restate(shop, ids(0, 10), stock('0'), minute(1))
    await restate(shop, ids(10, 20), stock('7'), minute(2))
    expect(await heldIn(shop)).toEqual({ 'guard.max_zeroed': 10 })
    await shop.send()
    const holds = (id: string): unknown => shop.marketplace.get(`${id}\n100`)
    expect(ids(0, 10).map(holds)).toEqual(ids(0, 10).map(() => ({ quantity: 5 })))
    expect(ids(10, 20).map(holds)).toEqual(ids(10, 20).map(() => ({ quantity: 7 })))
  })

  test('zeros of the last hour count, also after a restart, and no longer', async () => {
    const shop = await filled(options, 100)
    await restate(shop, ids(0, 6), stock('0'), minute(1))
    await shop.look()
    await shop.send()
    await restate(shop, ids(6, 11), stock('0'), minute(2))
    expect(await heldIn(shop), 'six and five').toEqual({ 'guard.max_zeroed': 5 })

    const restarted = await shop.restart()
    expect(await heldIn(restarted), 'after a restart').toEqual({ 'guard.max_zeroed': 5 })

    shop.clock.set(shop.clock.now() + HOUR + 1)
    expect(await heldIn(shop), 'an hour later').toEqual({})
    const again = await shop.restart()
    expect(await heldIn(again), 'an hour later, after a restart').toEqual({})
  })

  test('retiring counts as zeroing', async () => {
    const shop = await filled({ ...options, select: '!product.article.contains("x")' }, 20)
    await state(
      shop,
      ids(0, 10).map((id) => ({ id, article: `x${id}` })),
      [],
      minute(1),
    )
    expect(await heldIn(shop)).toEqual({ 'guard.max_zeroed': 10 })
  })
})

describe('holdShare', () => {
  const options: ShopOptions = { guard: { maxChange: '50%', holdShare: '30%' } }

  test('when too many values would be held the whole look is', async () => {
    const shop = await filled(options, 40)
    await restate(shop, ids(0, 13), price('900'), minute(1))
    await restate(shop, ids(13, 20), price('110'), minute(2))
    expect(await heldIn(shop)).toEqual({ 'guard.max_change': 13, 'guard.hold_share': 7 })
    await shop.send()
    expect(new Set([...shop.marketplace.values()].map((value) => JSON.stringify(value)))).toEqual(
      new Set(['{"price":"100"}']),
    )

    // The mistake is taken back: everything that was held with it goes.
    await restate(shop, ids(0, 13), price('100'), minute(3))
    expect(await heldIn(shop)).toEqual({})
    await shop.send()
    expect(ids(13, 20).map((id) => shop.marketplace.get(id))).toEqual(ids(13, 20).map(() => ({ price: '110' })))
  })

  test('twelve of 40 are not more than 30 %: the others go', async () => {
    const shop = await filled(options, 40)
    await restate(shop, ids(0, 12), price('900'), minute(1))
    await restate(shop, ids(12, 20), price('110'), minute(2))
    expect(await heldIn(shop)).toEqual({ 'guard.max_change': 12 })
  })

  test('nine are too few to be counted, and what a person dropped is not counted', async () => {
    const shop = await filled(options, 20)
    await restate(shop, ids(0, 10), price('900'), minute(1))
    await restate(shop, ids(10, 12), price('110'), minute(2))
    expect(await heldIn(shop)).toEqual({ 'guard.max_change': 10, 'guard.hold_share': 2 })
    const fingerprint = fingerprintValue({ price: '900' })
    shop.aspect.decisions = new Map([['p0', { fingerprint, decision: 'drop', at: shop.clock.now() }]])
    expect(await heldIn(shop)).toEqual({ 'guard.max_change': 9, 'guard.dropped': 1 })
  })
})

describe('stale statements', () => {
  test('hold raises and lets lower stocks go; zero takes everything down', async () => {
    const holding = await filled({ aspect: 'stocks', stale: 'hold' }, 2)
    holding.clock.set(holding.clock.now() + 2 * 86_400_000)
    await restate(holding, ['p0'], stock('9'), minute(1))
    await restate(holding, ['p1'], stock('1'), minute(2))
    expect(await heldIn(holding)).toEqual({ 'stale.hold': 1 })
    await holding.send()
    expect(Object.fromEntries(holding.marketplace)).toEqual({ 'p0\n100': { quantity: 5 }, 'p1\n100': { quantity: 1 } })

    const zeroing = await filled({ aspect: 'stocks', stale: 'zero' }, 1)
    zeroing.clock.set(zeroing.clock.now() + 2 * 86_400_000)
    await zeroing.look()
    await zeroing.send()
    expect(Object.fromEntries(zeroing.marketplace)).toEqual({ 'p0\n100': { quantity: 0 } })
  })
})
