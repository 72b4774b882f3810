import { randomUUID } from 'node:crypto'

import type { Engine, MarkState, NamespaceKind } from './engine.ts'
import { compareKeys } from './keys.ts'

interface Table {
  readonly kind: NamespaceKind
  readonly rows: Map<string, string | bigint>
  /** Keys in order; made anew after a change. */
  sorted: readonly string[] | undefined
  mark: MarkState
}

/** An engine that forgets everything with the process: tests, `obmen test`, previews. */
export function createMemoryEngine(): Engine {
  const tables = new Map<string, Table>()

  function open(name: string, kind: NamespaceKind): Table {
    const table = tables.get(name) ?? { kind, rows: new Map(), sorted: undefined, mark: 'new' }
    tables.set(name, table)
    return table
  }

  function sortedKeys(table: Table): readonly string[] {
    table.sorted ??= [...table.rows.keys()].sort(compareKeys)
    return table.sorted
  }

  return {
    generation: randomUUID(),
    kindOf: (name) => tables.get(name)?.kind,
    mark: (name) => tables.get(name)?.mark ?? 'new',
    open(name, kind) {
      open(name, kind)
    },
    getMany: (name, keys) => keys.map((key) => tables.get(name)?.rows.get(key) as string | undefined),
    fingerprints: (name, keys) => keys.map((key) => tables.get(name)?.rows.get(key) as bigint | undefined),

    page(name, { prefix, after, limit }) {
      const table = tables.get(name)
      if (table === undefined) return []
      const keys = sortedKeys(table)
      const start = after === undefined || compareKeys(after, prefix) < 0 ? prefix : after
      const page: [string, string][] = []
      for (let i = firstAtOrAfter(keys, start); i < keys.length && page.length < limit; i++) {
        const key = keys[i] as string
        if (!key.startsWith(prefix)) break
        if (key !== after) page.push([key, table.rows.get(key) as string])
      }
      return page
    },

    count: (name) => tables.get(name)?.rows.size ?? 0,
    snapshot: () => undefined,

    apply(changes) {
      for (const change of changes) {
        const table = open(change.namespace, change.kind)
        for (const key of change.delete) table.rows.delete(key)
        for (const [key, value] of change.set) table.rows.set(key, value)
        table.sorted = undefined
        table.mark = 'known'
      }
    },

    async close() {
      tables.clear()
    },
  }
}

function firstAtOrAfter(keys: readonly string[], start: string): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareKeys(keys[middle] as string, start) < 0) low = middle + 1
    else high = middle
  }
  return low
}
