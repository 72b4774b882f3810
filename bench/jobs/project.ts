import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LastingParts } from '../../src/app/lasting-parts.ts'
import { openStore } from '../../src/app/open-store.ts'
import { loadProject, usable } from '../../src/app/project.ts'
import { buildRuntime, type Runtime } from '../../src/app/runtime.ts'
import { createClock, type Clock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import type { IncomingFile } from '../../src/pipeline/flows.ts'
import { runChain, type RunContext } from '../../src/pipeline/stage.ts'
import type { Stored } from '../../src/stages/store/index.ts'
import { createFiles } from '../../src/state/disk.ts'

/** A day on which the stamps of the generated sets are fresh. */
const NOW = Date.parse('2026-01-31T13:00:00+03:00')

/** Which file is run through the ingest pipeline. */
export interface JobFile {
  readonly path: string
  readonly name: string
}

/** Makes the folder of an admin with the configuration as it is shipped; the store on `OBMEN_BENCH_REDIS` where that is set. */
export async function createProject(root: string, repository: string): Promise<void> {
  await mkdir(root, { recursive: true })
  for (const folder of ['config', 'pipelines'])
    await cp(join(repository, folder), join(root, folder), { recursive: true })
  await writeFile(join(root, '.env'), 'OZON_CLIENT_ID=1001\nOZON_API_KEY=none\nSMTP_URL=smtp://127.0.0.1:9\n')
  const url = process.env['OBMEN_BENCH_REDIS']
  if (url === undefined) return
  const file = join(root, 'config', 'obmen.yaml')
  const prefix = root.replaceAll(/[^A-Za-z0-9]+/g, '-')
  await writeFile(file, `redis: { url: "${url}", prefix: ${prefix} }\n${await readFile(file, 'utf8')}`)
}

/** A runtime, and the end of it. */
export interface OpenRuntime extends Runtime {
  close(): Promise<void>
}

/** Opens what the service would open: configuration, store, pipelines. Nothing moves by itself. */
export async function openRuntime(root: string): Promise<OpenRuntime> {
  const { tables, ...project } = await loadProject(root, {})
  const config = usable({ tables, ...project })
  const clock = clockOfThatDay()
  const store = await openStore(config, undefined)
  const files = createFiles({ clock })
  await mkdir(config.folders.work, { recursive: true })
  const lasting = new LastingParts()
  const quiet = { log: silentLog, random: () => 0.5, onHint: () => {} }
  const runtime = await buildRuntime({ config, tables, store, clock, files, lasting: lasting.claim(), ...quiet })
  const close = async (): Promise<void> => {
    await lasting.keepOnly()
    await store.close()
  }
  return { ...runtime, close }
}

/** One file through parse, diff, guard and store, as the intake runs it; undefined when it held no records. */
export async function ingest(runtime: Runtime, { path, name }: JobFile): Promise<Stored | undefined> {
  const [pipeline] = runtime.filePipelines
  if (pipeline === undefined) throw new Error('the shipped configuration has no pipeline for files')
  const { clock, log, config } = runtime
  const { signal } = new AbortController()
  const ctx: RunContext = { runId: 'bench', purpose: 'ingest', complete: false, clock, signal, log, reject: () => {} }
  const incoming: IncomingFile = { path, name, workFolder: config.folders.work, inbox: 'bench', seenAt: clock.now() }
  const [stored] = await runChain<Stored>(single(incoming), [...pipeline.stages], ctx)
  return stored
}

/** Real time, put back: on a later day the generated stocks would be stale. */
function clockOfThatDay(): Clock {
  const real = createClock()
  const offset = real.now() - NOW
  return {
    now: () => real.now() - offset,
    fromReal: (ms) => ms - offset,
    sleep: (ms, signal) => real.sleep(ms, signal),
  }
}

async function* single(file: IncomingFile): AsyncIterable<readonly IncomingFile[]> {
  yield await Promise.resolve([file])
}
