import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MOSCOW, PODOLSK, startTestSimulator, type TestSimulator } from '../../src/simulator/ozon/test-support.ts'
import { loadOzonRequestValidators, loadOzonResponseValidators } from './ozon-openapi.ts'

const validateRequest = loadOzonRequestValidators()
const validateResponse = loadOzonResponseValidators()

const FILTER = { visibility: 'ALL' }
const PERIOD = { since: '2026-01-01T00:00:00Z', to: '2026-12-31T00:00:00Z' }
const BLOCKS = { analytics_data: true, barcodes: true, financial_data: true, legal_info: true }

describe.skipIf(validateRequest === undefined)('the documented request schemas', () => {
  it.each([
    ['/v2/products/stocks', { stocks: [{ offer_id: 'A', stock: 5, warehouse_id: 7 }] }, []],
    ['/v2/products/stocks', { stocks: [{ offer_id: 'A', stock: '5', warehouse_id: '7' }] }, []],
    ['/v2/products/stocks', { stocks: [{ stock: 'x' }] }, 2],
    ['/v1/product/import/prices', { prices: [{ offer_id: 'A', price: 5 }] }, ['/prices/0/price must be string']],
    ['/v4/posting/fbs/list', { limit: 101, filter: PERIOD }, ['/limit must be <= 100']],
    ['/v4/posting/fbs/list', { limit: 100, filter: { ...PERIOD, warehouse_ids: [1, '2'] } }, []],
    ['/v1/roles', {}, []],
    ['/v9/nothing', {}, ['/v9/nothing is no documented POST method']],
  ])('judge %s %j', (path, body, expected) => {
    const errors = validateRequest?.(path, body) ?? []

    expect(typeof expected === 'number' ? errors.length : errors).toEqual(expected)
  })
})

describe.skipIf(validateRequest === undefined)('the simulated Ozon by the documented schemas', () => {
  let simulator: TestSimulator

  beforeAll(async () => {
    simulator = await startTestSimulator(validateRequest && { validateRequest })
    await simulator.sim('POST', 'products', {
      clientId: 1,
      items: [{ offerId: 'A', price: 100, oldPrice: 150, stocks: { [MOSCOW]: 9 } }, { offerId: 'Б' }],
    })
    for (const step of ['', 'cancel', 'ship']) {
      const order = { clientId: 1, warehouseId: MOSCOW, lines: [{ offerId: 'A', quantity: 1, price: '99.90' }] }
      const { postingNumber } = (await simulator.sim('POST', 'postings', order)) as { postingNumber: string }
      if (step !== '') await simulator.sim('POST', `postings/${postingNumber}/${step}`)
    }
  })

  afterAll(() => simulator.close())

  it.each([
    ['/v1/roles', {}],
    ['/v2/warehouse/list', { limit: 200 }],
    [
      '/v1/product/import/prices',
      {
        prices: [
          { offer_id: 'A', price: '120' },
          { offer_id: 'X', price: '1' },
        ],
      },
    ],
    ['/v2/products/stocks', { stocks: [{ offer_id: 'A', stock: 1, warehouse_id: PODOLSK }] }],
    ['/v3/product/list', { filter: FILTER, limit: 10 }],
    ['/v3/product/info/list', { offer_id: ['A', 'Б'] }],
    ['/v5/product/info/prices', { filter: FILTER, limit: 10 }],
    ['/v4/product/info/stocks', { filter: FILTER, limit: 10 }],
    ['/v2/product/info/stocks-by-warehouse/fbs', { offer_id: ['A', 'Б'], limit: 10 }],
    ['/v4/posting/fbs/unfulfilled/list', { filter: {}, limit: 10, with: BLOCKS }],
    ['/v4/posting/fbs/unfulfilled/list', { filter: {}, limit: 10 }],
    ['/v4/posting/fbs/list', { filter: PERIOD, limit: 10, with: BLOCKS }],
  ])('answers %s %j', async (path, body) => {
    const answer = await simulator.api(path, body)

    expect([answer.status, validateResponse?.(path, answer.body)]).toEqual([200, []])
    expect((await simulator.entries('requests')).at(-1)).toMatchObject({ method: path, schemaErrors: [] })
  })

  it('answers with texts for int64 when it drifts', async () => {
    await simulator.sim('PUT', 'drift', { int64AsText: true })

    const answer = await simulator.api('/v4/posting/fbs/list', { filter: PERIOD, limit: 10, with: BLOCKS })

    expect(validateResponse?.('/v4/posting/fbs/list', answer.body)).toEqual([])
  })
})
