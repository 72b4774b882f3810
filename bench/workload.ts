import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportOf } from '../fixtures/families.ts'
import { chooseChanges, everything, largeBase, type Changes } from '../fixtures/generated-base.ts'
import { writeFiles } from '../fixtures/write-files.ts'
import { REPOSITORY } from './folders.ts'

/** Goods per megabyte of a set: every good has one offer with three prices and three warehouses. */
const GOODS_A_MEGABYTE = 200

/** How large the measured sets are. */
export interface WorkloadSize {
  readonly goods: number
  /** Offers of the second run with another price or stock; 0: there is no second run. */
  readonly changed: number
}

/** One file of a set. */
export interface SetFile {
  readonly path: string
  /** As the service would know it. */
  readonly name: string
  readonly bytes: number
}

/** The sets that are measured: runs of one base, each a goods file and an offers file. */
export interface Workload extends WorkloadSize {
  readonly first: readonly SetFile[]
  /** One percent of the offers has another price or stock; no files where `changed` is 0. */
  readonly changedSet: readonly SetFile[]
}

/** How many goods make a set of about so many megabytes; `quick` is enough to see that everything runs. */
export function sizeOf(megabytes: number, quick: boolean, withChanges: boolean): WorkloadSize {
  const goods = quick ? 400 : Math.round(megabytes * GOODS_A_MEGABYTE)
  return { goods, changed: withChanges ? Math.ceil(goods / 100) : 0 }
}

/**
 * The generated sets of this size, made once: they are kept in `data` until the generator changes.
 */
export async function workloadOf(size: WorkloadSize, data: string): Promise<Workload> {
  const key = `set-${size.goods}-${size.changed}-`
  const folder = join(data, `${key}${await generatorVersion()}`)
  const done = join(folder, 'complete')
  if (!existsSync(done)) {
    await mkdir(data, { recursive: true })
    for (const old of await readdir(data)) {
      if (old.startsWith(key)) await rm(join(data, old), { recursive: true })
    }
    await generate(size, folder)
    await writeFile(done, '')
  }
  return {
    ...size,
    first: await filesOf(folder, 'first'),
    changedSet: size.changed === 0 ? [] : await filesOf(folder, 'changed'),
  }
}

/** Gives the files of a set another stamp, as the next run of the node would: the same bytes everywhere else. */
export async function restamp(files: readonly SetFile[], stamp: string): Promise<void> {
  for (const { path } of files) {
    const file = await open(path, 'r+')
    try {
      const head = Buffer.alloc(1_024)
      await file.read(head, 0, head.length, 0)
      const at = head.indexOf('ДатаФормирования="') + Buffer.byteLength('ДатаФормирования="')
      await file.write(Buffer.from(stamp), 0, stamp.length, at)
    } finally {
      await file.close()
    }
  }
}

/** Bytes of a set, in megabytes of a million. */
export function megabytesOf(files: readonly SetFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6
}

async function generate({ goods, changed }: WorkloadSize, folder: string): Promise<void> {
  const base = largeBase({
    offers: goods,
    products: goods,
    prices: 3,
    warehouses: 3,
    properties: 5,
    sentences: 6,
    seed: 1,
  })
  const write = (name: string, stamp: string, changes: Changes): Promise<void> =>
    writeFiles(join(folder, name), exportOf('A', base.frame, everything(base, changes, 2), { stamp, scope: 'full' }))
  await write('first', '2026-01-31T10:00:00', new Map())
  if (changed === 0) return
  await write('changed', '2026-01-31T12:00:00', chooseChanges(base.offersOf, changed, 2))
}

async function filesOf(folder: string, set: string): Promise<SetFile[]> {
  const names = (await readdir(join(folder, set, 'webdata'))).sort()
  return Promise.all(
    names.map(async (file) => {
      const path = join(folder, set, 'webdata', file)
      return { path, name: `webdata/${file}`, bytes: (await stat(path)).size }
    }),
  )
}

/** Changes with any source of the generator. */
async function generatorVersion(): Promise<string> {
  const hash = createHash('sha256')
  const fixtures = join(REPOSITORY, 'fixtures')
  const names = (await readdir(fixtures)).filter((name) => name.endsWith('.ts')).sort()
  for (const name of [...names.map((each) => join(fixtures, each)), import.meta.filename])
    hash.update(await readFile(name))
  return hash.digest('hex').slice(0, 8)
}
