import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { BaseModel } from '../../fixtures/ut-base.ts'
import type { Service } from '../../src/app/service.ts'
import { readStatus } from '../../src/app/read-status.ts'
import { statusText } from '../../src/views/status-text.ts'
import { CLIENT_ID, createProject, until, type Project } from './project.ts'
import { dropExport, PLAIN_PRICES, shopOf, wantedAtOzon } from './shop-on-ozon.ts'

const OFFERS = 120

let project: Project
afterEach(() => project.close())

/** Ozon holds exactly what the shop wants, but for the articles in `differ`. */
async function sellAlready(base: BaseModel, differ: Readonly<Record<number, object>> = {}): Promise<string[]> {
  const warehouses = await project.ozon.send('POST', 'products', { clientId: CLIENT_ID, items: [] }).then(ids)
  const wanted = [...wantedAtOzon(base)]
  const items = wanted.map(([offerId, { price, stocks }], i) => ({
    offerId,
    price,
    oldPrice: price === undefined ? 0 : price * 2,
    stocks: { [warehouses[0] as string]: stocks[0], [warehouses[1] as string]: stocks[1] },
    ...differ[i],
  }))
  await project.ozon.send('POST', 'products', { clientId: CLIENT_ID, items })
  return wanted.map(([offerId]) => offerId)
}

async function ids(): Promise<string[]> {
  const state = await project.ozon.json<Record<string, { warehouses: { warehouseId: number }[] }>>('state')
  return state[CLIENT_ID]?.warehouses.map(({ warehouseId }) => String(warehouseId)) ?? []
}

async function settled(service: Service): Promise<void> {
  const from = project.clock.now()
  await until('everything was looked at and nothing waits', () =>
    service.items.every(({ pipeline: { lastLook, aspect } }) => {
      const looked = lastLook?.complete === true && lastLook.at > from && lastLook.items >= OFFERS
      return looked && aspect.readBack?.progress === undefined && aspect.plan.idle
    }),
  )
}

const LOOK_OFTEN = Object.fromEntries(
  ['pipelines/ozon-prices.yaml', 'pipelines/ozon-stocks.yaml'].map((file) => [
    file,
    (text: string) =>
      (PLAIN_PRICES as Record<string, (text: string) => string>)[file]?.(lookSoon(text)) ?? lookSoon(text),
  ]),
)
const lookSoon = (text: string): string => text.replace(/look: \d+m/, 'look: 1m')

test('approving a shop that is in sync sends what differs and retires nothing, with and without what was known', async () => {
  project = await createProject({ speed: 60, files: LOOK_OFTEN })
  const base = shopOf(OFFERS, (i) => ({ price: 500 + i, main: 5 + (i % 7), podolsk: i % 4 }))
  const articles = await sellAlready(base, { 3: { price: 501 } })
  await project.approve()
  let service = await project.open()
  await dropExport(project, base)
  await settled(service)

  expect((await project.ozon.ledger()).map(({ aspect, offerId, value }) => [aspect, offerId, value])).toEqual([
    ['prices', articles[3], { price: '503' }],
  ])

  // The store is lost, and meanwhile somebody changed a price and a stock at Ozon.
  await service.close()
  await rm(join(project.root, 'state', 'store'), { recursive: true })
  const [moscow] = await ids()
  const changed = [
    { offerId: articles[8], price: 509 },
    { offerId: articles[9], stocks: { [moscow as string]: 1 } },
  ]
  await project.ozon.send('POST', 'products', { clientId: CLIENT_ID, items: changed })
  const before = await project.ozon.ledger()
  service = await project.open()
  await dropExport(project, base)
  await settled(service)

  const after = (await project.ozon.ledger()).slice(before.length)
  expect(after.map(({ aspect, offerId }) => `${aspect} ${offerId}`).sort()).toEqual([
    `prices ${articles[8]}`,
    `stocks ${articles[9]}`,
  ])
})

test('while Ozon does not show what it holds nothing is sent, and the status says so', async () => {
  project = await createProject({ speed: 60, files: LOOK_OFTEN })
  const base = shopOf(OFFERS, (i) => ({ price: 500 + i, main: 5, podolsk: 3 }))
  const articles = await sellAlready(base)
  await project.approve()
  let service = await project.open()
  await dropExport(project, base)
  await settled(service)
  await service.close()
  await rm(join(project.root, 'state', 'store'), { recursive: true })
  const dearer = shopOf(OFFERS, (i) => ({ price: i === 0 ? 510 : 500 + i, main: 5, podolsk: 3 }))

  await project.ozon.send('PUT', 'faults', { kind: 'down', rate: 1, method: '/v5/product/info/prices' })
  service = await project.open()
  await dropExport(project, dearer)
  const text = async (): Promise<string> => statusText(await readStatus(service.runtime.config, project.clock.now()))
  await until('the status says that it waits', async () =>
    (await text()).includes(
      `READING what the marketplace holds: 0 of ${OFFERS} cards, nothing is sent before; it waits:`,
    ),
  )
  await until('stocks were looked at', () => service.items.some(({ pipeline }) => pipeline.lastLook?.items === OFFERS))
  expect(await project.ozon.ledger()).toEqual([])

  await project.ozon.send('PUT', 'faults', [])
  await settled(service)
  expect((await project.ozon.ledger()).map(({ offerId }) => offerId)).toEqual([articles[0]])
  expect(await text()).not.toContain('READING')
})
