import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startOzonSimulator } from '../../src/simulator/ozon/index.ts'
import { openOrderShop, SECOND_ACCOUNT, SECOND_CLIENT, SOCKS, type OrderShop } from './order-shop.ts'
import { CLIENT_ID, controlOf, until } from './project.ts'

let shop: OrderShop
let ended: (() => Promise<void>)[] = []
beforeEach(() => {
  ended = []
})
afterEach(async () => {
  await shop.close()
  for (const end of ended) await end()
})

const statePath = (...names: string[]): string => join(shop.project.root, 'state', ...names)

/** A shop that sells and whose 1C knows the order OZ000001. */
async function shopWithOrder(): Promise<string> {
  shop = await openOrderShop()
  await shop.project.approve()
  await shop.start()
  await shop.run()
  await until('Ozon has the stocks', async () => (await shop.free(SOCKS)) === 119)
  const posting = await shop.buy([{ offerId: SOCKS, quantity: 1 }])
  await shop.fileShows(['OZ000001'])
  return posting
}

/** Why the service does not start. */
async function refusal(): Promise<string> {
  const error = await shop.project.open().then(
    () => undefined,
    (fault: unknown) => fault as { code?: string },
  )
  return error?.code ?? 'it starts'
}

test('two cabinets share one order file and one counter, and a lost store changes no number', async () => {
  shop = await openOrderShop({ files: SECOND_ACCOUNT })
  await shop.project.approve()
  await shop.project.approve('ozon-second', SECOND_CLIENT)
  await shop.start()
  await shop.run()
  await until('both sell', async () => {
    return (await shop.free(SOCKS)) === 119 && (await shop.free(SOCKS, 'FBS Москва', SECOND_CLIENT)) === 120
  })
  for (const clientId of [CLIENT_ID, SECOND_CLIENT, CLIENT_ID, SECOND_CLIENT]) {
    await shop.buy([{ offerId: SOCKS, quantity: 1 }], 'FBS Москва', clientId)
  }
  await until('all are in the file', async () => (await shop.file()).length === 4)
  const before = await shop.file()
  expect(before.map(({ number }) => number).sort()).toEqual(['OZ000001', 'OZ000002', 'OZ000003', 'OZ000004'])
  const { created, problems } = await shop.run()
  expect([created.toSorted(), problems]).toEqual([['OZ000001', 'OZ000002', 'OZ000003', 'OZ000004'], []])

  await shop.stop()
  await rm(statePath('store'), { recursive: true })
  await shop.start()
  await shop.run()
  await until('all are in the file again', async () => (await shop.file()).length === 4)
  expect(await shop.file()).toEqual(before)
  const next = await shop.buy([{ offerId: SOCKS, quantity: 1 }])
  await until('the counter goes on', async () =>
    (await shop.file()).some(({ id, number }) => id === `ozon-${next}` && number === 'OZ000005'),
  )
  const again = await shop.run()
  expect([again.created, again.problems]).toEqual([['OZ000005'], []])
})

test('without the journal of numbers the service does not start, whatever else was lost with it', async () => {
  await shopWithOrder()
  await shop.stop()
  const numbers = statePath('numbers.csv')
  const journal = await readFile(numbers, 'utf8')
  const header = journal.slice(0, journal.indexOf('\n') + 1)
  const orders = await readFile(shop.project.ordersFile, 'utf8')

  await rm(numbers)
  expect(await refusal()).toBe('orders.numbers_lost')
  // An old journal from a backup would give OZ000001 to another posting.
  await writeFile(numbers, header)
  await rm(shop.project.ordersFile)
  expect(await refusal()).toBe('orders.numbers_lost')
  await writeFile(shop.project.ordersFile, orders)
  await rm(statePath('store'), { recursive: true })
  expect(await refusal()).toBe('orders.numbers_lost')
  await rm(shop.project.ordersFile)
  await rm(numbers)
  expect(await refusal()).toBe('orders.numbers_lost')
  await rm(statePath(), { recursive: true })
  await writeFile(shop.project.ordersFile, orders)
  expect(await refusal()).toBe('orders.numbers_lost')

  // The way out when there is no backup: numbers go on above the highest one that 1C has.
  await shop.project.edit('config/obmen.yaml', (text) => text.replace('start: 1 }', 'start: 500 }'))
  await shop.project.approve()
  await shop.start()
  await shop.run()
  await shop.fileShows(['OZ000500'])
})

test('the journal brought back, everything goes on where it was', async () => {
  const posting = await shopWithOrder()
  await shop.stop()
  const journal = await readFile(statePath('numbers.csv'), 'utf8')
  await rm(statePath('numbers.csv'))
  expect(await refusal()).toBe('orders.numbers_lost')

  await writeFile(statePath('numbers.csv'), journal)
  await shop.start()
  const next = await shop.buy([{ offerId: SOCKS, quantity: 1 }])
  const documents = await shop.fileShows(['OZ000001', 'OZ000002'])
  expect(documents.map(({ id }) => id)).toEqual([`ozon-${posting}`, `ozon-${next}`])
})

test('an account pointed at another address or another cabinet observes until a person approves it anew', async () => {
  await shopWithOrder()
  const other = await startOzonSimulator({ port: 0, clock: shop.project.clock })
  ended.push(() => other.close())
  const elsewhere = controlOf(other.url)
  const items = [{ offerId: SOCKS }]
  for (const clientId of [CLIENT_ID, '1003']) await elsewhere.send('POST', 'products', { clientId, items })
  const observed = async (clientId: string): Promise<unknown> => {
    await until('the account was looked into', async () =>
      (await elsewhere.requests()).some((request) => request.clientId === clientId),
    )
    const { warehouses } = (await elsewhere.json<Record<string, { warehouses: { warehouseId: number }[] }>>('state'))[
      clientId
    ] as { warehouses: { warehouseId: number }[] }
    const lines = [{ offerId: SOCKS, quantity: 1, price: '390.00' }]
    await elsewhere.send('POST', 'postings', { clientId, warehouseId: warehouses[0]?.warehouseId, lines })
    await shop.run()
    await until('everything was looked at', () =>
      shop
        .service()
        .items.every(({ pipeline }) => pipeline.lastLook?.complete === true && pipeline.aspect.plan.size > 0),
    )
    const methods = (await elsewhere.requests()).filter((request) => request.clientId === clientId)
    return [...new Set(methods.map(({ method }) => method))].sort()
  }

  await shop.stop()
  await shop.project.edit('config/marketplaces.yaml', (text) => text.replace(/baseUrl: \S+/, `baseUrl: ${other.url}`))
  await shop.start()
  expect(await observed(CLIENT_ID)).toEqual(['/v1/roles', '/v2/warehouse/list'])

  await shop.stop()
  await shop.project.edit('.env', (text) => text.replace(`OZON_CLIENT_ID=${CLIENT_ID}`, 'OZON_CLIENT_ID=1003'))
  await shop.start()
  expect(await observed('1003')).toEqual(['/v1/roles', '/v2/warehouse/list'])
  expect(await elsewhere.ledger()).toEqual([])
  // The order of the first cabinet is still 1C's business; the others are none of ours yet.
  expect((await shop.file()).map(({ number }) => number)).toEqual(['OZ000001'])

  await shop.approveAt(other.url, '1003')
  await until('it writes now', async () => (await elsewhere.ledger()).some(({ clientId }) => clientId === '1003'))
  expect((await elsewhere.ledger()).filter(({ clientId }) => clientId !== '1003')).toEqual([])
})
