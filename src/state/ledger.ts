import { itemOfKey, ledgerKey, type LedgerEntry } from '../core/ledger.ts'
import type { Namespace, Store } from './store.ts'

/** The ledger of one (account, aspect): what the marketplace is known to hold and the latest attempts to change it. */
export class Ledger {
  readonly namespaceName: string
  readonly #store: Store
  readonly #entries: Namespace<LedgerEntry>

  constructor(store: Store, namespace: string) {
    this.namespaceName = namespace
    this.#store = store
    this.#entries = store.namespace(namespace)
  }

  getMany(keys: readonly string[]): Promise<(LedgerEntry | undefined)[]> {
    return this.#entries.getMany(keys)
  }

  entries(): AsyncIterable<readonly [key: string, entry: LedgerEntry]> {
    return this.#entries.entries()
  }

  /** Drops every entry of an item, whatever its warehouse. */
  async forget(itemId: string): Promise<void> {
    const keys: string[] = []
    for await (const [key] of this.#entries.entries({ prefix: itemId })) {
      if (itemOfKey(key) === itemId) keys.push(key)
    }
    if (keys.length > 0) await this.#store.commit([{ namespace: this.namespaceName, delete: keys }])
  }

  count(): Promise<number> {
    return this.#entries.count()
  }

  /** Writes entries in one durable commit. */
  async put(entries: readonly LedgerEntry[]): Promise<void> {
    if (entries.length === 0) return
    const set = entries.map((entry) => [ledgerKey(entry.itemId, entry.warehouseId), entry] as const)
    await this.#store.commit([{ namespace: this.namespaceName, set: set.sort(([a], [b]) => (a < b ? -1 : 1)) }])
  }
}

/**
 * The same entry, its attempt `unknown`: the marketplace moved by itself (a posting, a cancellation) or differs from
 * what we believed. The desired value is stated again at the next look.
 */
export function asUnknown(entry: LedgerEntry, now: number, code: string, message: string): LedgerEntry {
  const before = entry.attempt
  return {
    ...entry,
    attempt: {
      n: (before?.n ?? 0) + 1,
      fingerprint: before?.fingerprint ?? '',
      state: 'unknown',
      reason: { code, message },
      tries: 0,
      at: now,
    },
  }
}
