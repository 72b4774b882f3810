import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { budgetsOf } from './budgets.ts'
import { compile } from './build.ts'
import { writeDocument } from './document.ts'
import { dataFolder, type Workshop } from './folders.ts'
import { startRedis } from '../test/private-redis.ts'
import { thisMachine } from './machine.ts'
import { measureIngest, profileFirstLoad } from './measure-ingest.ts'
import { measureLooks } from './measure-looks.ts'
import { measurePeers, measureWorkbooks } from './measure-peers.ts'
import { installPeers } from './peers.ts'
import { readProfile } from './profile.ts'
import type { Figure, Results } from './results.ts'
import { budgetTable, circumstances, figureTable, plain, profileTable } from './tables.ts'
import { megabytesOf, sizeOf, workloadOf, type Workload, type WorkloadSize } from './workload.ts'

const HELP = `Measures Obmen beside its peers on generated exports of УТ and prints a table with ratios.

  --size MB      a set of about so many megabytes (default 500: 100,000 goods and offers × 3 prices × 3 warehouses).
                 Above 600 only the ingest pipeline is measured: that is the check of memory
  --json FILE    the same as data
  --doc          everything, the memory check at 2000 MB and the profile included, into docs/benchmarks.md
  --profile      shows where the time of the first load goes
  --redis        with the store on a private Redis instead of LMDB
  --no-peers     without the packages it is compared with
  --quick        a small set without peers: shows in seconds that everything runs; the figures mean nothing
`

/** Beyond this a whole file is no text of V8 any more, and the streaming peers take half an hour. */
const LARGEST_FOR_PEERS = 600
const LARGE = 2_000

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      size: { type: 'string', default: '500' },
      json: { type: 'string' },
      doc: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
      peers: { type: 'boolean', default: true },
      redis: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
    allowNegative: true,
  })
  if (values.help) return void process.stdout.write(HELP)
  const megabytes = Number(values.size)
  if (!(megabytes > 0)) throw new Error(`--size must be a number of megabytes, got "${values.size}"`)
  const { quick } = values
  const isWhole = megabytes <= LARGEST_FOR_PEERS
  const withPeers = values.peers && !quick && isWhole
  const build = join(dataFolder(quick), 'build')

  say('compiling')
  await compile(build)
  if (withPeers) await installPeers()
  const size = sizeOf(megabytes, quick, isWhole)
  const redis = values.redis ? await startRedis() : undefined
  // The jobs are processes of their own.
  if (redis !== undefined) process.env['OBMEN_BENCH_REDIS'] = redis.url.reveal()
  const run = await measure(size, { quick, build, withPeers, isWhole, withProfile: values.profile || values.doc })
  const options = { quick, build, withPeers: false, isWhole: false, withProfile: false }
  const large = values.doc ? await measure(sizeOf(LARGE, quick, false), options) : undefined
  await redis?.close()
  const results: Results = { ...run, ...(large === undefined ? {} : { large }) }

  print(results)
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`)
  if (values.doc) await writeDocument(results)
}

interface MeasureOptions {
  readonly quick: boolean
  /** Compiled code. */
  readonly build: string
  readonly withPeers: boolean
  /** Looks, requests and workbooks, too. */
  readonly isWhole: boolean
  readonly withProfile: boolean
}

async function measure(size: WorkloadSize, options: MeasureOptions): Promise<Results> {
  const data = dataFolder(options.quick)
  say('generating the sets, unless they are there')
  const load = await workloadOf(size, data)
  const folder = join(data, `run-${process.pid}`)
  await mkdir(folder)
  try {
    return await measureAll(load, { build: options.build, folder, say }, options)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureAll(load: Workload, shop: Workshop, options: MeasureOptions): Promise<Results> {
  const figures: Figure[] = await measureIngest(load, shop)
  if (options.isWhole) {
    figures.push(...(await measureLooks(load, shop)))
    figures.push(...(await measureWorkbooks(load.goods, shop)))
  }
  figures.push(...(await measurePeers(load, options.withPeers, shop)))
  if (options.withProfile) say('first load under the profiler')
  const profile = options.withProfile ? await readProfile(await profileFirstLoad(load, shop), shop.build) : undefined
  return {
    at: new Date().toISOString(),
    machine: thisMachine(),
    goods: load.goods,
    changed: load.changed,
    megabytes: megabytesOf(load.first),
    figures,
    budgets: budgetsOf(figures),
    ...(profile === undefined ? {} : { profile }),
  }
}

/** Progress goes where results do not. */
function say(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`)
}

function print(results: Results): void {
  const { large, profile } = results
  const parts = [circumstances(results), plain(figureTable(results.figures)), plain(budgetTable(results.budgets))]
  if (large !== undefined) {
    parts.push(`${large.goods} goods and offers, ${Math.round(large.megabytes)} MB`, plain(figureTable(large.figures)))
    parts.push(plain(budgetTable(large.budgets)))
  }
  if (profile !== undefined) parts.push(plain(profileTable(profile)))
  process.stdout.write(`${parts.join('\n\n')}\n`)
}

await main()
