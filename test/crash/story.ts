import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { shopIds } from '../../fixtures/clothing-shop.ts'
import { offerIdOf, type BaseModel } from '../../fixtures/ut-base.ts'
import { writeExport } from '../../fixtures/ut-export.ts'
import { createClock } from '../../src/core/clock.ts'
import { seededRandom } from '../../src/simulator/ozon/random.ts'
import { startOzonSimulator } from '../../src/simulator/ozon/index.ts'
import { approve } from '../../src/state/approvals.ts'
import { createFiles } from '../../src/state/disk.ts'
import { openPostOffice } from '../e2e/post-office.ts'
import { CLIENT_ID, controlOf, until, type OzonControl } from '../e2e/project.ts'
import type { PrivateRedis } from '../private-redis.ts'
import { ScriptedUt } from '../scripted-1c/scripted-ut.ts'
import { checkEnd, isAnswered, type Figures } from './checks.ts'
import { BROKEN, idOf, inFile, isOpenInFile, type OzonWarehouses, type Posting, type Story } from './facts.ts'
import type { Product } from './product.ts'
import { makeProject } from './project-folder.ts'
import { crashShop, priceOnOzon, PRICES, soldOffers, STOCK_MOVES, stocksOnOzon, type Sold } from './shop.ts'
import { Supervisor, type Kills } from './supervisor.ts'
import { OrderFileWitness, RequestWitness, type WrittenItem } from './witness.ts'

/** How many times faster than real time the shop lives. */
const SPEED = 100
/** Share of replies that are lost after the request took effect. */
const LOST = 0.1
/** Longest a story may take, real milliseconds; on an idle machine it takes 3 s. */
const PATIENCE = 120_000
/** One run of the story and how it is disturbed. */
export interface StoryOptions {
  readonly product: Product
  readonly kills: Kills
  /** Which replies are lost. */
  readonly seed: number
  /** Where the store lies; without one in the state folder. */
  readonly redis?: PrivateRedis | undefined
  /** Appends the name of every failpoint to this file; only for an undisturbed run. */
  readonly countInto?: string
}

/** Result of one story. */
export interface StoryResult extends Figures {
  readonly violations: readonly string[]
  readonly kills: number
  readonly ms: number
}

/**
 * One day of a shop in a few seconds: a full export, prices there and back, stocks, eight postings of which two are
 * cancelled, a broken file, while the service is killed as `kills` says. Resolves to everything that is wrong in the end.
 */
export async function tellStory(options: StoryOptions): Promise<StoryResult> {
  const origin = Date.now()
  const clock = createClock(SPEED, origin)
  const requests = new RequestWitness()
  const simulator = await startOzonSimulator({
    port: 0,
    clock,
    random: seededRandom(options.seed),
    validateRequest: requests.see,
  })
  const office = await openPostOffice()
  const root = await mkdtemp(join(tmpdir(), 'obmen-crash-'))
  const orderFile = new OrderFileWitness(join(root, '1c', 'orders', 'orders.xml'))
  const ozon = controlOf(simulator.url)
  await makeProject(root, simulator.url, office.url, options.redis)
  const mark = { account: 'ozon-main', marketplace: 'ozon', baseUrl: simulator.url, ownId: CLIENT_ID }
  await approve(join(root, 'state', 'approvals.csv'), createFiles(), { ...mark, at: clock.now(), by: 'test' })
  const env = {
    OBMEN_CLOCK_SPEED: String(SPEED),
    OBMEN_CLOCK_ORIGIN: String(origin),
    OBMEN_LOG: 'error',
    ...(options.countInto === undefined ? {} : { OBMEN_FAILPOINT: `count:${options.countInto}` }),
  }
  const service = new Supervisor(
    (extra) => options.product.start(root, { ...env, ...extra }),
    options.kills,
    (process) => {
      requests.process = process
    },
  )
  const ut = new ScriptedUt({
    base: crashShop(),
    exportFolder: join(root, '1c', 'offers'),
    ordersFile: join(root, '1c', 'orders', 'orders.xml'),
    clock,
    timezone: 'Europe/Moscow',
    mode: 'delta',
    chunkBytes: 1 << 20,
  })
  const story: Story = {
    root,
    requests,
    orderFile,
    ut,
    ozon,
    dropped: new Set(),
    desired: { prices: new Map(), stocks: new Map() },
    postings: [],
    mails: office.mails,
  }
  const violations: string[] = []
  let figures: Figures = { repeats: 0, lostReplies: 0, writes: 0 }
  try {
    const telling = tell(story, options, service)
    // A service that ends by itself ends the story at once.
    await Promise.race([telling, service.failed])
    await service.stop()
    figures = await checkEnd(story, service, violations)
  } catch (error) {
    violations.push(`${(error as Error).message}${causeOf(error)}\n${await diagnosis(root, service)}`)
  } finally {
    await service.destroy()
    orderFile.close()
    await simulator.close()
    await office.close()
    await rm(root, { recursive: true, force: true })
  }
  return { ...figures, violations, kills: service.kills, ms: Date.now() - origin }
}

async function tell(story: Story, { seed }: StoryOptions, service: Supervisor): Promise<void> {
  const { ut, ozon, requests, orderFile, desired } = story
  const sold = soldOffers(ut.base.model)
  const warehouses = await makeProducts(ozon, sold)
  await ozon.send('PUT', 'faults', { rate: LOST, kind: 'lostReply' })
  const ordered = sold.filter((offer) => offer.role === 'up')
  const back = sold.filter((offer) => offer.role === 'back')
  service.start()

  state(story, sold, 0, warehouses)
  await wait(service, 'there is an order file, without which 1C calls its run failed', () => orderFile.versions > 0)
  await run(story, service, 'full')
  await dropBroken(story)
  await wait(service, 'the first prices and stocks are at Ozon', () =>
    sold.every(
      ({ offerId }) =>
        requests.sent('prices', offerId, last(desired.prices, offerId)) &&
        requests.sent('stocks', `${offerId} ${warehouses.main}`, last(desired.stocks, `${offerId} ${warehouses.main}`)),
    ),
  )

  state(story, sold, 1, warehouses)
  // Not until the reply is back: until the raised prices took effect.
  const raised = new Map(back.map(({ offerId }) => [offerId, last(desired.prices, offerId)]))
  const isRaised = ({ key, value }: WrittenItem): boolean => raised.get(key) === value
  let seen = false
  requests.onWrite = ({ aspect, items }) => {
    if (seen || aspect !== 'prices' || !items.some(isRaised)) return
    seen = true
    service.raised()
  }
  await run(story, service)
  await wait(service, 'a raised price is at Ozon', () => seen)
  // Prices are refused until 1C has taken the raise back: whoever forgot that Ozon may hold it will never say more.
  const refused = { rate: 1, kind: '429', method: '/v1/product/import/prices' }
  await ozon.send('PUT', 'faults', [refused, { rate: LOST, kind: 'lostReply' }])
  state(story, sold, 2, warehouses)
  await run(story, service)
  await wait(service, 'the lowered prices are in the archive', () => isTaken(story))
  await ozon.send('PUT', 'faults', { rate: LOST, kind: 'lostReply' })

  const order = async (
    warehouse: 'main' | 'podolsk',
    ...lines: readonly (readonly [number, number])[]
  ): Promise<Posting> => {
    const ordering = lines.map(([at, quantity]) => ({ offer: ordered[at] as Sold, quantity }))
    const { postingNumber } = await ozon.send<{ postingNumber: string }>('POST', 'postings', {
      clientId: CLIENT_ID,
      warehouseId: warehouses[warehouse],
      lines: ordering.map(({ offer, quantity }) => ({ offerId: offer.offerId, quantity, price: '1000' })),
    })
    const posting: Posting = { number: postingNumber, lines: ordering, warehouse, cancelled: false }
    story.postings.push(posting)
    return posting
  }
  const cancel = async (posting: Posting): Promise<void> => {
    await ozon.send('POST', `postings/${posting.number}/cancel`)
    posting.cancelled = true
  }
  const early = await order('main', [0, 1])
  const late = await order('main', [1, 2])
  const firstFour = [
    await order('podolsk', [2, 1]),
    await order('main', [3, 1], [4, 3]),
    await order('main', [5, 2]),
    await order('podolsk', [6, 2]),
  ]
  if (seed % 2 === 0) await wait(service, 'the first order is in the file', () => inFile(story, early))
  await cancel(early)
  await wait(
    service,
    'the order file holds what is open',
    () => !isOpenInFile(story, early) && [late, ...firstFour].every((each) => inFile(story, each)),
  )
  touchStock(story, back[0] as Sold)
  await run(story, service)

  await cancel(late)
  await wait(service, 'the order file says that a loaded order is cancelled', () =>
    orderFile.orders.some(({ id, cancelled }) => id === idOf(late) && cancelled),
  )
  const { number } = orderFile.orders.find(({ id }) => id === idOf(late)) ?? { number: '' }
  ut.changeOrder(number, { cancelled: true })
  const later = await order('main', [7, 1])
  await wait(service, 'the order file holds the next order', () => inFile(story, later))
  await run(story, service)

  await run(story, service, 'full')
  // Killed while the order file was replaced, the service may have taken the run that loaded it for one that had not:
  // it takes the order off the stock until one run more has stated it.
  for (const { offer } of later.lines) touchStock(story, offer)
  await run(story, service)
  await order('main', [8, 2])
  const quiet = (): Promise<void> =>
    wait(service, 'everything is quiet and as desired', () => isQuiet(story, sold, warehouses))
  await quiet()
  // On a quick machine the day is over before the clock has brought every planned kill.
  if (service.awaitsMoment()) {
    await wait(service, 'the clock has brought every planned kill', () => !service.awaitsMoment())
    await quiet()
  }
}

/** Makes the products at Ozon; the shop has sold there before, under other prices. */
async function makeProducts(ozon: OzonControl, sold: readonly Sold[]): Promise<OzonWarehouses> {
  await ozon.send('POST', 'products', { clientId: CLIENT_ID, items: sold.map(({ offerId }) => ({ offerId })) })
  const all = await ozon.json<Record<string, { warehouses: { warehouseId: number; name: string }[] }>>('state')
  const idOfName = (name: string): number =>
    all[CLIENT_ID]?.warehouses.find((warehouse) => warehouse.name === name)?.warehouseId ?? 0
  return { main: idOfName('FBS Москва'), podolsk: idOfName('FBS Подольск') }
}

/** Sets prices and stocks of 1C to a step of the story and writes down what Ozon must come to hold. */
function state(story: Story, sold: readonly Sold[], step: 0 | 1 | 2, warehouses: OzonWarehouses): void {
  const { base } = story.ut
  for (const { id, offerId, role, markup } of sold) {
    const retail = PRICES[role][step]
    const { variant } = base.find(id)
    const physical = (warehouse: string): number => Number(variant?.stocks[warehouse] ?? '0')
    if (step > 0 && role !== 'stock') base.setPrice(id, 'Розничная', retail)
    if (step > 0 && role === 'stock') {
      const moved = physical(shopIds.mainWarehouse) + STOCK_MOVES[step] - STOCK_MOVES[step === 1 ? 0 : 1]
      base.setStock(id, 'Основной склад', moved)
    }
    add(story.desired.prices, offerId, priceOnOzon(retail, markup))
    const stocks = stocksOnOzon(physical(shopIds.mainWarehouse), physical(shopIds.podolsk), { main: 0, podolsk: 0 })
    add(story.desired.stocks, `${offerId} ${warehouses.main}`, stocks.main)
    add(story.desired.stocks, `${offerId} ${warehouses.podolsk}`, stocks.podolsk)
  }
}

/** A statement that changes nothing, so that a delta run has something to say. */
function touchStock(story: Story, offer: Sold): void {
  story.ut.base.registerOffer(offer.id)
}

/** One run of 1C, when the files of the one before were taken: 1C itself would write over them. */
async function run(story: Story, service: Supervisor, scope: 'full' | 'delta' = 'delta'): Promise<void> {
  const inbox = join(story.root, '1c', 'offers', 'webdata')
  await wait(service, 'the inbox is empty', async () => (await readdir(inbox)).length === 0)
  const result = await story.ut.runExchange({ scope })
  const name = (path: string): string => path.split(/[\\/]/).at(-1) ?? ''
  for (const path of result.files) story.dropped.add(`${result.stamp}/${name(path)}`)
  const complaints = [...(result.error === undefined ? [] : [result.error]), ...result.problems]
  if (complaints.length > 0) throw new Error(`1C complains: ${complaints.join('; ')}`)
}

async function dropBroken(story: Story): Promise<void> {
  const model: BaseModel = story.ut.base.model
  const options = { stamp: '2026-01-31T10:00:00', scope: 'full' } as const
  const whole = writeExport({ ...model, goods: model.goods.slice(0, 1) }, options).at(-1)?.text ?? ''
  await writeFile(join(story.root, '1c', 'offers', 'webdata', BROKEN), whole + whole)
  story.dropped.add(`${options.stamp}/${BROKEN}`)
}

/** True when every file that was dropped has been dealt with. */
async function isTaken({ root }: Story): Promise<boolean> {
  for (const folder of [join('1c', 'offers', 'webdata'), 'work']) {
    if ((await readdir(join(root, folder)).catch(() => [])).length > 0) return false
  }
  return true
}

/** Throws what is still missing. */
async function isQuiet(story: Story, sold: readonly Sold[], warehouses: OzonWarehouses): Promise<boolean> {
  const { root, mails, postings } = story
  const missing = [...(await differences(story, sold, warehouses)), ...(await unanswered(story, sold))]
  if (!mails.some(({ text, subject }) => `${subject}\n${text}`.includes(BROKEN))) missing.push(`no mail of ${BROKEN}`)
  for (const posting of postings) {
    if (posting.cancelled === isOpenInFile(story, posting)) missing.push(`orders.xml is wrong about ${posting.number}`)
  }
  for (const folder of [join('1c', 'offers', 'webdata'), 'work']) {
    for (const name of await readdir(join(root, folder)).catch(() => [])) missing.push(`${folder} holds ${name}`)
  }
  if (missing.length > 0) throw new Error(missing.join('\n'))
  return true
}

/** Where `/_sim/state` is not what it should be. */
async function differences(story: Story, sold: readonly Sold[], warehouses: OzonWarehouses): Promise<string[]> {
  const all = await story.ozon.json<Record<string, { products: Record<string, SimProduct> }>>('state')
  const products = all[CLIENT_ID]?.products ?? {}
  const wanted = wantedStocks(story, sold)
  const found: string[] = []
  for (const offer of sold) {
    const product = products[offer.offerId]
    const price = last(story.desired.prices, offer.offerId)
    if (Number(product?.price) !== price) {
      found.push(`${offer.offerId}: price ${product?.price ?? 'none'}, desired ${price}`)
    }
    for (const warehouse of ['main', 'podolsk'] as const) {
      const free = product?.stocks[String(warehouses[warehouse])]?.free
      const stock = wanted.get(offer.id)?.[warehouse]
      if (free !== stock)
        found.push(`${offer.offerId}: stock ${warehouse} ${free ?? 'none'}, desired ${stock ?? 'none'}`)
    }
  }
  return found
}

/** Prices whose last statement got no answer, or a refusal: the service must state them once more. */
async function unanswered({ requests, ozon }: Story, sold: readonly Sold[]): Promise<string[]> {
  const lines = await ozon.requests()
  const names = sold.map(({ offerId }) => offerId)
  return names
    .filter((offerId) => !isAnswered(lines[requests.lastOf('prices', offerId)]))
    .map((offerId) => `${offerId}: its last price got no answer`)
}

interface SimProduct {
  readonly price?: string
  readonly stocks: Readonly<Record<string, { readonly free: number }>>
}

/** What 1C stated last, less the orders that it had not loaded when it did. */
function wantedStocks(story: Story, sold: readonly Sold[]): Map<string, { main: number; podolsk: number }> {
  const documents = story.ut.documents()
  const stated = story.ut.base.free(documents)
  const known = new Set(documents.map(({ siteId }) => siteId))
  const unloaded = story.postings.filter((posting) => !posting.cancelled && !known.has(idOf(posting)))
  const variants = new Map(
    stated.goods.flatMap((good) => good.variants.map((variant) => [offerIdOf(good, variant), variant] as const)),
  )
  return new Map(
    sold.map(({ id }) => {
      const stock = (warehouse: string): number => Number(variants.get(id)?.stocks[warehouse] ?? '0')
      const ordered = { main: 0, podolsk: 0 }
      for (const { warehouse, lines } of unloaded) {
        for (const { offer, quantity } of lines) if (offer.id === id) ordered[warehouse] += quantity
      }
      return [id, stocksOnOzon(stock(shopIds.mainWarehouse), stock(shopIds.podolsk), ordered)]
    }),
  )
}

function last(values: ReadonlyMap<string, readonly number[]>, key: string): number {
  return values.get(key)?.at(-1) ?? Number.NaN
}

function add(values: Map<string, number[]>, key: string, value: number): void {
  values.set(key, [...(values.get(key) ?? []), value])
}

async function wait(service: Supervisor, what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  await until(what, async () => service.isOver() || (await condition()), PATIENCE)
  if (service.isOver()) throw new Error(`the service ended while waiting until ${what}`)
}

function causeOf(error: unknown): string {
  const { cause } = error as Error
  return cause instanceof Error ? ` (${cause.message})` : ''
}

async function diagnosis(root: string, service: Supervisor): Promise<string> {
  const names = await readdir(root, { recursive: true }).catch(() => [])
  const files = names.filter((name) => /\.(xml|json|tmp)$/.test(name) && !name.startsWith('config'))
  const status = await readFile(join(root, 'state', 'status.json'), 'utf8').catch(() => '')
  return `${service.output()}\n${files.join('\n')}\n${status}`
}
