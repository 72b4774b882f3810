import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openOrderShop, SOCKS, type OrderShop } from './order-shop.ts'
import { until } from './project.ts'

let shop: OrderShop
afterEach(async () => {
  await shop.close()
})

test('what was sold and handed over while Obmen was down reaches 1C; what was over before the first reading does not', async () => {
  shop = await openOrderShop()
  await shop.project.approve()
  const forgotten = join(shop.project.root, 'state', 'history', '2020-01-01.ndjson')
  await mkdir(dirname(forgotten), { recursive: true })
  await writeFile(forgotten, '')
  const early = await shop.buy([{ offerId: SOCKS, quantity: 1 }])
  await shop.move(early, 'ship')
  await shop.move(early, 'ship')
  await shop.start()
  await shop.run()
  await until('Ozon has the stocks', async () => (await shop.free(SOCKS, 'FBS Подольск')) === 40)
  await shop.readOver()

  await shop.stop()
  const missed = await shop.buy([{ offerId: SOCKS, quantity: 3 }])
  await shop.move(missed, 'ship')
  await shop.move(missed, 'ship')
  const cancelled = await shop.buy([{ offerId: SOCKS, quantity: 1 }])
  await shop.move(cancelled, 'cancel')
  await shop.start()

  const [document, ...others] = await shop.fileShows(['OZ000001'])
  expect([document?.id, document?.lines.map((line) => line.quantity), others]).toEqual([`ozon-${missed}`, ['3'], []])
  const { ok, created } = await shop.run()
  expect({ ok, created }).toEqual({ ok: true, created: ['OZ000001'] })
  // The service clears away what is years old by itself.
  expect(existsSync(forgotten)).toBe(false)
})

test('an order that a mistake kept back until it was handed over reaches 1C once the mistake is mended', async () => {
  const podolsk = /\n *'FBS Подольск':[^\n]*/
  let line = ''
  shop = await openOrderShop({
    files: {
      'config/marketplaces.yaml': (text) => {
        line = podolsk.exec(text)?.[0] ?? ''
        return text.replace(podolsk, '')
      },
    },
  })
  await shop.project.approve()
  await shop.start()
  await shop.run()
  await until('Ozon has the stocks', async () => ((await shop.free(SOCKS)) ?? 0) > 0)
  const stuck = await shop.buy([{ offerId: SOCKS, quantity: 2 }], 'FBS Подольск')
  await shop.mailOf(stuck)
  await shop.move(stuck, 'ship')
  await shop.move(stuck, 'ship')
  await until('it is handed over', () => shop.order(stuck)?.posting.phase === 'handed')
  expect(await shop.file()).toEqual([])

  await shop.stop()
  await shop.project.edit('config/marketplaces.yaml', (text) =>
    text.replace(/\n *'FBS Москва':[^\n]*/, (first) => first + line),
  )
  await shop.start()
  const [document] = await shop.fileShows(['OZ000001'])
  expect(document?.id).toBe(`ozon-${stuck}`)
})
