import { afterEach, describe, expect, test } from 'vitest'
import { ObmenError } from '../../core/errors.ts'
import type { Namespace, Store } from '../../state/store.ts'
import { createShop, goodsFile, offersFile, state, type Shop, type ShopOptions } from '../../../test/laws/shop.ts'

const open: Shop[] = []
afterEach(async () => {
  for (const shop of open.splice(0)) await shop.close()
})

async function shopOf(options: ShopOptions = {}): Promise<Shop> {
  const shop = await createShop(options)
  open.push(shop)
  return shop
}

const stocked = { prices: { Розничная: '100' }, stocks: { Основной: '5' } }
const reasonsOf = async (shop: Shop): Promise<(readonly [string, string])[]> =>
  (await shop.rejections()).map(({ itemId, reason }) => [itemId, reason.code] as const)

describe('silence is not an order', () => {
  const zeroing: ShopOptions = { aspect: 'stocks', absent: 'zero', select: 'flag(property("На Ozon"))' }
  const marked = { properties: { 'На Ozon': 'Да' } }

  test('a deleted offer and an unselected one go to zero, an older one that 1C is silent about stays', async () => {
    const shop = await shopOf(zeroing)
    const goods = ['a', 'b', 'c', 'd'].map((id) => ({ id, ...marked }))
    await state(shop, goods, [
      { id: 'a', ...stocked },
      { id: 'b', ...stocked },
      { id: 'c', ...stocked },
      { id: 'd', ...stocked },
    ])
    await shop.look()
    await shop.send()
    expect(Object.fromEntries(shop.marketplace)).toEqual({
      'a\n100': { quantity: 5 },
      'b\n100': { quantity: 5 },
      'c\n100': { quantity: 5 },
      'd\n100': { quantity: 5 },
    })

    // `a` is deleted, `b` is unmarked, `d` is deleted as a product, `c` is not named any more.
    const later = '2026-11-22T14:10:00'
    await shop.ingest.drop('import0_1.xml', goodsFile([{ id: 'b' }, { id: 'd', deleted: true }], later))
    await shop.ingest.drop('offers0_1.xml', offersFile([{ id: 'a', deleted: true }], later))
    await shop.look()
    await shop.send()

    expect(Object.fromEntries(shop.marketplace)).toEqual({
      'a\n100': { quantity: 0 },
      'b\n100': { quantity: 0 },
      'c\n100': { quantity: 5 },
      'd\n100': { quantity: 0 },
    })
  })

  test('with absent: ignore nothing is taken down', async () => {
    const shop = await shopOf({ ...zeroing, absent: 'ignore' })
    await state(shop, [{ id: 'a', ...marked }], [{ id: 'a', ...stocked }])
    await shop.look()
    await shop.send()
    await state(shop, [{ id: 'a' }], [], '2026-11-22T14:10:00')
    expect((await shop.look()).planned).toBe(0)
    expect(shop.marketplace.get('a\n100')).toEqual({ quantity: 5 })
  })

  test('only what the ledger holds is taken down, in its own warehouse', async () => {
    const warehouses = ['100', '200'].map((id) => ({ id, name: id === '100' ? 'FBS' : 'Другой', active: true }))
    const shop = await shopOf({ ...zeroing, warehouses })
    await state(shop, [{ id: 'a', ...marked }], [{ id: 'a', ...stocked }])
    await shop.look()
    await shop.send()
    await state(shop, [{ id: 'a' }], [], '2026-11-22T14:10:00')
    await shop.look()
    await shop.send()
    expect(shop.requests).toEqual([[['a\n100', { quantity: 5 }]], [['a\n100', { quantity: 0 }]]])
  })

  test('a rejected item is not an absent one: it keeps what the marketplace has', async () => {
    const shop = await shopOf({ ...zeroing, select: undefined as never, map: { stocks: 'byWarehouse()' } })
    await state(shop, [{ id: 'a' }], [{ id: 'a', ...stocked }])
    await shop.look()
    await shop.send()
    // Two warehouses are known, the new statement is a total without rows: of single warehouses nothing is known.
    await state(shop, [], [{ id: 'a', total: '7' }], '2026-11-22T14:10:00')
    await shop.look()
    await shop.send()
    expect(await reasonsOf(shop)).toEqual([['a', 'item.no_stock']])
    expect(shop.marketplace.get('a\n100')).toEqual({ quantity: 5 })
    expect(shop.requests.length).toBe(1)
  })

  test('an offer whose product 1C has not described is rejected, nothing is sent and nothing taken down', async () => {
    const shop = await shopOf(zeroing)
    await state(shop, [{ id: 'other', ...marked }], [{ id: 'a', ...stocked }])
    const look = await shop.look()
    expect(look.planned).toBe(0)
    expect(await reasonsOf(shop)).toEqual([['a', 'item.product_unknown']])

    // The product record comes: the item is judged by it.
    await state(shop, [{ id: 'a', ...marked }], [], '2026-11-22T14:10:00')
    await shop.look()
    await shop.send()
    expect(await reasonsOf(shop)).toEqual([])
    expect(shop.marketplace.get('a\n100')).toEqual({ quantity: 5 })
  })

  test('an orphan is counted and never retired; a rejected item is no orphan', async () => {
    const shop = await shopOf(zeroing)
    await shop.aspect.ledger.put([
      { itemId: 'ghost', warehouseId: '100', accepted: { value: { quantity: 3 }, fingerprint: 'f', since: 0 } },
      { itemId: 'a', warehouseId: '100', accepted: { value: { quantity: 3 }, fingerprint: 'f', since: 0 } },
    ])
    await state(shop, [{ id: 'other', ...marked }], [{ id: 'a', ...stocked }])
    await shop.look()
    await shop.send()
    expect(shop.aspect.orphans).toBe(1)
    expect(shop.requests).toEqual([])
  })

  test('a rejection keeps its age through looks at single items, another reason is a new one', async () => {
    const shop = await shopOf({ map: { price: 'price("Розничная")' } })
    const began = shop.clock.now()
    await state(shop, [{ id: 'other' }], [{ id: 'a' }])
    await shop.look()
    shop.clock.set(began + 60_000)
    await shop.pipeline.look(new Set(['a']), new AbortController().signal)
    expect((await shop.rejections()).map(({ reason, since }) => [reason.code, since - began])).toEqual([
      ['item.product_unknown', 0],
    ])
    await state(shop, [{ id: 'a' }], [], '2026-11-22T14:10:00')
    await shop.pipeline.look(new Set(['a']), new AbortController().signal)
    expect((await shop.rejections()).map(({ reason, since }) => [reason.code, since - began])).toEqual([
      ['item.no_price', 60_000],
    ])
  })
})

describe('a missing value is never 0', () => {
  const prices: readonly (readonly [what: string, prices: Readonly<Record<string, string>>, code: string])[] = [
    ['absent', {}, 'item.no_price'],
    ['written as 0', { Розничная: '0' }, 'item.no_price'],
  ]
  test.each(prices)('a price that is %s rejects the item', async (_, stated, code) => {
    const shop = await shopOf()
    await state(shop, [{ id: 'a' }], [{ id: 'a', prices: stated }])
    await shop.look()
    await shop.send()
    expect(await reasonsOf(shop)).toEqual([['a', code]])
    expect(shop.requests).toEqual([])
  })

  test('an offer that never had a stock statement is not sent, a known warehouse without a row is 0', async () => {
    const shop = await shopOf({ aspect: 'stocks' })
    await state(shop, [{ id: 'a' }, { id: 'b' }], [{ id: 'a' }, { id: 'b', stocks: { Второй: '4' } }])
    await shop.look()
    await shop.send()
    expect(await reasonsOf(shop)).toEqual([['a', 'item.no_stock']])
    expect(Object.fromEntries(shop.marketplace)).toEqual({ 'b\n100': { quantity: 0 } })
  })
})

describe('nothing is concluded from a fault', () => {
  test('a name that 1C does not have holds the look, also hidden behind &&', async () => {
    const shop = await shopOf({ aspect: 'stocks', absent: 'zero', select: 'false && flag(property("На Ozom"))' })
    await state(shop, [{ id: 'a' }], [{ id: 'a', ...stocked }])
    const look = await shop.look()
    expect(look.held?.reason.code).toBe('look.unknown_name')
    expect(look.held?.unknown.map(({ used, suggestion }) => [used.name, suggestion])).toEqual([['На Ozom', 'На Ozon']])
    expect(await shop.pipeline.sendBatch(new AbortController().signal)).toBeUndefined()
  })

  test('before the first export the look waits for 1C', async () => {
    const shop = await shopOf()
    const look = await shop.look()
    expect(look.held?.waitingFor1c).toBe(true)
    expect(look.held?.reason.code).toBe('look.waiting_for_1c')
  })

  test('a warehouse that the marketplace does not have, or has twice, holds the look', async () => {
    const unknown = await shopOf({ aspect: 'stocks', warehouses: [{ id: '7', name: 'Другой', active: true }] })
    const twice = ['1', '2'].map((id) => ({ id, name: 'FBS', active: true }))
    const ambiguous = await shopOf({ aspect: 'stocks', warehouses: twice })
    for (const shop of [unknown, ambiguous]) await state(shop, [{ id: 'a' }], [{ id: 'a', ...stocked }])
    expect((await unknown.look()).held?.reason.code).toBe('account.unknown_warehouse')
    expect((await ambiguous.look()).held?.reason.code).toBe('account.ambiguous_warehouse')
  })

  test('a store that fails stops the look and the send: nothing is zeroed, nothing is forgotten', async () => {
    let failing: string | undefined
    const fail = (name: string): void => {
      if (failing !== undefined && name.startsWith(failing)) {
        throw new ObmenError('fatal', 'state.failed', `reading ${name} in the store: the disk is gone`)
      }
    }
    const wrap = (store: Store): Store => ({
      ...store,
      namespace<V>(name: string): Namespace<V> {
        const plain = store.namespace<V>(name)
        return {
          ...plain,
          name,
          get: async (key) => (fail(name), plain.get(key)),
          getMany: async (keys) => (fail(name), plain.getMany(keys)),
          entries: (range) => (fail(name), plain.entries(range)),
        }
      },
    })
    const shop = await shopOf({ aspect: 'stocks', absent: 'zero', select: 'true', wrap })
    await state(shop, [{ id: 'a' }], [{ id: 'a', ...stocked }])
    await shop.look()
    await shop.send()
    await state(shop, [], [{ id: 'a', stocks: { Основной: '9' } }], '2026-11-22T14:10:00')
    for (const namespace of ['catalogue.', 'ledger.']) {
      failing = namespace
      await expect(shop.look()).rejects.toMatchObject({ code: 'state.failed' })
      failing = undefined
      expect(shop.aspect.plan.size, namespace).toBe(0)
    }
    await shop.look()
    failing = 'ledger.'
    await expect(shop.send()).rejects.toMatchObject({ code: 'state.failed' })
    failing = undefined
    expect(shop.requests.length).toBe(1)
    await shop.send()
    expect(shop.marketplace.get('a\n100')).toEqual({ quantity: 9 })
  })
})

describe('an article', () => {
  const byArticle: ShopOptions = { identity: ['product.article'] }
  const twins = [
    { id: 'a', article: 'F-1' },
    { id: 'b', article: 'F-1' },
  ]
  const priced = ['a', 'b'].map((id) => ({ id, prices: { Розничная: '100' } }))

  test('that is taken rejects the newcomer and names the owner', async () => {
    const shop = await shopOf(byArticle)
    await state(shop, twins, priced)
    await shop.look()
    await shop.send()
    const { b } = await shop.ledger()
    expect([...shop.marketplace.keys()]).toEqual(['a'])
    expect(b?.attempt?.reason).toEqual({
      code: 'identity.taken',
      message: 'article "F-1" belongs to a',
      params: { offerId: 'F-1', owner: 'a' },
    })
  })

  test('passes on when 1C deleted its owner', async () => {
    const shop = await shopOf(byArticle)
    await state(shop, twins.slice(0, 1), priced.slice(0, 1))
    await shop.look()
    await shop.send()
    await state(shop, [{ id: 'a', article: 'F-1', deleted: true }, ...twins.slice(1)], priced, '2026-11-22T14:10:00')
    await shop.look()
    await shop.send()
    expect(shop.account.offerIdOf('b')).toBe('F-1')
    expect(shop.account.offerIdOf('a')).toBeUndefined()
    expect([...shop.marketplace.keys()]).toEqual(['a', 'b'])
  })

  test('of an item stays when the expression would give another, and an empty or too long one passes the turn', async () => {
    const shop = await shopOf({ identity: ['part(product.article, "-", 2)', 'product.article', 'shortId(offer.id)'] })
    await state(shop, [{ id: 'a', article: 'L'.repeat(51) }], [{ id: 'a', prices: { Розничная: '100' } }])
    await shop.look()
    await shop.send()
    const given = shop.account.offerIdOf('a')
    expect(given).toMatch(/^[\w-]{22}$/)
    await state(
      shop,
      [{ id: 'a', article: 'short' }],
      [{ id: 'a', prices: { Розничная: '200' } }],
      '2026-11-22T14:10:00',
    )
    await shop.look()
    await shop.send()
    expect(shop.account.offerIdOf('a')).toBe(given)
  })
})
