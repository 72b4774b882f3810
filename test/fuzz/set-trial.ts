import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Intake } from '../../src/app/intake.ts'
import type { ExchangeRuntime, Runtime } from '../../src/app/runtime.ts'
import type { PipelineConfig } from '../../src/config/model.ts'
import { itemId } from '../../src/core/catalogue.ts'
import { silentLog } from '../../src/core/log.ts'
import { lookInside } from '../../src/sources/files/candidates.ts'
import { createFiles } from '../../src/state/disk.ts'
import { OrderBook } from '../../src/state/order-book.ts'
import { Sets } from '../../src/state/sets.ts'
import { createIngest, stillClock, type Ingest, type StillClock } from '../laws/ingest.ts'
import type { CorpusFile } from './corpus.ts'
import type { SetPlan } from './set-plan.ts'
import { Violation } from './trial.ts'
import { firstDifference, rowsAsText, watchedStore, type Contents } from './watched-store.ts'

/** What became of a plan that broke no law. */
export interface SetVerdict {
  /** Codes of files that were refused. */
  readonly refused: readonly string[]
  /** Goods and offers that are taken for removed. */
  readonly removed: number
}

const QUIET = 600_000
/** A file system in memory, where there is one. */
const MEMORY = '/dev/shm'

/**
 * Lets two runs come through the intake of the product, and closes their sets. A file or an archive has an effect whole
 * or not at all and lies in one place afterwards; only what the second run was to leave out is ever removed, unless a
 * changed file was taken.
 *
 * @throws Violation
 */
export async function runSets(plan: SetPlan): Promise<SetVerdict> {
  const place = await openPlace()
  try {
    await place.take(plan.first)
    await place.closeSets()
    sameRemoved('a first export removes nothing', await place.removed(), new Set())
    const refused = await place.take(plan.second)
    await place.closeSets()
    const removed = await place.removed()
    // A changed file may say anything that 1C might have said; one that was refused, or never came, says nothing.
    const isChanged = plan.acts.some((act) => act === 'mutated' || act === 'mutated-zip')
    if (!isChanged) {
      const wrong = [...removed].find((id) => !plan.leftOut.has(id))
      if (wrong !== undefined) throw new Violation('nothing that a run states is removed', wrong)
      // Of portions the last one may be as full as the others: then nobody knows whether more would have come.
      if (!plan.isCut && !plan.acts.includes('missing'))
        sameRemoved('a whole run removes what it leaves out', removed, plan.leftOut)
    }
    const closed = place.rows()
    await place.closeSets()
    const difference = firstDifference(closed, place.rows())
    if (difference !== undefined) throw new Violation('a set is closed once', difference)
    return { refused, removed: removed.size }
  } finally {
    await place.close()
  }
}

interface FuzzPlace {
  /** One after the other; codes of those that were refused. */
  take(files: readonly CorpusFile[]): Promise<string[]>
  closeSets(): Promise<void>
  removed(): Promise<ReadonlySet<string>>
  rows(): Map<string, string>
  close(): Promise<void>
}

async function openPlace(): Promise<FuzzPlace> {
  const root = await mkdtemp(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'obmen-fuzz-sets-'))
  const inbox = join(root, 'inbox')
  await mkdir(inbox)
  const clock = stillClock()
  const { store, contents } = await watchedStore()
  const ingest = await createIngest({ store, clock })
  const intake = intakeOver(root, inbox, ingest, clock)
  const rows = (): Map<string, string> => rowsAsText(contents())
  const { signal } = new AbortController()
  let dropped = 0

  async function takeOne({ name, bytes }: CorpusFile): Promise<string | undefined> {
    await mkdir(dirname(join(inbox, name)), { recursive: true })
    await writeFile(join(inbox, name), bytes)
    dropped++
    const { candidates } = await lookInside(inbox)
    const [candidate] = candidates
    if (candidate === undefined) throw new Violation('a file that is dropped is seen', name)
    const before = statements(contents())
    const fault = await intake.take({ ...candidate, firstSeen: clock.now() }, signal)
    if (fault === undefined) return undefined
    if (fault.kind !== 'input' || fault.code === 'file.kills')
      throw new Violation('only the file is to blame', `${name}: ${fault.code}: ${fault.message}`, fault)
    const difference = firstDifference(before, statements(contents()))
    if (difference !== undefined) throw new Violation('a refused file leaves no trace', difference)
    return fault.code
  }

  return {
    rows,
    async take(files) {
      const refused: string[] = []
      for (const file of files) {
        const code = await takeOne(file)
        if (code !== undefined) refused.push(code)
        clock.set(clock.now() + 1_000)
      }
      await checkPlaces(root, dropped)
      return refused
    },
    async closeSets() {
      clock.set(clock.now() + QUIET)
      await intake.sets.look()
    },
    async removed() {
      const found = new Set<string>()
      for await (const entries of ingest.catalogue.entries()) {
        for (const { id, removed, variants } of entries) {
          if (removed !== undefined) found.add(id)
          for (const [variant, own] of Object.entries(variants)) {
            if (own.removed !== undefined) found.add(itemId(id, variant))
          }
        }
      }
      return found
    },
    async close() {
      await ingest.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}

function intakeOver(root: string, inbox: string, { catalogue, store, stages }: Ingest, clock: StillClock): Intake {
  const folders = Object.fromEntries(['work', 'archive', 'quarantine', 'state'].map((name) => [name, join(root, name)]))
  const told = { raise: () => Promise.resolve(), resolve: () => Promise.resolve() }
  const runtime = { config: { folders }, store, clock, files: createFiles(), log: silentLog, notifier: told }
  const config = {
    name: 'main',
    inboxes: [inbox],
    take: 'move',
    timezone: 'Europe/Moscow',
    removed: 'mark',
    setQuiet: QUIET,
  }
  const exchange = { config, catalogue, orders: new OrderBook(store, 'main'), sets: new Sets(store, 'main') }
  // Whatever is left out is concluded on: the share that a person looks at has tests of its own.
  const pipeline = { name: '1c', stages: [{ type: 'guard', options: { maxRemoved: 1 } }] }
  const events = {
    onStored: () => {},
    onRun: () => Promise.resolve(),
    onUnpacked: () => Promise.resolve(),
    onGone: () => {},
  }
  return new Intake(
    exchange as unknown as ExchangeRuntime,
    { config: pipeline as unknown as PipelineConfig, stages },
    runtime as unknown as Runtime,
    events,
  )
}

/** What files state, without what is kept of the files themselves. */
function statements(contents: Contents): Map<string, string> {
  return rowsAsText(
    new Map([...contents].filter(([name]) => !/^(?:sets|set-files|set-named|set-troubles)\./.test(name))),
  )
}

/** Every file in the archive or in quarantine, none on its way. */
async function checkPlaces(root: string, dropped: number): Promise<void> {
  const count = async (place: string): Promise<number> => {
    const names = await readdir(join(root, place), { recursive: true }).catch(() => [])
    return names.filter((name) => /\.(?:xml|zip)$/.test(name)).length
  }
  const [inbox, work, archive, quarantine] = await Promise.all(['inbox', 'work', 'archive', 'quarantine'].map(count))
  if (inbox !== 0 || work !== 0 || (archive ?? 0) + (quarantine ?? 0) !== dropped) {
    const found = `inbox ${inbox}, work ${work}, archive ${archive}, quarantine ${quarantine} of ${dropped}`
    throw new Violation('a file lies in one place', found)
  }
}

function sameRemoved(law: string, found: ReadonlySet<string>, wanted: ReadonlySet<string>): void {
  const wrong = [...found].find((id) => !wanted.has(id)) ?? [...wanted].find((id) => !found.has(id))
  if (wrong !== undefined) throw new Violation(law, `${wrong}: ${found.has(wrong) ? 'removed' : 'not removed'}`)
}
