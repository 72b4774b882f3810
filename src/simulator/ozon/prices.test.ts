import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestSimulator, type TestSimulator } from './test-support.ts'

let simulator: TestSimulator

beforeEach(async () => {
  simulator = await startTestSimulator()
  await simulator.sim('POST', 'products', { clientId: 1, items: [{ offerId: 'A' }, { offerId: 'B', price: '500' }] })
})

afterEach(() => simulator.close())

async function send(...prices: Readonly<Record<string, unknown>>[]): Promise<unknown> {
  const { status, body } = await simulator.api('/v1/product/import/prices', { prices })
  return status === 200 ? (body as { result: unknown }).result : body
}

async function codesOf(...prices: Readonly<Record<string, unknown>>[]): Promise<readonly string[]> {
  const result = (await send(...prices)) as readonly { readonly errors: readonly { readonly code: string }[] }[]
  return result.map(({ errors }) => errors[0]?.code ?? 'ok')
}

async function shown(offerId: string): Promise<unknown> {
  const { body } = await simulator.api('/v5/product/info/prices', { filter: { offer_id: [offerId] }, limit: 1 })
  const [item] = (body as { items: readonly { readonly price: Readonly<Record<string, number>> }[] }).items
  const names = ['price', 'old_price', 'min_price', 'net_price']
  return Object.fromEntries(names.map((name) => [name, item?.price[name]]))
}

describe('POST /v1/product/import/prices', () => {
  it('takes each line on its own', async () => {
    const result = await send(
      { offer_id: 'A', price: '1499.90', old_price: '1999', min_price: '1000', net_price: '700' },
      { offer_id: 'нет такого 🧦', price: '10' },
      { product_id: '3000001', price: '600' },
    )

    expect(result).toEqual([
      { product_id: 3_000_000, offer_id: 'A', updated: true, errors: [] },
      {
        product_id: 0,
        offer_id: 'нет такого 🧦',
        updated: false,
        errors: [{ code: 'NOT_FOUND', message: 'Product is not found' }],
      },
      { product_id: 3_000_001, offer_id: 'B', updated: true, errors: [] },
    ])
    expect([await shown('A'), await shown('B')]).toEqual([
      { price: 1499.9, old_price: 1999, min_price: 1000, net_price: 700 },
      { price: 600, old_price: 0, min_price: 0, net_price: 0 },
    ])
  })

  it('notes what it accepted, in order', async () => {
    await send({ offer_id: 'A', price: '100', old_price: '150' }, { offer_id: 'X', price: '1' })
    simulator.clock.advance(1_500)
    await send({ offer_id: 'B', price: '500' })

    const ledger = await simulator.entries('ledger')

    expect(ledger).toEqual([
      {
        seq: 1,
        time: '2026-11-22T09:00:00.000Z',
        clientId: '1',
        aspect: 'prices',
        offerId: 'A',
        value: { price: '100', old_price: '150' },
      },
      {
        seq: 2,
        time: '2026-11-22T09:00:01.500Z',
        clientId: '1',
        aspect: 'prices',
        offerId: 'B',
        value: { price: '500' },
      },
    ])
  })

  it('accepts the same price again', async () => {
    expect(await codesOf({ offer_id: 'B', price: '500' }, { offer_id: 'B', price: '500' })).toEqual(['ok', 'ok'])
  })

  it.each([
    ['0', undefined, undefined, 'price_negative'],
    ['-5', undefined, undefined, 'price_negative'],
    ['дорого', undefined, undefined, 'bad_request_error'],
    ['1e5', undefined, undefined, 'bad_request_error'],
    ['99999999999', undefined, undefined, 'ok'],
    ['399', '418.99', undefined, 'discount_for_low_price_is_too_small'],
    ['399', '419', undefined, 'ok'],
    ['400', '420', undefined, 'discount_for_average_price_is_too_small'],
    ['400', '420.01', undefined, 'ok'],
    ['10000', '10500', undefined, 'discount_for_average_price_is_too_small'],
    ['10000', '10500.01', undefined, 'ok'],
    ['10001', '10501', undefined, 'discount_for_top_price_is_too_small'],
    ['10001', '10501.01', undefined, 'ok'],
    ['500', '400', undefined, 'discount_for_average_price_is_too_small'],
    ['100', '1000', undefined, 'discount_too_big'],
    ['100', '999', undefined, 'ok'],
    ['100', '0', undefined, 'ok'],
    ['100', undefined, '100', 'min_auto_price_too_big'],
    ['100', undefined, '49.99', 'min_auto_price_too_small'],
    ['100', undefined, '50', 'ok'],
    ['100', undefined, '0', 'ok'],
  ])('judges price %s, old %s, min %s: %s', async (price, oldPrice, minPrice, code) => {
    const line = { offer_id: 'A', price, old_price: oldPrice, min_price: minPrice }

    expect(await codesOf(line)).toEqual([code])
  })

  it('changes nothing of a refused line', async () => {
    await send({ offer_id: 'A', price: '100', old_price: '200' })
    await send({ offer_id: 'A', price: '300', old_price: '301' })

    expect(await shown('A')).toEqual({ price: 100, old_price: 200, min_price: 0, net_price: 0 })
  })

  it('judges a lone price against what is already set, and "0" takes the struck-out price away', async () => {
    await send({ offer_id: 'A', price: '100', old_price: '200', min_price: '60' })

    const codes = await codesOf(
      { offer_id: 'A', price: '190' },
      { offer_id: 'A', price: '55' },
      { offer_id: 'A', price: '110', old_price: '0' },
    )

    expect(codes).toEqual(['discount_for_low_price_is_too_small', 'price_less_than_min_auto_price', 'ok'])
    expect(await shown('A')).toEqual({ price: 110, old_price: 0, min_price: 60, net_price: 0 })
  })

  it('forgets min_price after 30 days', async () => {
    await send({ offer_id: 'A', price: '100', min_price: '60' })

    simulator.clock.advance(30 * 86_400_000)

    expect(await shown('A')).toEqual({ price: 100, old_price: 0, min_price: 0, net_price: 0 })
    expect(await codesOf({ offer_id: 'A', price: '55' })).toEqual(['ok'])
  })

  it.each([
    ['a foreign currency', { price: '10', currency_code: 'USD' }, 'bad_request_error'],
    [
      'a strategy without a lowest price',
      { price: '10', price_strategy_enabled: 'ENABLED' },
      'action_price_enabled_min_price_missing',
    ],
    ['no price at all', { old_price: '10' }, 'bad_request_error'],
  ])('refuses %s', async (_, fields, code) => {
    expect(await codesOf({ offer_id: 'A', ...fields })).toEqual([code])
  })

  it('refuses an article over 50 characters', async () => {
    expect(await codesOf({ offer_id: 'я'.repeat(51), price: '10' })).toEqual(['bad_request_error'])
  })

  it('refuses the 11th update of one product within an hour, and no other product', async () => {
    const line = { offer_id: 'A', price: '100' }
    const codes = await codesOf(...Array.from({ length: 11 }, () => line), { offer_id: 'B', price: '100' })
    simulator.clock.advance(3_600_000)
    const later = await codesOf(line)

    expect(codes).toEqual([...Array.from({ length: 10 }, () => 'ok'), 'limit_exceeded', 'ok'])
    expect(later).toEqual(['ok'])
  })

  it.each([
    ['more than 1,000 lines', { prices: Array.from({ length: 1_001 }, () => ({ offer_id: 'A', price: '1' })) }],
    ['no lines', { prices: [] }],
    ['a line without a product', { prices: [{ offer_id: 'A', price: '1' }, { price: '1' }] }],
    ['a price as a number', { prices: [{ offer_id: 'A', price: 1 }] }],
  ])('refuses a request with %s as a whole', async (_, body) => {
    const answer = await simulator.api('/v1/product/import/prices', body)

    expect([answer.status, (answer.body as { code: number }).code]).toEqual([400, 3])
    expect(await simulator.entries('ledger')).toEqual([])
  })
})
