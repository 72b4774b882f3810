import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeExport } from '../../fixtures/ut-export.ts'
import type { ProductEntry } from '../../src/core/catalogue.ts'
import { createFiles } from '../../src/state/disk.ts'
import { openLmdbStore } from '../../src/state/open.ts'
import { decideRemovals } from '../../src/state/removal-decisions.ts'
import { Sets } from '../../src/state/sets.ts'
import { shopOf } from '../e2e/shop-on-ozon.ts'
import type { Product } from './product.ts'
import { makeProject } from './project-folder.ts'

/*
 * The service is killed while a set is closed and while its conclusion is drawn, held, released or dropped. Whatever it
 * was killed at, the next pass ends where an undisturbed one ends: nothing is removed twice or half, what is held stays
 * held, and a person is told.
 */

/** What the pass that is killed has to do. */
export type Ending = 'marked' | 'held' | 'released' | 'dropped'

/** Goods of the shop; one of them is within the `maxRemoved` that is shipped, half of them are not. */
const GOODS = 20
const FILE = join('config', 'obmen.yaml')

/** A pass to be killed, and where it must end. */
export interface LeftOut {
  readonly ending: Ending
  /** Names of the points of the disk that an undisturbed pass hits. */
  readonly hits: readonly string[]
  /** What an undisturbed pass leaves. */
  readonly wanted: State
  /** Kills the pass at a hit (from 1), and lets another one end it: what it leaves. */
  readonly killAt: (hit: number) => Promise<State>
}

/** What concerns the conclusion; without the times of our own work. */
export interface State {
  /** Ids of what is marked as removed, with the stamp of the set that left it out. */
  readonly removed: Readonly<Record<string, number>>
  readonly conclusions: readonly unknown[]
  readonly baselines: readonly unknown[]
  readonly sets: readonly unknown[]
  /** Titles of notices about it that last. */
  readonly told: readonly string[]
}

/**
 * Prepares the passes inside `folder`, for a local Ozon at `url`. All of them take place in one folder, one after the
 * other: the path of an inbox is a part of what is known of it.
 */
export async function prepareLeftOut(product: Product, url: string, folder: string): Promise<LeftOut[]> {
  const root = join(folder, 'shop')
  const keep = async (name: string): Promise<void> => cp(root, join(folder, name), { recursive: true })
  const restore = async (name: string): Promise<void> => {
    await rm(root, { recursive: true, force: true })
    await cp(join(folder, name), root, { recursive: true })
  }
  const measured = async (ending: Ending): Promise<LeftOut> => {
    await keep(ending)
    const counted = join(folder, `${ending}.hits`)
    await pass(product, root, `count:${counted}`)
    const hits = (await readFile(counted, 'utf8')).trimEnd().split('\n')
    const wanted = await stateOf(root)
    return {
      ending,
      hits,
      wanted,
      killAt: async (hit) => {
        await restore(ending)
        await pass(product, root, `kill:${hit}`)
        await pass(product, root)
        return stateOf(root)
      },
    }
  }

  await makeProject(root, url, 'smtp://127.0.0.1:9')
  await edit(root, 'removed: ignore', 'removed: mark')
  await edit(root, 'settle: 1s', 'settle: 20ms')
  const shop = shopOf(120, () => ({ price: 100, main: 5, podolsk: 0 }))
  const goods = shop.goods.slice(0, GOODS).map((good) => ({ ...good, variants: good.variants.slice(0, 1) }))
  await drop(root, { ...shop, goods }, '2026-11-01T10:00:00')
  await pass(product, root)
  await keep('filled')
  const leaveOut = async (count: number): Promise<void> => {
    await restore('filled')
    await drop(root, { ...shop, goods: goods.slice(count) }, '2026-11-01T11:00:00')
    await pass(product, root)
    // The newer run is taken and still open; from here on no quiet is waited for.
    await edit(root, 'setQuiet: 10m', 'setQuiet: 1ms')
  }
  await leaveOut(1)
  const marked = await measured('marked')
  await leaveOut(GOODS / 2)
  const held = await measured('held')
  await keep('decide')
  await decide(root, 'release')
  const released = await measured('released')
  await restore('decide')
  await decide(root, 'drop')
  return [marked, held, released, await measured('dropped')]
}

async function pass(product: Product, root: string, failpoint = ''): Promise<void> {
  const running = product.start(root, { OBMEN_LOG: 'error', OBMEN_FAILPOINT: failpoint }, 'run')
  const wanted = failpoint.startsWith('kill:') ? 'SIGKILL' : 'exit 0'
  const ended = await running.ended
  if (ended !== wanted) throw new Error(`the pass ended with ${ended}, not ${wanted}: ${running.output()}`)
}

async function drop(root: string, base: Parameters<typeof writeExport>[0], stamp: string): Promise<void> {
  for (const { name, text } of writeExport(base, { stamp, scope: 'full' })) {
    await writeFile(join(root, '1c', 'offers', 'webdata', name), text)
  }
}

async function edit(root: string, from: string, to: string): Promise<void> {
  const text = await readFile(join(root, FILE), 'utf8')
  if (!text.includes(from)) throw new Error(`${FILE} does not say "${from}"`)
  await writeFile(join(root, FILE), text.replace(from, to))
}

async function decide(root: string, decision: 'release' | 'drop'): Promise<void> {
  const { conclusions } = await stored(root, async (sets) => ({ conclusions: await sets.conclusions() }))
  const decisions = conclusions.map(({ id }) => ({ at: Date.now(), exchange: 'main', id, decision }))
  await decideRemovals(join(root, 'state', 'removals.csv'), createFiles(), decisions)
}

async function stored<T>(
  root: string,
  use: (sets: Sets, store: Awaited<ReturnType<typeof openLmdbStore>>) => Promise<T>,
): Promise<T> {
  const store = await openLmdbStore({ folder: join(root, 'state', 'store'), readOnly: true })
  try {
    return await use(new Sets(store, 'main'), store)
  } finally {
    await store.close()
  }
}

async function stateOf(root: string): Promise<State> {
  const told = await toldIn(root)
  return stored(root, async (sets, store) => {
    const removed: Record<string, number> = {}
    for await (const [, entry] of store.namespace<ProductEntry>('catalogue.main').entries()) {
      if (entry.removed !== undefined) removed[entry.id] = entry.removed.stamp
      for (const [variant, own] of Object.entries(entry.variants)) {
        if (own.removed !== undefined) removed[`${entry.id}#${variant}`] = own.removed.stamp
      }
    }
    return {
      removed,
      conclusions: (await sets.conclusions()).map((each) => ({ ...each, at: 0 })),
      baselines: await sets.baselines(),
      sets: (await sets.all()).map(({ key, verdicts, asOf }) => ({ key, verdicts, asOf })),
      told,
    }
  })
}

/** Titles of what lasts, of the conclusion only. */
async function toldIn(root: string): Promise<string[]> {
  const text = await readFile(join(root, 'state', 'outbox', 'causes.json'), 'utf8').catch(() => '')
  return [...text.matchAll(/Из полной выгрузки 1С пропало[^"]*/g)].map(([title]) => title)
}
