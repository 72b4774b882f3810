import { isDeepStrictEqual } from 'node:util'
import { expect, test, type TestContext } from 'vitest'
import { loadProject, usable } from '../../src/app/project.ts'
import { readStatus } from '../../src/app/read-status.ts'
import type { Service } from '../../src/app/service.ts'
import type { LedgerEntry } from '../../src/core/ledger.ts'
import type { Account } from '../../src/pipeline/account.ts'
import {
  createProject,
  until,
  type LedgerLine,
  type Project,
  type ProjectOptions,
  type RequestLine,
} from './project.ts'
import { articlesOf, createCards, dropExport, heldAtOzon, PLAIN_PRICES, shopOf, wantedAtOzon } from './shop-on-ozon.ts'

type TimedRequest = RequestLine & { readonly time: string; readonly fault?: string }
type TimedLine = LedgerLine & { readonly time: string }

const PRICES = '/v1/product/import/prices'
const STOCKS = '/v2/products/stocks'
const MINUTE = 60_000

/** An approved account and cards for `cards`; closed when the test ends (tests run side by side, so it names itself). */
async function projectWith(test: TestContext, cards: readonly string[], options: ProjectOptions): Promise<Project> {
  const project = await createProject({ ...options, files: { ...PLAIN_PRICES, ...options.files } })
  test.onTestFinished(() => project.close())
  await project.approve()
  await createCards(project, cards)
  return project
}

const equals = async (project: Project, wanted: ReadonlyMap<string, unknown>): Promise<boolean> =>
  isDeepStrictEqual(await heldAtOzon(project), wanted)

async function settled(project: Project, wanted: ReadonlyMap<string, unknown>): Promise<void> {
  await until('Ozon holds what 1C states', () => equals(project, wanted)).catch(() => undefined)
  expect(await heldAtOzon(project)).toEqual(wanted)
}

test.concurrent.for(['down', '5xx', '429'] as const)(
  'after two minutes of "%s" every value is accepted within five minutes, without a new file',
  async (kind, test) => {
    const before = shopOf(40, (i) => ({ price: 1000 + i, main: 5, podolsk: 5 }))
    const after = shopOf(40, (i) => ({ price: 1010 + i, main: 6, podolsk: 7 }))
    const project = await projectWith(test, articlesOf(before), { speed: 25 })
    const { ozon, clock } = project
    await project.open()
    await dropExport(project, before)
    await settled(project, wantedAtOzon(before))

    await ozon.send('PUT', 'faults', { kind, rate: 1 })
    await dropExport(project, after)
    await until('a write failed', async () =>
      (await ozon.writes()).some((request) => (request as TimedRequest).fault === kind),
    )
    const away = clock.now()
    await until('two minutes have passed', () => clock.now() - away >= 2 * MINUTE)
    expect(await equals(project, wantedAtOzon(before))).toBe(true)
    const seen = (await ozon.ledger()).length
    await ozon.send('PUT', 'faults', [])
    const back = clock.now()
    await settled(project, wantedAtOzon(after))

    const late = (await ozon.ledger()).slice(seen) as TimedLine[]
    expect(Math.max(...late.map(({ time }) => Date.parse(time))) - back).toBeLessThanOrEqual(5 * MINUTE)
    // Each value went exactly once after the return: nothing was sent that was not wanted.
    expect(late.length).toBe(40 + 80)
  },
)

test.concurrent('what Ozon refuses is sent once, not at every look', async (test) => {
  const shop = shopOf(8, (i) => ({ price: 500 + i, main: 5, podolsk: 5 }))
  const [stranger = '', second = '', ...known] = articlesOf(shop)
  const project = await projectWith(test, known, { speed: 200, files: LOOK_EVERY_MINUTE })
  const { ozon } = project
  const service = await project.open()
  await dropExport(project, shop)
  const wanted = new Map([...wantedAtOzon(shop)].filter(([article]) => known.includes(article)))
  await settled(project, wanted)

  const first = await ozon.writes()
  expect([itemsOf(first, PRICES), itemsOf(first, STOCKS)]).toEqual([8, 16])
  await looks(service, 3)
  expect(await ozon.writes()).toEqual(first)

  // A fault of single items inside a 200, on values that are new.
  await ozon.send('PUT', 'faults', { kind: 'itemError', rate: 1, method: PRICES })
  await dropExport(
    project,
    shopOf(8, (i) => ({ price: 600 + i, main: 5, podolsk: 5 })),
  )
  await until('the new prices were refused', async () => itemsOf(await ozon.writes(), PRICES) === 16)
  await ozon.send('PUT', 'faults', [])
  await looks(service, 3)
  expect(itemsOf(await ozon.writes(), PRICES)).toBe(16)
  expect(await heldAtOzon(project)).toEqual(wanted)

  // The cards are there now, and 1C states other prices: those go, once.
  await createCards(project, [stranger, second])
  await dropExport(
    project,
    shopOf(8, (i) => ({ price: 700 + i, main: 5, podolsk: 5 })),
  )
  await until('the newest prices are there', async () =>
    [...(await heldAtOzon(project)).values()].every(({ price }) => price !== undefined && price >= 700),
  )
  await looks(service, 2)
  expect(itemsOf(await ozon.writes(), PRICES)).toBe(24)
})

test.concurrent('prices going 100 → 110 → 100 with lost replies end at 100 and never go back', async (test) => {
  const priced = (price: number): ReturnType<typeof shopOf> => shopOf(30, () => ({ price, main: 5, podolsk: 5 }))
  const project = await projectWith(test, articlesOf(priced(100)), { speed: 40 })
  const { ozon } = project
  const service = await project.open()
  await dropExport(project, priced(100))
  await settled(project, wantedAtOzon(priced(100)))
  await until('Obmen knows it', async () => (await attempts(service)).every((state) => state === undefined))
  const accepted = await acceptedPrices(service)

  await ozon.send('PUT', 'faults', { kind: 'lostReply', rate: 1, method: PRICES })
  await dropExport(project, priced(110))
  await until('Ozon took 110 and its answer was lost', () => equals(project, wantedAtOzon(priced(110))))
  await dropExport(project, priced(100))
  await until('100 was stated again', () => equals(project, wantedAtOzon(priced(100))))
  // Not one answer since the first 100: the ledger holds what it held, and 100 went out all the same.
  expect(await acceptedPrices(service)).toEqual(accepted)
  await ozon.send('PUT', 'faults', [])
  await until('nothing is left in doubt', async () => (await attempts(service)).every((state) => state === undefined))
  await settled(project, wantedAtOzon(priced(100)))

  const lines = (await ozon.ledger()).filter(({ aspect }) => aspect === 'prices')
  for (const article of articlesOf(priced(100))) {
    const values = lines.filter(({ offerId }) => offerId === article).map(({ value }) => (value as Price).price)
    expect(values.join(' ')).toMatch(/^100( 110)+( 100)+$/)
  }
})

test.concurrent('a lost reply repeats at most its own batch', async (test) => {
  const shop = shopOf(450, (i) => ({ price: 100 + i, main: 5, podolsk: 5 }))
  const project = await projectWith(test, articlesOf(shop), { speed: 40 })
  const { ozon } = project
  await ozon.send(
    'PUT',
    'faults',
    [PRICES, STOCKS].map((method) => ({ kind: 'lostReply', rate: 0.4, method })),
  )
  const service = await project.open()
  await dropExport(project, shop)
  const wanted = wantedAtOzon(shop)
  await until('Ozon holds everything and answered for it', async () => {
    const waiting = service.items.reduce((sum, { pipeline }) => sum + pipeline.aspect.plan.size, 0)
    return waiting === 0 && (await equals(project, wanted))
  })

  const lost = (await ozon.writes()).filter((request) => (request as TimedRequest).fault === 'lostReply')
  const lines = await ozon.ledger()
  expect(lost.length).toBeGreaterThan(0)
  expect(lines.length - 1350).toBeLessThanOrEqual(lost.reduce((sum, { items }) => sum + items, 0))
})

test.concurrent(
  'a value is on disk as "sending" before its request leaves, and stated again after a stop',
  async (test) => {
    const before = shopOf(5, () => ({ price: 100, main: 5, podolsk: 5 }))
    const after = shopOf(5, () => ({ price: 110, main: 5, podolsk: 5 }))
    const project = await projectWith(test, articlesOf(before), { speed: 20 })
    const { ozon, root, clock } = project
    const first = await project.open()
    await dropExport(project, before)
    await settled(project, wantedAtOzon(before))

    // Applied at once, answered much later: the request is under way when the store is read.
    await ozon.send('PUT', 'faults', { kind: 'slow', rate: 1, method: PRICES, delay: 60 * MINUTE })
    await dropExport(project, after)
    await until('Ozon has the new prices', () => equals(project, wantedAtOzon(after)))
    const { ledgers } = await readStatus(usable(await loadProject(root, {})), clock.now())
    expect(ledgers.find(({ aspect }) => aspect === 'prices')).toMatchObject({
      account: 'ozon-main',
      aspect: 'prices',
      accepted: 5,
      attempts: { sending: 5 },
    })

    // Stopped in the middle; 1C goes back to what the ledger believes Ozon to hold.
    await first.close()
    await ozon.send('PUT', 'faults', [])
    await dropExport(project, before)
    const again = await project.open({ start: false })
    // One pass reads 1C first: what it sends can only be due to the mark.
    await again.runOnce()
    expect(await heldAtOzon(project)).toEqual(wantedAtOzon(before))
  },
)

const LOOK_EVERY_MINUTE = {
  'pipelines/ozon-prices.yaml': (text: string): string =>
    PLAIN_PRICES['pipelines/ozon-prices.yaml'](text).replace('10m }', '1m }'),
  'pipelines/ozon-stocks.yaml': (text: string): string => text.replace('5m }', '1m }'),
}

interface Price {
  readonly price: string
}

function itemsOf(requests: readonly RequestLine[], method: string): number {
  return requests.filter((request) => request.method === method).reduce((sum, { items }) => sum + items, 0)
}

/** Waits until every pipeline has looked over everything so many times more. */
async function looks(service: Service, count: number): Promise<void> {
  for (const { pipeline } of service.items) {
    let last = pipeline.lastLook?.at
    for (let seen = 0; seen < count;) {
      await until('the next look', () => pipeline.lastLook?.complete === true && pipeline.lastLook.at !== last)
      last = pipeline.lastLook?.at
      seen++
    }
  }
}

async function priceEntries(service: Service): Promise<LedgerEntry[]> {
  const account = service.runtime.accounts.get('ozon-main') as Account
  const entries: LedgerEntry[] = []
  for await (const [, entry] of account.aspect('prices').ledger.entries()) entries.push(entry)
  return entries
}

async function acceptedPrices(service: Service): Promise<unknown[]> {
  return (await priceEntries(service)).map(({ itemId, accepted }) => [itemId, accepted])
}

async function attempts(service: Service): Promise<(string | undefined)[]> {
  return (await priceEntries(service)).map(({ attempt }) => attempt?.state)
}
