import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { clothingShop } from '../../fixtures/clothing-shop.ts'
import { writeExport } from '../../fixtures/ut-export.ts'
import { readCells } from '../../src/formats/xlsx/read-cells.ts'
import type { PlanDifference, PlanView } from '../../src/views/plan-data.ts'
import { commandsIn } from './command-line.ts'
import { createProject, type LedgerLine, type Project } from './project.ts'
import { createCards, stampOf } from './shop-on-ozon.ts'

let project: Project | undefined

afterEach(async () => {
  await project?.close()
  project = undefined
})

/** Every file of a folder with its hash, but for the list of readers that LMDB keeps beside its data. */
async function hashesOf(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  const hashes = new Map<string, string>()
  for (const entry of names) {
    if (!entry.isFile() || entry.name === 'lock.mdb') continue
    const path = join(entry.parentPath, entry.name)
    hashes.set(
      path,
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    )
  }
  return hashes
}

interface Write {
  readonly offerId: string
  readonly warehouse?: number
  readonly price?: string
  readonly oldPrice?: string
  readonly stock?: number
}

function wished({ send }: PlanView): Write[] {
  return send.map(({ offerId, warehouseId, value }) => {
    const { price, oldPrice, quantity } = value as { price?: string; oldPrice?: string; quantity?: number }
    return warehouseId === undefined
      ? { offerId, price: price ?? '', oldPrice: oldPrice ?? '' }
      : { offerId, warehouse: Number(warehouseId), stock: quantity ?? -1 }
  })
}

function written({ aspect, offerId, warehouseId, value }: LedgerLine): Write {
  const { price = '', old_price: oldPrice = '' } = value as { price?: string; old_price?: string }
  return aspect === 'prices'
    ? { offerId, price, oldPrice }
    : { offerId, warehouse: Number(warehouseId), stock: value as number }
}

function sorted(writes: readonly Write[]): Write[] {
  const keyOf = ({ offerId, warehouse = 0 }: Write): string => `${offerId} ${warehouse}`
  return writes.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

test('a plan is exactly what an approval sends, item for item, and changes nothing', async () => {
  project = await createProject({ speed: 60, commandsOnly: true })
  const { inbox, ozon, root, clock } = project
  const obmen = commandsIn(project)
  const planOf = async (name: string): Promise<PlanView> => {
    const { exitCode, out, err } = await obmen('plan', name, '--json')
    expect([exitCode, err]).toEqual([0, ''])
    return JSON.parse(out) as PlanView
  }
  expect(await obmen('plan', 'ozon-prices')).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining('error plan.no_state: planning ozon-prices: nothing of 1C has been read yet'),
  })
  expect(await readdir(root)).not.toContain('state')
  await mkdir(join(inbox, 'webdata'))
  for (const { name, text } of writeExport(clothingShop(), { stamp: stampOf(clock.now()), scope: 'full' })) {
    await writeFile(join(inbox, 'webdata', name), text)
  }
  expect(await obmen('run')).toEqual({ exitCode: 0, out: '', err: '' })
  const before = { state: await hashesOf(join(root, 'state')), requests: (await ozon.requests()).length }

  const prices = await planOf('ozon-prices')
  const stocks = await planOf('ozon-stocks')
  const text = (await obmen('plan', 'ozon-stocks', '--rows', '3')).out

  expect({ state: await hashesOf(join(root, 'state')), requests: (await ozon.requests()).length }).toEqual(before)
  expect(text).toContain('the account observes: this is what "obmen approve ozon-main" would send\n')
  expect(text).toContain('to send: 54 stocks: 1 request\n  zero: 22\n')
  expect(text).toContain('    … 19 more rows: --all shows them, --excel <file> writes them down\n')
  expect(prices.rejected.map(({ by, reason }) => `${by} ${reason.code}`).sort()).toEqual([
    'mapping item.no_price',
    'mapping item.two_prices',
    ...Array.from({ length: 4 }, () => 'mapping ozon.old_price_gap'),
  ])
  expect(prices.send.every(({ isNew, rules }) => isNew && rules.length === 2)).toBe(true)
  expect(await obmen('plan', 'ozon-price')).toEqual({
    exitCode: 2,
    out: '',
    err: 'error plan.unknown_pipeline: planning ozon-price: no such pipeline sends; did you mean ozon-prices?\n',
  })

  const service = await project.open({ start: false })
  expect({ ...(await planOf('ozon-prices')), at: prices.at }).toEqual(prices)
  await service.close()

  await createCards(project, [...new Set([...prices.send, ...stocks.send].map(({ offerId }) => offerId))])
  await obmen('approve', 'ozon-main')
  expect(await obmen('run')).toEqual({ exitCode: 0, out: '', err: '' })

  const ledger = await ozon.ledger()
  // Inside one request the order means nothing.
  expect(sorted(ledger.filter(({ aspect }) => aspect === 'prices').map(written))).toEqual(sorted(wished(prices)))
  expect(sorted(ledger.filter(({ aspect }) => aspect === 'stocks').map(written))).toEqual(sorted(wished(stocks)))
  expect((await ozon.writes()).length).toBe(prices.cost.requests + stocks.cost.requests)
  const nothing = await planOf('ozon-prices')
  expect([nothing.approved, nothing.send, nothing.cost]).toEqual([true, [], { values: 0, requests: 0, atLeastMs: 0 }])

  // An edit before it goes live: a copy of the configuration without its keys, over the state at work.
  const draft = join(root, 'draft')
  for (const folder of ['config', 'pipelines']) await cp(join(root, folder), join(draft, folder), { recursive: true })
  const file = join(draft, 'pipelines', 'ozon-prices.yaml')
  const shipped = await readFile(file, 'utf8')
  const edit = (text: string): Promise<void> => writeFile(file, shipped.replaceAll('1.25', text))
  const lineOf = (part: string): number => shipped.split('\n').findIndex((line) => line.includes(part)) + 1
  await edit('1.9')
  const edited = await obmen('plan', 'ozon-prices', '--config', draft, '--json')
  expect(edited).toMatchObject({ exitCode: 0, err: '' })
  const { send, held, differences } = JSON.parse(edited.out) as PlanView & { differences: readonly PlanDifference[] }
  expect([send.length, held.length, differences.length]).toEqual([0, 19, 19])
  expect(held[0]).toMatchObject({
    reason: { code: 'guard.max_change' },
    guard: `pipelines/ozon-prices.yaml:${lineOf('maxChange')}:25`,
  })
  expect(differences.every(({ now, edited: then }) => now.state === 'none' && then.state === 'held')).toBe(true)
  expect(await obmen('plan', 'ozon-prices', '--config', draft, '--excel', join(root, 'plan.xlsx'))).toMatchObject({
    exitCode: 0,
    out: expect.stringContaining('compared with the configuration at work: 19 differences\n'),
    err: `written to ${join(root, 'plan.xlsx')}\n`,
  })
  expect((await readCells(join(root, 'plan.xlsx'))).get('Придержано')?.length).toBe(39)
  await edit('1.9 +')
  expect(await obmen('plan', 'ozon-prices', '--config', draft)).toMatchObject({
    exitCode: 2,
    err: expect.stringContaining(`pipelines/ozon-prices.yaml:${lineOf('roundUp')}:`),
  })
})
