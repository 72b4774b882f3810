import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MOSCOW, startTestSimulator, type TestSimulator } from './test-support.ts'

const PRICES = '/v1/product/import/prices'

let simulator: TestSimulator
let dice: number

beforeEach(async () => {
  dice = 0
  simulator = await startTestSimulator({ random: () => dice })
  await simulator.sim('POST', 'products', { clientId: 1, items: [{ offerId: 'A', stocks: { [MOSCOW]: 1 } }] })
})

afterEach(() => simulator.close())

const send = (price = '100'): ReturnType<TestSimulator['api']> =>
  simulator.api(PRICES, { prices: [{ offer_id: 'A', price }] })

const applied = async (): Promise<number> => (await simulator.entries('ledger')).length

describe('faults', () => {
  it.each([
    ['429', { kind: '429' }, 429, '1', 8],
    ['429 written as a number', { kind: 429 }, 429, '1', 8],
    ['429 with another wait', { kind: '429', retryAfter: 7 }, 429, '7', 8],
    ['429 without a wait', { kind: '429', retryAfter: null }, 429, undefined, 8],
    ['5xx of the API', { kind: '5xx' }, 500, undefined, 13],
    ['an open circle', { kind: 'circleOpen' }, 503, undefined, 14],
  ])('answers %s without effect', async (_, fault, status, retryAfter, code) => {
    await simulator.sim('PUT', 'faults', { rate: 1, ...fault })

    const answer = await send()

    expect([answer.status, answer.headers['retry-after'], answer.body]).toMatchObject([status, retryAfter, { code }])
    expect(await applied()).toBe(0)
  })

  it.each([
    [0.5, 502],
    [0.7, 503],
    [0.99, 504],
  ])('answers 5xx of a gateway in HTML', async (roll, status) => {
    dice = roll
    await simulator.sim('PUT', 'faults', { rate: 1, kind: '5xx' })

    const answer = await send()

    expect([answer.status, answer.body]).toEqual([status, `<html><body><h1>${status}</h1></body></html>`])
    expect(await applied()).toBe(0)
  })

  it('loses the reply of what was applied', async () => {
    await simulator.sim('PUT', 'faults', { rate: 1, kind: 'lostReply' })

    await expect(send()).rejects.toMatchObject({ code: 'ECONNRESET' })

    expect(await applied()).toBe(1)
    expect(await simulator.entries('requests')).toMatchObject([{ status: 200, items: 1, fault: 'lostReply' }])
  })

  it('cuts the connection before anything happened', async () => {
    await simulator.sim('PUT', 'faults', { rate: 1, kind: 'down' })

    await expect(send()).rejects.toMatchObject({ code: 'ECONNRESET' })

    expect(await applied()).toBe(0)
    expect(await simulator.entries('requests')).toMatchObject([{ status: 0, items: 1, fault: 'down' }])
  })

  it('applies at once and answers late', async () => {
    await simulator.sim('PUT', 'faults', { rate: 1, kind: 'slow', delay: 5_000 })
    let answered = false

    const answer = send().finally(() => (answered = true))
    while ((await applied()) === 0);
    simulator.clock.advance(4_999)
    await applied()
    const early = answered
    simulator.clock.advance(1)

    expect((await answer).status).toBe(200)
    expect(early).toBe(false)
  })

  it('stops while an answer is held back', async () => {
    await simulator.sim('PUT', 'faults', { rate: 1, kind: 'slow' })
    const lost = expect(send()).rejects.toMatchObject({ code: 'ECONNRESET' })
    while ((await applied()) === 0);

    await simulator.close()

    await lost
  })

  it('refuses a share of the items, not of the requests', async () => {
    await simulator.sim('PUT', 'faults', { rate: 0.5, kind: 'itemError', code: 'invalid_category_price' })
    dice = 0.49
    const prices = await send()
    const stocks = await simulator.api('/v2/products/stocks', {
      stocks: [{ offer_id: 'A', stock: 2, warehouse_id: MOSCOW }],
    })
    dice = 0.5
    const spared = await send()

    const errors = [{ code: 'invalid_category_price', message: 'Item is refused' }]
    expect(prices.body).toMatchObject({ result: [{ updated: false, errors }] })
    expect(stocks.body).toMatchObject({ result: [{ updated: false, errors }] })
    expect(spared.body).toMatchObject({ result: [{ updated: true, errors: [] }] })
    expect(await applied()).toBe(1)
  })

  it('hits only its method and only its share', async () => {
    await simulator.sim('PUT', 'faults', [
      { rate: 0.3, kind: '429', method: PRICES },
      { rate: 1, kind: 'circleOpen', method: '/v1/roles' },
    ])
    dice = 0.3

    const statuses = [
      (await send()).status,
      (await simulator.api('/v1/roles')).status,
      (await simulator.api('/v3/product/list')).status,
    ]
    dice = 0.29

    expect([...statuses, (await send()).status]).toEqual([200, 503, 200, 429])
  })

  it('ends with a rate of 0', async () => {
    await simulator.sim('PUT', 'faults', { rate: 1, kind: 'down' })
    await simulator.sim('PUT', 'faults', { rate: 0, kind: 'down' })

    expect((await send()).status).toBe(200)
  })
})
