import { expect, test, type TestContext } from 'vitest'
import { shopIds } from '../../fixtures/clothing-shop.ts'
import { offerIdOf } from '../../fixtures/ut-base.ts'
import type { Catalogue } from '../../src/state/catalogue.ts'
import {
  createProject,
  until,
  type LedgerLine,
  type Project,
  type ProjectOptions,
  type RequestLine,
} from './project.ts'
import { articlesOf, createCards, dropExport, heldAtOzon, PLAIN_PRICES, shopOf, wantedAtOzon } from './shop-on-ozon.ts'

const PRICES = '/v1/product/import/prices'
const STOCKS = '/v2/products/stocks'
const HOUR = 3_600_000

/** An approved account; closed when the test ends (tests run side by side, so it names itself). */
async function projectWith(test: TestContext, cards: readonly string[], options: ProjectOptions): Promise<Project> {
  const project = await createProject({ ...options, files: { ...PLAIN_PRICES, ...options.files } })
  test.onTestFinished(() => project.close())
  await project.approve()
  await createCards(project, cards)
  return project
}

/** Two pairs each: more than 10,000 are left when the stock falls. */
const GOODS = 5500

test('a stock that falls to 0 while 10,000 others wait goes within two batches, and the whole push meets no limit', async (test) => {
  const before = shopOf(GOODS, (i) => ({ price: 1000 + i, main: 5, podolsk: 5 }))
  const articles = articlesOf(before)
  const project = await projectWith(test, articles, { speed: 30 })
  const { ozon } = project
  // Ten seconds for each answer: the plan is worked off slowly enough to see what overtakes what.
  await ozon.send('PUT', 'faults', { kind: 'slow', rate: 1, method: STOCKS, delay: 10_000 })
  const service = await project.open()
  await dropExport(project, before)
  const stocksOf = async (): Promise<TimedLine[]> =>
    (await timedLedger(project)).filter(({ aspect }) => aspect === 'stocks')
  await until('the first batch is there', async () => (await stocksOf()).length > 0)

  // One that waits its turn, and one that Ozon has already.
  const first = (await stocksOf()).find(({ value }) => value === 4)
  const sold = articles.indexOf(first?.offerId ?? '')
  // Its pair may be written again 30 s later: until then the interval of Ozon keeps it back, not the plan.
  const again = Date.parse(first?.time ?? '') + 30_000
  await until('its pairs may be written again', () => project.clock.now() > again)
  const fallen = new Set([articles.length - 1, sold])
  const after = shopOf(GOODS, (i) => ({ price: 1000 + i, main: fallen.has(i) ? 0 : 5, podolsk: fallen.has(i) ? 0 : 5 }))
  const stocks = service.items.find(({ pipeline }) => pipeline.aspect.aspect === 'stocks')?.pipeline
  const waiting = (): number => stocks?.aspect.plan.size ?? 0
  expect(waiting()).toBeGreaterThanOrEqual(10_000)
  const offers = after.goods.flatMap((good) => good.variants.map((variant) => offerIdOf(good, variant)))
  const changedOffers = new Set([...fallen].map((i) => offers[i] as string))
  const lookBefore = stocks?.lastLook?.at
  await dropExport(project, after, { scope: 'delta', changedOffers })
  await until('the fall was seen', () => stocks?.lastLook?.at !== lookBefore)
  const seenAt = project.clock.now()
  const zeros: TimedLine[] = []
  let read = 0
  await until('the zeros are there', async () => {
    const lines = await timedLedger(project, read)
    read = lines.at(-1)?.seq ?? read
    zeros.push(...lines.filter(({ aspect, value }) => aspect === 'stocks' && value === 0))
    return zeros.length === 4
  })

  const wentAt = Math.max(...zeros.map(({ time }) => Date.parse(time)))
  const between = (await requestsOf(project, STOCKS)).filter(({ time }) => {
    const at = Date.parse(time)
    return at > seenAt && at <= wentAt
  })
  expect(between.length).toBeLessThanOrEqual(2)
  expect(waiting()).toBeGreaterThan(9_000)

  await ozon.send('PUT', 'faults', [])
  await until('the whole push is through', () => service.items.every(({ idle }) => idle), 55_000)
  expect(await heldAtOzon(project)).toEqual(wantedAtOzon(after))
  const requests = (await ozon.requests()) as TimedRequest[]
  expect(requests.filter(({ status }) => status !== 200)).toEqual([])
  expect(requests.flatMap(({ schemaErrors }) => schemaErrors ?? [])).toEqual([])
  // Every pair once, and the one that Ozon already had twice: no item was sent in vain, the zeros stayed.
  expect(itemsOf(await requestsOf(project, STOCKS))).toBe(2 * GOODS + 2)
  expect(itemsOf(await requestsOf(project, PRICES))).toBe(GOODS)
})

test.concurrent('a pair of article and warehouse is written once in 30 s, with the newest stock', async (test) => {
  const having = (main: number): ReturnType<typeof shopOf> => shopOf(1, () => ({ price: 100, main, podolsk: 5 }))
  const project = await projectWith(test, articlesOf(having(5)), { speed: 10 })
  const service = await project.open()
  const catalogue = service.runtime.exchanges.get('main')?.catalogue as Catalogue
  await dropExport(project, having(5))
  await until('the stock is there', async () => (await timedLedger(project)).length === 3)

  const catalogueOf = async (main: number): Promise<void> => {
    await dropExport(project, having(main))
    await until('1C is read', async () => (await mainStockOf(catalogue)) === String(main))
  }
  await catalogueOf(6)
  await catalogueOf(7)
  await catalogueOf(8)
  await until('the newest stock is there', async () => (await timedLedger(project)).at(-1)?.value === 7)

  const lines = (await timedLedger(project)).filter(({ aspect }) => aspect === 'stocks')
  const moscow = lines.filter(({ warehouseId }) => warehouseId === lines.at(-1)?.warehouseId)
  const times = moscow.map(({ time }) => Date.parse(time))
  expect(moscow.map(({ value }) => value).at(-1)).toBe(7)
  expect(times.slice(1).every((time, i) => time - (times[i] as number) >= 30_000)).toBe(true)
  // Nothing was sent that Ozon refused as too frequent.
  expect(itemsOf(await requestsOf(project, STOCKS))).toBe(lines.length)
})

test.concurrent('a price changes at most six times an hour; the seventh is the newest', async (test) => {
  const costing = (price: number): ReturnType<typeof shopOf> => shopOf(1, () => ({ price, main: 5, podolsk: 5 }))
  const project = await projectWith(test, articlesOf(costing(100)), { speed: 500 })
  await project.open()
  const prices = async (): Promise<TimedLine[]> =>
    (await timedLedger(project)).filter(({ aspect }) => aspect === 'prices')
  const priceNow = async (): Promise<number> => Number(((await prices()).at(-1)?.value as Price | undefined)?.price)
  for (const price of [100, 101, 102, 103, 104, 105]) {
    await dropExport(project, costing(price))
    await until(`${price} is there`, async () => (await priceNow()) === price)
  }
  await dropExport(project, costing(106))
  await dropExport(project, costing(107))
  await until('the newest price is there', async () => (await priceNow()) === 107)

  const lines = await prices()
  expect(lines.map(({ value }) => (value as Price).price)).toEqual(['100', '101', '102', '103', '104', '105', '107'])
  expect(Date.parse(lines.at(-1)?.time ?? '') - Date.parse(lines[0]?.time ?? '')).toBeGreaterThanOrEqual(HOUR)
  expect(itemsOf(await requestsOf(project, PRICES))).toBe(7)
})

interface Price {
  readonly price: string
}

type TimedRequest = RequestLine & { readonly time: string }
type TimedLine = LedgerLine & { readonly time: string }

/** Accepted writes after a number of the ledger. */
async function timedLedger({ ozon }: Project, after = 0): Promise<TimedLine[]> {
  const lines = (await ozon.get(`ledger?after=${after}`)).split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as TimedLine)
}

async function requestsOf({ ozon }: Project, method: string): Promise<TimedRequest[]> {
  return ((await ozon.requests()) as TimedRequest[]).filter((request) => request.method === method)
}

function itemsOf(requests: readonly RequestLine[]): number {
  return requests.reduce((sum, { items }) => sum + items, 0)
}

/** What 1C states of the only offer's stock in the main warehouse. */
async function mainStockOf(catalogue: Catalogue): Promise<string | undefined> {
  for await (const entries of catalogue.entries()) {
    for (const variant of entries.flatMap(({ variants }) => Object.values(variants))) {
      return variant.stocks?.value.byWarehouse[shopIds.mainWarehouse]
    }
  }
  return undefined
}
