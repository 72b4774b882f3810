import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MOSCOW, PODOLSK, startTestSimulator, type TestSimulator } from './test-support.ts'

let simulator: TestSimulator

beforeEach(async () => {
  simulator = await startTestSimulator()
})

afterEach(() => simulator.close())

describe('the control API', () => {
  it('shows the whole state', async () => {
    await simulator.sim('POST', 'products', {
      clientId: '1',
      items: [{ offerId: 'A', price: 100, oldPrice: '150', stocks: { [MOSCOW]: 4 } }],
    })
    await simulator.sim('POST', 'postings', {
      clientId: 1,
      warehouseId: MOSCOW,
      lines: [{ offerId: 'A', quantity: 1, price: 90 }],
    })

    expect(await simulator.sim('GET', 'state')).toEqual({
      '1': {
        warehouses: [
          { warehouseId: MOSCOW, name: 'FBS Москва', status: 'created' },
          { warehouseId: PODOLSK, name: 'FBS Подольск', status: 'created' },
        ],
        products: {
          A: {
            productId: 3_000_000,
            sku: 1_900_000_000,
            card: 'sellable',
            price: '100',
            old_price: '150',
            stocks: { [MOSCOW]: { present: 4, reserved: 1, free: 3 } },
          },
        },
        postings: [
          {
            postingNumber: '1795338000-0101-1',
            status: 'awaiting_packaging',
            substatus: 'posting_created',
            warehouseId: MOSCOW,
            lines: [{ offerId: 'A', quantity: 1, price: '90' }],
          },
        ],
      },
    })
  })

  it('changes a product that is there already', async () => {
    await simulator.sim('POST', 'products', { clientId: 1, items: [{ offerId: 'A', price: 100 }] })

    const answer = await simulator.sim('POST', 'products', { clientId: 1, items: [{ offerId: 'A', price: 120 }] })

    expect(answer).toEqual({ products: 1 })
    expect(await simulator.sim('GET', 'state')).toMatchObject({ '1': { products: { A: { price: '120' } } } })
  })

  it('lists every request of the API, none of its own, from a given one on', async () => {
    await simulator.api('/v1/roles')
    await simulator.api('/v2/products/stocks', { stocks: [{}, {}] })
    await simulator.api('/v1/roles', {}, { 'Client-Id': 'x' })

    const all = await simulator.entries('requests')
    const { body } = await simulator.rawSim('GET', 'requests?after=2')

    const time = '2026-11-22T09:00:00.000Z'
    expect(all).toEqual([
      { seq: 1, time, clientId: '1', method: '/v1/roles', items: 0, status: 200 },
      { seq: 2, time, clientId: '1', method: '/v2/products/stocks', items: 2, status: 400 },
      { seq: 3, time, clientId: 'x', method: '/v1/roles', items: 0, status: 401 },
    ])
    expect(body).toBe(`${JSON.stringify(all[2])}\n`)
  })

  it('forgets everything on reset but never repeats a posting number', async () => {
    const make = async (): Promise<unknown> => {
      await simulator.sim('POST', 'products', { clientId: 1, items: [{ offerId: 'A' }] })
      return simulator.sim('POST', 'postings', {
        clientId: 1,
        warehouseId: MOSCOW,
        lines: [{ offerId: 'A', quantity: 1, price: 1 }],
      })
    }
    await make()
    await simulator.sim('PUT', 'faults', { rate: 1, kind: 'down' })

    await simulator.sim('POST', 'reset')

    expect(await simulator.sim('GET', 'state')).toEqual({})
    expect((await simulator.api('/v1/roles')).status).toBe(200)
    expect(await make()).toEqual({ postingNumber: '1795338000-0102-1' })
  })

  it.each([
    ['POST', 'products', '{', 'the body is no JSON'],
    ['POST', 'products', { clientId: 0, items: [] }, 'expected a positive whole number'],
    ['POST', 'products', { clientId: 1, items: [{ offerid: 'A' }] }, 'Unrecognized key: "offerid"'],
    ['POST', 'products', { clientId: 1, items: [{ offerId: 'A', price: '1,5' }] }, 'expected a price'],
    ['POST', 'products', { clientId: 1, items: [{ offerId: 'A', stocks: { 5: 1 } }] }, 'account 1 has no warehouse 5'],
    ['POST', 'products', { clientId: 1, items: [{ offerId: 'A', stocks: { Moscow: 1 } }] }, 'items[0].stocks.Moscow'],
    ['POST', 'postings', { clientId: 1, warehouseId: MOSCOW, lines: [] }, 'lines'],
    [
      'POST',
      'postings',
      { clientId: 1, warehouseId: MOSCOW, lines: [{ offerId: 'Z', quantity: 1, price: 1 }] },
      'account 1 has no product "Z"',
    ],
    [
      'POST',
      'postings',
      { clientId: 1, warehouseId: 5, lines: [{ offerId: 'Z', quantity: 1, price: 1 }] },
      'account 1 has no warehouse 5',
    ],
    ['POST', 'warehouses', { clientId: 1, warehouses: [{ warehouseId: 0, name: 'x' }] }, 'warehouseId'],
    ['PUT', 'faults', { rate: 2, kind: 'down' }, 'rate'],
    ['PUT', 'faults', { rate: 1, kind: 'fire' }, 'kind'],
    ['GET', 'ledger?after=x', undefined, 'after must be a whole number'],
  ])('refuses %s %s with a clear text', async (verb, path, body, text) => {
    const answer = await simulator.rawSim(verb, path, body)

    expect(answer.status).toBe(400)
    expect((answer.body as { error: string }).error).toContain(text)
  })

  it('changes nothing when a part of the request is wrong', async () => {
    const items = [{ offerId: 'A' }, { offerId: 'B', stocks: { 5: 1 } }]

    await simulator.rawSim('POST', 'products', { clientId: 1, items })

    expect(await simulator.sim('GET', 'state')).toMatchObject({ '1': { products: {} } })
  })

  it('answers 404 to what it does not know', async () => {
    expect((await simulator.rawSim('GET', 'nothing')).status).toBe(404)
  })
})
