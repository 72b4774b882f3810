import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestClock, MOSCOW, PODOLSK, startTestSimulator, type TestSimulator } from './test-support.ts'

let simulator: TestSimulator

beforeAll(async () => {
  simulator = await startTestSimulator()
})

beforeEach(async () => {
  await simulator.sim('POST', 'reset')
  await simulator.sim('POST', 'products', {
    clientId: 1,
    items: [
      { offerId: 'A', price: '100.50', oldPrice: '150', stocks: { [MOSCOW]: 3, [PODOLSK]: 4 } },
      { offerId: 'Б', price: 200, stocks: { [PODOLSK]: 0 } },
      { offerId: 'C' },
      { offerId: 'D', card: 'archived' },
    ],
  })
})

afterAll(() => simulator.close())

/** Pages of a list as lists of articles, following the cursor as a client should. */
async function pagesOf(path: string, body: object, field: string): Promise<readonly (readonly string[])[]> {
  const pages: string[][] = []
  for (let cursor = ''; ;) {
    const answer = await simulator.api(path, { ...body, [field]: cursor })
    const { result, ...rest } = answer.body as Record<string, unknown>
    const page = (result ?? rest) as Record<string, unknown>
    const items = (page['items'] ?? page['products']) as readonly { readonly offer_id: string }[]
    if (items.length > 0) pages.push(items.map((item) => item.offer_id))
    cursor = String(page[field])
    if (cursor === '' || items.length === 0) return pages
  }
}

describe('POST /v3/product/list', () => {
  it('shows the products that are not archived', async () => {
    const { body } = await simulator.api('/v3/product/list', { filter: { visibility: 'ALL' }, limit: 1 })

    expect(body).toEqual({
      result: {
        items: [
          {
            product_id: 3_000_000,
            offer_id: 'A',
            sku: 1_900_000_000,
            archived: false,
            has_fbo_stocks: false,
            has_fbs_stocks: true,
            is_discounted: false,
            quants: [],
          },
        ],
        total: 3,
        total_items: 3,
        last_id: 'WzMwMDAwMDBd',
      },
    })
  })

  it('pages by last_id until a page is empty', async () => {
    expect(await pagesOf('/v3/product/list', { limit: 2 }, 'last_id')).toEqual([['A', 'Б'], ['C']])
  })

  it.each([
    [{ offer_id: ['Б', 'X'] }, ['Б']],
    [{ product_id: ['3000002', 3_000_000] }, ['A', 'C']],
    [{ skus: [1_900_000_001] }, ['Б']],
    [{ offer_id: ['A', 'Б'], product_id: [3_000_001] }, ['Б']],
    [{ visibility: 'ARCHIVED' }, ['D']],
    [{ visibility: 'VISIBLE' }, ['A']],
    [{ visibility: 'INVISIBLE' }, ['Б', 'C']],
    [{ visibility: 'EMPTY_STOCK' }, ['Б', 'C']],
    [{ visibility: 'QUARANTINE' }, []],
  ])('filters by %j', async (filter, offerIds) => {
    expect((await pagesOf('/v3/product/list', { filter, limit: 10 }, 'last_id')).flat()).toEqual(offerIds)
  })

  it('drops the field "total" on 2026-11-23', async () => {
    const late = await startTestSimulator({ clock: createTestClock('2026-11-22T23:59:59.000Z') })
    const answer = async (): Promise<unknown> => (await late.api('/v3/product/list', { limit: 1 })).body

    const before = await answer()
    late.clock.advance(1_000)
    const after = await answer()
    await late.close()

    expect(before).toEqual({ result: { items: [], total: 0, total_items: 0, last_id: '' } })
    expect(after).toEqual({ result: { items: [], total_items: 0, last_id: '' } })
  })
})

describe('POST /v3/product/info/list', () => {
  it('describes cards by ids of one kind, archived ones too', async () => {
    const items = [{ offerId: 'E', name: 'Кружка', barcodes: ['460'], card: 'notCreated' }]
    await simulator.sim('POST', 'products', { clientId: 1, items })

    const { body } = await simulator.api('/v3/product/info/list', { offer_id: ['D', 'E', 'X'] })

    expect(body).toMatchObject({
      items: [
        { offer_id: 'D', id: 3_000_003, sku: 1_900_000_003, is_archived: true, barcodes: [] },
        { offer_id: 'E', name: 'Кружка', barcodes: ['460'], sku: 0, statuses: { is_created: false } },
      ],
    })
    expect((body as { items: unknown[] }).items).toHaveLength(2)
  })

  it.each([{}, { offer_id: ['A'], sku: [1_900_000_000] }, { sku: Array.from({ length: 1_001 }, (_, i) => i) }])(
    'refuses %j',
    async (body) => {
      expect((await simulator.api('/v3/product/info/list', body)).status).toBe(400)
    },
  )
})

describe('POST /v5/product/info/prices', () => {
  it('shows prices as numbers, 0 for what is not set', async () => {
    const { body } = await simulator.api('/v5/product/info/prices', { filter: { offer_id: ['A', 'C'] }, limit: 10 })

    expect(body).toMatchObject({
      items: [
        { offer_id: 'A', price: { price: 100.5, old_price: 150, min_price: 0, currency_code: 'RUB' } },
        { offer_id: 'C', price: { price: 0, old_price: 0, min_price: 0, currency_code: 'RUB' } },
      ],
      cursor: '',
      total_items: 2,
    })
  })

  it('pages by cursor', async () => {
    const pages = await pagesOf('/v5/product/info/prices', { filter: { visibility: 'ALL' }, limit: 1 }, 'cursor')

    expect(pages).toEqual([['A'], ['Б'], ['C']])
  })

  it('insists on filter and limit', async () => {
    const withoutFilter = await simulator.api('/v5/product/info/prices', { limit: 1 })
    const withoutLimit = await simulator.api('/v5/product/info/prices', { filter: {} })

    expect([withoutFilter.status, withoutLimit.status]).toEqual([400, 400])
  })
})

describe('POST /v4/product/info/stocks', () => {
  it('sums the warehouses', async () => {
    await simulator.sim('POST', 'postings', {
      clientId: 1,
      warehouseId: MOSCOW,
      lines: [{ offerId: 'A', quantity: 2, price: 100 }],
    })

    const { body } = await simulator.api('/v4/product/info/stocks', { filter: { visibility: 'ALL' }, limit: 10 })

    const fbs = { type: 'fbs', shipment_type: 'SHIPMENT_TYPE_GENERAL' }
    expect(body).toEqual({
      items: [
        {
          product_id: 3_000_000,
          offer_id: 'A',
          stocks: [{ ...fbs, sku: 1_900_000_000, present: 7, reserved: 2, warehouse_ids: [MOSCOW, PODOLSK] }],
        },
        {
          product_id: 3_000_001,
          offer_id: 'Б',
          stocks: [{ ...fbs, sku: 1_900_000_001, present: 0, reserved: 0, warehouse_ids: [PODOLSK] }],
        },
        { product_id: 3_000_002, offer_id: 'C', stocks: [] },
      ],
      cursor: '',
      total: 3,
      total_items: 3,
    })
  })
})

describe('POST /v2/product/info/stocks-by-warehouse/fbs', () => {
  const path = '/v2/product/info/stocks-by-warehouse/fbs'

  it('shows one row per product and warehouse and pages by rows', async () => {
    const first = await simulator.api(path, { offer_id: ['Б', 'A', 'C', 'X'], limit: 2 })
    const { products, cursor, has_next: hasNext } = first.body as Record<string, unknown>
    const second = await simulator.api(path, { offer_id: ['Б', 'A', 'C', 'X'], limit: 2, cursor })

    expect(products).toEqual([
      {
        sku: 1_900_000_000,
        product_id: 3_000_000,
        offer_id: 'A',
        warehouse_id: MOSCOW,
        warehouse_name: 'FBS Москва',
        present: 3,
        reserved: 0,
        free_stock: 3,
      },
      {
        sku: 1_900_000_000,
        product_id: 3_000_000,
        offer_id: 'A',
        warehouse_id: PODOLSK,
        warehouse_name: 'FBS Подольск',
        present: 4,
        reserved: 0,
        free_stock: 4,
      },
    ])
    expect(hasNext).toBe(true)
    expect(second.body).toMatchObject({
      products: [{ offer_id: 'Б', warehouse_id: PODOLSK, free_stock: 0 }],
      has_next: false,
    })
  })

  it('takes skus too', async () => {
    const { body } = await simulator.api(path, { sku: ['1900000001'], limit: 10 })

    expect(body).toMatchObject({ products: [{ offer_id: 'Б' }], has_next: false })
  })

  it.each([
    ['neither articles nor skus', { limit: 10 }],
    ['both', { offer_id: ['A'], sku: [1], limit: 10 }],
    ['no page size', { offer_id: ['A'] }],
    ['1,001 articles', { offer_id: Array.from({ length: 1_001 }, String), limit: 10 }],
  ])('refuses %s', async (_, body) => {
    expect((await simulator.api(path, body)).status).toBe(400)
  })
})
