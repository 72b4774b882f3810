import { createServer, request as ask, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { expect, test, type TestContext } from 'vitest'
import { createFiles } from '../../src/state/disk.ts'
import { approve } from '../../src/state/approvals.ts'
import { readCells } from '../../src/formats/xlsx/read-cells.ts'
import { openPostOffice, type PostOffice } from './post-office.ts'
import type { BaseModel } from '../../fixtures/ut-base.ts'
import type { Service } from '../../src/app/service.ts'
import { scanOnce } from '../../src/sources/files/watch.ts'
import type { Status } from '../../src/views/status.ts'
import { CLIENT_ID, createProject, until, type LedgerLine, type Project, type ProjectOptions } from './project.ts'
import { articlesOf, createCards, dropExport, heldAtOzon, PLAIN_PRICES, shopOf, wantedAtOzon } from './shop-on-ozon.ts'

const PRICES = '/v1/product/import/prices'
const STOCKS = '/v2/products/stocks'
const MINUTE = 60_000

const WITHOUT_REPORTS = {
  'config/obmen.yaml': (text: string): string => text.replace(/ +rejections: managers.*\n/, ''),
}

interface Mailed {
  readonly project: Project
  readonly post: PostOffice
}

/** An approved account and a mail server; closed when the test ends (tests run side by side, so it names itself). */
async function mailedProject(test: TestContext, cards: readonly string[], options: ProjectOptions): Promise<Mailed> {
  const post = await openPostOffice()
  const project = await createProject({ smtp: post.url, ...options, files: { ...PLAIN_PRICES, ...options.files } })
  test.onTestFinished(async () => {
    await project.close()
    await post.close()
  })
  await project.approve()
  await createCards(project, cards)
  return { project, post }
}

const subjects = (post: PostOffice): string[] => post.mails.map(({ subject }) => subject)

async function settled(project: Project, wanted: ReadonlyMap<string, unknown>): Promise<void> {
  await until('Ozon holds what 1C states', async () => isDeepStrictEqual(await heldAtOzon(project), wanted))
}

/** Starts a service that has taken in what 1C states: what waits for the first export is another story. */
async function startKnowing(project: Project, shop: BaseModel): Promise<Service> {
  await dropExport(project, shop)
  const service = await project.open({ start: false })
  const { clock } = project
  for (const intake of service.intakes) {
    const { exchange } = intake
    for (const file of await scanOnce({
      exchange: exchange.config,
      clock,
      signal: service.signal,
      ...intake.scanned,
    })) {
      await intake.take(file, service.signal)
    }
  }
  service.start()
  return service
}

/** Lets so many minutes of the clock go by: what would be mailed by then has been. */
async function minutes(project: Project, count: number): Promise<void> {
  await project.clock.sleep(count * MINUTE)
}

test.concurrent(
  'a dead key stops the account with one mail; it goes on by itself when the key works again',
  async (test) => {
    const before = shopOf(6, (i) => ({ price: 100 + i, main: 5, podolsk: 5 }))
    const after = shopOf(6, (i) => ({ price: 110 + i, main: 6, podolsk: 6 }))
    const { project, post } = await mailedProject(test, articlesOf(before), { speed: 200, files: WITHOUT_REPORTS })
    const { ozon } = project
    await startKnowing(project, before)
    await settled(project, wantedAtOzon(before))

    await ozon.send('POST', 'keys', { clientId: CLIENT_ID, deactivated: true })
    await dropExport(project, after)
    await until('the admin was told', () => post.mails.length > 0)
    await minutes(project, 25)
    expect(subjects(post)).toEqual(['Ozon: ключ кабинета ozon-main не принят'])
    expect(await heldAtOzon(project)).toEqual(wantedAtOzon(before))

    await ozon.send('POST', 'keys', { clientId: CLIENT_ID })
    await settled(project, wantedAtOzon(after))
    await until('the admin was told again', () => post.mails.length > 1)
    await minutes(project, 15)
    expect(subjects(post)).toEqual([
      'Ozon: ключ кабинета ozon-main не принят',
      'Устранено: Ozon: ключ кабинета ozon-main не принят',
    ])
  },
)

test.concurrent('a key that may not write prices stops the prices with one mail, stocks go on', async (test) => {
  const shop = shopOf(6, (i) => ({ price: 100 + i, main: 5, podolsk: 5 }))
  const { project, post } = await mailedProject(test, articlesOf(shop), { speed: 200, files: WITHOUT_REPORTS })
  const { ozon } = project
  const methods = ['/v2/warehouse/list', STOCKS, '/v4/posting/fbs/unfulfilled/list', '/v4/posting/fbs/list']
  const reading = ['/v5/product/info/prices', '/v2/product/info/stocks-by-warehouse/fbs']
  await ozon.send('POST', 'keys', { clientId: CLIENT_ID, methods: [...methods, ...reading] })
  await startKnowing(project, shop)
  const stocksOnly = new Map([...wantedAtOzon(shop)].map(([article, { stocks }]) => [article, { stocks }]))
  await settled(project, stocksOnly)
  await minutes(project, 25)
  expect(subjects(post)).toEqual(['Ozon: ключу кабинета ozon-main не хватает прав'])
  expect(post.mails[0]?.text).toContain(PRICES)

  await ozon.send('POST', 'keys', { clientId: CLIENT_ID })
  await settled(project, wantedAtOzon(shop))
})

test.concurrent('a method that Ozon switched off stops its pipeline with one mail, the others go on', async (test) => {
  const shop = shopOf(6, (i) => ({ price: 100 + i, main: 5, podolsk: 5 }))
  const { project, post } = await mailedProject(test, articlesOf(shop), { speed: 200, files: WITHOUT_REPORTS })
  const { ozon, root, simulator } = project
  const front = await withoutMethod(simulator.url, PRICES)
  test.onTestFinished(() => front.close())
  await project.edit('config/marketplaces.yaml', (text) => text.replace(simulator.url, front.url))
  const mark = { account: 'ozon-main', marketplace: 'ozon', baseUrl: front.url, ownId: CLIENT_ID }
  await approve(join(root, 'state', 'approvals.csv'), createFiles(), { ...mark, at: project.clock.now(), by: 'test' })
  const service = await startKnowing(project, shop)
  const stocksOnly = new Map([...wantedAtOzon(shop)].map(([article, { stocks }]) => [article, { stocks }]))
  await settled(project, stocksOnly)
  await minutes(project, 25)

  expect(subjects(post)).toEqual([`Ozon отключил метод ${PRICES}`])
  // Tried again from time to time, never hammered.
  expect(front.refused()).toBeLessThanOrEqual(4)
  const state = await ozon.json<Record<string, { warehouses: readonly Warehouse[] }>>('state')
  const warehouseId = state[CLIENT_ID]?.warehouses[0]?.warehouseId
  const lines = [{ offerId: articlesOf(shop)[0], quantity: 1, price: '100' }]
  await ozon.send('POST', 'postings', { clientId: CLIENT_ID, warehouseId, lines })
  await until('orders still reach 1C', () => (service.runtime.exchanges.get('main')?.orders.all().length ?? 0) === 1)
})

test.concurrent('one cause is one mail, over many looks and restarts', async (test) => {
  const shop = shopOf(12, (i) => ({ price: 100 + i, main: 5, podolsk: 5 }))
  const misspelt = (text: string): string =>
    PLAIN_PRICES['pipelines/ozon-prices.yaml'](text)
      .replace('price("Розничная")', 'price("Розничнная")')
      .replace('10m }', '1m }')
  const files = { ...WITHOUT_REPORTS, 'pipelines/ozon-prices.yaml': misspelt }
  const { project, post } = await mailedProject(test, articlesOf(shop), { speed: 200, files })
  let service = await startKnowing(project, shop)
  await until('the admin was told', () => post.mails.length > 0)
  for (const _ of ['first', 'second']) {
    await minutes(project, 12)
    await service.close()
    service = await project.open()
  }
  await minutes(project, 12)
  expect(post.mails.length).toBe(1)
  expect(post.mails[0]?.text).toContain('вид цен «Розничнная» в 1С нет. Возможно, «Розничная»?')
  expect((await project.ozon.ledger()).filter(({ aspect }) => aspect === 'prices')).toEqual([])
})

test.concurrent('mails wait while the mail server is away, also over a restart, and leave once', async (test) => {
  const shop = shopOf(12, (i) => ({ price: 100 + i, main: 5, podolsk: 5 }))
  const misspelt = (text: string): string => text.replace('Основной склад', 'Оснавной склад')
  const files = { ...WITHOUT_REPORTS, 'config/marketplaces.yaml': misspelt }
  const nowhere = 'smtp://127.0.0.1:9'
  const { project, post } = await mailedProject(test, articlesOf(shop), { speed: 100, files, smtp: nowhere })
  const away = await startKnowing(project, shop)
  await until('a mail waits', async () => (await away.runtime.notifier.waiting()) > 0)
  await minutes(project, 5)
  await away.close()
  const still = await project.open()
  expect(await still.runtime.notifier.waiting()).toBeGreaterThan(0)
  await still.close()

  await project.edit('.env', (text) => text.replace(nowhere, post.url))
  const back = await project.open()
  await until('the mail left', async () => (await back.runtime.notifier.waiting()) === 0)
  await minutes(project, 12)
  expect(post.mails.filter(({ text }) => text.includes('склад «Оснавной склад» в 1С нет')).length).toBe(1)
})

test.concurrent('the report says what Ozon took and what not, in its time and never for nothing', async (test) => {
  const first = shopOf(8, (i) => ({ price: i === 7 ? 0 : 100 + i, main: 5, podolsk: 5 }))
  const second = shopOf(8, (i) => ({ price: i === 6 ? 0 : 110 + i, main: 5, podolsk: 5 }))
  const [stranger = '', late = '', ...known] = articlesOf(first)
  const files = {
    'config/obmen.yaml': (text: string): string => text.replace('reportEvery: 1h', 'reportEvery: 15m'),
  }
  const { project, post } = await mailedProject(test, known, { speed: 150, files })
  const { ozon } = project
  await startKnowing(project, first)
  await until('the first report came', () => post.mails.length === 1)
  const before = await ozon.ledger()
  const [firstReport] = await reportsOf(project)
  expect(changesIn(firstReport)).toEqual(await changesOf(project, before))
  expect(rejectionsIn(firstReport)).toEqual(
    [
      [stranger, 'Цена', 'Новая', 'ozon.NOT_FOUND'],
      [late, 'Цена', 'Новая', 'ozon.NOT_FOUND'],
      ...[stranger, stranger, late, late].map((article) => [article, 'Остаток', 'Новая', 'ozon.NOT_FOUND']),
      [known.at(-1), 'Цена', 'Новая', 'item.no_price'],
    ].sort(byText),
  )

  // One card is made and gets its new price, one price comes, another goes.
  await createCards(project, [late])
  await dropExport(project, second)
  await until('the second report came', () => post.mails.length === 2)
  const [firstMade = 0, secondMade = 0] = await reportTimes(project)
  expect(secondMade - firstMade).toBeGreaterThanOrEqual(15 * MINUTE)
  const after = (await ozon.ledger()).slice(before.length)
  const secondReport = (await reportsOf(project))[1]
  expect(changesIn(secondReport)).toEqual(await changesOf(project, after))
  expect(rejectionsIn(secondReport)).toEqual(
    [
      [stranger, 'Цена', 'Остаётся', 'ozon.NOT_FOUND'],
      [late, 'Цена', 'Исправлена', 'ozon.NOT_FOUND'],
      ...[stranger, stranger, late, late].map((article) => [article, 'Остаток', 'Остаётся', 'ozon.NOT_FOUND']),
      [known.at(-1), 'Цена', 'Исправлена', 'item.no_price'],
      [known.at(-2), 'Цена', 'Новая', 'item.no_price'],
    ].sort(byText),
  )

  await minutes(project, 40)
  expect([post.mails.length, (await reportsOf(project)).length]).toEqual([2, 2])
  expect(post.mails.map(({ to }) => to)).toEqual([['shop@example.ru'], ['shop@example.ru']])
})

test.concurrent('"obmen run" does the whole job in one pass, "obmen status" tells of it', async (test) => {
  const shop = shopOf(12, (i) => ({ price: 100 + i, main: 5, podolsk: 5 }))
  const { project, post } = await mailedProject(test, articlesOf(shop), {})
  await dropExport(project, shop)

  const pass = await obmen(project, 'run')
  expect([pass.code, pass.err]).toEqual([0, ''])
  expect(await heldAtOzon(project)).toEqual(wantedAtOzon(shop))
  expect(existsSync(project.ordersFile)).toBe(true)
  expect(subjects(post).length).toBe(1)

  const [json, text] = await Promise.all([obmen(project, 'status', '--json'), obmen(project, 'status')])
  const status = JSON.parse(json.out) as Status
  expect(status.ledgers).toMatchObject([
    { account: 'ozon-main', aspect: 'prices', accepted: 12, attempts: {} },
    { account: 'ozon-main', aspect: 'stocks', accepted: 24, attempts: {} },
  ])
  expect(status.service?.running).toBe(false)
  expect(text.out).toContain('account ozon-main (Ozon): approved; no service asks it')
  expect(text.out).toContain('ozon-stocks: looked')
})

test.concurrent(
  'an account that nobody approved writes nothing and shows its plan; a second service is refused',
  async (test) => {
    const shop = shopOf(12, (i) => ({ price: 100 + i, main: 5, podolsk: 5 }))
    const { project } = await mailedProject(test, articlesOf(shop), { speed: 20 })
    await rm(join(project.root, 'state', 'approvals.csv'))
    const service = await project.open()
    await dropExport(project, shop)
    await until('the plan stands', () => service.items.every(({ pipeline }) => pipeline.lastLook?.items === 12))
    const plans = async (): Promise<unknown> => {
      const { service: shown } = JSON.parse((await obmen(project, 'status', '--json')).out) as Status
      return [shown?.accounts[0]?.approved, shown?.pipelines.map(({ plan }) => plan)]
    }
    const empty = { zero: 0, stocks: 0, 'price-up': 0, prices: 0, cards: 0 }
    const wanted = [
      false,
      [
        { ...empty, prices: 12 },
        { ...empty, stocks: 24 },
      ],
    ]
    await until('the status shows it', async () => isDeepStrictEqual(await plans(), wanted))
    expect(await project.ozon.writes()).toEqual([])

    const second = await obmen(project, 'start')
    expect(second.code).toBe(6)
    expect(second.err).toContain('state.locked')
  },
)

/** Runs the command line in a process of its own, as a user does. */
async function obmen(project: Project, ...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
  const env = { ...process.env, OBMEN_LOG: 'silent' }
  const child = spawn(process.execPath, ['--import', 'tsx', main, '-C', project.root, ...args], { env })
  const seen = { out: '', err: '' }
  child.stdout.on('data', (chunk) => (seen.out += String(chunk)))
  child.stderr.on('data', (chunk) => (seen.err += String(chunk)))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...seen }
}

type Workbook = ReadonlyMap<string, readonly (readonly string[])[]>

/** The reports of the account, oldest first. */
async function reportsOf({ root }: Project): Promise<Workbook[]> {
  const folder = join(root, 'reports', 'ozon-main')
  const names = (await readdir(folder)).sort()
  return Promise.all(names.map((name) => readCells(join(folder, name))))
}

/** When the reports were made, by their names, to the minute: oldest first. */
async function reportTimes({ root }: Project): Promise<number[]> {
  const names = (await readdir(join(root, 'reports', 'ozon-main'))).sort()
  return names.map((name) => {
    const [, day = '', hour = '', minute = ''] = /(\d{4}-\d{2}-\d{2})-(\d{2})(\d{2})\.xlsx$/.exec(name) ?? []
    return Date.parse(`${day}T${hour}:${minute}:00Z`)
  })
}

/** The named columns of a sheet, sorted. */
function columns(book: Workbook | undefined, sheet: string, names: readonly string[]): string[][] {
  const [head = [], ...rows] = book?.get(sheet) ?? []
  return rows.map((row) => names.map((name) => row[head.indexOf(name)] ?? '')).sort(byText)
}

function changesIn(book: Workbook | undefined): string[][] {
  return columns(book, 'Изменения', ['Артикул на площадке', 'Что', 'Склад площадки', 'Стало'])
}

function rejectionsIn(book: Workbook | undefined): string[][] {
  return columns(book, 'Отклонённые товары', ['Артикул на площадке', 'Что', 'Состояние', 'Код'])
}

/** What «Изменения» must say of these writes. */
async function changesOf({ ozon }: Project, lines: readonly LedgerLine[]): Promise<string[][]> {
  const { warehouses } = (await ozon.json<Record<string, { warehouses: readonly Warehouse[] }>>('state'))[
    CLIENT_ID
  ] ?? {
    warehouses: [],
  }
  const names = new Map(warehouses.map(({ warehouseId, name }) => [String(warehouseId), name]))
  return lines
    .map(({ offerId, aspect, warehouseId, value }) =>
      aspect === 'prices'
        ? [offerId, 'Цена', '', (value as { readonly price: string }).price]
        : [offerId, 'Остаток', names.get(String(warehouseId)) ?? '', String(value)],
    )
    .sort(byText)
}

interface Warehouse {
  readonly warehouseId: number
  readonly name: string
}

function byText(a: readonly unknown[], b: readonly unknown[]): number {
  return a.join('\t') < b.join('\t') ? -1 : 1
}

/** A proxy before the local Ozon for which one method is switched off. */
async function withoutMethod(
  target: string,
  dead: string,
): Promise<{ url: string; refused: () => number; close: () => Promise<void> }> {
  let refused = 0
  const server: Server = createServer((incoming, outgoing) => {
    if (incoming.url === dead) {
      refused++
      incoming.resume()
      outgoing.writeHead(400, { 'content-type': 'application/json' })
      outgoing.end(JSON.stringify({ code: 9, message: 'obsolete method cannot be used', details: [] }))
      return
    }
    const { method, headers } = incoming
    const onward = ask(`${target}${incoming.url}`, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused: () => refused,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
