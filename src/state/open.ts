import { Keyv, type KeyvStoreAdapter } from 'keyv'

import { ObmenError } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import { createFiles } from './disk.ts'
import type { Answer, EncodedChange, Engine, NamespaceKind } from './engine.ts'
import type { Failpoint } from './failpoint.ts'
import { checkKey, checkNamespace, compareKeys } from './keys.ts'
import { openLmdbEngine } from './lmdb.ts'
import { createMemoryEngine } from './memory.ts'
import { openRedisEngine } from './redis/open.ts'
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

/** Where a store on Redis lies. */
export interface RedisStoreOptions {
  /** `redis://` or `rediss://`; it may hold a password. */
  readonly url: Secret
  /** First part of every key. */
  readonly prefix: string
  /** The state folder, where the journals stay. The writer must hold its lock (`lockFolder`). */
  readonly folder: string
  readonly failpoint?: Failpoint | undefined
  /** As in {@link LmdbStoreOptions}. */
  readonly readOnly?: boolean
  /** Real milliseconds a call may take. */
  readonly timeout?: number | undefined
}

/**
 * Opens the store on Redis. Its owner must call `check` at least every half minute, or another may take it over.
 *
 * @throws ObmenError config `state.redis_unsafe`; fatal `state.locked`, `state.foreign`, `state.missing`,
 * `state.wrong_version`, `state.corrupt`, `state.refused`; transient `state.unreachable`, `state.full`
 */
export async function openRedisStore({ failpoint, readOnly = false, ...options }: RedisStoreOptions): Promise<Store> {
  const engine = await openRedisEngine({ ...options, readOnly, files: createFiles({ failpoint }) })
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
  async function ask<T>(doing: string, question: () => Answer<T>): Promise<T> {
    if (closing !== undefined) throw failed(doing, new Error('the store is closed'))
    try {
      return await question()
    } catch (error) {
      throw failed(doing, error)
    }
  }

  function open(name: string, kind: NamespaceKind): void {
    checkNamespace(name)
    if (closing !== undefined) throw failed(`opening ${name}`, new Error('the store is closed'))
    try {
      engine.open(name, kind)
    } catch (error) {
      throw failed(`opening ${name}`, error)
    }
  }

  async function write(encoded: () => readonly EncodedChange[]): Promise<void> {
    await ask('writing', async () => {
      const changes = encoded()
      if (readOnly) throw new Error('the store was opened for reading')
      failpoint?.hit('commit')
      await views.apply(changes)
      failpoint?.hit('commit')
    })
  }

  return {
    generation: engine.generation,

    namespace<V>(name: string) {
      open(name, 'values')
      return createNamespace<V>(name, { engine, views, ask, write })
    },

    fingerprints(name) {
      open(name, 'fingerprints')
      return {
        getMany: (keys) => ask(`reading ${name}`, () => engine.fingerprints(name, keys)),
      } satisfies Fingerprints
    },

    /** One transaction over all namespaces: when it resolves it is where a crash of the store's process cannot take it. */
    async commit(changes) {
      const full = changes.filter((c) => (c.set?.length ?? 0) + (c.delete?.length ?? 0) > 0)
      if (full.length > 0) await write(() => full.map((change) => encode(change, engine)))
    },

    async mark(name) {
      checkNamespace(name)
      return ask(`looking at the mark of ${name}`, () => engine.mark(name))
    },

    check: () => ask('looking after', async () => engine.check?.()),

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
  readonly ask: <T>(doing: string, question: () => Answer<T>) => Promise<T>
  readonly write: (encoded: () => readonly EncodedChange[]) => Promise<void>
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
          const next = await ask(`reading ${name}`, () => walk.next())
          if (next.done === true) return
          for (const [key, text] of next.value) yield [key, decode(name, key, text) as V] as const
        }
      } finally {
        await walk.return(undefined)
      }
    },
    count: () => ask(`counting ${name}`, () => engine.count(name)),
  }
}

function decode(name: string, key: string, text: string): unknown {
  try {
    return (JSON.parse(text) as Stored).value
  } catch (error) {
    throw failed(`reading ${name}: ${key}`, error)
  }
}

/** The engine as Keyv wants a store. Keyv writes one key at a time; what must be whole goes through `commit`. */
function createAdapter(name: string, { engine, ask, write }: Parts): KeyvStoreAdapter {
  const read = (keys: readonly string[]): Promise<unknown[]> => ask(`reading ${name}`, () => engine.getMany(name, keys))
  const adapter: KeyvStoreAdapter = {
    opts: {},
    namespace: name,
    get: async <T>(key: string) => (await read([key]))[0] as T | undefined,
    getMany: async <T>(keys: string[]) => (await read(keys)) as (T | undefined)[],
    set: async (key: string, text: string) => {
      checkKey(name, key)
      await write(() => [{ namespace: name, kind: 'values', set: [[key, text]], delete: [] }])
    },
    delete: async (key) => {
      const [had] = await read([key])
      await write(() => [{ namespace: name, kind: 'values', set: [], delete: [key] }])
      return had !== undefined
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
