import { Keyv, type KeyvStoreAdapter } from 'keyv'

import { ObmenError } from '../core/errors.ts'
import { createFiles } from './disk.ts'
import type { EncodedChange, Engine, NamespaceKind } from './engine.ts'
import type { Failpoint } from './failpoint.ts'
import { checkKey, checkNamespace, compareKeys } from './keys.ts'
import { openLmdbEngine } from './lmdb.ts'
import { createMemoryEngine } from './memory.ts'
import { createStableViews, type StableViews } from './stable-view.ts'
import type { Change, Fingerprints, Namespace, Store } from './store.ts'

/** Where an embedded store lies. */
export interface LmdbStoreOptions {
  /** The state folder; it is made when missing. The writer must hold its lock (`lockFolder`). */
  readonly folder: string
  readonly failpoint?: Failpoint | undefined
  /** For the CLI beside a running service: reads what the service has committed, writes nothing, makes nothing. */
  readonly readOnly?: boolean
}

/**
 * Opens the embedded store.
 *
 * @throws ObmenError fatal `state.corrupt`, `state.missing`, `state.not_writable`, `state.wrong_generation`,
 * `state.wrong_version`, `state.failed`
 */
export async function openLmdbStore({ folder, failpoint, readOnly = false }: LmdbStoreOptions): Promise<Store> {
  const engine = await openLmdbEngine({ folder, readOnly, files: createFiles({ failpoint }) })
  return createStore(engine, failpoint, readOnly)
}

/** A store that forgets everything with the process. */
export function createMemoryStore(): Store {
  return createStore(createMemoryEngine(), undefined, false)
}

/** What Keyv stores: its own envelope, so that a value written by Keyv and one written by `commit` look the same. */
interface Stored {
  readonly value?: unknown
}

function createStore(engine: Engine, failpoint: Failpoint | undefined, readOnly: boolean): Store {
  const views = createStableViews(engine)
  let closing: Promise<void> | undefined

  /** Every answer of the engine passes here: a failing store must never look like an empty one. */
  function ask<T>(doing: string, question: () => T): T {
    if (closing !== undefined) throw failed(doing, new Error('the store is closed'))
    try {
      return question()
    } catch (error) {
      throw failed(doing, error)
    }
  }

  function write(changes: readonly EncodedChange[]): void {
    ask('writing', () => {
      if (readOnly) throw new Error('the store was opened for reading')
      for (const { namespace, kind, set, delete: gone } of changes) {
        if (kind === 'values') views.beforeChange(namespace, [...gone, ...set.map(([key]) => key)])
      }
      failpoint?.hit('commit')
      engine.apply(changes)
      failpoint?.hit('commit')
    })
  }

  return {
    generation: engine.generation,

    namespace<V>(name: string) {
      checkNamespace(name)
      ask(`opening ${name}`, () => engine.open(name, 'values'))
      return createNamespace<V>(name, { engine, views, ask, write })
    },

    fingerprints(name) {
      checkNamespace(name)
      ask(`opening ${name}`, () => engine.open(name, 'fingerprints'))
      const one = (key: string): bigint | undefined => engine.fingerprint(name, key)
      return { getMany: (keys) => ask(`reading ${name}`, () => keys.map(one)) } satisfies Fingerprints
    },

    /** One LMDB transaction over all namespaces: when it returns its pages and the meta page are on the disk (fdatasync). */
    async commit(changes) {
      const full = changes.filter((c) => (c.set?.length ?? 0) + (c.delete?.length ?? 0) > 0)
      if (full.length > 0) write(full.map((change) => ask('writing', () => encode(change, engine))))
    },

    mark(name) {
      checkNamespace(name)
      return ask(`looking at the mark of ${name}`, () => engine.mark(name))
    },

    close() {
      closing ??= engine.close()
      return closing
    },
  }
}

/** What a namespace needs of its store. */
interface Parts {
  readonly engine: Engine
  readonly views: StableViews
  readonly ask: <T>(doing: string, question: () => T) => T
  readonly write: (changes: readonly EncodedChange[]) => void
}

function createNamespace<V>(name: string, parts: Parts): Namespace<V> {
  const { engine, views, ask } = parts
  const keyv = new Keyv<V>({
    store: createAdapter(name, parts),
    namespace: name,
    useKeyPrefix: false,
    throwOnErrors: true,
    emitErrors: false,
    serialize: JSON.stringify,
    deserialize: JSON.parse,
  })

  async function guarded<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      throw failed(`reading ${name}`, error)
    }
  }

  return {
    name,
    get: (key) => guarded(keyv.get<V>(key)),
    getMany: (keys) => guarded(keyv.getMany<V>([...keys])),
    async *entries({ prefix = '', after } = {}) {
      const walk = views.walk(name, prefix, after)
      try {
        for (;;) {
          const next = ask(`reading ${name}`, () => walk.next())
          if (next.done === true) return
          const [key, text] = next.value
          yield [key, ask(`reading ${name}: ${key}`, () => JSON.parse(text) as Stored).value as V] as const
        }
      } finally {
        walk.return(undefined)
      }
    },
    count: async () => ask(`counting ${name}`, () => engine.count(name)),
  }
}

/** The engine as Keyv wants a store. Keyv writes one key at a time; what must be whole goes through `commit`. */
function createAdapter(name: string, { engine, ask, write }: Parts): KeyvStoreAdapter {
  const read = (key: string): unknown => engine.get(name, key)
  const adapter: KeyvStoreAdapter = {
    opts: {},
    namespace: name,
    get: async <T>(key: string) => ask(`reading ${name}`, () => read(key) as T | undefined),
    getMany: async <T>(keys: string[]) => ask(`reading ${name}`, () => keys.map(read) as (T | undefined)[]),
    set: async (key: string, text: string) => {
      checkKey(name, key)
      write([{ namespace: name, kind: 'values', set: [[key, text]], delete: [] }])
    },
    delete: async (key) => {
      const had = ask(`reading ${name}`, () => read(key)) !== undefined
      write([{ namespace: name, kind: 'values', set: [], delete: [key] }])
      return had
    },
    clear: () => Promise.reject(new Error('a namespace is never cleared as a whole')),
    // Errors are thrown, so there is nothing to listen to.
    on: () => adapter,
  }
  return adapter
}

function encode(change: Change, engine: Engine): EncodedChange {
  const { namespace, set = [], delete: gone = [] } = change
  checkNamespace(namespace)
  for (const key of gone) checkKey(namespace, key)
  const kind: NamespaceKind = engine.kindOf(namespace) ?? (typeof set[0]?.[1] === 'bigint' ? 'fingerprints' : 'values')
  const encoded = set.map(([key, value]): [string, string | bigint] => {
    checkKey(namespace, key)
    return [key, kind === 'values' ? encodeValue(namespace, key, value) : encodeFingerprint(namespace, key, value)]
  })
  // LMDB writes fastest in key order; the sort is stable, so the later of two values of one key wins.
  return { namespace, kind, set: encoded.sort(([a], [b]) => compareKeys(a, b)), delete: gone }
}

function encodeValue(namespace: string, key: string, value: unknown): string {
  if (value === undefined || typeof value === 'bigint') {
    throw failed(`writing ${namespace}: ${key}`, new Error(`${typeof value} is no JSON value`))
  }
  return JSON.stringify({ value } satisfies Stored)
}

function encodeFingerprint(namespace: string, key: string, value: unknown): bigint {
  if (typeof value === 'bigint') return BigInt.asUintN(64, value)
  throw failed(`writing ${namespace}: ${key}`, new Error(`${typeof value} is no fingerprint`))
}

function failed(doing: string, cause: unknown): ObmenError {
  if (cause instanceof ObmenError) return cause
  const fault = cause instanceof Error ? cause.message : String(cause)
  return new ObmenError('fatal', 'state.failed', `${doing} in the store: ${fault}`, {
    cause,
    remedy: 'Look whether the disk of the state folder has space and is sound, then start Obmen again.',
  })
}
