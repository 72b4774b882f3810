import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { brokenFiles } from '../../fixtures/broken.ts'
import { clothingShop, shopOfferId } from '../../fixtures/clothing-shop.ts'
import { writeExport } from '../../fixtures/ut-export.ts'
import { zipOf } from '../../src/formats/zip/test-support.ts'
import type { HeldValue } from '../../src/views/held.ts'
import type { OrderRow } from '../../src/views/orders.ts'
import type { Status } from '../../src/views/status.ts'
import type { Trouble } from '../../src/views/troubles.ts'
import { commandsIn } from './command-line.ts'
import { openOrderShop, SHIRT, SOCKS, type OrderShop } from './order-shop.ts'
import { CLIENT_ID, createProject, until, type Project } from './project.ts'

let shop: OrderShop | undefined
let project: Project | undefined
type StatusJson = Status & { readonly healthy: boolean; readonly troubles: readonly Trouble[] }

afterEach(async () => {
  await shop?.close()
  await project?.close()
  shop = undefined
  project = undefined
})

test('a held price is listed with both values, released or dropped within seconds, and judged anew another time', async () => {
  // Nothing but a decision makes the service look again.
  const seldom = (text: string): string => text.replace('look: 10m', 'look: 100h')
  shop = await openOrderShop({ files: { 'pipelines/ozon-prices.yaml': seldom } })
  const { ut, ozon } = shop
  const obmen = commandsIn(shop.project)
  const pricesOf = async (offerId: string): Promise<string[]> =>
    (await ozon.ledger())
      .filter((line) => line.aspect === 'prices' && line.offerId === offerId)
      .map(({ value }) => (value as { price: string }).price)
  const held = async (): Promise<HeldValue[]> =>
    JSON.parse((await obmen('held', 'ls', 'ozon-prices', '--json')).out) as HeldValue[]
  const price = async (article: string, size: string | undefined, retail: string, before: string): Promise<void> => {
    ut.base.setPrice(shopOfferId(article, size), 'Розничная', retail)
    ut.base.setPrice(shopOfferId(article, size), 'Цена до скидки', before)
    await shop?.run()
  }
  await shop.project.approve()
  await shop.start()
  await shop.run()
  await until('Ozon has the prices', async () => (await pricesOf(SHIRT)).length + (await pricesOf(SOCKS)).length === 2)

  await price(SOCKS, undefined, '620', '800')
  await price('ФТ-001', 'S', '5000', '6000')
  await until('both are held', async () => (await held()).length === 2)

  const [socks] = (await held()).filter(({ offerId }) => offerId === SOCKS)
  const { fingerprint: _, since: __, ...rest } = socks as HeldValue
  expect(rest).toEqual({
    pipeline: 'ozon-prices',
    account: 'ozon-main',
    aspect: 'prices',
    key: shopOfferId(SOCKS),
    itemId: shopOfferId(SOCKS),
    offerId: SOCKS,
    article: SOCKS,
    name: 'Носки шерстяные',
    before: { price: '550', oldPrice: '630' },
    value: { price: '870', oldPrice: '1120' },
    reason: {
      code: 'guard.max_change',
      message: 'the value moves by 58.2%, allowed are 50%',
      params: { share: '58.2%', limit: '50%' },
    },
  })
  const listed = (await obmen('held', 'ls')).out
  expect(listed).toContain('ozon-prices: 2 held\n')
  expect(listed).toMatch(/НС-001 {2,}Носки шерстяные {2,}550 → 870, oldPrice 630 → 1120 {2,}guard.max_change: /)

  await until('the status tells our time', async () => (await obmen('status')).out.includes(' · ours '))
  const status = await obmen('status')
  expect(status).toMatchObject({
    exitCode: 1,
    out: expect.stringMatching(/^LOOK: .*\n(  .*\n)*  ozon-prices: 2 values held/),
  })
  expect(status.out).toMatch(/data of 1C from .* · ours .* · Ozon accepted /)
  expect(status.out).toMatch(/requests left: \d+ of 40\/s, \d+ of 80\/min for /)
  const { healthy, troubles, accounts } = JSON.parse((await obmen('status', '--json')).out) as StatusJson
  expect([healthy, troubles.map(({ code }) => code)]).toEqual([false, expect.arrayContaining(['pipeline.held'])])
  expect(accounts).toEqual([
    { name: 'ozon-main', exchange: 'main', approved: true, keyExpiresAt: expect.any(Number) as number },
  ])

  expect(await obmen('held', 'release', 'ozon-prices', 'НС-01')).toEqual({
    exitCode: 2,
    out: '',
    err: 'error held.unknown_item: deciding on НС-01: ozon-prices does not hold it; did you mean НС-001?\n',
  })
  expect(await obmen('held', 'release', 'ozon-prices', SOCKS)).toEqual({
    exitCode: 0,
    out: 'released 1 value of ozon-prices; the service acts on it within seconds\n',
    err: '',
  })
  await until('the released price is sent', async () => (await pricesOf(SOCKS)).at(-1) === '870')
  expect((await obmen('held', 'drop', 'ozon-prices', '--all')).out).toContain('dropped 1 value of ozon-prices')
  await until('the other one is dropped', async () => (await held())[0]?.reason.code === 'guard.dropped')

  await price(SOCKS, undefined, '390', '450')
  await until('the old price is back', async () => (await pricesOf(SOCKS)).at(-1) === '550')
  await price(SOCKS, undefined, '620', '800')
  await until('the once released price is held again', async () =>
    (await held()).some(({ offerId }) => offerId === SOCKS),
  )
  expect(await pricesOf(SOCKS)).toEqual(['550', '870', '550'])
  expect(await pricesOf(SHIRT)).toEqual(['1870'])
})

test('an order is followed towards 1C, and ticked off once it is cancelled', async () => {
  shop = await openOrderShop({ speed: 150 })
  const { ozon } = shop
  const obmen = commandsIn(shop.project)
  const rows = async (): Promise<OrderRow[]> => JSON.parse((await obmen('orders', 'ls', '--json')).out) as OrderRow[]
  await shop.project.approve()
  await shop.start()
  await shop.run()
  await until('Ozon has the stocks', async () => (await shop?.free(SOCKS)) === 119)
  await ozon.send('POST', 'products', { clientId: CLIENT_ID, items: [{ offerId: 'НОВ-1' }] })
  const stuck = await shop.buy([{ offerId: 'НОВ-1', quantity: 1 }])
  const posting = await shop.buy([{ offerId: SOCKS, quantity: 1 }])
  await shop.fileShows(['OZ000001'])

  const times = { placedAt: expect.any(Number), shipBy: expect.any(Number) }
  expect(await rows()).toEqual([
    {
      exchange: 'main',
      posting: stuck,
      account: 'ozon-main',
      status: 'awaiting_packaging',
      handed: false,
      ...times,
      warehouse: 'FBS Москва',
      warehouse1c: 'Основной склад',
      state: 'stuck',
      problem: {
        code: 'order.unknown_offer',
        message: `posting ${stuck} has article "НОВ-1", which belongs to no offer of 1C`,
        params: { offerId: 'НОВ-1', posting: stuck },
      },
    },
    {
      exchange: 'main',
      number: 'OZ000001',
      posting,
      account: 'ozon-main',
      status: 'awaiting_packaging',
      handed: false,
      ...times,
      warehouse: 'FBS Москва',
      warehouse1c: 'Основной склад',
      state: 'written',
    },
  ])
  expect(await obmen('orders', 'done', 'OZ000001')).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('error orders.not_cancelled: ticking off OZ000001: only an order that is cancelled'),
  })
  await shop.run()
  await shop.run()
  await until('1C has seen it', async () => (await rows())[1]?.state === 'presented')
  await shop.move(posting, 'cancel')
  await shop.mailOf(`Затем отметьте: obmen orders done OZ000001`)
  expect((await obmen('orders', 'ls')).out).toContain('when it is cancelled in 1C: obmen orders done OZ000001\n')

  const ticked = {
    exitCode: 0,
    out: `OZ000001 (${posting}) is ticked off; the service acts on it within seconds\n`,
    err: '',
  }
  expect(await obmen('orders', 'done', 'OZ000001')).toEqual(ticked)
  await shop.fileShows([])
  await shop.mailOf('Отмена в 1С отмечена.')
  expect(await obmen('orders', 'done', posting)).toEqual({
    ...ticked,
    out: ticked.out.replace(/;.*/, '; it has left the order file'),
  })
  expect((await rows()).map((row) => row.posting)).toEqual([stuck])
  expect((await obmen('orders', 'ls', '--all')).out).toContain('cancelled, ticked off')
})

test('a single pass ends with a code for files, keys and outages; its quarantine is shown and released', async () => {
  project = await createProject({ speed: 60, commandsOnly: true })
  const { inbox, ozon } = project
  const obmen = commandsIn(project)
  await mkdir(join(inbox, 'webdata'))
  const [truncated] = brokenFiles()
  if (truncated === undefined) throw new Error('there is no broken file')
  await writeFile(join(inbox, 'webdata', 'offers0_1.xml'), truncated.bytes.subarray(0, -3))
  await writeFile(join(inbox, 'webdata', 'glued.xml'), brokenFiles()[2]?.bytes ?? '')
  await writeFile(join(inbox, 'webdata', 'packed.zip'), zipOf([{ name: 'offers0_1.xml', text: '<x/>' }]))
  for (const { name, text } of writeExport(clothingShop(), { stamp: '2026-11-22T10:00:00', scope: 'full' })) {
    if (name.startsWith('import')) await writeFile(join(inbox, 'webdata', name), text)
  }

  expect(await obmen('check')).toMatchObject({ exitCode: 0, err: '' })
  const pass = await obmen('run')
  expect(pass).toMatchObject({ exitCode: 3, out: '' })
  expect(pass.err).toMatch(/^webdata\/glued\.xml:\d+:\d+ error xml\.trailing_content: /m)
  expect(pass.err).toMatch(/^webdata\/packed\.zip!offers0_1\.xml:1:\d+ error commerceml\.unknown_root: /m)

  const listed = JSON.parse((await obmen('quarantine', 'ls', '--json')).out) as { run: string; file: string }[]
  expect(listed.map(({ file }) => file)).toEqual(['webdata/glued.xml', 'webdata/packed.zip'])
  expect((await obmen('quarantine', 'ls')).out).toContain(`${listed[0]?.run}  webdata/glued.xml`)
  expect((await obmen('quarantine', 'show', 'glued.xml')).out).toContain(`obmen quarantine release ${listed[0]?.run}`)
  expect(await obmen('quarantine', 'release', 'glud.xml')).toEqual({
    exitCode: 2,
    out: '',
    err: 'error quarantine.unknown: looking for glud.xml: the quarantine has no such file; did you mean glued.xml?\n',
  })
  expect(await obmen('quarantine', 'release', listed[0]?.run ?? '')).toEqual({
    exitCode: 0,
    out: `webdata/glued.xml is back: ${join(inbox, 'webdata', 'glued.xml')}\n`,
    err: '',
  })
  expect((await readdir(join(inbox, 'webdata'))).sort()).toEqual(['glued.xml', 'offers0_1.xml'])
  await obmen('quarantine', 'release', 'packed.zip')
  expect((await obmen('quarantine', 'ls')).out).toBe('the quarantine is empty\n')

  await rm(join(inbox, 'webdata'), { recursive: true })
  await mkdir(join(inbox, 'webdata'))
  for (const { name, text } of writeExport(clothingShop(), { stamp: '2026-11-22T11:00:00', scope: 'full' })) {
    await writeFile(join(inbox, 'webdata', name), text)
  }
  expect(await obmen('run')).toEqual({ exitCode: 0, out: '', err: '' })
  const { approved, planned } = approval((await obmen('approve', 'ozon-main')).out)
  expect(approved).toBe(
    `ozon-main (Ozon cabinet 1001 at ${project.simulator.url}) is approved; it takes effect when Obmen next runs`,
  )
  expect(planned).toEqual([
    'ozon-prices: 21 to send, 0 held, 6 rejected',
    'ozon-stocks: 54 to send, 0 held, 0 rejected',
  ])

  await ozon.send('PUT', 'faults', { rate: 1, kind: '5xx' })
  const outage = await obmen('run')
  expect([outage.exitCode, outage.err]).toEqual([5, expect.stringContaining('error ozon.')])
  await ozon.send('PUT', 'faults', { rate: 0, kind: '5xx' })
  await ozon.send('POST', 'keys', { clientId: CLIENT_ID, apiKey: 'another' })
  const refused = await obmen('run')
  expect([refused.exitCode, refused.err]).toEqual([6, expect.stringContaining('error ozon.unauthorized')])
  expect(await ozon.ledger()).toEqual([])
})

/** The last line of `obmen approve` and what it says the account would send. */
function approval(out: string): { approved: string | undefined; planned: readonly string[] } {
  const lines = out.trimEnd().split('\n')
  return { approved: lines.at(-1), planned: lines.filter((line) => line.startsWith('  ')).map((line) => line.trim()) }
}
