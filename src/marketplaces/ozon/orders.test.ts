import { expect, test } from 'vitest'
import type { Clock } from '../../core/clock.ts'
import type { Posting } from '../../core/order.ts'
import type { Call, OzonApi } from './api.ts'
import { createOrderSource, phaseOf } from './orders.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const clock: Clock = { now: () => NOW, fromReal: (ms) => ms, sleep: () => Promise.resolve() }
const never = new AbortController().signal

/** Answers the calls in turn and notes what was asked. */
function scriptedApi(answers: readonly unknown[]): OzonApi & { readonly asked: { method: string; body: unknown }[] } {
  const asked: { method: string; body: unknown }[] = []
  const answer = <T>(call: Call<T>): Promise<T> => {
    asked.push({ method: call.method, body: call.body })
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

function ozonPosting(number: string, fields: object = {}): object {
  return {
    posting_number: number,
    status: 'awaiting_packaging',
    in_process_at: '2026-11-22T10:00:00Z',
    shipment_date: '2026-11-23T10:00:00Z',
    shipment_date_without_delay: null,
    delivery_method: { warehouse_id: 22_142_605_386_000, warehouse: 'FBS Москва' },
    products: [{ offer_id: 'А-1', name: 'Футболка 👕', quantity: 2, price: { amount: '1499.0000', currency: 'RUB' } }],
    customer: null,
    ...fields,
  }
}

async function readAll(api: OzonApi, since: number): Promise<Posting[]> {
  const postings: Posting[] = []
  for await (const page of createOrderSource(api, 'ozon-main', clock).read(since, never)) postings.push(...page)
  return postings
}

test('gives the unfulfilled postings, then those changed since, page by page', async () => {
  const api = scriptedApi([
    { postings: [ozonPosting('1-1')], cursor: 'c1', has_next: true },
    { postings: [], cursor: 'c2', has_next: true },
    { postings: [ozonPosting('2-1')], cursor: '', has_next: false },
    { postings: [ozonPosting('3-1', { status: 'cancelled' })], cursor: 'x', has_next: false },
  ])

  const postings = await readAll(api, NOW - 600_000)

  expect(postings.map(({ number, phase }) => [number, phase])).toEqual([
    ['1-1', 'open'],
    ['2-1', 'open'],
    ['3-1', 'cancelled'],
  ])
  expect(postings[0]).toEqual({
    account: 'ozon-main',
    number: '1-1',
    status: 'awaiting_packaging',
    phase: 'open',
    placedAt: Date.parse('2026-11-22T10:00:00Z'),
    shipBy: Date.parse('2026-11-23T10:00:00Z'),
    warehouseId: '22142605386000',
    warehouseName: 'FBS Москва',
    lines: [{ offerId: 'А-1', name: 'Футболка 👕', quantity: 2, price: '1499', currency: 'RUB' }],
  })
  const unfulfilled = {
    filter: { cutoff_from: '2026-02-05T12:00:00.000Z', cutoff_to: '2027-01-21T12:00:00.000Z' },
    limit: 100,
    sort_dir: 'ASC',
  }
  expect(api.asked).toEqual([
    { method: '/v4/posting/fbs/unfulfilled/list', body: { ...unfulfilled, cursor: '' } },
    { method: '/v4/posting/fbs/unfulfilled/list', body: { ...unfulfilled, cursor: 'c1' } },
    { method: '/v4/posting/fbs/unfulfilled/list', body: { ...unfulfilled, cursor: 'c2' } },
    {
      method: '/v4/posting/fbs/list',
      body: {
        filter: {
          since: '2025-12-07T12:00:00.000Z',
          to: '2026-11-22T13:00:00.000Z',
          last_changed_status_date: { from: '2026-11-22T11:50:00.000Z', to: '2026-11-22T13:00:00.000Z' },
        },
        limit: 100,
        sort_dir: 'ASC',
        cursor: '',
      },
    },
  ])
})

test('asks for no longer a period than Ozon allows', async () => {
  const page = { postings: [], cursor: '', has_next: false }
  const api = scriptedApi([page, page])

  await readAll(api, 0)

  expect(api.asked[1]?.body).toMatchObject({
    filter: { last_changed_status_date: { from: '2025-12-07T12:00:00.000Z' } },
  })
})

test('one odd posting hides no other, and is told after them', async () => {
  const broken = ozonPosting('2-1', { products: [{ offer_id: 'a', quantity: 1, price: {} }] })
  const api = scriptedApi([
    { postings: [broken, ozonPosting('1-1')], cursor: '', has_next: false },
    { postings: [ozonPosting('3-1')], cursor: '', has_next: false },
  ])
  const seen: string[] = []

  const reading = (async () => {
    for await (const page of createOrderSource(api, 'a', clock).read(0, never)) seen.push(...page.map((p) => p.number))
  })()

  await expect(reading).rejects.toMatchObject({
    kind: 'transient',
    code: 'ozon.unreadable_posting',
    message: expect.stringContaining('2-1 (products.0.price.amount') as string,
  })
  expect(seen).toEqual(['1-1', '3-1'])
})

test('a list that points to the page just read is given up', async () => {
  const page = { postings: [], cursor: 'same', has_next: true }

  await expect(readAll(scriptedApi([page, page, page]), 0)).rejects.toMatchObject({ code: 'ozon.unexpected_answer' })
})

test.each([
  ['awaiting_registration', 'open'],
  ['acceptance_in_progress', 'open'],
  ['awaiting_approve', 'open'],
  ['awaiting_packaging', 'open'],
  ['awaiting_deliver', 'open'],
  ['not_accepted', 'open'],
  ['something_new', 'open'],
  ['delivering', 'handed'],
  ['driver_pickup', 'handed'],
  ['delivered', 'handed'],
  ['arbitration', 'handed'],
  ['client_arbitration', 'handed'],
  ['cancelled', 'cancelled'],
  ['cancelled_from_split_pending', 'cancelled'],
])('status %s is %s', (status, phase) => {
  expect(phaseOf(status)).toBe(phase)
})
