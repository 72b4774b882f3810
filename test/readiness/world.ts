import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Intake } from '../../src/app/intake.ts'
import type { ExchangeRuntime, Runtime } from '../../src/app/runtime.ts'
import type { PipelineConfig } from '../../src/config/model.ts'
import type { Clock } from '../../src/core/clock.ts'
import type { Files } from '../../src/core/files.ts'
import { silentLog } from '../../src/core/log.ts'
import { openExchangeFile } from '../../src/formats/commerceml/index.ts'
import type { IncomingFile } from '../../src/pipeline/flows.ts'
import { stage, type Stage } from '../../src/pipeline/stage.ts'
import { lookInside, type OddEntry } from '../../src/sources/files/candidates.ts'
import { isDoneBy } from '../../src/sources/files/claim.ts'
import { createSettler, type Settler } from '../../src/sources/files/settle.ts'
import { Catalogue } from '../../src/state/catalogue.ts'
import { createFiles } from '../../src/state/disk.ts'
import { createMemoryStore } from '../../src/state/open.ts'
import { OrderBook } from '../../src/state/order-book.ts'
import { Sets } from '../../src/state/sets.ts'
import type { Store } from '../../src/state/store.ts'

/** How long files must stand still and how long an unfinished one is waited for, of every world. Clock milliseconds. */
export const SETTLE = 2_000
export const INCOMPLETE = 60_000
/** A file system in memory, where there is one: hundreds of worlds need not wait for a disk. */
const MEMORY = '/dev/shm'
/** How often the inbox is looked at when nothing is waited for. */
const POLL = 5_000

/** Moments inside the taking of a file at which a test may lay hands on it. */
export interface Hands {
  /** The file settled and is about to be claimed. */
  beforeClaim?: (path: string) => void
  /** It was claimed and is about to be read; with the path it has now. */
  beforePass1?: (path: string) => void
  /** Its first records were read. */
  duringPass1?: (path: string) => void
  /** It was read to its end and found sound, nothing was applied. */
  beforeEffect?: (path: string) => void
}

/** An inbox, the reading side of the product over it, and a clock that moves only when told to. */
export interface World {
  readonly root: string
  readonly inbox: string
  /** Whole contents that had an effect, in order. */
  readonly effects: Buffer[]
  readonly hands: Hands
  /** Lets the clock run on, looking into the inbox as the watcher does, and takes what is ready. */
  pass(ms: number): Promise<void>
  /** Names and codes of what lies in quarantine. */
  quarantined(): string[]
  /** Names of exchange files per folder of the product. */
  places(): Record<'inbox' | 'work' | 'archive' | 'quarantine', string[]>
  /** Causes of what people were told. */
  told(): readonly string[]
  /** What the inbox shows and nobody can take. */
  odd(): readonly OddEntry[]
  /** A new process over the same folders and store: what was seen is forgotten, what was left is run again. */
  restart(): Promise<void>
  remove(): void
}

/** What a world may have otherwise. */
export interface WorldOptions {
  readonly take?: 'move' | 'copy'
  readonly marker?: string
  readonly files?: Files
  readonly orders?: string
}

/** Opens a world with an empty inbox. */
export function openWorld({ take = 'move', marker, files = createFiles(), orders }: WorldOptions = {}): World {
  const root = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'obmen-ready-'))
  const inbox = join(root, 'inbox')
  mkdirSync(inbox)
  // Later than every file: a clock of 1970 would make all files young.
  let now = Date.now()
  const clock: Clock = {
    now: () => now,
    fromReal: (ms) => ms,
    sleep: (ms) => {
      now += ms
      return Promise.resolve()
    },
  }
  const store = createMemoryStore()
  const hands: Hands = {}
  const effects: Buffer[] = []
  const told: string[] = []
  const { signal } = new AbortController()
  let { intake, settler } = start()
  let odd: readonly OddEntry[] = []

  function start(): { intake: Intake; settler: Settler } {
    const made = intakeOver({ root, inbox, clock, store, files, hands, effects, told, take, marker })
    return {
      intake: made,
      settler: createSettler({ settle: SETTLE, incomplete: INCOMPLETE }, clock, isDoneBy(take, made.scanned.taken)),
    }
  }

  async function look(): Promise<void> {
    const view = await lookInside(inbox, { orders, marker })
    await intake.sets.looked(inbox, view)
    const ready = await settler.observe(inbox, view.candidates)
    odd = [...view.odd, ...settler.stuck(inbox)]
    for (const file of ready) {
      hands.beforeClaim?.(file.path)
      await intake.take(file, signal)
    }
  }

  return {
    root,
    inbox,
    effects,
    hands,
    async pass(ms) {
      const until = now + ms
      await look()
      while (now < until) {
        now = Math.min(until, Math.max(now + 20, Math.min(now + POLL, settler.nextLook() ?? until)))
        await look()
      }
    },
    told: () => told,
    odd: () => odd,
    quarantined() {
      const folder = join(root, 'quarantine')
      return namesBelow(folder)
        .filter((name) => name.endsWith('reason.json'))
        .map((name) => {
          const { reason, origin } = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
            reason: { code: string }
            origin: { name: string }
          }
          return `${origin.name} ${reason.code}`
        })
        .sort()
    },
    places() {
      const of = (folder: string): string[] =>
        namesBelow(join(root, folder))
          .filter((name) => /\.(?:xml|zip)$/i.test(name))
          .map((name) => name.slice(name.lastIndexOf('/') + 1))
          .sort()
      return { inbox: of('inbox'), work: of('work'), archive: of('archive'), quarantine: of('quarantine') }
    },
    async restart() {
      ;({ intake, settler } = start())
      const { orphans } = await import('../../src/sources/files/claim.ts')
      await intake.recover(await orphans(join(root, 'work'), files), signal)
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  }
}

interface Parts {
  readonly root: string
  readonly inbox: string
  readonly clock: Clock
  readonly store: Store
  readonly files: Files
  readonly hands: Hands
  readonly effects: Buffer[]
  readonly told: string[]
  readonly take: 'move' | 'copy'
  readonly marker: string | undefined
}

/** The intake of the product with its own reader; only the last stage writes down contents instead of a catalogue. */
function intakeOver({ root, inbox, clock, store, files, hands, effects, told, take, marker }: Parts): Intake {
  const folders = Object.fromEntries(['work', 'archive', 'quarantine'].map((name) => [name, join(root, name)]))
  const runtime = {
    config: { folders: { ...folders, state: join(root, 'state') } },
    store,
    clock,
    files,
    log: silentLog,
    notifier: {
      raise: ({ cause }: { cause: string }) => Promise.resolve(void told.push(cause)),
      resolve: () => Promise.resolve(),
    },
  } as unknown as Runtime
  const exchange = {
    config: { name: 'main', inboxes: [inbox], take, marker, timezone: 'Europe/Moscow' },
    catalogue: new Catalogue(store, 'main'),
    orders: new OrderBook(store, 'main'),
    sets: new Sets(store, 'main'),
  } as unknown as ExchangeRuntime
  const read: Stage = stage<IncomingFile, IncomingFile>(async function* (input, ctx) {
    for await (const [incoming] of input) {
      if (incoming === undefined) continue
      hands.beforePass1?.(incoming.path)
      const { name, workFolder, path } = incoming
      const file = await openExchangeFile(path, { name, workFolder, timezone: 'Europe/Moscow' }, ctx.signal)
      let touched = false
      for await (const records of file.records(ctx.signal)) {
        for (const record of records) record.check()
        if (!touched) hands.duringPass1?.(path)
        touched = true
      }
      await file.close()
      yield [incoming]
      hands.beforeEffect?.(path)
    }
  })
  const commit: Stage = stage<IncomingFile, never>(async function* (input, ctx) {
    const all: IncomingFile[] = []
    for await (const batch of input) all.push(...batch)
    if (ctx.purpose === 'check') return
    for (const { path } of all) effects.push(readFileSync(path))
    yield* []
  })
  const events = {
    onStored: () => {},
    onRun: () => Promise.resolve(),
    onUnpacked: () => Promise.resolve(),
    onGone: () => {},
  }
  return new Intake(
    exchange,
    { config: { stages: [] } as unknown as PipelineConfig, stages: [read, commit] },
    runtime,
    events,
  )
}

function namesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true })
      .map(String)
      .filter((name) => statSync(join(folder, name)).isFile())
  } catch {
    return []
  }
}
