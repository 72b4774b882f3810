import type { Config } from '../config/model.ts'
import type { Clock } from '../core/clock.ts'
import { ObmenError } from '../core/errors.ts'
import type { Files } from '../core/files.ts'
import { silentLog } from '../core/log.ts'
import type { Tables } from '../tables/index.ts'
import { LastingParts } from './lasting-parts.ts'
import { withStore } from './read-store.ts'
import { buildRuntime, type Runtime } from './runtime.ts'

/** A configuration that is sound, with its tables. */
export interface UsableProject {
  readonly config: Config
  readonly tables: Tables
}

/**
 * Wires a configuration over the present state for one question, beside a running service or without one: the store is
 * open for reading and no file can be changed. Undefined when no service has run on this state folder.
 * @throws ObmenError as {@link buildRuntime}
 */
export function withReadOnlyRuntime<T>(
  { config, tables }: UsableProject,
  clock: Clock,
  ask: (runtime: Runtime) => Promise<T>,
): Promise<T | undefined> {
  return withStore(config, async (store) => {
    // One question from one terminal needs no jitter, and nothing happens that anybody would look at.
    const lasting = new LastingParts()
    const parts = { clock, files: NO_WRITES, log: silentLog, random: () => 0.5, onHint: () => {} }
    try {
      const runtime = await buildRuntime({ config, tables, store, lasting: lasting.claim(), ...parts })
      await runtime.readDecisions()
      return await ask(runtime)
    } finally {
      await lasting.keepOnly()
    }
  })
}

const refuse = (path: string): Promise<never> =>
  Promise.reject(new ObmenError('fatal', 'engine.bug', `writing ${path}: this command only reads`))

const NO_WRITES: Files = {
  writeAtomic: refuse,
  append: refuse,
  move: refuse,
  copy: refuse,
  remove: refuse,
  makeFolder: refuse,
}
