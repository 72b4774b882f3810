import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readStatusOfService } from '../../src/app/read-status.ts'
import { statusText } from '../../src/views/status.ts'
import { until } from './project.ts'
import { openShopInStep, type Shop } from './shop.ts'

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
