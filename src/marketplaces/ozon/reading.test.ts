import { expect, test } from 'vitest'
import type { Clock } from '../../core/clock.ts'
import type { ListedOffer, ListingRow } from '../../core/marketplace.ts'
import type { Call, OzonApi } from './api.ts'
import { checkAccount } from './check.ts'
import { createListingReader } from './listing.ts'
import { METHODS } from './limits.ts'

const never = new AbortController().signal
const clock: Clock = { now: () => 5, sleep: () => Promise.resolve(), fromReal: (ms) => ms }

/** Answers the calls in turn and notes their bodies. */
function scriptedApi(answers: readonly unknown[]): OzonApi & { readonly asked: unknown[] } {
  const asked: unknown[] = []
  const answer = <T>(call: Call<T>): Promise<T> => {
    asked.push(call.body)
    return Promise.resolve(call.schema.parse(answers[asked.length - 1]))
  }
  return {
    asked,
    read: answer,
    write: answer,
    health: () => ({ state: 'up' }),
    limits: () => [],
    close: () => Promise.resolve(),
  }
}

async function collect<T = ListingRow>(rows: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = []
  for await (const page of rows) all.push(...page)
  return all
}

test('prices are read to the last cursor, 0 meaning not set', async () => {
  const api = scriptedApi([
    {
      items: [
        { offer_id: 'a', price: { price: 1499.5, old_price: 0, min_price: 0, net_price: 0 } },
        { offer_id: 'b', price: { price: '100.0000', old_price: '200.00', min_price: 60, net_price: 40 } },
      ],
      cursor: 'c',
      total_items: 3,
    },
    { items: [{ offer_id: 'c', price: null }], cursor: 'd' },
    { items: [], cursor: 'd' },
  ])

  expect(await collect(createListingReader(api, clock).prices(['a', 'b', 'c', 'd'], never))).toEqual([
    { offerId: 'a', prices: { price: '1499.5', oldPrice: '0' } },
    { offerId: 'b', prices: { price: '100', oldPrice: '200', minPrice: '60', netPrice: '40' }, until: 86_400_005 },
    { offerId: 'c' },
  ])
  const filter = { offer_id: ['a', 'b', 'c', 'd'], visibility: 'ALL' }
  expect(api.asked).toEqual(['', 'c', 'd'].map((cursor) => ({ filter, limit: 1000, cursor })))
})

test('the listing is read page by page with the cards behind it, then once more for the archive', async () => {
  const api = scriptedApi([
    { result: { items: [{ offer_id: 'a', product_id: 1 }], last_id: 'x' } },
    {
      items: [{ id: 1, offer_id: 'a', sku: '77', name: 'Футболка', barcodes: ['46001', '46002'], is_archived: false }],
    },
    { result: { items: [], last_id: 'x' } },
    { result: { items: [{ offer_id: 'b', product_id: '2' }], last_id: 'y' } },
    { items: [{ id: '2', offer_id: 'b', sku: 0, name: null, barcodes: null, is_archived: true, surprise: {} }] },
    { result: { items: [], last_id: '' } },
  ])

  expect(await collect<ListedOffer>(createListingReader(api, clock).offers(never))).toEqual([
    { offerId: 'a', productId: '1', sku: '77', name: 'Футболка', barcodes: ['46001', '46002'], archived: false },
    { offerId: 'b', productId: '2', name: '', barcodes: [], archived: true },
  ])
  const page = (visibility: string, lastId: string) => ({ filter: { visibility }, limit: 1000, last_id: lastId })
  expect(api.asked).toEqual([
    page('ALL', ''),
    { product_id: ['1'] },
    page('ALL', 'x'),
    page('ARCHIVED', ''),
    { product_id: ['2'] },
    page('ARCHIVED', 'y'),
  ])
})

test('stocks are asked for 1,000 articles at once and give a row for each', async () => {
  const ids = Array.from({ length: 1001 }, (_, i) => `o${i}`)
  const api = scriptedApi([
    {
      products: [
        { offer_id: 'o0', warehouse_id: 1, present: 5, reserved: 2, free_stock: 3 },
        { offer_id: 'o0', warehouse_id: '2', present: '4', reserved: 1 },
      ],
      cursor: 'c',
      has_next: true,
    },
    { products: [{ offer_id: 'o1', warehouse_id: 1, free_stock: 0 }], cursor: '', has_next: false },
    { products: [], cursor: '', has_next: false },
  ])

  const rows = await collect(createListingReader(api, clock).stocks(ids, never))

  expect(rows).toHaveLength(1001)
  expect(rows.slice(0, 3)).toEqual([
    { offerId: 'o0', stocks: { '1': 3, '2': 3 } },
    { offerId: 'o1', stocks: { '1': 0 } },
    { offerId: 'o2', stocks: {} },
  ])
  expect(api.asked).toEqual([
    { offer_id: ids.slice(0, 1000), limit: 1000, cursor: '' },
    { offer_id: ids.slice(0, 1000), limit: 1000, cursor: 'c' },
    { offer_id: ['o1000'], limit: 1000, cursor: '' },
  ])
})

test('the check tells when the key dies, what it may not do and which warehouses there are', async () => {
  const methods = Object.values(METHODS).filter((method) => method !== METHODS.writeStocks && method !== METHODS.roles)
  const api = scriptedApi([
    {
      expires_at: '2027-02-18T09:54:23Z',
      roles: [{ name: 'A', methods: methods.slice(0, 3) }, { methods: methods.slice(3) }],
    },
    { warehouses: [{ warehouse_id: 7, name: 'FBS Москва', status: 'created' }], cursor: 'c', has_next: 'true' },
    { warehouses: [{ warehouse_id: '8', name: 'Старый', status: 'disabled' }], cursor: '', has_next: 'false' },
  ])

  expect(await checkAccount(api, never)).toEqual({
    keyExpiresAt: Date.parse('2027-02-18T09:54:23Z'),
    missingMethods: [METHODS.writeStocks],
    warehouses: [
      { id: '7', name: 'FBS Москва', active: true },
      { id: '8', name: 'Старый', active: false },
    ],
  })
})

test('rights that are not listed are not missing; a method without right is not called', async () => {
  const silent = scriptedApi([{ roles: null }, { warehouses: [], cursor: '', has_next: false }])
  const bare = scriptedApi([{ expires_at: null, roles: [{ methods: ['/v1/actions'] }] }])

  expect(await checkAccount(silent, never)).toEqual({ missingMethods: [], warehouses: [] })
  expect((await checkAccount(bare, never)).warehouses).toEqual([])
  expect(bare.asked).toHaveLength(1)
})
