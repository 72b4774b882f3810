import { spawn } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { shopGoodId, shopIds, shopOfferId } from '../../fixtures/clothing-shop.ts'
import { openLmdbStore } from '../../src/state/open.ts'
import { CLIENT_ID, until } from './project.ts'
import { offersOf, openShop, openShopInStep, shortId, zeros, type Shop } from './shop.ts'

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

let shop: Shop
afterEach(() => shop.close())

describe('a mistake in what a person wrote is refused before anything runs', () => {
  const refused = [
    {
      what: 'a typo in a stage',
      file: 'pipelines/ozon-prices.yaml',
      edit: (text: string) => text.replace('- push:', '- psuh:'),
      at: /^pipelines\/ozon-prices\.yaml:\d+:5 error stage\.unknown_type: .*psuh.*"push"/m,
      line: 'psuh',
    },
    {
      what: 'a typo in a key',
      file: 'pipelines/ozon-stocks.yaml',
      edit: (text: string) => text.replace('absent: zero', 'absnet: zero'),
      at: /^pipelines\/ozon-stocks\.yaml:\d+:\d+ error \S+: .*absnet.*"absent"/m,
      line: 'absnet',
    },
    {
      what: 'an expression that starts with an unquoted "!"',
      file: 'config/marketplaces.yaml',
      edit: (text: string) => text.replace(/select: \|\n.*\n/, 'select: !inTable("ozon-stop", offer.id)\n'),
      at: /^config\/marketplaces\.yaml:\d+:13 error \S+: .*quotes/m,
      line: 'select:',
    },
  ]

  for (const { what, file, edit, at, line } of refused) {
    test(`${what}: check and start end with 2 and say where and what was meant`, async () => {
      shop = await openShop()
      const { root } = shop.project
      await shop.project.edit(file, edit)
      const lines = (await readFile(join(root, file), 'utf8')).split('\n')

      const [check, started] = await Promise.all([
        obmen(['--dir', root, 'check', '--offline']),
        obmen(['--dir', root, 'start']),
      ])

      expect([check.code, started.code]).toEqual([2, 2])
      expect(check.stderr).toMatch(at)
      expect(started.stderr).toMatch(at)
      expect(check.stderr).toContain(`${file}:${lines.findIndex((each) => each.includes(line)) + 1}:`)
    })
  }

  test('a service that is started with such a mistake leaves everything at Ozon as it is', async () => {
    shop = await openShopInStep()
    const { project } = shop
    const before = await shop.stocks()
    const start = await shop.lastWrite()
    const negation = (text: string): string =>
      text.replace(/select: \|\n.*\n/, 'select: !inTable("ozon-stop", offer.id)\n')

    const restarted = shop.restart(() => project.edit('config/marketplaces.yaml', negation))

    await expect(restarted).rejects.toThrow(/config\/marketplaces\.yaml:\d+:13 error .*quotes/)
    expect(await shop.writesAfter(start)).toEqual([])
    expect(await shop.stocks()).toEqual(before)
  })

  test('the same expression in quotes is an expression', async () => {
    shop = await openShop({
      files: {
        'config/marketplaces.yaml': (text) =>
          text.replace(/select: \|\n.*\n/, `select: '!inTable("ozon-stop", offer.id)'\n`),
      },
    })

    const { code, stdout, stderr } = await obmen(['--dir', shop.project.root, 'check', '--offline'])

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('configuration is sound')
  })
})

describe('a name that 1C does not have holds everything and is mailed', () => {
  test('an unknown property in select', async () => {
    await editedAfterwards('config/marketplaces.yaml', (text) =>
      text.replace('product.property("Выгружать на Ozon")', 'product.property("Выгружать на Озон")'),
    )

    await expectHeld(
      'свойство «Выгружать на Озон» в 1С нет. Возможно, «Выгружать на Ozon»?',
      /marketplaces\.yaml:\d+:\d+/,
    )
  })

  test('an unknown property that && hides from every item', async () => {
    await editedAfterwards('config/marketplaces.yaml', (text) =>
      text.replace(/select: \|\n.*\n/, 'select: product.article == "нет такого" && flag(product.property("Сезон"))\n'),
    )

    await expectHeld('свойство «Сезон» в 1С нет', /marketplaces\.yaml:\d+:\d+/)
  })

  test('an unknown warehouse among the sources of a marketplace warehouse', async () => {
    await editedAfterwards('config/marketplaces.yaml', (text) =>
      text.replace("from: ['Склад Подольск']", "from: ['Склад Подолск']"),
    )

    await expectHeld('склад «Склад Подолск» в 1С нет. Возможно, «Склад Подольск»?', /marketplaces\.yaml:\d+:\d+/)
  })

  test('a property that was renamed in 1C while the service runs', async () => {
    shop = await openShopInStep()
    const start = await shop.lastWrite()
    const property = shop.ut.base.model.properties.find(({ id }) => id === shopIds.onOzon)
    if (property !== undefined) property.name = 'На Ozon'

    await shop.ut.runExchange()

    await expectNothingWritten(start, 'свойство «Выгружать на Ozon» в 1С нет')
  })

  /** Starts from a shop in step and restarts the service with an edited file. */
  async function editedAfterwards(file: string, edit: (text: string) => string): Promise<void> {
    shop = await openShopInStep()
    await shop.restart(async () => {
      const before = await readFile(join(shop.project.root, file), 'utf8')
      await shop.project.edit(file, edit)
      expect(await readFile(join(shop.project.root, file), 'utf8')).not.toBe(before)
    })
  }

  async function expectHeld(words: string, place: RegExp): Promise<void> {
    const start = await shop.lastWrite()
    // A new price and a stock that fell must wait as well: nothing is sent on rules that are not understood.
    shop.ut.base.setStock(shopOfferId('НС-001'), 'Основной склад', 50)
    await shop.ut.runExchange()
    const mail = await expectNothingWritten(start, words)
    expect(mail).toMatch(place)
  }
})

describe('1C says too little, and nothing is concluded from it', () => {
  test('the first file is a delta', async () => {
    shop = await openShop()
    const { ut, project } = shop
    const [moscow] = await warehouseIds()
    const items = offersOf(ut.base.model).map(({ id }) => ({ offerId: shortId(id), stocks: { [moscow ?? '']: 5 } }))
    await project.ozon.send('POST', 'products', { clientId: CLIENT_ID, items })
    await shop.restart()
    ut.dropDelta()
    ut.base.setStock(shopOfferId('НС-001'), 'Основной склад', 50)
    ut.base.setProperty(shopGoodId('НС-001'), 'Цвет', 'Белый')

    await ut.runExchange({ scope: 'delta' })

    const mail = await shop.mailOf('Первая выгрузка 1С неполная')
    await until(
      'the good of the delta arrived',
      async () => (await moscowStocks())[shortId(shopOfferId('НС-001'))] === 49,
    )
    await shop.lookedOver()
    expectSections(mail)
    const others = Object.entries(await moscowStocks()).filter(
      ([offerId]) => offerId !== shortId(shopOfferId('НС-001')),
    )
    expect(others).toEqual(
      items.map(({ offerId }) => [offerId, 5]).filter(([id]) => id !== shortId(shopOfferId('НС-001'))),
    )
  })

  test('a delta comes first after the whole store was lost', async () => {
    // The second mail waits for the window of the first one.
    shop = await openShopInStep({ speed: 150 })
    const { ut, project } = shop
    const before = await shop.stocks()
    const start = await shop.lastWrite()
    await shop.restart(() => rm(join(project.root, 'state', 'store'), { recursive: true }))
    ut.base.setStock(shopOfferId('НС-001'), 'Основной склад', 50)

    await ut.runExchange({ scope: 'delta' })

    await shop.mailOf('Часть состояния пропала')
    await shop.mailOf('Первая выгрузка 1С неполная')
    await shop.lookedOver()
    expect(zeros(await shop.writesAfter(start))).toEqual([])
    expect(await shop.stocks()).toEqual(before)
  })

  test('the offers of a full export have no stocks any more', async () => {
    shop = await openShopInStep()
    const start = await shop.lastWrite()

    await exportChanged((text) => text.replaceAll(/\t*<Количество>.*<\/Количество>\r\n|\t*<Склад ИдСклада.*\r\n/g, ''))

    const mail = await expectNothingWritten(start, 'В выгрузке 1С нет остатков')
    expect(mail).toContain('offers0_1.xml')
  })

  test('all stocks of 1C fall to 0 at once', async () => {
    shop = await openShopInStep()
    const start = await shop.lastWrite()
    for (const { id, variant } of offersOf(shop.ut.base.model)) {
      for (const [warehouse, quantity] of Object.entries(variant.stocks)) {
        if (Number(quantity) <= 0) continue
        shop.ut.base.setStock(id, warehouse === shopIds.podolsk ? 'Склад Подольск' : 'Основной склад', 0)
      }
    }

    await shop.ut.runExchange()

    const mail = await expectNothingWritten(start, 'ozon-stocks')
    expect(mail).toContain('obmen held ls')
  })

  test('the catalogue was lost, the rest of the store is there', async () => {
    shop = await openShopInStep()
    const { ut, project } = shop
    const before = await shop.stocks()
    const start = await shop.lastWrite()

    await shop.restart(() => forget(project.root, () => true))

    await expectNothingWritten(start, 'Часть состояния пропала')
    expect(await shop.stocks()).toEqual(before)
    // What 1C exports next is the catalogue again, although not one record of it has changed.
    await ut.runExchange()
    ut.base.setStock(shopOfferId('НС-001'), 'Основной склад', 50)
    await ut.runExchange()
    await shop.inStep()
    expect((await shop.writesAfter(start)).map(({ aspect, offerId, value }) => [aspect, offerId, value])).toEqual([
      ['stocks', shortId(shopOfferId('НС-001')), 49],
    ])
  })

  test('the whole store was lost, the journals are there', async () => {
    shop = await openShopInStep()
    const { ut, project } = shop
    const before = await shop.stocks()
    const start = await shop.lastWrite()

    await shop.restart(() => rm(join(project.root, 'state', 'store'), { recursive: true }))

    await expectNothingWritten(start, 'Часть состояния пропала')
    expect(await shop.stocks()).toEqual(before)
    // Ozon is read back, so the next full export changes nothing there but what changed in 1C.
    ut.base.setStock(shopOfferId('НС-001'), 'Основной склад', 50)
    await ut.runExchange()
    await shop.inStep()
    expect((await shop.writesAfter(start)).map(({ aspect, offerId, value }) => [aspect, offerId, value])).toEqual([
      ['stocks', shortId(shopOfferId('НС-001')), 49],
    ])
  })

  test('an item that only the catalogue lost is reported and keeps its stock', async () => {
    shop = await openShopInStep()
    const { project } = shop
    const before = await shop.stocks()
    const start = await shop.lastWrite()

    await shop.restart(() => forget(project.root, (id) => id === shopGoodId('НС-001')))
    await shop.lookedOver()
    await until('status shows the orphan', async () =>
      (await shop.status()).pipelines.every(({ lastLook, orphans }) => lastLook !== undefined && orphans === 1),
    )
    await shop.lookedOver()

    const { stdout } = await obmen(['--dir', project.root, 'status'])
    expect((await shop.status()).pipelines.map(({ name, orphans }) => [name, orphans])).toEqual([
      ['ozon-prices', 1],
      ['ozon-stocks', 1],
    ])
    expect(stdout).toMatch(/orphan/)
    expect(await shop.writesAfter(start)).toEqual([])
    expect(await shop.stocks()).toEqual(before)
  })

  test('the night is silent', async () => {
    shop = await openShopInStep({
      speed: 150,
      files: {
        'config/obmen.yaml': (text) => text.replace('work: 30m, off: 14h', 'work: 4m, off: 4m'),
        'config/marketplaces.yaml': (text) => text.replace('after: 1d', 'after: 6m'),
      },
    })
    const before = await shop.stocks()
    const start = await shop.lastWrite()

    const silent = await shop.mailOf('1С молчит дольше, чем')
    const stale = await shop.mailOf('Данные 1С устарели')
    await shop.lookedOver()

    expectSections(silent)
    expectSections(stale)
    expect(stale).toContain('Остатки не повышаются.')
    expect(await shop.writesAfter(start)).toEqual([])
    expect(await shop.stocks()).toEqual(before)
  })
})

/** Waits for the mail and until everything was looked at after it; nothing may have been sent meanwhile. */
async function expectNothingWritten(start: number, words: string): Promise<string> {
  const mail = await shop.mailOf(words)
  await shop.lookedOver()
  expectSections(mail)
  expect(await shop.writesAfter(start)).toEqual([])
  return mail
}

/** What, where, which data, what to do. */
function expectSections(mail: string): void {
  const headings = ['Что случилось:', 'Где:', 'Какие данные:', 'Что делать:']
  expect(headings.filter((heading) => !mail.includes(`${heading}\n`))).toEqual([])
}

/** One full export of the base as it is, every file changed on its way. */
async function exportChanged(change: (text: string) => string): Promise<void> {
  await shop.project.clock.sleep(5_000)
  const { files } = await shop.ut.runExchange()
  for (const path of files) await writeFile(path, change(await readFile(path, 'utf8')))
}

/** Takes entries out of the catalogue of a stopped service, as a damaged store would. */
async function forget(root: string, isLost: (productId: string) => boolean): Promise<void> {
  const store = await openLmdbStore({ folder: join(root, 'state', 'store') })
  const lost: string[] = []
  for await (const [id] of store.namespace('catalogue.main').entries()) if (isLost(id)) lost.push(id)
  await store.commit([{ namespace: 'catalogue.main', delete: lost }])
  await store.close()
}

async function warehouseIds(): Promise<string[]> {
  const headers = { 'content-type': 'application/json', 'client-id': CLIENT_ID, 'api-key': 'test-key' }
  const url = `${shop.project.simulator.url}/v2/warehouse/list`
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ limit: 100 }) })
  const text = await response.text()
  return [...text.matchAll(/"warehouse_id":\s*"?(\d+)/g)].map(([, id]) => id ?? '')
}

async function moscowStocks(): Promise<Record<string, number | undefined>> {
  return Object.fromEntries(Object.entries(await shop.stocks()).map(([id, byName]) => [id, byName['FBS Москва']]))
}

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command line as a process of its own. */
function obmen(args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], { cwd: REPOSITORY })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()))
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })))
}
