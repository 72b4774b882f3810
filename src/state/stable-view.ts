import type { EncodedChange, Engine, Snapshot } from './engine.ts'
import { compareKeys } from './keys.ts'

/** Entries read at once: a page is read without a pause, so it should stay well below a millisecond per hundred. */
const PAGE = 1000

/** Walks over a namespace that see it as it was when they began. */
export interface StableViews {
  /** Encoded entries in key order, page by page. Nothing is held open between two pages, so a slow reader does not make the file grow. */
  walk(name: string, prefix: string, after: string | undefined): AsyncGenerator<readonly Row[], void>
  /** Applies changes; walks that have not reached a changed key keep its old value. */
  apply(changes: readonly EncodedChange[]): Promise<void>
}

type Row = readonly [key: string, text: string]

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
 * to change a key that an open walk has not reached, the walk keeps the old value. All commits come through this
 * process, and no commit comes between a page and what the walk notes of it; a reader beside a foreign writer holds a
 * snapshot instead, where the engine has one.
 */
export function createStableViews(engine: Engine): StableViews {
  const open = new Set<Walk>()
  let turn: Promise<unknown> = Promise.resolve()

  /** One after the other, in the order of asking. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = turn.then(work)
    turn = result.catch(() => {})
    return result
  }

  async function nextPage(walk: Walk, snapshot: Snapshot | undefined): Promise<{ rows: Row[]; last: boolean }> {
    const { name, prefix, passed: after, before } = walk
    const live = await engine.page(name, { prefix, after, limit: PAGE, snapshot })
    const last = live.length < PAGE
    const end = last ? undefined : (live.at(-1) as Row)[0]
    if (end !== undefined) walk.passed = end
    if (last) open.delete(walk)
    if (before.size === 0) return { rows: live, last }
    const rows = live.filter(([key]) => !before.has(key))
    for (const [key, text] of before) {
      if (end !== undefined && compareKeys(key, end) > 0) continue
      if (text !== undefined) rows.push([key, text])
      before.delete(key)
    }
    return { rows: rows.sort(([a], [b]) => compareKeys(a, b)), last }
  }

  async function keepOld(name: string, keys: readonly string[]): Promise<void> {
    const ahead = (key: string, { prefix, passed, before }: Walk): boolean =>
      key.startsWith(prefix) && !before.has(key) && (passed === undefined || compareKeys(key, passed) > 0)
    const walks = [...open].filter((walk) => walk.name === name)
    const wanted = keys.filter((key) => walks.some((walk) => ahead(key, walk)))
    if (wanted.length === 0) return
    const old = await engine.getMany(name, wanted)
    wanted.forEach((key, i) => {
      for (const walk of walks) if (ahead(key, walk)) walk.before.set(key, old[i])
    })
  }

  return {
    async *walk(name, prefix, after) {
      const walk: Walk = { name, prefix, passed: after, before: new Map() }
      const snapshot = engine.snapshot()
      open.add(walk)
      try {
        for (;;) {
          const { rows, last } = await inTurn(() => nextPage(walk, snapshot))
          yield rows
          if (last) return
        }
      } finally {
        open.delete(walk)
        snapshot?.done()
      }
    },

    apply: (changes) =>
      inTurn(async () => {
        for (const { namespace, kind, set, delete: gone } of changes) {
          if (kind === 'values') await keepOld(namespace, [...gone, ...set.map(([key]) => key)])
        }
        await engine.apply(changes)
      }),
  }
}
