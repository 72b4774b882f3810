import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shopIds } from '../../fixtures/clothing-shop.ts'
import { offerIdOf } from '../../fixtures/ut-base.ts'
import { loadProject } from '../../src/app/project.ts'
import { versionOf } from '../../src/app/reload.ts'
import { openOrderShop, SOCKS, type OrderShop } from './order-shop.ts'
import { until } from './project.ts'

/** How many edits; the long run takes 500: `OBMEN_EDITS=500 npx vitest run test/e2e/edits.test.ts`. */
const EDITS = Number(process.env['OBMEN_EDITS'] ?? 12)
const SEED = Number(process.env['OBMEN_SEED'] ?? 1)
/** More than are ordered in the longest run. */
const PIECES = 2_000
/** Of ten edits so many of a sound project break it. */
const BREAKING = 5
/** A mend is left for later so often, of ten. */
const LEAVING = 3

type Change = (text: string, pick: (most: number) => number) => string

/** What an admin and a manager do to their files, and what goes wrong. Both start from the file as shipped. */
const FILES: Readonly<Record<string, { readonly sound: readonly Change[]; readonly broken: readonly Change[] }>> = {
  'pipelines/ozon-prices.yaml': {
    sound: [
      (text, pick) => text.replaceAll(', 10)', `, ${[10, 20, 50][pick(3)]})`),
      (text, pick) => text.replace('look: 10m', `look: ${1 + pick(9)}m`),
      (text) => text.replace('  - guard: { maxChange: 50%, holdShare: 30% }', '  - guard: { maxChange: 60% }'),
    ],
    broken: [
      (text) => text.replace('roundUp(', 'roundup('),
      (text) => text.replace('"ozon-markup"', '"ozon-markups"'),
      (text, pick) => text.slice(0, 200 + pick(300)),
    ],
  },
  'pipelines/ozon-stocks.yaml': {
    sound: [(text, pick) => text.replace('look: 1m', `look: ${1 + pick(3)}m`)],
    broken: [(text) => text.replace('- push', '- pusch'), (text) => text.replace('absent: zero', 'absent: nil')],
  },
  'pipelines/ozon-orders.yaml': {
    sound: [(text, pick) => text.replace('every: 5s', `every: ${4 + pick(5)}s`)],
    broken: [(text) => text.replace('ozon-main', 'ozon-mian'), () => ''],
  },
  'config/obmen.yaml': {
    sound: [
      (text, pick) => text.replace('reportEvery: 1h', `reportEvery: ${1 + pick(5)}h`),
      (text, pick) => text.replace('setQuiet: 10m', `setQuiet: ${5 + pick(5)}m`),
    ],
    broken: [
      (text) => text.replace('state: ./state', 'state: ./another'),
      (text) => text.replace('exchanges:', 'exchange:'),
      (text) => text.replace('take: move', 'take: mvoe'),
    ],
  },
  'config/marketplaces.yaml': {
    sound: [(text, pick) => text.replace('after: 1d', `after: ${20 + pick(5)}h`)],
    broken: [
      (text) => text.replace('exchange: main', 'exchange: mian'),
      (text) => text.replace('&& !inTable', '&& !inTble'),
    ],
  },
  'config/mapping/ozon-markup.csv': {
    sound: [(text, pick) => text.replace('1.3', `1.${20 + pick(20)}`), (text) => text.replace('1.3', '1,3')],
    broken: [
      (text) => text.replace('1.3', 'полтора'),
      (text) => text.split('\n').slice(0, 1).join('\n') + '\n',
      (text) => text + text.split('\n')[1] + '\n',
      () => '',
    ],
  },
  '.env': {
    sound: [(text, pick) => text.replace('test-key', `test-key-${pick(3)}`)],
    broken: [(text) => text.replace('OZON_API_KEY', 'OZON_API_KYE')],
  },
}

let shop: OrderShop

beforeAll(async () => {
  shop = await openOrderShop({ speed: 120 })
})

afterAll(() => shop.close())

test(`${EDITS} random edits under load, a third of them broken, lose nothing`, async () => {
  const { project, ut } = shop
  const { root, ozon } = project
  const pick = picker(SEED)
  const shipped = new Map<string, string>()
  for (const file of Object.keys(FILES)) shipped.set(file, await readFile(join(root, file), 'utf8'))
  const socks = ut.base.model.goods.find(({ article }) => article === SOCKS)!
  const socksId = offerIdOf(socks, socks.variants[0]!)
  ut.base.setStock(socksId, 'Основной склад', PIECES)
  await project.approve()
  await shop.start()
  await shop.run()
  const bought: string[] = []
  const broken = new Set<string>()
  let refused = 0

  // Requests are under way when edits come, and some answers never arrive.
  await ozon.send('PUT', 'faults', [
    { kind: 'slow', rate: 0.2, delay: 5_000 },
    { kind: 'lostReply', rate: 0.05 },
  ])

  for (let edit = 0; edit < EDITS; edit++) {
    const mend = [...broken][0]
    const file = mend !== undefined && pick(10) >= LEAVING ? mend : (Object.keys(FILES)[pick(7)] as string)
    const breaks = file !== mend && pick(10) < BREAKING
    const { sound, broken: faults } = FILES[file]!
    const change = breaks ? faults[pick(faults.length)]! : sound[pick(sound.length)]!
    await save(join(root, file), change(shipped.get(file)!, pick), pick(3))
    if (breaks) broken.add(file)
    else broken.delete(file)
    if (breaks) refused++

    if (pick(3) === 0) ut.base.setStock(socksId, 'Основной склад', PIECES + pick(60))
    if (pick(4) === 0) bought.push(await shop.buy([{ offerId: SOCKS, quantity: 1 }]))
    if (pick(6) === 0) await shop.run()
    if (pick(10) >= 3) await judged()
  }
  await ozon.send('PUT', 'faults', [])
  for (const [file, text] of shipped) await writeFile(join(root, file), text)
  await judged()
  expect(shop.service().versions.refused).toBeUndefined()

  // Everything that was ordered is in 1C, once, under a number of its own.
  await until('every posting has a number', () => bought.every((posting) => shop.order(posting)?.number !== undefined))
  for (let run = 0; run < 2; run++) {
    await shop.run()
    await shop.runIsOver()
  }
  const numbers = bought.map((posting) => shop.order(posting)?.number as string)
  expect(new Set(numbers).size).toBe(bought.length)
  expect(
    ut
      .documents()
      .map(({ number }) => number)
      .toSorted(),
  ).toEqual(numbers.toSorted())
  // Prices and stocks are what the configuration as shipped makes of the base, and nothing ever went to zero.
  await until('Ozon is in step', async () => {
    const { items } = shop.service()
    return items.every(({ pipeline: { lastLook, aspect } }) => {
      return (
        lastLook?.complete === true && lastLook.held === undefined && lastLook.planned === 0 && aspect.plan.size === 0
      )
    })
  })
  const free = Number(socks.variants[0]!.stocks[shopIds.mainWarehouse]) - bought.length - 1
  await until('the stock of socks is right', async () => (await shop.free(SOCKS)) === free)
  const moscow = await shop.warehouseId('FBS Москва')
  const lines = await ozon.ledger()
  expect(
    lines.filter(({ offerId, aspect, value, warehouseId }) => {
      return offerId === SOCKS && aspect === 'stocks' && value === 0 && warehouseId === moscow
    }),
  ).toEqual([])
  // Nothing of ours failed meanwhile.
  expect(
    shop.mails
      .map(({ subject, text }) => `${subject}\n${text}`)
      .filter((mail) => /engine\.bug|Сбой|карантин/.test(mail)),
  ).toEqual([])
  expect(
    (await ozon.requests()).filter(({ status, schemaErrors }) => status === 429 || (schemaErrors?.length ?? 0) > 0),
  ).toEqual([])
  const told = `${EDITS} edits, ${refused} of them broken, ${bought.length} postings, ${lines.length} writes`
  if (EDITS > 100) process.stderr.write(`${told}\n`)

  /** Waits until the service has judged what stands in the folder. */
  async function judged(): Promise<void> {
    const version = versionOf(await loadProject(root, {}))
    await until('the edit was judged', () => {
      const { inForce, refused: out } = shop.service().versions
      return (out ?? inForce).version === version
    })
  }
})

/** Saves as editors do: in place, by a temporary file, or with a half of it standing there for a moment. */
async function save(path: string, text: string, manner: number): Promise<void> {
  if (manner === 0) return writeFile(path, text)
  if (manner === 1) {
    await writeFile(`${path}.tmp`, text)
    return rename(`${path}.tmp`, path)
  }
  await writeFile(path, text.slice(0, text.length / 2))
  await new Promise((resolve) => setImmediate(resolve))
  return writeFile(path, text)
}

/** Whole numbers below `most`, the same ones for a seed. */
function picker(seed: number): (most: number) => number {
  let state = seed
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * most)
  }
}
