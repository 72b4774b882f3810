import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { shopGoodId, shopIds, shopOfferId } from '../../fixtures/clothing-shop.ts'
import { guidOf } from '../../fixtures/guid.ts'
import { readStatus } from '../../src/app/read-status.ts'
import { createFiles } from '../../src/state/disk.ts'
import { tickOff } from '../../src/state/orders-done.ts'
import { testOnEveryStore } from './every-store.ts'
import { watchOrderFile } from './order-file.ts'
import { openProxy } from './order-proxy.ts'
import { openOrderShop, SECOND_ACCOUNT, SECOND_CLIENT, SHIRT, SOCKS, type OrderShop } from './order-shop.ts'
import { CLIENT_ID, until } from './project.ts'

let shop: OrderShop
afterEach(async () => {
  await shop.close()
})

/** Approves the account, starts the service and waits until Ozon sells what 1C has. */
async function sell(): Promise<void> {
  await shop.project.approve()
  await shop.start()
  await shop.run()
  await until('Ozon has the stocks', async () => (await shop.free(SOCKS)) === 119 && (await shop.free(SHIRT)) === 11)
}

testOnEveryStore(
  'postings of two warehouses become one order file that 1C loads once, until they are handed over and presented',
  async (redis) => {
    shop = await openOrderShop({ redis })
    await shop.project.approve()
    await shop.start()
    // 1C calls a missing file a failed run.
    expect(await shop.file()).toEqual([])
    const watch = watchOrderFile(shop.project.ordersFile)
    await shop.run()
    await until('Ozon has the stocks', async () => (await shop.free(SOCKS, 'FBS Подольск')) === 40)

    const first = await shop.buy([{ offerId: SOCKS, quantity: 2, price: '351.00' }])
    await shop.readOver()
    const second = await shop.buy([{ offerId: SOCKS, quantity: 1, price: '360.50' }], 'FBS Подольск')
    const documents = await shop.fileShows(['OZ000001', 'OZ000002'])
    const common = { currency: 'RUB', status: 'К выполнению', cancelled: false }
    expect(documents).toEqual([
      {
        ...common,
        id: `ozon-${first}`,
        number: 'OZ000001',
        warehouses: [shopIds.mainWarehouse],
        lines: [{ id: shopOfferId(SOCKS), quantity: '2', price: '351.00' }],
      },
      {
        ...common,
        id: `ozon-${second}`,
        number: 'OZ000002',
        warehouses: [shopIds.podolsk],
        lines: [{ id: shopOfferId(SOCKS), quantity: '1', price: '360.50' }],
      },
    ])

    const loaded = await shop.run()
    const { ok, created, problems } = loaded
    expect({ ok, created, problems }).toEqual({ ok: true, created: ['OZ000001', 'OZ000002'], problems: [] })
    expect(shop.order(first)?.presentedAt).toBeUndefined()
    const before = shop.ut.documents()
    const again = await shop.run()
    expect([again.ok, again.created, again.refilled, again.problems]).toEqual([true, [], [], []])
    expect(shop.ut.documents()).toEqual(before)
    await until('two later runs presented it', () => shop.order(first)?.presentedAt !== undefined)

    await shop.move(first, 'ship')
    await shop.move(first, 'ship')
    await until('the file shows that it is handed over', () => {
      const order = shop.order(first)
      return order?.posting.phase === 'handed' && order.writtenAt !== undefined
    })
    await shop.run()
    expect((await shop.file()).map(({ number }) => number)).toEqual(['OZ000001', 'OZ000002'])
    await shop.run()
    await shop.fileShows(['OZ000002'])
    expect(shop.ut.documents().map(({ number }) => number)).toEqual(['OZ000001', 'OZ000002'])
    expect(await watch.stop()).toEqual([])
  },
)

/** Holds 1C in the middle of its first file; `duringRun` happens then. */
function holdingRun(duringRun: () => Promise<void>): { onChunk: () => Promise<void>; arm: () => void } {
  let armed = false
  return {
    arm: () => {
      armed = true
    },
    onChunk: async () => {
      if (!armed) return
      armed = false
      await duringRun()
    },
  }
}

test('a run that began before the order file counts for nothing, yet a cancellation after it does not fall silent', async () => {
  let kept = ''
  let cancelled = ''
  const hold = holdingRun(async () => {
    kept = await shop.buy([{ offerId: SOCKS, quantity: 1 }])
    await shop.readOver()
    cancelled = await shop.buy([{ offerId: SOCKS, quantity: 1 }])
    await shop.fileShows(['OZ000001', 'OZ000002'])
  })
  shop = await openOrderShop({ ut: { onChunk: hold.onChunk } })
  await sell()

  hold.arm()
  expect((await shop.run()).created).toEqual(['OZ000001', 'OZ000002'])
  expect([shop.order(kept)?.runs, shop.order(kept)?.firstRun]).toEqual([[], undefined])

  await shop.move(cancelled, 'cancel')
  await until('the file says so', async () => (await shop.file()).some((document) => document.cancelled))
  expect((await shop.file()).map(({ number, cancelled: gone }) => [number, gone])).toEqual([
    ['OZ000001', false],
    ['OZ000002', true],
  ])
  await shop.run()
  expect([shop.order(kept)?.runs.length, shop.order(kept)?.presentedAt]).toEqual([1, undefined])
  await shop.run()
  expect(shop.order(kept)?.presentedAt).toBeDefined()
})

test('cancelled before 1C could read it leaves the file for good; after that it stays, marked, until a person ticks it off', async () => {
  shop = await openOrderShop({ speed: 150 })
  await sell()
  await shop.runIsOver()
  const unread = await shop.buy([{ offerId: SOCKS, quantity: 1 }])
  await shop.fileShows(['OZ000001'])
  await shop.move(unread, 'cancel')
  await shop.fileShows([])
  const read = await shop.buy([{ offerId: SHIRT, quantity: 1 }])
  await shop.fileShows(['OZ000002'])
  expect((await shop.run()).created).toEqual(['OZ000002'])
  await shop.run()
  await shop.fileShows(['OZ000002'])

  await shop.move(read, 'cancel')
  const mail = await shop.mailOf(`Заказ OZ000002 отменён на площадке (${read})`)
  expect(mail.to).toEqual(['shop@example.ru'])
  for (const _ of [1, 2, 3]) await shop.run()
  const [document, ...others] = await shop.file()
  expect([document?.number, document?.cancelled, document?.status, others]).toEqual(['OZ000002', true, 'Отменен', []])
  // УТ does not read an order again that is in work: that is why a person must know.
  expect(shop.ut.document('OZ000002').cancelled).toBe(false)

  const order = shop.order(read)
  const file = join(shop.project.root, 'state', 'orders-done.csv')
  const tick = { at: shop.project.clock.now(), exchange: 'main', account: 'ozon-main', posting: read, by: 'test' }
  await tickOff(file, createFiles(), { ...tick, number: order?.number ?? '' })
  await shop.fileShows([])
  await shop.run()
  await shop.readOver()
  expect(await shop.file()).toEqual([])
  expect(shop.mails.filter(({ subject }) => subject.includes(unread))).toEqual([])
})

test('an article that 1C does not know stops its order before the eyes of the admin, and nothing else', async () => {
  shop = await openOrderShop({ speed: 150 })
  await sell()
  await shop.ozon.send('POST', 'products', { clientId: CLIENT_ID, items: [{ offerId: 'НОВ-1' }] })

  const stopped = await shop.buy([
    { offerId: SOCKS, quantity: 1 },
    { offerId: 'НОВ-1', quantity: 3 },
  ])
  await shop.readOver()
  const neighbour = await shop.buy([{ offerId: SOCKS, quantity: 1 }])
  const [document] = await shop.fileShows(['OZ000001'])
  expect(document?.id).toBe(`ozon-${neighbour}`)
  const mail = await shop.mailOf(`Заказ ${stopped} не передан в 1С`)
  expect(mail.to).toEqual(['admin@example.ru'])
  expect(mail.text).toContain('НОВ-1')
  const status = await readStatus(shop.service().runtime.config, shop.project.clock.now())
  expect(status.exchanges[0]?.orders).toMatchObject({ open: 2, stuck: 1 })

  const [sock] = shop.ut.base.model.goods.filter(({ article }) => article === SOCKS)
  if (sock === undefined) throw new Error('the shop has no socks')
  shop.ut.base.model.goods.push({ ...structuredClone(sock), id: guidOf('good НОВ-1'), article: 'НОВ-1', barcode: '' })
  await shop.run()
  // The number is given when the order can be written at last.
  const healed = await shop.fileShows(['OZ000002', 'OZ000001'])
  expect(healed[0]?.lines.map(({ id, quantity }) => [id, quantity])).toEqual([
    [shopGoodId(SOCKS), '1'],
    [guidOf('good НОВ-1'), '3'],
  ])
  await shop.mailOf(`Заказ ${stopped} больше не задержан`)
  const { created, problems } = await shop.run()
  expect({ created, problems }).toEqual({ created: ['OZ000002'], problems: [] })
  await until('Ozon has what is left of the new goods', async () => (await shop.free('НОВ-1')) === 116)
})

test('a posting lowers the stock of every cabinet once, from the order to the shipment and after a cancellation', async () => {
  shop = await openOrderShop({ files: SECOND_ACCOUNT })
  await shop.project.approve('ozon-second', SECOND_CLIENT)
  await sell()
  const held = async (): Promise<unknown[]> => [
    await shop.free(SOCKS),
    await shop.free(SOCKS, 'FBS Москва', SECOND_CLIENT),
  ]
  const stocks = (first: number, second: number): Promise<void> =>
    until(`Ozon holds ${first} and ${second}`, async () => {
      const [a, b] = await held()
      return a === first && b === second
    })
  /** Stocks of the socks in Moscow that were sent after a moment, per cabinet. */
  const sent = async (after: number): Promise<Record<string, unknown[]>> => {
    const lines = (await shop.ozon.ledger()).filter(({ seq, aspect, offerId }) => {
      return seq > after && aspect === 'stocks' && offerId === SOCKS
    })
    const moscow = lines.filter(({ warehouseId }) => warehouseId !== podolsk)
    return Object.fromEntries(
      [CLIENT_ID, SECOND_CLIENT].map((id) => [
        id,
        [...new Set(moscow.filter(({ clientId }) => clientId === id).map(({ value }) => value))],
      ]),
    )
  }
  const last = async (): Promise<number> => (await shop.ozon.ledger()).at(-1)?.seq ?? 0
  const podolsk = await shop.warehouseId('FBS Подольск')
  await stocks(119, 120)

  let from = await last()
  // Ozon takes its own 5 off; that the same number is stated again leaves no trace in its ledger.
  const posting = await shop.buy([{ offerId: SOCKS, quantity: 5 }])
  expect(await shop.free(SOCKS)).toBe(114)
  await shop.fileShows(['OZ000001'])
  await stocks(114, 115)
  // The run that loads the order states a stock that does not know of it yet: it wrote its files before.
  shop.ut.base.setStock(shopOfferId(SOCKS), 'Основной склад', 130)
  for (const _ of [1, 2, 3]) {
    await shop.run()
    await shop.lookedOver()
  }
  expect(shop.order(posting)?.reserved).toEqual([shopGoodId(SOCKS)])
  expect(await sent(from)).toEqual({ [CLIENT_ID]: [124], [SECOND_CLIENT]: [115, 125] })

  shop.ut.changeOrder('OZ000001', { shipped: true })
  await shop.run()
  await shop.lookedOver()
  await stocks(124, 125)
  expect(await sent(from)).toEqual({ [CLIENT_ID]: [124], [SECOND_CLIENT]: [115, 125] })

  const regretted = await shop.buy([{ offerId: SOCKS, quantity: 3 }])
  await shop.fileShows(['OZ000001', 'OZ000002'])
  await stocks(121, 122)
  await shop.run()
  await shop.run()
  from = await last()
  await shop.move(regretted, 'cancel')
  expect(await shop.free(SOCKS)).toBe(124)
  // The order is in work in 1C and holds its reserve until a person cancels it there: the old number is stated again.
  await stocks(121, 122)
  expect(await sent(from)).toEqual({ [CLIENT_ID]: [121], [SECOND_CLIENT]: [] })
  shop.ut.changeOrder('OZ000002', { cancelled: true })
  await shop.run()
  await stocks(124, 125)
})

test('cancelled before 1C knew of it, the pieces are for sale again in every cabinet', async () => {
  shop = await openOrderShop({ files: SECOND_ACCOUNT })
  await shop.project.approve('ozon-second', SECOND_CLIENT)
  await sell()
  await shop.runIsOver()
  const posting = await shop.buy([{ offerId: SOCKS, quantity: 5 }])
  await until('both sell less', async () => (await shop.free(SOCKS, 'FBS Москва', SECOND_CLIENT)) === 115)

  await shop.move(posting, 'cancel')
  await shop.fileShows([])
  const all = async (): Promise<unknown[]> => [
    await shop.free(SOCKS),
    await shop.free(SOCKS, 'FBS Москва', SECOND_CLIENT),
  ]
  await until('both sell all', async () => (await all()).join() === '119,120')
  await shop.run()
  await shop.lookedOver()
  expect(await all()).toEqual([119, 120])
})

test('orders as they come: one item twice, a price of nothing, a warehouse that the configuration adds later', async () => {
  shop = await openOrderShop({
    files: { 'config/marketplaces.yaml': (text) => text.replace(/^ {6}'FBS Подольск'.*\n/m, '') },
  })
  await sell()

  const twice = await shop.buy([
    { offerId: SOCKS, quantity: 2, price: '390.00' },
    { offerId: SOCKS, quantity: 1, price: '0' },
  ])
  await shop.fileShows(['OZ000001'])
  await until('both lines are off sale', async () => (await shop.free(SOCKS)) === 116)
  const elsewhere = await shop.buy([{ offerId: SOCKS, quantity: 1 }], 'FBS Подольск')
  const mail = await shop.mailOf(`Заказ ${elsewhere} не передан в 1С`)
  expect([mail.to, mail.text.includes('FBS Подольск')]).toEqual([['admin@example.ru'], true])
  const { created, problems } = await shop.run()
  expect({ created, problems }).toEqual({ created: ['OZ000001'], problems: [] })
  const { lines } = shop.ut.document('OZ000001')
  expect(lines.map(({ quantity, price }) => [quantity, price])).toEqual([
    [2, 390],
    [1, 0],
  ])
  expect(shop.order(twice)?.problem).toBeUndefined()

  await shop.stop()
  await shop.project.edit('config/marketplaces.yaml', (text) =>
    text.replace('    warehouses:\n', "    warehouses:\n      'FBS Подольск': { from: ['Склад Подольск'] }\n"),
  )
  await shop.start()
  const documents = await shop.fileShows(['OZ000001', 'OZ000002'])
  expect(documents[1]).toMatchObject({ id: `ozon-${elsewhere}`, warehouses: [shopIds.podolsk] })
})

test('a posting that cannot be read keeps none of its neighbours, and a foreign currency is never passed off as roubles', async () => {
  let odd = ''
  let tenge = ''
  const proxy = await openProxy(({ postings = [] }) =>
    postings.map((posting) => {
      if (posting.posting_number === odd) return { ...posting, products: 'none' }
      if (posting.posting_number !== tenge) return posting
      const products = posting.products.map((line) => ({ ...line, price: { ...line.price, currency: 'KZT' } }))
      return { ...posting, products }
    }),
  )
  shop = await openOrderShop()
  try {
    proxy.forwardTo(shop.project.simulator.url)
    await shop.project.edit('config/marketplaces.yaml', (text) => text.replace(/baseUrl: \S+/, `baseUrl: ${proxy.url}`))
    await shop.approveAt(proxy.url)
    await shop.start()
    await shop.run()
    await until('Ozon has the stocks', async () => (await shop.free(SOCKS)) === 119)
    odd = await shop.buy([{ offerId: SOCKS, quantity: 1 }])
    tenge = await shop.buy([{ offerId: SOCKS, quantity: 1 }])
    const good = await shop.buy([{ offerId: SOCKS, quantity: 1 }])

    await until('the good one is in the file', async () =>
      (await shop.file()).some(({ id, currency }) => id === `ozon-${good}` && currency === 'RUB'),
    )
    expect((await shop.file()).length).toBe(1)
    expect((await shop.mailOf(`Заказ ${tenge} не передан в 1С`)).text).toContain('KZT')

    await shop.stop()
    await shop.project.edit('config/obmen.yaml', (text) => text.replace('RUR: RUB', 'RUR: RUB, KZT: KZT'))
    await shop.start()
    await until('1C is said to have tenge', async () =>
      (await shop.file()).some(({ id, currency }) => id === `ozon-${tenge}` && currency === 'KZT'),
    )
    expect((await shop.run()).problems).toEqual([])
  } finally {
    await shop.stop()
    await proxy.close()
  }
})
