import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PipelineConfig } from '../../src/config/model.ts'
import type { Clock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import type { IncomingFile } from '../../src/pipeline/flows.ts'
import type { Services } from '../../src/pipeline/services.ts'
import { runChain, type RunContext, type Stage } from '../../src/pipeline/stage.ts'
import { diff } from '../../src/stages/diff/index.ts'
import { parse } from '../../src/stages/parse/index.ts'
import { store as storeStage, type Stored } from '../../src/stages/store/index.ts'
import { Catalogue } from '../../src/state/catalogue.ts'
import { createMemoryStore } from '../../src/state/open.ts'
import type { Store } from '../../src/state/store.ts'

/** The ingest pipeline `parse → diff → store` over a memory store, fed with texts. */
export interface Ingest {
  readonly catalogue: Catalogue
  readonly store: Store
  readonly stages: readonly Stage[]
  /** Runs one file through the pipeline; undefined when it held no records. */
  drop(name: string, text: string, seenAt?: number): Promise<Stored | undefined>
  /** The same for a file that lies there already. */
  dropFile(name: string, path: string, seenAt?: number): Promise<Stored | undefined>
  close(): Promise<void>
}

/** A catalogue that may not recall a fingerprint, as after a change of the decoder: the record is decoded. */
class ForgetfulCatalogue extends Catalogue {
  readonly #recalls: () => boolean

  constructor(store: Store, exchange: string, recalls: () => boolean) {
    super(store, exchange)
    this.#recalls = recalls
  }

  override async remembered(keys: readonly string[]): Promise<(bigint | undefined)[]> {
    return (await super.remembered(keys)).map((fingerprint) => (this.#recalls() ? fingerprint : undefined))
  }
}

const pipeline: PipelineConfig = {
  name: '1c',
  place: { file: 'pipelines/1c.yaml' },
  from: { kind: 'exchange', exchange: 'main' },
  to: { catalogue: 'main', absent: 'ignore' },
  stages: [],
}

/** A clock that stands still until it is set. */
export interface StillClock extends Clock {
  set(now: number): void
}

export function stillClock(now = Date.parse('2026-11-22T12:00:00Z')): StillClock {
  let time = now
  return {
    now: () => time,
    fromReal: (ms) => ms,
    sleep: () => Promise.resolve(),
    set: (next) => {
      time = next
    },
  }
}

/**
 * `skip: false` switches the fingerprints off, a function says for each whether it is recalled; `options` are those of `parse`, as
 * its schema gives them.
 */
export async function createIngest({
  skip = true,
  store = createMemoryStore(),
  clock = stillClock(),
  options = { format: 'commerceml' },
}: { skip?: boolean | (() => boolean); store?: Store; clock?: Clock; options?: unknown } = {}): Promise<Ingest> {
  const folder = await mkdtemp(join(tmpdir(), 'obmen-ingest-'))
  const recalls = typeof skip === 'function' ? skip : () => skip
  const catalogue = skip === true ? new Catalogue(store, 'main') : new ForgetfulCatalogue(store, 'main', recalls)
  const services = {
    clock,
    log: silentLog,
    exchange: () => ({ catalogue, config: { timezone: 'Europe/Moscow' } }),
  } as unknown as Services
  const use = { type: '', options, place: pipeline.place, optionPlaces: new Map() }
  const stages = [parse, diff, storeStage].map((definition) => definition.create(use, pipeline, services))
  const ctx: RunContext = {
    runId: 'run',
    purpose: 'ingest',
    complete: false,
    clock,
    signal: new AbortController().signal,
    log: silentLog,
    reject: () => {},
  }
  const dropFile: Ingest['dropFile'] = async (name, path, seenAt = clock.now()) => {
    const incoming: IncomingFile = { path, workFolder: folder, name, inbox: folder, seenAt }
    const [stored] = await runChain<Stored>(single(incoming), stages, ctx)
    return stored
  }
  return {
    catalogue,
    store,
    stages,
    dropFile,
    async drop(name, text, seenAt) {
      const path = join(folder, 'file.xml')
      await writeFile(path, text)
      return dropFile(name, path, seenAt)
    },
    async close() {
      await store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function* single(file: IncomingFile): AsyncIterable<readonly IncomingFile[]> {
  yield await Promise.resolve([file])
}

/** Values of the catalogue without stamps and places, keys in order: what must not depend on the skip. */
export async function valuesOf(catalogue: Catalogue): Promise<Record<string, unknown>> {
  const out: Record<string, unknown> = {}
  for await (const batch of catalogue.entries()) {
    for (const { id, facts, variants } of batch) {
      out[id] = facts?.value
      for (const [variant, entry] of Object.entries(variants)) {
        out[`${id}#${variant} facts`] = entry.facts?.value
        out[`${id}#${variant} prices`] = entry.prices?.value
        out[`${id}#${variant} stocks`] = entry.stocks?.value
      }
    }
  }
  return withoutUndefined(out)
}

/** The dictionary's rows by key, without stamps. */
export async function rowsOf(ingest: Ingest): Promise<Record<string, unknown>> {
  const out: Record<string, unknown> = {}
  for await (const [key, entry] of ingest.store.namespace<{ row: unknown }>('dictionary.main').entries()) {
    out[key] = entry.row
  }
  return out
}

export function withoutUndefined(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(object)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}
