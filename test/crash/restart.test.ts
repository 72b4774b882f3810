import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { clothingShop } from '../../fixtures/clothing-shop.ts'
import { writeExport } from '../../fixtures/ut-export.ts'
import { CLIENT_ID, createProject, until, type Project } from '../e2e/project.ts'
import { filedOrders } from './witness.ts'

let project: Project | undefined
afterEach(async () => {
  await project?.close()
  project = undefined
})

/** Sells one offer; Ozon's warehouse of Moscow. */
async function sell(shop: Project, offerId: string): Promise<number> {
  const { ozon, inbox, clock } = shop
  await shop.approve()
  await ozon.send('POST', 'products', { clientId: CLIENT_ID, items: [{ offerId }] })
  const state = await ozon.json<Record<string, { warehouses: { warehouseId: number }[] }>>('state')
  const stamp = new Date(clock.now()).toISOString().slice(0, 19)
  await mkdir(join(inbox, 'webdata'))
  for (const { name, text } of writeExport(clothingShop(), { stamp, scope: 'full' })) {
    await writeFile(join(inbox, 'webdata', name), text)
  }
  return state[CLIENT_ID]?.warehouses[0]?.warehouseId ?? 0
}

async function order({ ozon }: Project, offerId: string, warehouseId: number): Promise<string> {
  const lines = [{ offerId, quantity: 1, price: '550' }]
  const { postingNumber } = await ozon.send<{ postingNumber: string }>('POST', 'postings', {
    clientId: CLIENT_ID,
    warehouseId,
    lines,
  })
  return postingNumber
}

test('after a restart in the middle of a run of 1C a cancelled order stays in the file that the run may have read', async () => {
  // A slow clock: half a minute after the last file of a run 1C may still be reading.
  project = await createProject({ speed: 0.5 })
  const { ozon, ordersFile } = project
  const warehouseId = await sell(project, 'НС-001')
  const before = await project.open({ start: false })
  await before.runOnce()
  await before.close()

  const after = await project.open({ start: false })
  const postingNumber = await order(project, 'НС-001', warehouseId)
  await after.runOnce()
  await ozon.send('POST', `postings/${postingNumber}/cancel`)
  await after.runOnce()

  expect(filedOrders(await readFile(ordersFile, 'utf8'))).toEqual([
    { id: `ozon-${postingNumber}`, number: 'OZ000001', cancelled: true },
  ])
})

test('a posting that came and was cancelled while nobody looked leaves no wrong stock at Ozon', async () => {
  project = await createProject({ speed: 50 })
  const { ozon } = project
  const warehouseId = await sell(project, 'НС-001')
  const free = async (): Promise<number | undefined> => {
    const state = await ozon.json<Record<string, { products: Record<string, Stocks> }>>('state')
    return state[CLIENT_ID]?.products['НС-001']?.stocks[String(warehouseId)]?.free
  }
  const before = await project.open({ start: false })
  await before.runOnce()
  await before.close()
  expect(await free()).toBe(119)

  const postingNumber = await order(project, 'НС-001', warehouseId)
  // A write of the process that died, on its way when the buyer ordered.
  const items = [{ offerId: 'НС-001', stocks: { [warehouseId]: 119 } }]
  await ozon.send('POST', 'products', { clientId: CLIENT_ID, items })
  await ozon.send('POST', `postings/${postingNumber}/cancel`)
  expect(await free()).toBe(120)

  await project.open()
  await until('the stock is what 1C states', async () => (await free()) === 119)
})

interface Stocks {
  readonly stocks: Readonly<Record<string, { readonly free: number }>>
}
