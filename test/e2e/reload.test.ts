import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shopIds } from '../../fixtures/clothing-shop.ts'
import { readStatusOfService } from '../../src/app/read-status.ts'
import { writeBook } from '../../src/formats/xlsx/testing.ts'
import { statusText } from '../../src/views/status-text.ts'
import { until } from './project.ts'
import { offersOf, openShopInStep, type Shop } from './shop.ts'

const PRICES = 'pipelines/ozon-prices.yaml'
const STOCKS = 'pipelines/ozon-stocks.yaml'
const OBMEN = 'config/obmen.yaml'

let shop: Shop

beforeAll(async () => {
  shop = await openShopInStep({ speed: 300 })
})

afterAll(async () => {
  await shop.close()
})

/** Waits until what was edited is in force, and everything was looked at by it. */
async function inForceAfter(edit: () => Promise<unknown>): Promise<void> {
  const { version } = (await shop.status()).config!.inForce
  await edit()
  await until('another version is in force', async () => {
    const { inForce, refused } = (await shop.status()).config!
    return inForce.version !== version && refused === undefined
  })
  await shop.lookedOver()
}

/** Waits until what was edited is refused for this reason; resolves to the text of `obmen status`. */
async function refusedAfter(edit: () => Promise<unknown>, reason: string): Promise<string> {
  await edit()
  let text = ''
  await until(`the edit is refused: ${reason}`, async () => {
    const status = await readStatusOfService(join(shop.project.root, 'state'), shop.project.clock.now())
    text = status === undefined ? '' : statusText(status)
    return text.includes(reason)
  })
  return text
}

const mailsAbout = (words: string) => shop.post.mails.filter(({ text }) => text.includes(words))

test('a changed expression is in force from the next look, and nothing of the old one leaves after it', async () => {
  const stale = await shop.lastWrite()

  await inForceAfter(() => shop.project.edit(PRICES, (text) => text.replaceAll(', 10)', ', 50)')))

  const prices = (await shop.writesAfter(stale)).filter(({ aspect }) => aspect === 'prices')
  expect(prices.length).toBeGreaterThan(0)
  const amounts = prices.map(({ value }) => Number((value as { price: string }).price))
  expect(amounts.filter((amount) => amount % 50 !== 0)).toEqual([])
})

test('a request under way ends under the configuration that sent it, the next one carries the new value', async () => {
  const { project, ut } = shop
  const slow = { kind: 'slow', rate: 1, delay: 20_000, method: '/v1/product/import/prices' }
  const stale = await shop.lastWrite()
  const priced = async () =>
    (await shop.writesAfter(stale)).flatMap(({ aspect, offerId, value }) =>
      aspect === 'prices' ? [{ offerId, amount: Number((value as { price: string }).price) }] : [],
    )
  await project.ozon.send('PUT', 'faults', slow)
  for (const { id, variant } of offersOf(ut.base.model)) {
    const amount = Number(variant.prices.find(({ typeId }) => typeId === shopIds.retail)?.amount ?? 0)
    if (amount > 0) ut.base.setPrice(id, 'Розничная', String(Math.round(amount * 1.1)))
  }
  await ut.runExchange()
  await until('a price is on its way', async () => (await priced()).length > 0)

  await inForceAfter(() => project.edit(PRICES, (text) => text.replaceAll(', 50)', ', 70)')))
  await project.ozon.send('PUT', 'faults', [])
  await shop.lookedOver()

  const [first] = await priced()
  const last = (await priced()).findLast(({ offerId }) => offerId === first?.offerId)
  expect([(first?.amount ?? 1) % 50, (last?.amount ?? 1) % 70]).toEqual([0, 0])
  // The answer was waited for: what was accepted is known, nothing had to be stated again for want of it.
  const { aspect } = shop.service().items.find(({ pipeline }) => pipeline.aspect.aspect === 'prices')!.pipeline
  for await (const [, { accepted, attempt }] of aspect.ledger.entries()) {
    expect([accepted === undefined, attempt?.state]).toEqual([false, undefined])
  }
})

test('a broken edit changes nothing, is mailed once with its place, shows in the status, and its end is told', async () => {
  const { project } = shop
  const broken = (text: string): string => text.replace('maxZeroed: 10%', 'maxZeroed: 10 percent')
  const before = (await shop.status()).config!.inForce

  const text = await refusedAfter(() => project.edit(STOCKS, broken), 'REFUSED')
  const [, place = '', line = ''] = /\n +(pipelines\/ozon-stocks\.yaml:(\d+):\d+ error \S+:)/.exec(text) ?? []
  expect(place).not.toBe('')
  expect(text).toContain(`version ${before.version} in force`)
  await shop.mailOf(place)
  // The same fault in another line, and another one beside it.
  await project.edit(STOCKS, (yaml) => `# note\n${yaml}`)
  await refusedAfter(() => project.edit(PRICES, (yaml) => yaml.replace('- push', '- pusch')), 'did you mean "push"')
  expect(mailsAbout(`ozon-stocks.yaml:${Number(line) + 1}`)).toHaveLength(0)
  await shop.ut.runExchange()
  await shop.inStep()
  expect((await shop.status()).config?.inForce).toEqual(before)

  await project.edit(PRICES, (yaml) => yaml.replace('- pusch', '- push'))
  await inForceAfter(() => project.edit(STOCKS, (yaml) => yaml.replace('10 percent', '11%')))
  await shop.mailOf('Исправлено')
  expect(mailsAbout(place)).toHaveLength(1)
})

test('a folder of the state cannot change under a running service', async () => {
  const text = await refusedAfter(
    () => shop.project.edit(OBMEN, (yaml) => yaml.replace('state: ./state', 'state: ./elsewhere')),
    'config.restart_to_apply',
  )

  expect(text).toMatch(/config\/obmen\.yaml:\d+:8 error config\.restart_to_apply: state cannot change/)
  await shop.project.edit(OBMEN, (yaml) => yaml.replace('state: ./elsewhere', 'state: ./state'))
  await until('the edit was taken back', async () => (await shop.status()).config?.refused === undefined)
})

test('pipelines come and go, an inbox and a table are added, the key in .env is another one', async () => {
  const { project } = shop
  const { root, ozon } = project
  const inbox = join(root, '1c', 'another')
  await mkdir(inbox)
  await inForceAfter(async () => {
    await rename(join(root, PRICES), join(root, `${PRICES}.off`))
    await project.edit(OBMEN, (yaml) => yaml.replace("'./1c/offers']", "'./1c/offers', './1c/another']"))
    await project.edit('config/mapping/ozon-new.csv', () => 'Ид;цена\nx;1\n')
    await project.edit('.env', (text) => text.replace('test-key', 'another-key'))
  })
  expect(shop.service().items.map(({ pipeline }) => pipeline.config.name)).toEqual(['ozon-stocks'])

  const stale = await shop.lastWrite()
  await writeFile(join(inbox, 'offers.xml'), '<nothing of CommerceML/>')
  await shop.mailOf(join('offers.xml'))
  expect((await shop.writesAfter(stale)).filter(({ aspect }) => aspect === 'prices')).toEqual([])

  await inForceAfter(() => rename(join(root, `${PRICES}.off`), join(root, PRICES)))
  expect(shop.service().items).toHaveLength(2)
  expect((await ozon.requests()).at(-1)?.status).toBe(200)
  await rm(inbox, { recursive: true, force: true })
})

test('a table of Excel: its mistake is mailed in Russian with the cell, an emptied one is refused, unknown goods are told', async () => {
  const { project, ut } = shop
  const { root, clock } = project
  const table = join(root, 'config', 'mapping', 'ozon-markup')
  const inSheet = (...rows: unknown[][]) =>
    writeBook(`${table}.xlsx`, (book) => book.addWorksheet('Наценка').addRows([['Группа', 'коэффициент'], ...rows]))
  await inForceAfter(async () => {
    await rm(`${table}.csv`)
    await inSheet(['Обувь', 1.3], ['Аксессуары', '1,4'])
  })

  await refusedAfter(() => inSheet(['Обувь', 'полтора'], ['Аксессуары', '1,4']), 'table.not_a_number')
  const mail = await shop.mailOf('config/mapping/ozon-markup.xlsx:Наценка!B2 — «полтора» — не число')
  expect(shop.post.mails.find(({ text }) => mail.includes(text))?.to).toEqual(['shop@example.ru'])
  await refusedAfter(() => inSheet(), 'all 2 rows of the table are gone')

  // A markup that ends: a quarter of an hour from now the usual one is in force again.
  const wall = new Date(clock.now() + 3 * 3_600_000 + 900_000).toISOString().slice(0, 19).replace('T', ' ')
  const [good] = ut.base.model.goods
  await inForceAfter(async () => {
    await writeBook(`${table}.xlsx`, (book) =>
      book.addWorksheet('Наценка').addRows([
        ['Группа', 'коэффициент', 'from', 'to'],
        ['Обувь', 1.4, '', wall],
        ['Обувь', 1.3, wall, ''],
      ]),
    )
    await project.edit('config/mapping/ozon-stop.csv', (text) => `${text.trim()}\n${good?.id};\nno-such-id;\n`)
  })
  await shop.mailOf('ozon-stop.csv:3:1 — «no-such-id»')
  const looks = shop.service().items.map(({ pipeline }) => pipeline.lastLook?.at ?? 0)
  const turned = Date.parse(`${wall.replace(' ', 'T')}+03:00`)
  await until('the hour of the table has come, and everything was looked at', () =>
    shop.service().items.every(({ pipeline }, i) => {
      const at = pipeline.lastLook?.at ?? 0
      return at > (looks[i] as number) && at > turned
    }),
  )
})
