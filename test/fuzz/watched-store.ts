import { createMemoryStore } from '../../src/state/open.ts'
import type { Change, Store } from '../../src/state/store.ts'

/** What a store holds: every value as text by `namespace`, then key. */
export type Contents = ReadonlyMap<string, ReadonlyMap<string, unknown>>

/** A memory store that can be asked for everything it holds. */
export interface WatchedStore {
  readonly store: Store
  readonly contents: () => Contents
}

/** A memory store that holds `from`, and knows what is committed to it from then on. */
export async function watchedStore(from: Contents = new Map()): Promise<WatchedStore> {
  const plain = createMemoryStore()
  const held = new Map<string, Map<string, unknown>>()
  const note = (changes: readonly Change[]): void => {
    for (const { namespace, set = [], delete: gone = [] } of changes) {
      const rows = held.get(namespace) ?? new Map<string, unknown>()
      held.set(namespace, rows)
      for (const key of gone) rows.delete(key)
      for (const [key, value] of set) rows.set(key, value)
    }
  }
  const store: Store = {
    ...plain,
    async commit(changes) {
      await plain.commit(changes)
      note(changes)
    },
  }
  await store.commit([...from].map(([namespace, rows]) => ({ namespace, set: [...rows] })))
  return { store, contents: () => new Map([...held].map(([name, rows]) => [name, new Map(rows)])) }
}

/** The rows as texts, in key order, so that two stores can be compared. */
export function rowsAsText(contents: Contents): Map<string, string> {
  const rows = [...contents].flatMap(([namespace, values]) =>
    [...values].map(([key, value]): [string, string] => [
      `${namespace} ${key}`,
      typeof value === 'bigint' ? String(value) : JSON.stringify(value),
    ]),
  )
  return new Map(rows.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The first row that differs, in words; undefined when none does. */
export function firstDifference(before: Map<string, string>, after: Map<string, string>): string | undefined {
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [was, is] = [before.get(key), after.get(key)]
    if (was !== is) return `${JSON.stringify(key)}: ${shortened(was)} became ${shortened(is)}`
  }
  return undefined
}

function shortened(row: string | undefined): string {
  if (row === undefined) return 'nothing'
  return row.length > 600 ? `${row.slice(0, 600)}…` : row
}
