import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MOSCOW, PODOLSK, startTestSimulator, type TestSimulator } from './test-support.ts'

let simulator: TestSimulator

beforeAll(async () => {
  simulator = await startTestSimulator()
})

beforeEach(async () => {
  await simulator.sim('POST', 'reset')
  await simulator.sim('POST', 'products', {
    clientId: 1,
    items: [
      { offerId: 'A', price: 100 },
      { offerId: 'B', price: 100, stocks: { [MOSCOW]: 3 } },
    ],
  })
})

afterAll(() => simulator.close())

async function codesOf(...stocks: Readonly<Record<string, unknown>>[]): Promise<readonly string[]> {
  const { body } = await simulator.api('/v2/products/stocks', { stocks })
  const { result } = body as { result: readonly { readonly errors: readonly { readonly code: string }[] }[] }
  return result.map(({ errors }) => errors[0]?.code ?? 'ok')
}

async function stocksOf(offerId: string): Promise<unknown> {
  const state = (await simulator.sim('GET', 'state')) as { '1': { products: Record<string, { stocks: unknown }> } }
  return state['1'].products[offerId]?.stocks
}

describe('POST /v2/products/stocks', () => {
  it('takes each pair on its own and notes what it accepted', async () => {
    const { body } = await simulator.api('/v2/products/stocks', {
      stocks: [
        { offer_id: 'A', stock: 5, warehouse_id: MOSCOW },
        { product_id: 3_000_000, stock: '0', warehouse_id: String(PODOLSK) },
        { offer_id: 'X', stock: 1, warehouse_id: MOSCOW },
        { offer_id: 'A', stock: 1, warehouse_id: 77 },
      ],
    })

    expect(body).toEqual({
      result: [
        { warehouse_id: MOSCOW, product_id: 3_000_000, offer_id: 'A', updated: true, errors: [] },
        { warehouse_id: PODOLSK, product_id: 3_000_000, offer_id: 'A', updated: true, errors: [] },
        {
          warehouse_id: MOSCOW,
          product_id: 0,
          offer_id: 'X',
          updated: false,
          errors: [{ code: 'NOT_FOUND', message: 'Product is not found' }],
        },
        {
          warehouse_id: 77,
          product_id: 3_000_000,
          offer_id: 'A',
          updated: false,
          errors: [{ code: 'WAREHOUSE_NOT_FOUND', message: 'Warehouse is not found' }],
        },
      ],
    })
    expect(await simulator.entries('ledger')).toEqual([
      {
        seq: 1,
        time: new Date(simulator.clock.now()).toISOString(),
        clientId: '1',
        aspect: 'stocks',
        offerId: 'A',
        warehouseId: MOSCOW,
        value: 5,
      },
      {
        seq: 2,
        time: new Date(simulator.clock.now()).toISOString(),
        clientId: '1',
        aspect: 'stocks',
        offerId: 'A',
        warehouseId: PODOLSK,
        value: 0,
      },
    ])
  })

  it('takes a pair once in 30 seconds, also within one request', async () => {
    const pair = { offer_id: 'A', warehouse_id: MOSCOW }

    const first = await codesOf(
      { ...pair, stock: 1 },
      { ...pair, stock: 2 },
      { ...pair, warehouse_id: PODOLSK, stock: 2 },
    )
    simulator.clock.advance(29_999)
    const early = await codesOf({ ...pair, stock: 3 })
    simulator.clock.advance(1)
    const late = await codesOf({ ...pair, stock: 3 })

    expect([first, early, late]).toEqual([['ok', 'TOO_MANY_REQUESTS', 'ok'], ['TOO_MANY_REQUESTS'], ['ok']])
    expect(await stocksOf('A')).toEqual({
      [MOSCOW]: { present: 3, reserved: 0, free: 3 },
      [PODOLSK]: { present: 2, reserved: 0, free: 2 },
    })
  })

  it('says when a stock is the same as before', async () => {
    expect(await codesOf({ offer_id: 'B', warehouse_id: MOSCOW, stock: 3 })).toEqual(['SKU_STOCK_NOT_CHANGE'])
  })

  it('takes stocks below a million', async () => {
    const codes = await codesOf(
      { offer_id: 'A', warehouse_id: MOSCOW, stock: 999_999 },
      { offer_id: 'A', warehouse_id: PODOLSK, stock: 1_000_000 },
    )

    expect(codes).toEqual(['ok', 'STOCK_TOO_BIG'])
  })

  it.each([
    ['notCreated', 'product_is_not_created'],
    ['priceNotSent', 'PRICE_IS_NOT_SENT'],
    ['archived', 'PRODUCT_IS_ARCHIVED'],
  ])('refuses a card that is %s', async (card, code) => {
    await simulator.sim('POST', 'products', { clientId: 1, items: [{ offerId: 'A', card }] })

    expect(await codesOf({ offer_id: 'A', warehouse_id: MOSCOW, stock: 1 })).toEqual([code])
  })

  it('refuses an article over 50 characters', async () => {
    expect(await codesOf({ offer_id: 'a'.repeat(51), warehouse_id: MOSCOW, stock: 1 })).toEqual(['bad_request_error'])
  })

  it('leaves reserves alone: what is sent is the free stock', async () => {
    await simulator.sim('POST', 'postings', {
      clientId: 1,
      warehouseId: MOSCOW,
      lines: [{ offerId: 'B', quantity: 2, price: '100' }],
    })

    await codesOf({ offer_id: 'B', warehouse_id: MOSCOW, stock: 10 })

    expect(await stocksOf('B')).toEqual({ [MOSCOW]: { present: 12, reserved: 2, free: 10 } })
  })

  it('takes 80 requests a minute and says when to come back', async () => {
    const request = { stocks: [{ offer_id: 'X', stock: 1, warehouse_id: MOSCOW }] }
    const statuses: number[] = []
    for (let sent = 0; sent < 80; sent++) {
      statuses.push((await simulator.api('/v2/products/stocks', request)).status)
      simulator.clock.advance(100)
    }

    const refused = await simulator.api('/v2/products/stocks', request)
    const other = await simulator.api('/v2/products/stocks', request, { 'Client-Id': '2' })
    simulator.clock.advance(52_000)
    const later = await simulator.api('/v2/products/stocks', request)

    expect(statuses).toEqual(Array.from({ length: 80 }, () => 200))
    expect([refused.status, refused.headers['retry-after'], refused.headers['ratelimit-remaining']]).toEqual([
      429,
      '52',
      '0',
    ])
    expect(refused.body).toEqual({ code: 8, message: 'You have reached request rate limit per minute', details: [] })
    expect([other.status, later.status]).toEqual([200, 200])
  })

  it.each([
    ['no warehouse', { offer_id: 'A', stock: 1 }, 'WarehouseId: value is required'],
    ['no stock', { offer_id: 'A', warehouse_id: MOSCOW }, 'Stock: value is required'],
    [
      'a negative stock',
      { offer_id: 'A', warehouse_id: MOSCOW, stock: -1 },
      'Stock: value must be greater than or equal to 0',
    ],
    ['no product', { stock: 1, warehouse_id: MOSCOW }, 'OfferId: value is required'],
  ])('refuses the whole request for a pair with %s', async (_, pair, reason) => {
    const good = { offer_id: 'A', stock: 1, warehouse_id: MOSCOW }

    const answer = await simulator.api('/v2/products/stocks', { stocks: [good, pair] })

    expect([answer.status, answer.body]).toEqual([
      400,
      {
        code: 3,
        message:
          'Request validation error: invalid ProductsStocksRequest.Stocks[1]: embedded message failed validation | ' +
          `caused by: invalid ProductsStocksRequest_Stock.${reason}`,
        details: [],
      },
    ])
    expect(await simulator.entries('ledger')).toEqual([])
  })

  it('refuses more than 100 pairs', async () => {
    const stocks = Array.from({ length: 101 }, () => ({ offer_id: 'A', stock: 1, warehouse_id: MOSCOW }))

    expect((await simulator.api('/v2/products/stocks', { stocks })).body).toEqual({
      code: 3,
      message:
        'Request validation error: invalid ProductsStocksRequest.Stocks: value must contain no more than 100 item(s)',
      details: [],
    })
  })
})
