import type { Engine, Snapshot } from './engine.ts'
import { compareKeys } from './keys.ts'

/** Entries read at once: a page is read without a pause, so it should stay well below a millisecond per hundred. */
const PAGE = 1000

/** Walks over a namespace that see it as it was when they began. */
export interface StableViews {
  /** Encoded entries in key order. Nothing is held open between two pages, so a slow reader does not make the file grow. */
  walk(name: string, prefix: string, after: string | undefined): Generator<readonly [key: string, text: string]>
  /** To be told of every key that is about to change, before it changes. */
  beforeChange(name: string, keys: Iterable<string>): void
}

interface Walk {
  readonly name: string
  readonly prefix: string
  /** Everything up to here is already in the reader's hands. */
  passed: string | undefined
  /** What changed behind the reader's back, as it was when the walk began; undefined = was not there. */
  readonly before: Map<string, string | undefined>
}

/**
 * Keeps walks stable without a long read transaction, which would stop LMDB from reusing pages: when a commit is about
 * to change a key that an open walk has not reached, the walk keeps the old value. All commits come through this process;
 * a reader beside a foreign writer holds a snapshot instead.
 */
export function createStableViews(engine: Engine): StableViews {
  const open = new Set<Walk>()

  function nextPage(
    walk: Walk,
    snapshot: Snapshot | undefined,
  ): { rows: (readonly [string, string])[]; last: boolean } {
    const { name, prefix, passed: after, before } = walk
    const live = engine.page(name, { prefix, after, limit: PAGE, snapshot })
    const last = live.length < PAGE
    const end = last ? undefined : (live.at(-1) as readonly [string, string])[0]
    if (end !== undefined) walk.passed = end
    if (before.size === 0) return { rows: live, last }
    const rows = live.filter(([key]) => !before.has(key))
    for (const [key, text] of before) {
      if (end !== undefined && compareKeys(key, end) > 0) continue
      if (text !== undefined) rows.push([key, text])
      before.delete(key)
    }
    return { rows: rows.sort(([a], [b]) => compareKeys(a, b)), last }
  }

  return {
    *walk(name, prefix, after) {
      const walk: Walk = { name, prefix, passed: after, before: new Map() }
      const snapshot = engine.snapshot()
      open.add(walk)
      try {
        for (;;) {
          const { rows, last } = nextPage(walk, snapshot)
          if (last) open.delete(walk)
          yield* rows
          if (last) return
        }
      } finally {
        open.delete(walk)
        snapshot?.done()
      }
    },

    beforeChange(name, keys) {
      const walks = [...open].filter((walk) => walk.name === name)
      if (walks.length === 0) return
      for (const key of keys) {
        for (const { prefix, passed, before } of walks) {
          if (!key.startsWith(prefix) || before.has(key)) continue
          if (passed !== undefined && compareKeys(key, passed) <= 0) continue
          before.set(key, engine.get(name, key))
        }
      }
    },
  }
}
