import { fingerprintValue } from '../core/fingerprint.ts'
import { ledgerKey, type Aspect, type LedgerEntry } from '../core/ledger.ts'
import type { ListingReader, ListingRow, StockValue } from '../core/marketplace.ts'
import type { Identity } from '../state/identity.ts'
import type { Ledger } from '../state/ledger.ts'
import type { Namespace, Store } from '../state/store.ts'
import type { Plan } from './plan.ts'

/** Cards whose values are asked for at once. */
const PORTION = 1000

/** What one aspect of an account is read back with. */
export interface ReadBackParts {
  readonly aspect: Aspect
  readonly store: Store
  /** Item → the offer id whose value was read. */
  readonly namespace: string
  readonly ledger: Ledger
  /** Absent = the marketplace shows nothing: then nothing is ever read. */
  readonly listing: ListingReader | undefined
}

/** Who asks for a read-back. */
export interface ReadBackRun {
  readonly identity: Identity
  /** Ids of the account's warehouses, as far as known. */
  readonly warehouses: readonly string[]
  /** Clock milliseconds. */
  readonly now: () => number
  readonly signal: AbortSignal
}

/**
 * What the marketplace held before we wrote. A card whose value nobody of us has written or read is unknown, which is
 * not "never sent": it is read into the ledger before anything is sent to it. So a new account, a lost store, an adopted
 * card and one that passes to another item all begin with what is there.
 */
export class ReadBack {
  readonly #parts: ReadBackParts
  readonly #cards: Namespace<string>
  #read: Map<string, string> | undefined
  /** There may be pairs that were not read. */
  #open = true
  /** While pairs are read: how many of how many are done, and what keeps the rest waiting. */
  progress: { readonly read: number; readonly of: number; readonly fault?: string } | undefined

  constructor(parts: ReadBackParts) {
    this.#parts = parts
    this.#cards = parts.store.namespace(parts.namespace)
  }

  /** Pairs came from elsewhere (a person matched them): the next {@link all} reads them. */
  reopen(): void {
    this.#open = true
  }

  /**
   * The ledger was lost, or set back to an older time: what is left of it is not believed, and every card will be read
   * anew. To be called before anything is sent.
   */
  async forgetLost(): Promise<void> {
    const { store, namespace, ledger } = this.#parts
    if ((await store.mark(ledger.namespaceName)) !== 'lost') return
    await store.commit([
      { namespace, delete: await keysOf(this.#cards.entries()) },
      { namespace: ledger.namespaceName, delete: await keysOf(ledger.entries()) },
    ])
    this.#read = undefined
    this.#open = true
  }

  /** Items with a card whose value is not known yet. */
  async missing({ identity }: Pick<ReadBackRun, 'identity'>): Promise<readonly string[]> {
    if (this.#parts.listing === undefined) return []
    const read = await this.#known()
    return [...identity.pairs()]
      .filter(({ itemId, offerId }) => read.get(itemId) !== offerId)
      .map(({ itemId }) => itemId)
  }

  /**
   * Reads every card that is not known; resolves to the items that were read: a look must say anew what differs.
   * @throws ObmenError of the reader; what was read stays
   */
  async all(run: ReadBackRun, plan: Plan): Promise<readonly string[]> {
    if (!this.#open) return []
    const missing = await this.missing(run)
    const of = missing.length
    try {
      for (let from = 0; from < of; from += PORTION) {
        this.progress = { read: from, of }
        const portion = missing.slice(from, from + PORTION)
        const rows = await this.#ask(portion, run)
        await plan.exclusive(() => this.#keep(portion, rows, run))
      }
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error)
      this.progress = { read: this.progress?.read ?? 0, of, fault }
      throw error
    }
    this.progress = undefined
    this.#open = false
    return missing
  }

  /**
   * Reads those of these items whose card is not known, within a send; resolves to the items that were read: what was
   * computed for them did not know what is there. @throws ObmenError of the reader
   */
  async of(itemIds: Iterable<string>, run: ReadBackRun): Promise<ReadonlySet<string>> {
    if (this.#parts.listing === undefined) return new Set()
    const read = await this.#known()
    const missing = [...new Set(itemIds)].filter((itemId) => {
      const offerId = run.identity.offerIdOf(itemId)
      return offerId !== undefined && read.get(itemId) !== offerId
    })
    if (missing.length > 0) await this.#keep(missing, await this.#ask(missing, run), run)
    return new Set(missing)
  }

  async #known(): Promise<Map<string, string>> {
    if (this.#read !== undefined) return this.#read
    const { store, ledger } = this.#parts
    const read = new Map<string, string>()
    // A ledger that was lost without its store knows nothing of what was read into it.
    if ((await store.mark(ledger.namespaceName)) !== 'lost') {
      for await (const [itemId, offerId] of this.#cards.entries()) read.set(itemId, offerId)
    }
    this.#read ??= read
    return this.#read
  }

  async #ask(itemIds: readonly string[], { identity, signal }: ReadBackRun): Promise<readonly ListingRow[]> {
    const { listing, aspect } = this.#parts
    const offerIds = itemIds.flatMap((itemId) => identity.offerIdOf(itemId) ?? [])
    const rows: ListingRow[] = []
    if (listing === undefined) return rows
    const pages = aspect === 'prices' ? listing.prices(offerIds, signal) : listing.stocks(offerIds, signal)
    for await (const page of pages) for (const row of page) rows.push(row)
    return rows
  }

  /** Writes what was read. An entry of the same card is newer than the reading. */
  async #keep(itemIds: readonly string[], rows: readonly ListingRow[], run: ReadBackRun): Promise<void> {
    const { store, ledger } = this.#parts
    const read = await this.#known()
    const offers = new Map<string, string>()
    for (const itemId of itemIds) {
      const offerId = run.identity.offerIdOf(itemId)
      if (offerId === undefined) continue
      offers.set(itemId, offerId)
      // What stands there is of the card that the item had before.
      if (read.has(itemId) && read.get(itemId) !== offerId) await ledger.forget(itemId)
    }
    const found = rows.flatMap((row) => {
      const itemId = run.identity.itemOf(row.offerId)
      return itemId === undefined || !offers.has(itemId) ? [] : entriesOf(itemId, row, run)
    })
    const keys = found.map((entry) => ledgerKey(entry.itemId, entry.warehouseId))
    const known = await ledger.getMany(keys)
    await ledger.put(found.filter((_, i) => known[i] === undefined))
    // Only now: a death in between reads again.
    const set = [...offers].toSorted(([a], [b]) => (a < b ? -1 : 1))
    await store.commit([{ namespace: this.#parts.namespace, set }])
    for (const [itemId, offerId] of offers) read.set(itemId, offerId)
  }
}

function entriesOf(itemId: string, { prices, stocks = {}, until }: ListingRow, run: ReadBackRun): LedgerEntry[] {
  const since = run.now()
  const accepted = (value: unknown): NonNullable<LedgerEntry['accepted']> => {
    return {
      value,
      fingerprint: fingerprintValue(value),
      since,
      listed: true,
      ...(until === undefined ? {} : { until }),
    }
  }
  if (prices !== undefined) return [{ itemId, accepted: accepted(prices) }]
  const listed = Object.keys(stocks)
  // A card that has stock somewhere has none in the warehouses that are not shown; of one without any nothing is known.
  const warehouses = listed.length === 0 ? [] : [...new Set([...listed, ...run.warehouses])]
  return warehouses.map((warehouseId): LedgerEntry => {
    const value: StockValue = { quantity: stocks[warehouseId] ?? 0 }
    return { itemId, warehouseId, accepted: accepted(value) }
  })
}

async function keysOf(entries: AsyncIterable<readonly [key: string, value: unknown]>): Promise<string[]> {
  const keys: string[] = []
  for await (const [key] of entries) keys.push(key)
  return keys
}
