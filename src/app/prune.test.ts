import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Clock } from '../core/clock.ts'
import { silentLog } from '../core/log.ts'
import type { Order, Posting } from '../core/order.ts'
import { createFiles } from '../state/disk.ts'
import { openHistory } from '../state/history.ts'
import { createMemoryStore } from '../state/open.ts'
import { OrderBook } from '../state/order-book.ts'
import { Sets, type Baseline } from '../state/sets.ts'
import { prune } from './prune.ts'
import type { KnownRun } from './exchange-state.ts'
import type { Runtime } from './runtime.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 5, 30)

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'obmen-prune-'))
})
afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

function order(number: string, phase: Posting['phase'], daysAgo: number): Order {
  const at = NOW - daysAgo * DAY
  const posting = {
    account: 'a',
    number,
    status: phase,
    phase,
    placedAt: at,
    warehouseId: '1',
    warehouseName: 'w',
    lines: [],
  }
  const line = { offerId: 'A', name: 'A', quantity: 1, price: '1', currency: 'RUB', itemId: 'item' }
  return { posting, exchange: 'main', lines: [line], changedAt: at, runs: [], reserved: [], everPresented: true }
}

async function archiveFile(day: string, daysAgo: number, inbox = 'goods'): Promise<void> {
  const folder = join(root, 'archive', 'main', day, `run-${inbox}`)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'offers.xml'), '<x/>')
  await writeFile(
    join(folder, 'claim.json'),
    JSON.stringify({ name: 'offers.xml', inbox, claimedAt: NOW - daysAgo * DAY }),
  )
}

/** Two archived files, one a year and one a month and a half old, beside histories, runs and orders of several ages. */
async function pruned(fullDaysAgo: number | undefined, rarelyFull?: number): Promise<unknown> {
  const store = createMemoryStore()
  const files = createFiles()
  const orders = new OrderBook(store, 'main')
  await orders.put([order('old', 'handed', 91), order('new', 'handed', 89), order('open', 'open', 200)])
  const runs = store.namespace<KnownRun>('runs.main')
  const run = (daysAgo: number) => ({ stamp: NOW - daysAgo * DAY, seenAt: NOW - daysAgo * DAY })
  await store.commit([
    {
      namespace: runs.name,
      set: [
        ['1', run(31)],
        ['2', run(29)],
      ],
    },
  ])
  const history = openHistory(join(root, 'history'), files)
  for (const daysAgo of [92, 89]) await history.append([{ at: NOW - daysAgo * DAY, event: 'write' }])
  await archiveFile('2025-06-30', 365)
  await archiveFile('2026-05-16', 45)
  if (rarelyFull !== undefined) await archiveFile('2026-05-01', 60, 'rare')
  const clock: Clock = { now: () => NOW, sleep: () => Promise.resolve(), fromReal: (ms) => ms }
  const fullStamp = fullDaysAgo === undefined ? {} : { fullStamp: NOW - fullDaysAgo * DAY }
  const sets = new Sets(store, 'main')
  const full = (inbox: string, daysAgo: number): Baseline => {
    const asOf = NOW - daysAgo * DAY
    const baseline = { inbox, catalogue: 'c', part: 'import', named: '', count: 0, at: asOf } as const
    return { ...baseline, full: { stamp: asOf, asOf, set: '', records: 1 } }
  }
  const baselines = [
    ...(fullDaysAgo === undefined ? [] : [full('goods', fullDaysAgo)]),
    ...(rarelyFull === undefined ? [] : [full('rare', rarelyFull)]),
  ]
  await sets.settle({ baselines, now: NOW })
  const catalogue = { facts: () => Promise.resolve(fullStamp) }
  const exchange = { config: { name: 'main', inboxes: [] }, orders, runs, sets, catalogue }
  const config = { folders: { archive: join(root, 'archive') }, archiveKeep: 30 * DAY }
  await prune({
    config,
    store,
    clock,
    files,
    log: silentLog,
    history,
    exchanges: new Map([['main', exchange]]),
  } as unknown as Runtime)
  const kept: string[] = []
  for await (const [key] of runs.entries()) kept.push(key)
  return {
    orders: orders.all().map(({ posting }) => posting.number),
    subtracted: orders.openLines('item', 'free', 0).length,
    runs: kept,
    history: (await readdir(join(root, 'history'))).length,
    archive: await readdir(join(root, 'archive', 'main')),
  }
}

const rest = { orders: ['open', 'new'], subtracted: 2, runs: ['2'], history: 1 }

it('removes what is too old, and what came before the last full export from the archive', async () => {
  expect(await pruned(1)).toEqual({ ...rest, archive: [] })
})

it('keeps a full export and what followed it, however old', async () => {
  expect(await pruned(100)).toEqual({ ...rest, archive: ['2026-05-16'] })
})

it('keeps what followed the last full export of an inbox, however new that of another one is', async () => {
  expect(await pruned(1, 100)).toEqual({ ...rest, archive: ['2026-05-01'] })
})

it('keeps the whole archive while no full export ever came', async () => {
  expect(await pruned(undefined)).toEqual({ ...rest, archive: ['2025-06-30', '2026-05-16'] })
})
