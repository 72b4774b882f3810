import { setMaxListeners } from 'node:events'
import { expect, test } from 'vitest'
import { silentLog } from '../../src/core/log.ts'
import type { ListedOffer, ListingRow } from '../../src/core/marketplace.ts'
import { ozon } from '../../src/marketplaces/ozon/index.ts'
import { startOzonSimulator } from '../../src/simulator/ozon/index.ts'
import { createFairClock } from '../fair-clock.ts'
import { describeConnector, type ConnectorFixture, type Trouble } from './connector.ts'
import { loadOzonRequestValidators } from './ozon-openapi.ts'

const CLIENT_ID = '123456'
const WRITES = new Set(['/v1/product/import/prices', '/v2/products/stocks'])
const OFFERS = ['A-1', 'A-2', 'Футболка 👕 «S»', 'A 4']

/** Half a minute of Ozon's clock is 600 ms: long enough for a few requests on a busy machine. */
const SPEED = 50

const never = new AbortController().signal
setMaxListeners(0, never)

interface LoggedRequest {
  readonly method: string
  readonly status: number
  readonly schemaErrors?: readonly string[]
}

async function setUp(speed = SPEED) {
  const clock = createFairClock(speed, Date.now())
  const validateRequest = loadOzonRequestValidators()
  const simulator = await startOzonSimulator({
    port: 0,
    clock,
    ...(validateRequest === undefined ? {} : { validateRequest }),
  })
  const order = async <T>(verb: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${simulator.url}/_sim/${path}`, {
      method: verb,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${verb} ${path}: ${text}`)
    return JSON.parse(text) as T
  }
  const requests = async (): Promise<LoggedRequest[]> => {
    const lines = await (await fetch(`${simulator.url}/_sim/requests`)).text()
    return lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LoggedRequest)
  }

  await order('POST', 'products', {
    clientId: CLIENT_ID,
    items: OFFERS.map((offerId) => ({ offerId, price: '1000.00' })),
  })
  const state = await order<Record<string, { warehouses: { warehouseId: number }[] }>>('GET', 'state')
  const warehouseId = String(state[CLIENT_ID]?.warehouses[0]?.warehouseId)
  const connector = ozon.create(
    {
      name: 'ozon-main',
      baseUrl: simulator.url,
      settings: ozon.settings.parse({ clientId: CLIENT_ID, apiKey: 'right' }),
    },
    { clock, random: () => 0.5, log: silentLog },
  )

  return {
    connector,
    clock,
    offers: OFFERS,
    unknownOffer: 'нет такого',
    warehouseId,
    async trouble(trouble: Trouble | undefined) {
      const revoked = trouble?.kind === 'keyRevoked'
      await order('POST', 'keys', { clientId: CLIENT_ID, ...(revoked ? { deactivated: true } : {}) })
      await order('PUT', 'faults', trouble === undefined || revoked ? [] : faultOf(trouble))
    },
    async writes() {
      return (await requests()).filter(({ method }) => WRITES.has(method)).length
    },
    async order(offerId: string) {
      const body = { clientId: CLIENT_ID, warehouseId, lines: [{ offerId, quantity: 1, price: '1000.00' }] }
      return (await order<{ postingNumber: string }>('POST', 'postings', body)).postingNumber
    },
    async cancel(posting: string) {
      await order('POST', `postings/${posting}/cancel`)
    },
    async complaints() {
      return (await requests()).flatMap(({ method, schemaErrors }) => (schemaErrors ?? []).map((e) => `${method} ${e}`))
    },
    async close() {
      await connector.close()
      await simulator.close()
      clock.stop()
    },
    /** Besides what the contract needs. */
    control: order,
    requests,
  } satisfies ConnectorFixture & Record<'control' | 'requests', unknown>
}

describeConnector('ozon', () => setUp())

test('a burst of stocks keeps to 80 requests a minute without one 429', async () => {
  const under = await setUp(600)
  const { connector, clock, warehouseId } = under
  const items = Array.from({ length: 200 }, (_, i) => ({
    key: `${i}`,
    itemId: 'i',
    offerId: `нет-${i}`,
    warehouseId,
    value: { quantity: i },
  }))
  const startedAt = clock.now()

  await Promise.all(items.map(async (item) => await connector.stocks?.write([item], never)))
  const tookMs = clock.now() - startedAt
  const statuses = (await under.requests()).map(({ status }) => status)
  const found = await under.complaints()
  await under.close()

  expect(statuses).toEqual(items.map(() => 200))
  expect(found).toEqual([])
  // 80 at once, 80 after a minute, the rest after two.
  expect(tookMs).toBeGreaterThan(120_000)
})

test('ids and counters may come as text', async () => {
  const under = await setUp()
  const { connector, warehouseId } = under
  await under.control('PUT', 'drift', { int64AsText: true })
  const number = await under.order('A-1')

  const outcomes = await connector.stocks?.write(
    [{ key: 'k', itemId: 'i', offerId: 'A-2', warehouseId, value: { quantity: 4 } }],
    never,
  )
  const rows: ListingRow[] = []
  for await (const page of connector.listing?.stocks(['A-2'], never) ?? []) rows.push(...page)
  const numbers: string[] = []
  for await (const page of connector.orders?.read(0, never) ?? [])
    numbers.push(...page.map((posting) => posting.number))
  const check = await connector.check(never)
  await under.close()

  expect(outcomes).toEqual([{ key: 'k', state: 'accepted' }])
  expect(rows).toEqual([{ offerId: 'A-2', stocks: { [warehouseId]: 4 } }])
  expect(new Set(numbers)).toEqual(new Set([number]))
  expect(check.warehouses[0]).toEqual({ id: warehouseId, name: 'FBS Москва', active: true })
})

test('more postings than a page are all read', async () => {
  const under = await setUp()
  const { connector } = under
  const ordered: string[] = []
  for (let i = 0; i < 230; i++) ordered.push(await under.order('A-1'))

  const numbers = new Set<string>()
  for await (const page of connector.orders?.read(0, never) ?? []) for (const { number } of page) numbers.add(number)
  const found = await under.complaints()
  await under.close()

  expect(numbers).toEqual(new Set(ordered))
  expect(found).toEqual([])
})

test('the whole listing is read over many pages: ids, names, barcodes, the archive', async () => {
  const under = await setUp()
  const items = Array.from({ length: 2_300 }, (_, i) => ({
    offerId: `card-${i}`,
    name: `Товар ${i}`,
    barcodes: [`46${i}`],
    ...(i % 100 === 0 ? { card: 'archived' } : {}),
  }))
  await under.control('POST', 'products', { clientId: CLIENT_ID, items })
  await under.control('PUT', 'drift', { int64AsText: true })

  const offers: ListedOffer[] = []
  for await (const page of under.connector.listing?.offers(never) ?? []) offers.push(...page)
  const found = await under.complaints()
  await under.close()

  expect(new Set(offers.map(({ offerId }) => offerId)).size).toBe(OFFERS.length + items.length)
  expect(offers).toHaveLength(OFFERS.length + items.length)
  expect(offers.filter(({ archived }) => archived)).toHaveLength(23)
  expect(offers.find(({ offerId }) => offerId === 'card-7')).toEqual({
    offerId: 'card-7',
    productId: String(3_000_000 + OFFERS.length + 7),
    sku: String(1_900_000_000 + OFFERS.length + 7),
    name: 'Товар 7',
    barcodes: ['467'],
    archived: false,
  })
  expect(found).toEqual([])
})

test('the same value within half a minute waits, a missing right stops', async () => {
  const under = await setUp(1)
  const { connector, warehouseId } = under
  const write = (quantity: number) =>
    connector.stocks?.write([{ key: 'k', itemId: 'i', offerId: 'A-1', warehouseId, value: { quantity } }], never)

  await write(1)
  const again = await write(2)
  await under.control('POST', 'keys', { clientId: CLIENT_ID, methods: ['/v1/roles', '/v2/warehouse/list'] })
  const check = await connector.check(never)
  await expect(write(3)).rejects.toMatchObject({ kind: 'fatal', code: 'ozon.unauthorized' })
  await under.close()

  expect(again).toMatchObject([{ state: 'waiting', reason: { code: 'ozon.TOO_MANY_REQUESTS' }, retryAfterMs: 30_000 }])
  expect(check.missingMethods).toContain('/v2/products/stocks')
  expect(check.warehouses).toHaveLength(2)
})

function faultOf(trouble: Exclude<Trouble, { kind: 'keyRevoked' }>): object {
  if (trouble.kind === 'limited') return { kind: '429', rate: 1, retryAfter: trouble.retryAfter ?? null }
  if (trouble.kind === 'failing') return { kind: '5xx', rate: 1 }
  if (trouble.kind === 'replyLost') return { kind: 'lostReply', rate: 1 }
  return { kind: 'slow', rate: 1, delay: 36_000_000 }
}
