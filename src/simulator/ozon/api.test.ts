import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTestClock, MOSCOW, PODOLSK, startTestSimulator, type TestSimulator } from './test-support.ts'

let simulator: TestSimulator

beforeAll(async () => {
  simulator = await startTestSimulator()
})

beforeEach(async () => {
  await simulator.sim('POST', 'reset')
})

afterAll(() => simulator.close())

const refused = (code: number, message: string): unknown => ({ code, message, details: [] })

describe('who may call', () => {
  it.each([
    ['no Client-Id', { 'Client-Id': '' }, 'Client-Id and Api-Key headers are required'],
    ['no Api-Key', { 'Api-Key': '' }, 'Client-Id and Api-Key headers are required'],
    ['a Client-Id in letters', { 'Client-Id': 'shop' }, 'Client-Id header value should be positive integer'],
    ['a negative Client-Id', { 'Client-Id': '-5' }, 'Client-Id header value should be positive integer'],
  ])('refuses %s with 401', async (_, headers, message) => {
    const answer = await simulator.api('/v1/roles', {}, headers)

    expect([answer.status, answer.body]).toEqual([401, refused(16, message)])
  })

  it('refuses another key than the one set for the account', async () => {
    await simulator.sim('POST', 'keys', { clientId: 1, apiKey: 'right' })

    const wrong = await simulator.api('/v1/roles', {}, { 'Api-Key': 'wrong' })
    const right = await simulator.api('/v1/roles', {}, { 'Api-Key': 'right' })

    expect([wrong.status, wrong.body]).toEqual([
      401,
      refused(16, 'Invalid Api-Key, please check the key and try again'),
    ])
    expect(right.status).toBe(200)
  })

  it('refuses a deactivated key', async () => {
    await simulator.sim('POST', 'keys', { clientId: 1, deactivated: true })

    const answer = await simulator.api('/v1/roles')

    expect([answer.status, answer.body]).toEqual([
      401,
      refused(16, 'Api-key is deactivated, use another one or generate a new one'),
    ])
  })

  it('refuses a method the key has no role for, but tells which it has', async () => {
    await simulator.sim('POST', 'keys', { clientId: 1, methods: ['/v3/product/list'] })

    const prices = await simulator.api('/v5/product/info/prices', { filter: {}, limit: 1 })
    const roles = await simulator.api('/v1/roles')

    expect([prices.status, prices.body]).toEqual([403, refused(7, 'Api-Key is missing a required role for a method')])
    expect(roles.body).toEqual({
      expires_at: '2027-02-20T09:00:00.000Z',
      roles: [{ name: 'Admin', methods: ['/v3/product/list'] }],
    })
  })

  it('lets a key die when its time is over', async () => {
    await simulator.sim('POST', 'keys', { clientId: 1, expiresAt: '2026-11-22T08:59:59.000Z' })

    expect((await simulator.api('/v1/roles')).status).toBe(401)
  })

  it('lists every method in the roles of a key without rules', async () => {
    const { body } = await simulator.api('/v1/roles')

    expect((body as { roles: { methods: string[] }[] }).roles[0]?.methods.toSorted()).toEqual([
      '/v1/product/import/prices',
      '/v1/roles',
      '/v2/product/info/stocks-by-warehouse/fbs',
      '/v2/products/stocks',
      '/v2/warehouse/list',
      '/v3/product/info/list',
      '/v3/product/list',
      '/v4/posting/fbs/list',
      '/v4/posting/fbs/unfulfilled/list',
      '/v4/product/info/stocks',
      '/v5/product/info/prices',
    ])
  })
})

describe('what may be called', () => {
  it.each([
    ['POST', '/v9/nothing'],
    ['GET', '/v3/product/list'],
  ])('answers 404 to %s %s', async (verb, path) => {
    const answer = await simulator.api(path, {}, {}, verb)

    expect([answer.status, answer.body]).toEqual([404, refused(5, 'method is not allowed')])
  })

  it.each(['/v3/posting/fbs/list', '/v1/warehouse/list', '/v4/product/info/prices', '/v2/posting/fbs/package-label'])(
    'says that %s is switched off',
    async (path) => {
      const answer = await simulator.api(path)

      expect([answer.status, answer.body]).toEqual([400, refused(9, 'obsolete method cannot be used')])
    },
  )

  it('knows a method as switched off from its date on', async () => {
    const early = await startTestSimulator({ clock: createTestClock('2026-11-01T23:59:59.000Z') })

    const before = await early.api('/v2/posting/fbs/package-label')
    early.clock.advance(1_000)
    const after = await early.api('/v2/posting/fbs/package-label')
    await early.close()

    expect([before.status, after.status]).toEqual([404, 400])
  })
})

describe('what a body must be', () => {
  it.each([
    ['no JSON', '{', 'proto: syntax error: unexpected token'],
    ['a list', '[]', 'proto: invalid value for GetProductListRequest type: []'],
    ['a text for a number', { limit: 'many' }, 'proto: invalid value for int64 type: "many"'],
    ['a fraction for a whole number', { limit: 1.5 }, 'proto: invalid value for int64 type: 1.5'],
    ['a number for a text', { last_id: 5 }, 'proto: invalid value for string type: 5'],
    ['an unknown name', { filter: { visibility: 'SOME' } }, 'proto: invalid value for enum type: "SOME"'],
    [
      'a page too large',
      { limit: 1_001 },
      'Request validation error: invalid GetProductListRequest.Limit: value must be inside range [1, 1000]',
    ],
    [
      'too many ids',
      { filter: { offer_id: Array.from({ length: 1_001 }, String) } },
      'Request validation error: invalid GetProductListRequest.Filter: embedded message failed validation | caused by: ' +
        'invalid GetProductListRequest_Filter.OfferId: value must contain no more than 1000 item(s)',
    ],
    ['a cursor of somebody else', { last_id: 'abc' }, 'Request validation error: invalid cursor'],
  ])('refuses %s with 400', async (_, body, message) => {
    const answer = await simulator.api('/v3/product/list', body)

    expect([answer.status, answer.body]).toEqual([400, refused(3, message)])
  })

  it('takes numbers as texts, ignores null and unknown fields, and takes no body for an empty one', async () => {
    const texts = await simulator.api('/v3/product/list', { limit: '10', last_id: null, surprise: true })
    const empty = await simulator.api('/v3/product/list', '')

    expect([texts.status, empty.status]).toEqual([200, 200])
  })
})

describe('50 requests a second', () => {
  it('refuses the 51st with 429 and lets other accounts pass', async () => {
    const first = await Promise.all(Array.from({ length: 50 }, () => simulator.api('/v1/roles')))

    const refusedOne = await simulator.api('/v1/roles')
    const other = await simulator.api('/v1/roles', {}, { 'Client-Id': '2' })
    simulator.clock.advance(20)
    const later = await simulator.api('/v1/roles')

    expect(new Set(first.map(({ status }) => status))).toEqual(new Set([200]))
    expect([refusedOne.status, refusedOne.body]).toEqual([
      429,
      refused(8, 'You have reached request rate limit per second'),
    ])
    expect([refusedOne.headers['retry-after'], refusedOne.headers['ratelimit-remaining']]).toEqual(['1', '0'])
    expect([other.status, later.status]).toEqual([200, 200])
  })
})

describe('POST /v2/warehouse/list', () => {
  const ids = (body: unknown): unknown =>
    (body as { warehouses: { warehouse_id: number; name: string; status: string }[] }).warehouses.map((warehouse) => [
      warehouse.warehouse_id,
      warehouse.name,
      warehouse.status,
    ])

  it('gives every account two warehouses of its own', async () => {
    const first = await simulator.api('/v2/warehouse/list', { limit: 200 })
    const second = await simulator.api('/v2/warehouse/list', { limit: 200 }, { 'Client-Id': '12345' })

    expect(ids(first.body)).toEqual([
      [MOSCOW, 'FBS Москва', 'created'],
      [PODOLSK, 'FBS Подольск', 'created'],
    ])
    expect(ids(second.body)).toEqual([
      [1_020_003_104_763_000, 'FBS Москва', 'created'],
      [1_020_003_104_764_000, 'FBS Подольск', 'created'],
    ])
  })

  it('pages by cursor', async () => {
    const first = await simulator.api('/v2/warehouse/list', { limit: 1 })
    const { cursor, has_next: hasNext } = first.body as { cursor: string; has_next: boolean }
    const second = await simulator.api('/v2/warehouse/list', { limit: 1, cursor })

    expect([ids(first.body), hasNext]).toEqual([[[MOSCOW, 'FBS Москва', 'created']], true])
    expect(second.body).toMatchObject({ cursor: '', has_next: false })
    expect(ids(second.body)).toEqual([[PODOLSK, 'FBS Подольск', 'created']])
  })

  it('shows the warehouses that the control API set', async () => {
    await simulator.sim('POST', 'warehouses', { clientId: 1, warehouses: [{ warehouseId: 5, name: 'Склад' }] })

    expect(ids((await simulator.api('/v2/warehouse/list', { limit: 200 })).body)).toEqual([[5, 'Склад', 'created']])
  })

  it('insists on a page size', async () => {
    expect((await simulator.api('/v2/warehouse/list')).status).toBe(400)
  })
})

describe('drift', () => {
  it('answers ids and counters as texts when asked to', async () => {
    await simulator.sim('POST', 'products', { clientId: 1, items: [{ offerId: 'A' }] })
    await simulator.sim('PUT', 'drift', { int64AsText: true })

    const { body } = await simulator.api('/v3/product/list', { limit: 10 })

    expect(body).toMatchObject({
      result: { total_items: '1', items: [{ product_id: '3000000', sku: '1900000000', archived: false }] },
    })
  })
})
