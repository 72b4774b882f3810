import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MOSCOW, PODOLSK, startTestSimulator, type TestSimulator } from './test-support.ts'

// 2026-11-22T09:00:00Z in seconds; posting numbers begin with the time of the start.
const ORDER = '1795338000'
const UNFULFILLED = '/v4/posting/fbs/unfulfilled/list'
const LIST = '/v4/posting/fbs/list'
const ALWAYS = { since: '2026-01-01T00:00:00Z', to: '2026-12-31T00:00:00Z' }

let simulator: TestSimulator

beforeEach(async () => {
  simulator = await startTestSimulator()
  await simulator.sim('POST', 'products', {
    clientId: 1,
    items: [
      { offerId: 'A', price: 100, stocks: { [MOSCOW]: 10, [PODOLSK]: 10 } },
      { offerId: 'Б', price: 50 },
    ],
  })
})

afterEach(() => simulator.close())

async function order(quantity = 1, warehouseId = MOSCOW): Promise<string> {
  const body = { clientId: 1, warehouseId, lines: [{ offerId: 'A', quantity, price: '99.90' }] }
  return ((await simulator.sim('POST', 'postings', body)) as { postingNumber: string }).postingNumber
}

const move = (number: string, step: 'cancel' | 'ship'): Promise<unknown> =>
  simulator.sim('POST', `postings/${number}/${step}`)

interface PostingPage {
  readonly postings: readonly { readonly posting_number: string; readonly status: string }[]
  readonly cursor: string
  readonly has_next: boolean
}

async function list(path: string, body: object): Promise<PostingPage> {
  const answer = await simulator.api(path, { limit: 100, ...body })
  expect(answer.status).toBe(200)
  return answer.body as PostingPage
}

async function numbers(path: string, body: object): Promise<readonly string[]> {
  return (await list(path, body)).postings.map((posting) => posting.posting_number.slice(ORDER.length + 1))
}

async function stockOfA(): Promise<unknown> {
  const state = (await simulator.sim('GET', 'state')) as { '1': { products: { A: { stocks: object } } } }
  return (state['1'].products.A.stocks as Record<string, unknown>)[MOSCOW]
}

describe('stock and postings', () => {
  it('moves goods from free to reserved and back when cancelled', async () => {
    const number = await order(3)
    const ordered = await stockOfA()
    const answer = await move(number, 'cancel')

    expect(ordered).toEqual({ present: 10, reserved: 3, free: 7 })
    expect(answer).toEqual({ postingNumber: `${ORDER}-0101-1`, status: 'cancelled' })
    expect(await stockOfA()).toEqual({ present: 10, reserved: 0, free: 10 })
  })

  it('gives packed goods back when cancelled', async () => {
    const number = await order(3)
    await move(number, 'ship')
    await move(number, 'cancel')

    expect(await stockOfA()).toEqual({ present: 10, reserved: 0, free: 10 })
  })

  it('writes the reserve off when handed over, for good', async () => {
    const number = await order(3)
    const steps = [await move(number, 'ship'), await move(number, 'ship')]
    const handedOver = await stockOfA()
    await move(number, 'cancel')

    expect(steps).toMatchObject([{ status: 'awaiting_deliver' }, { status: 'delivering' }])
    expect(handedOver).toEqual({ present: 7, reserved: 0, free: 7 })
    expect(await stockOfA()).toEqual({ present: 7, reserved: 0, free: 7 })
  })

  it('never makes the free stock negative, and gives back only what was taken', async () => {
    const number = await order(12)
    const ordered = await stockOfA()
    await move(number, 'cancel')

    expect(ordered).toEqual({ present: 10, reserved: 10, free: 0 })
    expect(await stockOfA()).toEqual({ present: 10, reserved: 0, free: 10 })
  })

  it('refuses a step that a posting cannot take', async () => {
    const number = await order()
    await move(number, 'cancel')

    expect(await simulator.rawSim('POST', `postings/${number}/ship`)).toMatchObject({
      status: 400,
      body: { error: `posting ${number} is cancelled, it cannot ship` },
    })
    expect((await simulator.rawSim('POST', `postings/${number}/cancel`)).status).toBe(400)
    expect((await simulator.rawSim('POST', 'postings/1-1-1/cancel')).status).toBe(400)
  })
})

describe('a posting in the lists', () => {
  it('looks as the documentation says', async () => {
    await simulator.sim('POST', 'postings', {
      clientId: 1,
      warehouseId: PODOLSK,
      lines: [
        { offerId: 'A', quantity: 2, price: '99.90' },
        { offerId: 'Б', quantity: 1, price: 50 },
      ],
    })

    const { postings } = await list(UNFULFILLED, {})

    expect(postings).toHaveLength(1)
    expect(postings[0]).toMatchObject({
      posting_number: `${ORDER}-0101-1`,
      order_number: `${ORDER}-0101`,
      order_id: 33_301_885_134,
      status: 'awaiting_packaging',
      substatus: 'posting_created',
      in_process_at: '2026-11-22T09:00:00.000Z',
      shipment_date: '2026-11-23T09:00:00.000Z',
      delivering_date: null,
      delivery_method: { id: PODOLSK, warehouse_id: PODOLSK, warehouse: 'FBS Подольск', tpl_provider_id: 24 },
      tpl_integration_type: 'ozon',
      products: [
        { sku: 1_900_000_000, offer_id: 'A', quantity: 2, price: { amount: '99.90', currency: 'RUB' } },
        { sku: 1_900_000_001, offer_id: 'Б', quantity: 1, price: { amount: '50.00', currency: 'RUB' } },
      ],
      available_actions: ['ship', 'ship_async', 'cancel', 'product_cancel', 'can_create_chat'],
      cancellation: { cancel_reason_id: 0, cancelled_after_ship: false },
      analytics_data: null,
      financial_data: null,
      barcodes: null,
      legal_info: null,
      customer: null,
      addressee: null,
    })
  })

  it('has the blocks that were asked for; the buyer pays another price', async () => {
    await order(2)

    const { postings } = await list(LIST, {
      filter: ALWAYS,
      with: { analytics_data: true, financial_data: true, barcodes: true, legal_info: true },
    })

    expect(postings[0]).toMatchObject({
      analytics_data: { warehouse_id: MOSCOW, warehouse: 'FBS Москва', is_legal: false },
      financial_data: {
        products: [{ product_id: 1_900_000_000, price: 99.9, customer_price: { amount: '89.91' }, payout: 0 }],
      },
      barcodes: { lower_barcode: '33301885134000' },
      legal_info: { company_name: '', inn: '', kpp: '' },
    })
  })

  it('shows how it was cancelled', async () => {
    const number = await order()
    await move(number, 'ship')
    await move(number, 'cancel')

    const { postings } = await list(LIST, { filter: ALWAYS })

    expect(postings[0]).toMatchObject({
      status: 'cancelled',
      substatus: 'posting_canceled',
      available_actions: [],
      cancellation: { cancellation_type: 'client', cancelled_after_ship: true },
    })
  })
})

describe(`POST ${UNFULFILLED}`, () => {
  it('shows what has not been handed over', async () => {
    const [packed, sent, cancelled] = [await order(), await order(), await order()]
    await order()
    await move(packed, 'ship')
    await move(sent, 'ship')
    await move(sent, 'ship')
    await move(cancelled, 'cancel')

    const answer = await simulator.api(UNFULFILLED, { limit: 100 })

    expect(answer.body).toMatchObject({
      count: 2,
      has_next: false,
      postings: [{ status: 'awaiting_deliver' }, { status: 'awaiting_packaging' }],
    })
  })

  it('filters by deadline, status and warehouse', async () => {
    await order()
    simulator.clock.advance(3_600_000)
    const second = await order(1, PODOLSK)
    await move(second, 'ship')

    const deadline = { cutoff_from: '2026-11-23T09:30:00Z', cutoff_to: '2026-11-23T10:30:00Z' }
    const found = [
      await numbers(UNFULFILLED, { filter: deadline }),
      await numbers(UNFULFILLED, { filter: { statuses: ['awaiting_packaging'] } }),
      await numbers(UNFULFILLED, { filter: { warehouse_ids: [String(PODOLSK)] } }),
      await numbers(UNFULFILLED, { filter: { delivery_method_ids: [MOSCOW] } }),
    ]

    expect(found).toEqual([['0102-1'], ['0101-1'], ['0102-1'], ['0101-1']])
  })

  it('refuses both periods together', async () => {
    const at = '2026-11-22T09:00:00Z'
    const filter = { cutoff_from: at, cutoff_to: at, delivering_date_from: at, delivering_date_to: at }

    expect((await simulator.api(UNFULFILLED, { filter, limit: 1 })).status).toBe(400)
  })
})

describe(`POST ${LIST}`, () => {
  it('finds by time of creation and by last change of status', async () => {
    const first = await order()
    simulator.clock.advance(60_000)
    await order()
    simulator.clock.advance(60_000)
    await move(first, 'cancel')

    const created = await numbers(LIST, { filter: { since: '2026-11-22T09:00:01Z', to: '2026-11-22T10:00:00Z' } })
    const changed = await numbers(LIST, {
      filter: { ...ALWAYS, last_changed_status_date: { from: '2026-11-22T09:01:30Z', to: '2026-11-22T10:00:00Z' } },
    })
    const byOrder = await numbers(LIST, { filter: { ...ALWAYS, order_numbers: [`${ORDER}-0102`] } })
    const byId = await numbers(LIST, { filter: { ...ALWAYS, order_id: '33301885134' } })

    expect([created, changed, byOrder, byId]).toEqual([['0102-1'], ['0101-1'], ['0102-1'], ['0101-1']])
  })

  it('pages by cursor in both directions, undisturbed by new postings', async () => {
    for (let made = 0; made < 5; made++) await order()
    const page = async (sortDir: string, cursor: string): Promise<PostingPage> =>
      list(LIST, { filter: ALWAYS, limit: 2, sort_dir: sortDir, cursor })
    const follow = async (sortDir: string): Promise<readonly (readonly string[])[]> => {
      const pages: string[][] = []
      for (let cursor = '', more = true; more;) {
        const { postings, cursor: next, has_next: hasNext } = await page(sortDir, cursor)
        pages.push(postings.map((posting) => posting.posting_number.slice(ORDER.length + 1)))
        if (sortDir === 'DESC') await order()
        cursor = next
        more = hasNext
      }
      return pages
    }

    expect(await follow('asc')).toEqual([['0101-1', '0102-1'], ['0103-1', '0104-1'], ['0105-1']])
    expect(await follow('DESC')).toEqual([['0105-1', '0104-1'], ['0103-1', '0102-1'], ['0101-1']])
  })

  it.each([
    ['no filter', { limit: 1 }],
    ['no since', { filter: { to: ALWAYS.to }, limit: 1 }],
    ['no to', { filter: { since: ALWAYS.since }, limit: 1 }],
    ['no limit', { filter: ALWAYS }],
    ['a limit of 101', { filter: ALWAYS, limit: 101 }],
    ['a date without time', { filter: { since: '2026-01-01', to: ALWAYS.to }, limit: 1 }],
    ['an end before the start', { filter: { since: ALWAYS.to, to: ALWAYS.since }, limit: 1 }],
  ])('refuses %s', async (_, body) => {
    const answer = await simulator.api(LIST, body)

    expect([answer.status, (answer.body as { code: number }).code]).toEqual([400, 3])
  })

  it('refuses a period over a year', async () => {
    const answer = await simulator.api(LIST, { filter: { since: '2025-01-01T00:00:00Z', to: ALWAYS.to }, limit: 1 })

    expect([answer.status, answer.body]).toEqual([400, { code: 3, message: 'PERIOD_IS_TOO_LONG', details: [] }])
  })

  it('keeps accounts apart', async () => {
    await order()

    const other = await simulator.api(LIST, { filter: ALWAYS, limit: 1 }, { 'Client-Id': '2' })

    expect(other.body).toEqual({ postings: [], cursor: '', has_next: false })
  })
})
