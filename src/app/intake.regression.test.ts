import { access, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createClock } from '../core/clock.ts'
import type { Files } from '../core/files.ts'
import { silentLog } from '../core/log.ts'
import { stage, type Stage } from '../pipeline/stage.ts'
import type { PipelineConfig } from '../config/model.ts'
import { Catalogue } from '../state/catalogue.ts'
import { createFiles } from '../state/disk.ts'
import { createMemoryStore } from '../state/open.ts'
import { OrderBook } from '../state/order-book.ts'
import { Sets } from '../state/sets.ts'
import type { Stored } from '../stages/store/index.ts'
import { Intake, type IntakeEvents } from './intake.ts'
import type { ExchangeRuntime, Runtime } from './runtime.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'obmen-intake-'))
})
afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

const STORED: Stored = {
  file: 'offers.xml',
  stamp: 1,
  records: 1,
  changed: 1,
  ignored: 0,
  items: ['a'],
  dictionaryChanged: false,
  warnings: [],
  note: { name: 'offers.xml', inbox: 'inbox', family: 'D', stamp: 1, asOf: 1, digest: '', parts: [] },
} as unknown as Stored

interface Bench {
  readonly intake: Intake
  readonly told: string[]
  readonly take: () => Promise<unknown>
  readonly names: (folder: string) => Promise<string[]>
}

/** An intake over a real disk, a thousand times faster than the world, with a committing stage of the test. */
async function bench(last: () => Promise<Stored>, events: IntakeEvents, files: Files = createFiles()): Promise<Bench> {
  const inbox = join(root, 'inbox')
  await mkdir(inbox)
  const path = join(inbox, 'offers.xml')
  await writeFile(path, '<КоммерческаяИнформация/>')
  const store = createMemoryStore()
  const told: string[] = []
  const runtime = {
    config: {
      folders: {
        work: join(root, 'work'),
        archive: join(root, 'archive'),
        quarantine: join(root, 'quarantine'),
        state: root,
      },
    },
    store,
    clock: createClock(10_000),
    files,
    log: silentLog,
    notifier: {
      raise: (notice: { cause: string }) => Promise.resolve(void told.push(notice.cause)),
      resolve: () => Promise.resolve(),
    },
  } as unknown as Runtime
  const exchange = {
    config: { name: 'main', inboxes: [inbox], take: 'move', timezone: 'Europe/Moscow' },
    catalogue: new Catalogue(store, 'main'),
    orders: new OrderBook(store, 'main'),
    sets: new Sets(store, 'main'),
  } as unknown as ExchangeRuntime
  const committing: Stage = stage<unknown, Stored>(async function* (input) {
    for await (const _ of input);
    yield [await last()]
  })
  const intake = new Intake(
    exchange,
    { config: { stages: [] } as unknown as PipelineConfig, stages: [committing] },
    runtime,
    events,
  )
  return {
    intake,
    told,
    take: async () => {
      const { size, mtimeMs, ino } = await stat(path)
      const ready = { inbox, path, name: 'offers.xml', size, mtimeMs, ino, firstSeen: 0 }
      return intake.take(ready, new AbortController().signal)
    },
    names: (folder) => readdir(join(root, folder), { recursive: true }).catch(() => []),
  }
}

const isThere = (names: readonly string[]): boolean => names.some((name) => name.endsWith('offers.xml'))

it('a failure behind the archive does not run a file again that is no longer there', async () => {
  const hinted: boolean[] = []
  const { take, names } = await bench(() => Promise.resolve(STORED), {
    onStored: (_, stored) => void hinted.push(stored.dictionaryChanged),
    onRun: () => Promise.reject(new Error('the order file cannot be written')),
    onUnpacked: () => Promise.resolve(),
    onGone: () => {},
  })
  expect(await take()).toBeUndefined()
  expect(isThere(await names('archive'))).toBe(true)
  // Nothing of what the file changed is left unlooked at.
  expect(hinted.at(-1)).toBe(true)
})

it('a file is applied once although the disk had no room to archive it at first', async () => {
  const plain = createFiles()
  let full = 2
  const files: Files = {
    ...plain,
    remove: async (path) => {
      if (path.includes('work') && full-- > 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
      await plain.remove(path)
    },
  }
  let applied = 0
  const { take, names, told } = await bench(
    () => {
      applied++
      return Promise.resolve(STORED)
    },
    { onStored: () => {}, onRun: () => Promise.resolve(), onUnpacked: () => Promise.resolve(), onGone: () => {} },
    files,
  )
  expect(await take()).toBeUndefined()
  expect([applied, isThere(await names('archive')), await names('work'), told]).toEqual([
    1,
    true,
    [],
    ['state.failing', 'state.failing'],
  ])
})

it('a file that meets a mistake of ours every time goes to quarantine, so that the next one is taken', async () => {
  const { take, names, told } = await bench(() => Promise.reject(new TypeError('x is undefined')), {
    onStored: () => {},
    onRun: () => Promise.resolve(),
    onUnpacked: () => Promise.resolve(),
    onGone: () => {},
  })
  expect(await take()).toMatchObject({ code: 'file.kills' })
  expect(isThere(await names('quarantine'))).toBe(true)
  expect(told).toHaveLength(3)
  await expect(access(join(root, 'inbox', 'offers.xml'))).rejects.toThrow('ENOENT')
})
