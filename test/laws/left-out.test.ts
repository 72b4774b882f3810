import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { SetKeeper } from '../../src/app/set-keeper.ts'
import type { ExchangeRuntime, Runtime } from '../../src/app/runtime.ts'
import type { PipelineConfig } from '../../src/config/model.ts'
import { silentLog } from '../../src/core/log.ts'
import { createFiles } from '../../src/state/disk.ts'
import { decideRemovals } from '../../src/state/removal-decisions.ts'
import { Sets } from '../../src/state/sets.ts'
import type { StillClock } from './ingest.ts'
import { createShop, goodsFile, many, offersFile, type Good, type Offer, type Shop } from './shop.ts'

/*
 * Law 3, silence is not an order, for what whole exports leave out: only a complete full set of the inbox and catalogue
 * that stated an offer takes it down, and only while nobody else states it.
 */

const shops: Shop[] = []
const folders: string[] = []
afterEach(async () => {
  for (const shop of shops.splice(0)) await shop.close()
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

const stocked = { prices: { Розничная: '100' }, stocks: { Основной: '5' } }

interface Bench {
  /** One file of a run: its name, its text, what its section says of itself, the inbox. */
  drop(name: string, text: string, says?: 'true' | 'false', inbox?: string): Promise<void>
  /** Closes what is open, looks and sends: the articles that went to 0. */
  zeroed(): Promise<string[]>
  readonly told: string[]
  readonly sets: Sets
  readonly keeper: SetKeeper
  readonly clock: StillClock
  /** Goods of the last full set that the catalogue knows of. */
  fullStamp(): Promise<number | undefined>
  /** What a person decides on the conclusion that is held. */
  decide(decision: 'release' | 'drop', at: number): Promise<void>
  /** The exchange reads this inbox no more. */
  unread(inbox: string): void
}

/** All goods may go by themselves, so that tests of other rules need few. */
async function benchOf(maxRemoved = 1): Promise<Bench> {
  const shop = await createShop({ aspect: 'stocks', absent: 'zero' })
  shops.push(shop)
  const { clock, ingest } = shop
  const told: string[] = []
  const root = await mkdtemp(join(tmpdir(), 'obmen-left-out-'))
  folders.push(root)
  const inboxes = ['one', 'two'].map((inbox) => join(root, inbox))
  for (const inbox of inboxes) await mkdir(inbox)
  const config = { name: 'main', inboxes, setQuiet: 600_000, removed: 'mark', timezone: 'Europe/Moscow' }
  const sets = new Sets(ingest.store, 'main')
  const exchange = { config, catalogue: ingest.catalogue, sets } as unknown as ExchangeRuntime
  const notifier = {
    raise: ({ title }: { title: string }) => Promise.resolve(void told.push(title)),
    resolve: () => Promise.resolve(),
  }
  const state = join(root, 'state')
  const runtime = {
    clock,
    log: silentLog,
    store: ingest.store,
    notifier,
    config: { folders: { state } },
  } as unknown as Runtime
  const pipeline = { name: '1c', stages: [{ type: 'guard', options: { maxRemoved } }] } as unknown as PipelineConfig
  const keeper = new SetKeeper(exchange, pipeline, runtime, () => {})
  return {
    told,
    sets,
    keeper,
    clock,
    fullStamp: async () => (await ingest.catalogue.facts()).fullStamp,
    async decide(decision, now) {
      const [held] = await sets.conclusions()
      const row = { at: now, exchange: 'main', id: held?.id ?? '', decision }
      await decideRemovals(join(state, 'removals.csv'), createFiles(), [row])
    },
    unread: (inbox) => void inboxes.splice(inboxes.indexOf(join(root, inbox)), 1),
    async drop(name, text, says, inbox = 'one') {
      const said = says === undefined ? '' : ` СодержитТолькоИзменения="${says}"`
      const stored = await ingest.drop(name, text.replace(/<(Каталог|ПакетПредложений)>/, `<$1${said}>`))
      if (stored !== undefined) await keeper.note({ ...stored.note, inbox: join(root, inbox) })
    },
    async zeroed() {
      clock.set(clock.now() + 600_000)
      await keeper.look()
      await shop.look()
      await shop.send()
      return [...shop.marketplace].flatMap(([key, value]) => {
        return (value as { quantity: number }).quantity === 0 ? [key.split('\n')[0] as string] : []
      })
    },
  }
}

const at = (minute: number): string => `2026-11-22T14:${String(minute).padStart(2, '0')}:00`
const goods: readonly Good[] = ['a', 'b', 'c'].map((id) => ({ id }))
const offers: readonly Offer[] = ['a', 'b', 'c'].map((id) => ({ id, ...stocked }))

async function dropAll(bench: Bench, minute: number, kept = 3, says: 'true' | 'false' = 'false'): Promise<void> {
  await bench.drop('import0_1.xml', goodsFile(goods.slice(0, kept), at(minute)), says)
  await bench.drop('offers0_1.xml', offersFile(offers.slice(0, kept), at(minute)), says)
}

test('what a complete full set leaves out is taken down, and is back as soon as it is stated again', async () => {
  const bench = await benchOf()
  await dropAll(bench, 1)
  expect(await bench.zeroed()).toEqual([])

  await dropAll(bench, 2, 2)
  expect(await bench.zeroed()).toEqual(['c'])

  // The very same bytes as before, in changes only.
  await bench.drop('offers0_1.xml', offersFile(offers.slice(2), at(3)), 'true')
  expect(await bench.zeroed()).toEqual([])
})

test('a delta, a silent file, a missing portion, goods without their offers and an empty export take nothing down', async () => {
  const bench = await benchOf()
  await dropAll(bench, 1)
  expect(await bench.zeroed()).toEqual([])

  await dropAll(bench, 2, 1, 'true')
  expect(await bench.zeroed()).toEqual([])
  await bench.drop('offers0_1.xml', offersFile(offers.slice(0, 1), at(3)))
  expect(await bench.zeroed()).toEqual([])
  await bench.drop('offers0_1.xml', offersFile(offers.slice(0, 1), at(4)), 'false')
  await bench.drop('offers0_3.xml', offersFile(offers.slice(1, 2), at(4)), 'true')
  expect(await bench.zeroed()).toEqual([])
  await bench.drop('import0_1.xml', goodsFile(goods.slice(0, 1), at(5)), 'false')
  expect(await bench.zeroed()).toEqual([])
  await bench.drop('import0_1.xml', goodsFile([], at(6)), 'false')
  await bench.drop('offers0_1.xml', offersFile([], at(6)), 'false')
  expect(await bench.zeroed()).toEqual([])
})

test('another inbox leaves out only what it stated itself, and what it states is not taken down by others', async () => {
  const bench = await benchOf()
  await dropAll(bench, 1)
  await bench.drop('import0_1.xml', goodsFile(goods.slice(1, 2), at(2)), 'false', 'two')
  await bench.drop('offers0_1.xml', offersFile(offers.slice(1, 2), at(2)), 'false', 'two')
  expect(await bench.zeroed()).toEqual([])

  await dropAll(bench, 3, 1)
  expect(await bench.zeroed()).toEqual(['c'])

  // The other inbox leaves it out as well: now nobody states it.
  await bench.drop('import0_1.xml', goodsFile(goods.slice(0, 1), at(4)), 'false', 'two')
  await bench.drop('offers0_1.xml', offersFile(offers.slice(0, 1), at(4)), 'false', 'two')
  expect((await bench.zeroed()).sort()).toEqual(['b', 'c'])
})

test('goods that one node leaves out stay while another one states their offers, though it said so before', async () => {
  const bench = await benchOf()
  await bench.drop('import0_1.xml', goodsFile(goods, at(1)), 'false')
  await bench.drop('offers0_1.xml', offersFile(offers, at(2)), 'false', 'two')
  expect(await bench.zeroed()).toEqual([])

  await bench.drop('import0_1.xml', goodsFile(goods.slice(0, 2), at(3)), 'false')
  expect(await bench.zeroed()).toEqual([])

  await bench.drop('offers0_1.xml', offersFile(offers.slice(0, 2), at(4)), 'false', 'two')
  expect(await bench.zeroed()).toEqual(['c'])
})

test('something newer that came before the full set was closed is stronger than its silence', async () => {
  const bench = await benchOf()
  await dropAll(bench, 1)
  expect(await bench.zeroed()).toEqual([])

  await bench.drop('offers0_1.xml', offersFile(offers.slice(2), at(9)), 'true')
  await dropAll(bench, 5, 1)

  expect(await bench.zeroed()).toEqual(['b'])
})

test('more than a share is held and told of, never taken down by itself', async () => {
  const bench = await benchOf(0.1)
  const all = many(40, stocked)
  await bench.drop('import0_1.xml', goodsFile(all.goods, at(1)), 'false')
  await bench.drop('offers0_1.xml', offersFile(all.offers, at(1)), 'false')
  expect(await bench.zeroed()).toEqual([])

  await bench.drop('import0_1.xml', goodsFile(all.goods.slice(10), at(2)), 'false')
  await bench.drop('offers0_1.xml', offersFile(all.offers.slice(10), at(2)), 'false')

  expect(await bench.zeroed()).toEqual([])
  expect(bench.told).toEqual(['Из полной выгрузки 1С пропало: 10 товаров, 10 предложений'])
})

test('goods that are stated while all their offers are missing are held: files of offers were lost, however few', async () => {
  const bench = await benchOf()
  await dropAll(bench, 1)
  await bench.zeroed()

  await bench.drop('import0_1.xml', goodsFile(goods, at(2)), 'false')
  await bench.drop('offers0_1.xml', offersFile(offers.slice(0, 2), at(2)), 'false')

  expect(await bench.zeroed()).toEqual([])
  expect(bench.told).toEqual(['Из полной выгрузки 1С пропало: 1 предложение'])
})

test('a share of a small shop is a share, too: five of eight are held, and so is one', async () => {
  for (const lost of [5, 1]) {
    const bench = await benchOf(0.1)
    const all = many(8, stocked)
    await bench.drop('import0_1.xml', goodsFile(all.goods, at(1)), 'false')
    await bench.drop('offers0_1.xml', offersFile(all.offers, at(1)), 'false')
    await bench.zeroed()

    await bench.drop('import0_1.xml', goodsFile(all.goods.slice(lost), at(2)), 'false')
    await bench.drop('offers0_1.xml', offersFile(all.offers.slice(lost), at(2)), 'false')

    expect(await bench.zeroed()).toEqual([])
    expect(bench.told).toHaveLength(1)
  }
})

test('a decision counts for what was drawn before it, whatever the clock said then', async () => {
  const bench = await benchOf(0.1)
  const begun = bench.clock.now()
  await dropAll(bench, 1)
  await bench.zeroed()
  await dropAll(bench, 2, 2)
  expect(await bench.zeroed()).toEqual([])

  // The clock was ahead when the conclusion was drawn, and is put back before a person releases it.
  bench.clock.set(begun)
  await bench.decide('release', begun)
  expect(await bench.zeroed()).toEqual(['c'])

  // The same goods once more: a decision of before says nothing, even one that was written at a time to come.
  await dropAll(bench, 3)
  expect(await bench.zeroed()).toEqual([])
  await bench.decide('release', begun + 10 * 86_400_000)
  await dropAll(bench, 4, 2)
  expect(await bench.zeroed()).toEqual([])
  expect((await bench.sets.conclusions()).map(({ state }) => state)).toEqual(['held'])
})

test('a decision is acted upon while a file that cannot be applied is tried again and again', async () => {
  const bench = await benchOf(0.1)
  await dropAll(bench, 1)
  await bench.zeroed()
  await dropAll(bench, 2, 2)
  await bench.zeroed()
  await bench.decide('drop', bench.clock.now())
  let end = (): void => {}
  const trying = bench.keeper.exclusive(() => new Promise<void>((resolve) => (end = resolve)))

  await bench.keeper.decide()
  expect(await bench.sets.conclusions()).toEqual([])

  end()
  await trying
})

test('offers alone, however full, do not make a full export of the catalogue', async () => {
  const bench = await benchOf()
  await bench.drop('offers0_1.xml', offersFile(offers, at(1)), 'false')
  await bench.zeroed()
  expect(await bench.fullStamp()).toBeUndefined()

  await bench.drop('import0_1.xml', goodsFile(goods, at(2)), 'false')
  await bench.zeroed()
  expect(await bench.fullStamp()).toBeDefined()
})

test('a catalogue that is exported no more speaks for its goods for a month, an inbox that is read no more not at all', async () => {
  const bench = await benchOf()
  const ofOther = (text: string): string =>
    text.replaceAll('>k<', '>other<').replace(/<ПакетПредложений>/, '$&<ИдКаталога>other</ИдКаталога>')
  await dropAll(bench, 1)
  await bench.drop('import1_1.xml', ofOther(goodsFile(goods.slice(2), at(1))), 'false')
  await bench.drop('offers1_1.xml', ofOther(offersFile(offers.slice(2), at(1))), 'false')
  await bench.drop('import0_1.xml', goodsFile(goods.slice(1, 2), at(1)), 'false', 'two')
  await bench.drop('offers0_1.xml', offersFile(offers.slice(1, 2), at(1)), 'false', 'two')
  expect(await bench.zeroed()).toEqual([])

  await dropAll(bench, 2, 1)
  expect(await bench.zeroed()).toEqual([])

  bench.unread('two')
  await dropAll(bench, 3, 1)
  expect(await bench.zeroed()).toEqual(['b'])

  bench.clock.set(bench.clock.now() + 31 * 86_400_000)
  await dropAll(bench, 4, 1)
  expect((await bench.zeroed()).sort()).toEqual(['b', 'c'])
  expect(bench.told).toEqual(['Каталог other больше не выгружается из 1С'])
})

test('a conclusion that a dead process drew and did not carry out is carried out by the next one', async () => {
  const bench = await benchOf()
  await dropAll(bench, 1)
  expect(await bench.zeroed()).toEqual([])
  const [stated] = await bench.sets.baselines()
  const gone = { named: stated?.named ?? '', count: 3, before: 3 }
  const none = { named: '', count: 0, before: 0 }
  const due = {
    id: '1',
    inbox: 'one',
    catalogue: 'k',
    folder: '',
    place: 'import0_1.xml',
    at: 0,
    after: 0,
    bereft: 0,
    sample: [],
  }
  const asOf = Date.parse('2026-11-22T14:05:00+03:00')
  await bench.sets.settle({
    conclusions: [{ ...due, asOf, state: 'due', gone: { import: gone, offers: none } }],
    now: 0,
  })

  expect((await bench.zeroed()).sort()).toEqual(['a', 'b', 'c'])
  expect(await bench.sets.conclusions()).toEqual([])
})

test('changes behind the beginning of a full export are not taken for a first export of changes only', async () => {
  const bench = await benchOf()
  await bench.drop('import0_1.xml', goodsFile(goods, at(1)), 'true')
  expect(await bench.keeper.seesFull()).toBe(false)
  await bench.drop('import0_1.xml', goodsFile(goods, at(2)), 'false')
  expect(await bench.keeper.seesFull()).toBe(true)
})
