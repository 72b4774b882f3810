import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { BaseModel } from '../../fixtures/ut-base.ts'
import { writeExport, type ExportOptions } from '../../fixtures/ut-export.ts'
import type { Service } from '../../src/app/service.ts'
import type { Verdict } from '../../src/state/set-verdict.ts'
import { commandsIn } from './command-line.ts'
import { openPostOffice, type PostOffice } from './post-office.ts'
import { createProject, until, type Project } from './project.ts'
import { articlesOf, createCards, dropExport, heldAtOzon, PLAIN_PRICES, shopOf, stampOf } from './shop-on-ozon.ts'
import { lookEveryMinute } from './shop.ts'

/*
 * Sets of files through the running service: what 1C drops, and what stands at Ozon afterwards. Every offer has 5
 * pieces in Moscow, of which one is held back.
 */

interface Shop {
  readonly project: Project
  readonly post: PostOffice
  readonly base: BaseModel
  readonly service: Service
  readonly obmen: ReturnType<typeof commandsIn>
  /** Writes one run as it is into the inbox; resolves to its stamp when its set was closed. */
  run(base: BaseModel, options?: Partial<ExportOptions>, change?: Change, inbox?: string): Promise<number>
  /** Stocks in Moscow by article. */
  stocks(): Promise<Record<string, number | undefined>>
  verdicts(stamp: number): Promise<readonly Verdict[] | undefined>
  lookedOver(): Promise<void>
}

/** What becomes of a file on its way to the inbox; undefined = it never comes. */
type Change = (name: string, text: string) => { name: string; text: string } | undefined

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function openShop(
  removed: 'ignore' | 'mark',
  { offers = 40, take = 'move' }: { readonly offers?: number; readonly take?: 'move' | 'copy' } = {},
): Promise<Shop> {
  const post = await openPostOffice()
  const base = shopOf(offers, (i) => ({ price: 100 + i, main: 5, podolsk: 0 }))
  const project = await createProject({
    speed: 60,
    smtp: post.url,
    files: {
      ...PLAIN_PRICES,
      'config/obmen.yaml': (text) =>
        text
          .replace('setQuiet: 10m', 'setQuiet: 1m')
          .replace('removed: ignore', `removed: ${removed}\n    incomplete: 3h`)
          .replace('take: move', `take: ${take}`),
      // The shops of these tests are small, and lose one or two goods of nine by themselves.
      'pipelines/1c.yaml': (text) => text.replace('maxRemoved: 10%', 'maxRemoved: 50%'),
      'pipelines/ozon-stocks.yaml': (text) => lookEveryMinute(text).replace('maxZeroed: 10%', 'maxZeroed: 100%'),
      'pipelines/ozon-prices.yaml': (text) => lookEveryMinute(PLAIN_PRICES['pipelines/ozon-prices.yaml'](text)),
    },
  })
  closers.push(
    () => project.close(),
    () => post.close(),
  )
  await createCards(project, articlesOf(base))
  await project.approve()
  const service = await project.open()
  const sets = () => service.runtime.exchanges.get('main')!.sets
  const shop: Shop = {
    project,
    post,
    base,
    service,
    obmen: commandsIn(project),
    async run(model, options = {}, change = (name, text) => ({ name, text }), inbox = project.inbox) {
      const { clock } = project
      const stamp = options.stamp ?? stampOf(clock.now())
      for (const file of writeExport(model, { stamp, scope: 'full', ...options })) {
        const changed = change(file.name, file.text)
        if (changed === undefined) continue
        await mkdir(join(inbox, 'webdata'), { recursive: true })
        await writeFile(join(inbox, 'webdata', changed.name), changed.text)
      }
      const at = Date.parse(`${stamp}+03:00`)
      await until('the set is closed', async () => (await shop.verdicts(at)) !== undefined)
      return at
    },
    async stocks() {
      const held = await heldAtOzon(project)
      return Object.fromEntries([...held].map(([article, { stocks }]) => [article, stocks[0]]))
    },
    verdicts: async (stamp) =>
      (await sets().all()).find((set) => set.from === stamp && set.closedAt !== undefined)?.verdicts,
    async lookedOver() {
      const from = project.clock.now()
      await until('everything was looked at and sent', () =>
        service.items.every(({ pipeline: { lastLook, aspect } }) => {
          return lastLook?.complete === true && lastLook.at > from && aspect.plan.size === 0
        }),
      )
    },
  }
  return shop
}

/** The base without some of its goods. */
function without(base: BaseModel, goods: number): BaseModel {
  return { ...base, goods: base.goods.slice(goods) }
}

/** Stocks at Ozon when the first so many goods are gone. */
function stocksWithout(base: BaseModel, goods: number): Record<string, number> {
  const gone = new Set(articlesOf({ ...base, goods: base.goods.slice(0, goods) }))
  return Object.fromEntries(articlesOf(base).map((article) => [article, gone.has(article) ? 0 : 4]))
}

async function inStep(shop: Shop, goodsGone: number): Promise<void> {
  const wanted = sorted(stocksWithout(shop.base, goodsGone))
  await until(`${goodsGone} goods are gone`, async () => sorted(await shop.stocks()) === wanted)
}

async function stays(shop: Shop, goodsGone: number): Promise<void> {
  await shop.lookedOver()
  expect(sorted(await shop.stocks())).toBe(sorted(stocksWithout(shop.base, goodsGone)))
}

function sorted(stocks: Readonly<Record<string, number | undefined>>): string {
  return JSON.stringify(Object.entries(stocks).sort(([a], [b]) => (a < b ? -1 : 1)))
}

test('goods that a full export leaves out stay on sale unless the exchange says otherwise', async () => {
  const shop = await openShop('ignore')
  await shop.run(shop.base)
  await inStep(shop, 0)

  const closed = await shop.run(without(shop.base, 1))

  expect((await shop.verdicts(closed))?.map(({ part, is }) => [part, is])).toEqual([
    ['import', 'full'],
    ['offers', 'full'],
  ])
  await stays(shop, 0)
})

test('with removed: mark they go to 0, and come back when they are stated again; only a complete full export counts', async () => {
  const shop = await openShop('mark')
  const { base, project } = shop
  await shop.run(base, { portionSize: 5 })
  await inStep(shop, 0)
  const smaller = without(base, 2)

  // Changes only; a portion in the middle missing; a portion broken; a full export that names nothing.
  await shop.run(smaller, { scope: 'delta', changedGoods: new Set(smaller.goods.slice(0, 2).map(({ id }) => id)) })
  await shop.run(smaller, { portionSize: 5 }, (name, text) => (name.endsWith('0_2.xml') ? undefined : { name, text }))
  await shop.run(smaller, { portionSize: 5 }, (name, text) => {
    return { name, text: name === 'import0_2.xml' ? text.replace('</Товар>', '</Товары>') : text }
  })
  await shop.run({ ...base, goods: [] })
  await stays(shop, 0)

  // Portions of a full export but the first say that they are changes.
  await shop.run(smaller, { portionSize: 5 })
  await inStep(shop, 2)

  // Stated again, word for word as before.
  const back = new Set([base.goods[0]?.id ?? ''])
  await dropExport(project, base, { scope: 'delta', changedGoods: back })
  const gone = { ...base, goods: base.goods.slice(1, 2) }
  const wanted = { ...stocksWithout(base, 0), ...Object.fromEntries(articlesOf(gone).map((article) => [article, 0])) }
  await until('the first one is on sale again', async () => sorted(await shop.stocks()) === sorted(wanted))
})

test('beyond maxRemoved the conclusion is held and mailed, until a person releases it or the goods come back', async () => {
  const shop = await openShop('mark')
  const { base, post, obmen } = shop
  await shop.run(base)
  await inStep(shop, 0)
  const half = Math.ceil(base.goods.length / 2)

  await shop.run(without(base, half))
  await until('a mail came', () => post.mails.some(({ subject }) => subject.includes('Из полной выгрузки 1С пропало')))
  await stays(shop, 0)
  const status = (await obmen('status')).out
  expect(status).toMatch(new RegExp(`catalogue \\S+: ${base.goods.length - half} products, \\d+ offers from`))
  expect(status).toContain('HELD: goods are missing in a full set')
  const listed = (await obmen('held', 'ls', '1c')).out
  const [first] = base.goods
  expect(listed).toContain(`${half} of ${base.goods.length} products`)
  expect(listed).toContain(first?.name)
  const mail = post.mails.find(({ subject }) => subject.includes('пропало'))?.text ?? ''
  expect(mail).toContain(first?.name)
  const id = /obmen held release 1c ([0-9a-f]+)/.exec(mail)?.[1] ?? ''

  // The goods come back: nothing is left to decide, and that is told.
  await shop.run(base)
  expect((await obmen('held', 'ls', '1c')).out).toBe('nothing is held\n')
  await until('it is told that all is well', () => post.mails.some(({ text }) => text.includes('в ней всё на месте')))
  expect((await obmen('held', 'release', '1c', id)).err).toContain('held.unknown_item')

  // Left out again, twice over: one decision about the same goods, and it counts.
  await shop.run(without(base, half))
  await shop.run(without(base, half))
  await shop.run(base, { scope: 'delta', changedGoods: new Set([first?.id ?? '']) })
  expect((await obmen('held', 'release', '1c', id)).out).toContain('released')
  const gone = { ...base, goods: base.goods.slice(1, half) }
  const wanted = { ...stocksWithout(base, 0), ...Object.fromEntries(articlesOf(gone).map((article) => [article, 0])) }
  await until('what nothing newer named is gone', async () => sorted(await shop.stocks()) === sorted(wanted))
  expect((await obmen('held', 'ls', '1c')).out).toBe('nothing is held\n')
})

test('a dropped conclusion changes nothing, and is not drawn again for the same goods', async () => {
  const shop = await openShop('mark')
  const { base, obmen } = shop
  await shop.run(base)
  await inStep(shop, 0)
  const half = Math.ceil(base.goods.length / 2)
  await shop.run(without(base, half))

  expect((await obmen('held', 'drop', '1c', '--all')).out).toContain('dropped')
  await until('nothing is held', async () => (await obmen('held', 'ls', '1c')).out === 'nothing is held\n')
  await shop.run(without(base, half))

  expect((await obmen('held', 'ls', '1c')).out).toBe('nothing is held\n')
  await stays(shop, 0)
})

test('with take: copy, files that 1C writes over once they were taken are no loss, and what the last run leaves out goes', async () => {
  const shop = await openShop('mark', { take: 'copy' })
  const { base, project } = shop
  await shop.run(base)
  await inStep(shop, 0)

  const closed = await shop.run(without(base, 1))

  expect((await shop.verdicts(closed))?.map(({ is }) => is)).toEqual(['full', 'full'])
  await inStep(shop, 1)
  expect((await readdir(join(project.inbox, 'webdata'))).sort()).toEqual(['import0_1.xml', 'offers0_1.xml'])
})

test('what one node leaves out stays while the node of another inbox states it, and goes when both leave it out', async () => {
  const shop = await openShop('mark')
  const { base, project } = shop
  const other = join(project.root, '1c', 'goods')
  const asIs: Change = (name, text) => ({ name, text })
  await shop.run(base)
  await shop.run(base, {}, asIs, other)
  await inStep(shop, 0)

  await shop.run(without(base, 1))
  await stays(shop, 0)
  await shop.run(without(base, 1), {}, asIs, other)
  await inStep(shop, 1)
})

test('two catalogues in one folder are judged each for itself', async () => {
  const shop = await openShop('mark', { offers: 80 })
  const { base } = shop
  const middle = Math.ceil(base.goods.length / 2)
  const one = { ...base, goods: base.goods.slice(0, middle) }
  const other = { ...base, catalogue: { ...base.catalogue, id: 'other' }, goods: base.goods.slice(middle) }
  const asRow1: Change = (name, text) => ({ name: name.replace('0_', '1_'), text })
  // Portions of four: a last portion as full as the others would not show that it is the last.
  const both = async (first: BaseModel, second: BaseModel, change: Change): Promise<void> => {
    const stamp = stampOf(shop.project.clock.now())
    for (const [model, of] of [
      [first, ((name, text) => ({ name, text })) as Change],
      [second, change],
    ] as const) {
      for (const { name, text } of writeExport(model, { stamp, scope: 'full', portionSize: 4 })) {
        const changed = of(name, text)
        if (changed === undefined) continue
        await mkdir(join(shop.project.inbox, 'webdata'), { recursive: true })
        await writeFile(join(shop.project.inbox, 'webdata', changed.name), changed.text)
      }
    }
    await until('closed', async () => (await shop.verdicts(Date.parse(`${stamp}+03:00`))) !== undefined)
  }
  await both(one, other, asRow1)
  await inStep(shop, 0)

  // The first catalogue leaves one out; the second lacks a portion.
  await both(without(one, 1), without(other, 1), (name, text) => (/_2/.test(name) ? undefined : asRow1(name, text)))

  await inStep(shop, 1)
  await stays(shop, 1)
})

test('a portion that goes away before it was taken never lets its run look complete, and a person hears of it', async () => {
  const shop = await openShop('mark')
  const { base, project, post } = shop
  await shop.run(base, { portionSize: 5 })
  await inStep(shop, 0)

  // The second portion of goods and offers is still being written when all the others are taken; then it is removed.
  const isSecond = (name: string): boolean => name.endsWith('0_2.xml')
  const half: Change = (name, text) => ({ name, text: isSecond(name) ? text.slice(0, -30) : text })
  const stamp = stampOf(project.clock.now())
  const closed = shop.run(base, { stamp, portionSize: base.goods.length - 1 }, half)
  await until('the whole files are taken', async () => {
    const names = await readdir(join(project.inbox, 'webdata'))
    return names.length === 2 && names.every(isSecond)
  })
  for (const name of await readdir(join(project.inbox, 'webdata'))) await rm(join(project.inbox, 'webdata', name))
  const at = await closed

  expect((await shop.verdicts(at))?.map(({ part, is }) => [part, is])).toEqual([
    ['import', 'incomplete'],
    ['offers', 'incomplete'],
  ])
  expect((await shop.verdicts(at))?.[0]?.why).toMatch(/0_2\.xml vanished from the inbox before it was taken$/)
  await until('it is told', () => post.mails.some(({ subject }) => subject.includes('исчез из папки раньше')))
  await stays(shop, 0)

  // The next whole one decides, and what was wrong is over.
  await shop.run(without(base, 1))
  await inStep(shop, 1)
  await until('it is told that all is well', () =>
    post.mails.some(({ text }) => text.includes('Пришла полная выгрузка')),
  )
})

test('a portion that an earlier, larger export left in the folder is archived unread', async () => {
  const shop = await openShop('mark')
  const { base, project, post } = shop
  const cheaper = { ...base, goods: base.goods.map((good) => ({ ...good, name: `${good.name} (старое имя)` })) }
  const old = writeExport(cheaper, { stamp: '2026-01-01T10:00:00', scope: 'full', portionSize: 2 })
  const stale = old.find(({ name }) => name === 'offers0_3.xml')
  const stamp = stampOf(project.clock.now())
  await dropExport(project, base, { stamp })
  await writeFile(join(project.inbox, 'webdata', 'offers0_3.xml'), stale?.text ?? '')
  // 1C wrote it long before, so it is looked at first.
  await utimes(join(project.inbox, 'webdata', 'offers0_3.xml'), 1_000, 1_000)

  await until('closed', async () => (await shop.verdicts(Date.parse(`${stamp}+03:00`))) !== undefined)
  await until('it is told', () => post.mails.some(({ subject }) => subject.includes('от старой выгрузки')))
  await inStep(shop, 0)
  const archived = await readdir(join(project.root, 'archive'), { recursive: true })
  expect(archived.filter((name) => name.endsWith('offers0_3.xml'))).toHaveLength(1)
  expect(await readdir(join(project.inbox, 'webdata'))).toEqual([])
  const seen = (await shop.service.runtime.exchanges.get('main')!.sets.all()).map(({ from }) => from)
  expect(seen).not.toContain(Date.parse('2026-01-01T10:00:00+03:00'))
})
