import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { clothingShop } from '../../fixtures/clothing-shop.ts'
import { exportOf, producers, type Producer } from '../../fixtures/families.ts'
import { statedGoods } from '../../fixtures/stated.ts'
import type { BaseModel } from '../../fixtures/ut-base.ts'
import { writeFiles } from '../../fixtures/write-files.ts'
import { loadProject } from '../../src/app/project.ts'
import { Service } from '../../src/app/service.ts'
import { createAsk } from '../../src/cli/ask.ts'
import { chooseProject } from '../../src/cli/init-choices.ts'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { startOzonSimulator, type OzonSimulator } from '../../src/simulator/ozon/index.ts'
import { obmen } from './command-line.ts'
import { UNKNOWN_WAREHOUSE } from '../../src/views/first-project/choices.ts'
import { HAS_SAMPLES, SAMPLES as SAMPLE_FOLDER } from '../reread/sets.ts'
import { controlOf } from './project.ts'

const CLIENT_ID = '1001'
const clock = createClock()

let folder: string
let simulator: OzonSimulator
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obmen-init-'))
  simulator = await startOzonSimulator({ port: 0, clock })
})
afterEach(async () => {
  await simulator.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
})

const inbox = (): string => join(folder, '1c')
const shop = (): string => join(folder, 'shop')

async function exported(producer: Producer, base: BaseModel = clothingShop()): Promise<void> {
  const stated = statedGoods(base, { scope: 'full' })
  await writeFiles(inbox(), exportOf(producer, base, stated, { stamp: '2026-11-22T10:00:00', scope: 'full' }))
}

function init(...flags: string[]): ReturnType<typeof obmen> {
  return obmen(['init', shop(), '--inbox', inbox(), '--yes', '--timezone', 'Europe/Moscow', ...flags])
}

function cabinet(): string[] {
  return ['--client-id', CLIENT_ID, '--api-key', 'any', '--base-url', simulator.url]
}

/** Every file below a folder with its text. */
async function filesIn(root: string): Promise<Record<string, string>> {
  const names = await readdir(root, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    await Promise.all(files.sort().map(async (path) => [path.slice(root.length + 1), await readFile(path, 'utf8')])),
  ) as Record<string, string>
}

/** One pass of the service over the new project. */
async function pass(): Promise<Service> {
  const service = await Service.open({ root: shop(), env: {}, clock, random: () => 0.5, log: silentLog })
  expect(await service.runOnce()).toEqual([])
  return service
}

/** The service need not wait long for files to settle, and exports of any age are as good as new ones. */
async function hurry(): Promise<void> {
  const edit = async (name: string, from: RegExp, to: string): Promise<void> => {
    const path = join(shop(), 'config', name)
    await writeFile(path, (await readFile(path, 'utf8')).replace(from, to))
  }
  await edit('obmen.yaml', / {4}timezone/, '    settle: 40ms\n    timezone')
  await edit('marketplaces.yaml', / {4}stale: .*\n/, '')
}

/** What is sent once a person has approved. */
async function sent(): Promise<Map<string, { price?: unknown; stocks: number }>> {
  await hurry()
  expect((await obmen(['-C', shop(), 'approve', 'ozon-main'])).exitCode).toBe(0)
  await (await pass()).close()
  const held = new Map<string, { price?: unknown; stocks: number }>()
  for (const { aspect, offerId, value } of await controlOf(simulator.url).ledger()) {
    const { price, stocks } = held.get(offerId) ?? { stocks: 0 }
    if (aspect === 'prices') held.set(offerId, { price: (value as { price: string }).price, stocks })
    else held.set(offerId, { price, stocks: stocks + Number(value) })
  }
  return held
}

test.each(producers)('family %s: what the base exports becomes a project that is sound and works', async (producer) => {
  await exported(producer)
  const before = await filesIn(inbox())

  const result = await init(...cabinet())

  expect(result).toMatchObject({ exitCode: 0, err: '' })
  expect(await filesIn(inbox())).toEqual(before)
  expect((await loadProject(shop(), {})).diagnostics).toEqual([])
  expect((await stat(join(shop(), '.env'))).mode & 0o777).toBe(0o600)
  const check = await obmen(['-C', shop(), 'check'])
  expect(check).toMatchObject({ exitCode: 0, err: '' })
  const offerIds = ['НС-001', 'ФТ-001-M']
  await controlOf(simulator.url).send('POST', 'products', {
    clientId: CLIENT_ID,
    items: offerIds.map((offerId) => ({ offerId })),
  })
  expect([...(await sent())].sort(([a], [b]) => (a < b ? -1 : 1))).toEqual([
    ['НС-001', { price: '390', stocks: 160 }],
    ['ФТ-001-M', { price: '1490', stocks: 10 }],
  ])
})

/** A name that YAML, CEL, CSV and XML each read otherwise than a person. */
const odd = (name: string): string => `${name}: "a" 'b' #1 \\ {x}, [y] «ёлочки» 🧦 100% & <c>; !z - \t*`

test('names with quotes, colons, emoji and what else people write survive into every file', async () => {
  const base = clothingShop()
  await exported('A', {
    ...base,
    priceTypes: base.priceTypes.map((type) => ({ ...type, name: odd(type.name) })),
    warehouses: base.warehouses.map((warehouse) => ({ ...warehouse, name: odd(warehouse.name) })),
    properties: base.properties.map((property) => ({ ...property, name: odd(property.name) })),
    groups: base.groups.map((group) => ({ ...group, name: odd(group.name) })),
  })
  await controlOf(simulator.url).send('POST', 'products', { clientId: CLIENT_ID, items: [{ offerId: 'НС-001' }] })

  const result = await init(...cabinet())

  expect(result).toMatchObject({ exitCode: 0, err: '' })
  expect([...(await sent())]).toEqual([['НС-001', { price: '390', stocks: 160 }]])
})

test('a written project reads well', async () => {
  await exported('A')
  await rename(inbox(), join(folder, 'moved'))
  await mkdir(shop())
  await rename(join(folder, 'moved'), join(shop(), '1c'))
  const flags = ['--inbox', join(shop(), '1c'), '--yes', '--timezone', 'Europe/Moscow', '--mail', 'admin@example.ru']

  const result = await obmen(['init', shop(), ...flags, ...cabinet()])

  expect(result).toMatchObject({ exitCode: 0, err: '' })
  const files = await filesIn(shop())
  const text = Object.entries(files)
    .filter(([name]) => !name.startsWith('1c/') && !name.startsWith('config/schema/'))
    .map(([name, content]) => `━━━ ${name}\n${content.replaceAll('\r\n', '␍␊\n')}`)
    .join('\n')
    .replaceAll(simulator.url, 'http://127.0.0.1:8090')
  const told = result.out.replaceAll(shop(), '/srv/shop').replace(/ — старше суток.*/, '')
  await expect(`${told}\n${text}`).toMatchFileSnapshot('../golden/init/project.txt')
})

test('a conversation asks again what cannot be, tries the key at once, and shows no secret', async () => {
  await exported('A')
  await controlOf(simulator.url).send('POST', 'keys', { clientId: CLIENT_ID, apiKey: 'right-key' })
  const answers = [
    join(folder, 'nowhere'),
    inbox(), // the folder of 1C
    '2', // the price type
    '9',
    '1', // what is sold
    'abc',
    CLIENT_ID,
    'wrong-key', // refused by Ozon
    CLIENT_ID,
    'right-key',
    '1',
    '1',
    '2', // one warehouse of 1C cannot feed two
    'shop',
    'shop@example.ru',
    'smtps://u:geheim@smtp.example.ru',
  ]
  const shown: string[] = []
  const output = new Writable({ write: (chunk: Buffer, _, done) => (shown.push(chunk.toString()), done()) })
  const ask = createAsk(Readable.from(answers.map((each) => `${each}\n`)), output, () => new Error('the input ended'))
  const flags = { account: 'ozon-main', take: 'move', baseUrl: simulator.url } as const
  const { signal } = new AbortController()

  const choices = await chooseProject({
    root: shop(),
    flags,
    ask,
    clock,
    signal,
    env: {},
    say: (text) => ask.say(text),
    machineZone: 'Etc/UTC',
  })
  ask.close()

  const { survey: _, ...chosen } = choices
  expect(chosen).toEqual({
    account: 'ozon-main',
    inboxes: [inbox()],
    orders: join(inbox(), 'orders', 'orders.xml'),
    family: 'A',
    timezone: 'Europe/Moscow',
    take: 'move',
    baseUrl: simulator.url,
    mail: { admins: 'shop@example.ru', managers: 'shop@example.ru' },
    secrets: { clientId: CLIENT_ID, apiKey: 'right-key', smtp: 'smtps://u:geheim@smtp.example.ru' },
    priceType: 'Цена до скидки',
    select: {
      kind: 'mark',
      name: 'Выгружать на Ozon',
      expression: 'flag(product.property("Выгружать на Ozon"))',
    },
    warehouses: [
      { name: 'FBS Москва', from: ['Основной склад'] },
      { name: 'FBS Подольск', from: ['Склад Подольск'] },
    ],
  })
  const text = shown.join('')
  expect(text).toMatch(
    /такой папки нет[\s\S]*число от 1 до[\s\S]*только цифры[\s\S]*не принял ключ[\s\S]*продались бы дважды[\s\S]*адрес вида/,
  )
  expect(text).not.toMatch(/wrong-key|right-key|geheim/)
})

const SAMPLES: readonly (readonly [folder: string, prices: number, stocks: number])[] = [
  ['d16izhevsk+1coutlet', 2640, 2641],
  ['AlexMobiCraft+FREESPORT-B2B', 1, 3],
  ['bogutski+1C-CommerceML-to-JSON', 523, 523],
  ['mebelsalskarhiv+Central_office', 1015, 1076],
]

test.skipIf(!HAS_SAMPLES).each(SAMPLES)(
  '%s: a real base is looked at as a whole, no name is held back',
  async (folder, prices, stocks) => {
    await cp(join(SAMPLE_FOLDER, folder), inbox(), { recursive: true })

    const result = await init(...cabinet())

    expect(result).toMatchObject({ exitCode: 0, err: '' })
    expect((await loadProject(shop(), {})).diagnostics).toEqual([])
    await hurry()
    const service = await pass()
    const looks = service.items.map(({ pipeline: { config, aspect } }) => [
      config.name,
      aspect.plan.size,
      aspect.plan.blocked,
    ])
    await service.close()
    expect(looks).toEqual([
      ['ozon-prices', prices, undefined],
      ['ozon-stocks', stocks, undefined],
    ])
  },
)

test('nothing is written over, and nothing is written beside it', async () => {
  await exported('A')
  await mkdir(join(shop(), 'pipelines'), { recursive: true })
  await writeFile(join(shop(), '.env'), 'MINE=1\n')

  const refused = await init(...cabinet())

  expect(refused.exitCode).toBe(2)
  expect(refused.err).toContain('it has .env already')
  expect(await filesIn(shop())).toEqual({ '.env': 'MINE=1\n' })
})

test('without an export nothing is written, and it is said what to switch on in 1C', async () => {
  await mkdir(inbox(), { recursive: true })
  await writeFile(join(inbox(), 'offers0_1.xml'), '<?xml version="1.0" encoding="UTF-8"?><КоммерческаяИнформация>')

  const refused = await init(...cabinet())

  expect(refused.exitCode).toBe(3)
  expect(refused.err).toMatch(/init\.no_export[\s\S]*offers0_1\.xml[\s\S]*Обмен с сайтами/)
  expect(await readdir(folder)).toEqual(['1c'])
})

const MISTAKES: readonly (readonly [what: string, flags: readonly string[], told: RegExp])[] = [
  ['a price type', ['--price-type', 'Рознична'], /no such price type.*did you mean "Розничная"/],
  ['a mark', ['--select', 'mark=Выгружать'], /no such yes-or-no mark[\s\S]*"Выгружать на Ozon"/],
  ['a group', ['--select', 'group=Обувь'], /no such group with goods[\s\S]*"Футболки"/],
  ['a rule', ['--select', 'everything'], /init\.select[\s\S]*Write mark=NAME/],
  ['a warehouse of Ozon', ['--warehouse', 'FBS=Основной склад'], /no such working warehouse[\s\S]*"FBS Москва"/],
  ['a warehouse of 1C', ['--warehouse', 'FBS Москва=Осн. склад'], /no such warehouse of 1C[\s\S]*"Основной склад"/],
  [
    'a warehouse that feeds two',
    ['--warehouse', 'FBS Москва=Основной склад', 'FBS Подольск=Основной склад'],
    /its pieces would be sold twice/,
  ],
  ['a Client-Id', ['--client-id', 'abc'], /init\.client_id/],
  ['an address', ['--mail', 'admin'], /init\.mail/],
  ['a zone', ['--timezone', 'Moscow'], /init\.timezone/],
  ['an account', ['--account', 'Мой Ozon'], /init\.account/],
]

test('a mistake is told with what the base has instead, and nothing is written', async () => {
  await exported('A')
  const { fault } = await refusals()

  expect(await readdir(folder)).toEqual(['1c'])
  expect(fault).toEqual([])
})

/** The mistakes that are not refused as they should be. */
async function refusals(): Promise<{ fault: readonly string[] }> {
  const fault: string[] = []
  for (const [what, flags, told] of MISTAKES) {
    const { exitCode, err } = await init(...cabinet(), ...flags)
    if (exitCode !== 2 || !told.test(err)) fault.push(`${what}: ${exitCode} ${err}`)
  }
  return { fault }
}

test('a key that Ozon refuses is told and nothing is written; Ozon that is away leaves a place to fill', async () => {
  await exported('A')
  await controlOf(simulator.url).send('POST', 'keys', { clientId: CLIENT_ID, apiKey: 'other' })

  const refused = await init(...cabinet())

  expect(refused).toMatchObject({ exitCode: 6 })
  expect(refused.err).toContain('ozon.unauthorized')
  expect(await readdir(folder)).toEqual(['1c'])

  const without = await init()

  expect(without.exitCode).toBe(0)
  expect(without.out).toContain('OZON_CLIENT_ID')
  expect(without.out).toContain(UNKNOWN_WAREHOUSE)
  const codes = (await loadProject(shop(), { OZON_CLIENT_ID: '1', OZON_API_KEY: 'k' })).diagnostics
  expect(codes).toEqual([])
})
