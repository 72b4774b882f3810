import { itemId, type DictionaryRow, type ProductEntry, type Statement } from '../core/catalogue.ts'
import { hash64 } from '../core/fingerprint.ts'
import { AppliedFiles, type AppliedFile, type OtherFiles } from './applied-files.ts'
import { Dictionary, type DictionaryEntry } from './dictionary.ts'
import { merge, statedFacets } from './merge.ts'
import { NamedFacets } from './named-facets.ts'
import { anyFacets, FACET, FACET_BITS, joinNamed, recordHash, type Named } from './named.ts'
import type { NamedLastChunk } from './named-last.ts'
import { partOf, recordKey, rivalKeys, type Part } from './record-key.ts'
import { RowChanges } from './row-changes.ts'
import type { Change, Namespace, Store } from './store.ts'

/** One decoded record on its way into the catalogue. */
export interface RecordToApply {
  readonly kind: string
  readonly id: string
  /** `file:line`. */
  readonly place: string
  /** Fingerprint of the record's bytes; its three lowest bits are replaced by the facets it states. */
  readonly fingerprint: bigint
  readonly statement?: Statement
  readonly rows?: readonly DictionaryRow[]
}

/** What applying a part of a file did. */
export interface ApplyResult {
  /** Ids of products whose entry changed. */
  readonly changed: ReadonlySet<string>
  /** Ids of their items: facts of a product are facts of each of its variants. */
  readonly items: readonly string[]
  /** True when a dictionary row changed: names must be checked again. */
  readonly dictionaryChanged: boolean
  /** Records that were older than what is in force, in every facet. */
  readonly ignored: number
}

/** The records that a file named without changing them. */
export interface UnchangedNote {
  /** Their hashes with the facets that are remembered of them. */
  readonly named: Named
  /** How many of them are offers. */
  readonly offers: number
  /** Ids of the top-level groups among them. */
  readonly groups: ReadonlySet<string>
  /** Ids of the catalogues of the products among them. */
  readonly catalogues: ReadonlySet<string>
}

/** Facts of an exchange that outlive single files. Times: `…At` clock milliseconds, stamps epoch milliseconds of 1C. */
export interface ExchangeFacts {
  /** The newest stamp applied. */
  readonly newestStamp?: number
  readonly newestFile?: string
  readonly lastAppliedAt?: number
  /** Stamp of the newest complete full set. */
  readonly fullStamp?: number
  /** Newest stamp of a file that stated stocks. */
  readonly stocksStamp?: number
  readonly pricesStamp?: number
  /** When the entries were found to be lost, clock milliseconds: fingerprints of before are not believed any more. */
  readonly anewSince?: number
}

/**
 * The catalogue of one exchange. Every facet of an entry is as of the statement in force: newer replaces, equal
 * merges, older is ignored, per facet. An unchanged record is skipped; the lists of applied records keep the skip from
 * changing the result.
 */
export class Catalogue {
  readonly exchange: string
  readonly #store: Store
  readonly #entries: Namespace<ProductEntry>
  readonly #facts: Namespace<ExchangeFacts>
  readonly #applied: AppliedFiles
  readonly #records: string
  #dictionary: Dictionary | undefined

  constructor(store: Store, exchange: string) {
    this.exchange = exchange
    this.#store = store
    this.#entries = store.namespace(`catalogue.${exchange}`)
    this.#facts = store.namespace(`exchange.${exchange}`)
    this.#applied = new AppliedFiles(
      store.namespace<AppliedFile>(`applied.${exchange}`),
      store.namespace<NamedLastChunk>(`named.${exchange}`),
    )
    this.#records = `records.${exchange}`
  }

  /** Fingerprints of records by their {@link recordKey}. */
  async remembered(keys: readonly string[]): Promise<(bigint | undefined)[]> {
    const salt = await this.#salt()
    const found = await this.#store.fingerprints(this.#records).getMany(keys)
    return found.map((fingerprint) => (fingerprint === undefined ? undefined : fingerprint ^ salt))
  }

  /** What fingerprints are kept with; those of another time match nothing. */
  async #salt(): Promise<bigint> {
    const { anewSince } = await this.facts()
    return anewSince === undefined ? 0n : hash64(`anew since ${anewSince}`) & ~FACET_BITS
  }

  /**
   * The entries are lost and what is remembered of files is not: from now on no record counts as unchanged and no file
   * as applied, so that the next export fills the catalogue again.
   */
  async startAnew(at: number): Promise<void> {
    await this.#applied.forgetAll((changes) =>
      this.#store.commit([...changes, { namespace: this.#facts.name, set: [['facts', { anewSince: at }]] }]),
    )
  }

  /** The dictionaries as they stand; the same object until a row changes. */
  async dictionary(): Promise<Dictionary> {
    this.#dictionary ??= await Dictionary.load(this.#store.namespace<DictionaryEntry>(`dictionary.${this.exchange}`))
    return this.#dictionary
  }

  /** Entries in the order of their ids, in batches. */
  async *entries(): AsyncIterable<readonly ProductEntry[]> {
    let batch: ProductEntry[] = []
    for await (const [, entry] of this.#entries.entries()) {
      batch.push(entry)
      if (batch.length === 1000) {
        yield batch
        batch = []
      }
    }
    if (batch.length > 0) yield batch
  }

  /** Entries of these products; undefined where the catalogue holds none. */
  getMany(productIds: readonly string[]): Promise<(ProductEntry | undefined)[]> {
    return this.#entries.getMany(productIds)
  }

  count(): Promise<number> {
    return this.#entries.count()
  }

  async facts(): Promise<ExchangeFacts> {
    return (await this.#facts.get('facts')) ?? {}
  }

  /** A complete full set of this stamp was closed. */
  async noteFull(stamp: number): Promise<void> {
    const before = await this.facts()
    if (stamp <= (before.fullStamp ?? 0)) return
    await this.#store.commit([{ namespace: this.#facts.name, set: [['facts', { ...before, fullStamp: stamp }]] }])
  }

  /** True when a file newer than `stamp` named this offer with its stock. */
  async stockStatedAfter(offerId: string, stamp: number): Promise<boolean> {
    return this.#applied.namedAfter(offerId, FACET.stocks, stamp)
  }

  /** What files of this stamp and newer ones named: they know of a record what a set of this stamp does not. */
  async namedFrom(stamp: number): Promise<readonly NamedFacets[]> {
    const { newer, same } = await this.#applied.seenFrom(stamp)
    return [newer, same]
  }

  /** Entries that changed without a file; the records behind the fingerprint keys are decoded when they come again. */
  async replace(entries: readonly ProductEntry[], forget: readonly string[]): Promise<void> {
    const set = entries.map((entry) => [entry.id, entry] as const).sort(([a], [b]) => (a < b ? -1 : 1))
    await this.#store.commit([
      { namespace: this.#records, delete: [...forget].sort() },
      { namespace: this.#entries.name, set },
    ])
  }

  /**
   * Opens the application of one file. Call {@link Application.apply} for its changed records, then
   * {@link Application.finish} once with the ids of all its records; only then the file counts as applied. A file
   * applied in part is applied again after a crash: equal stamps merge.
   */
  async begin(stamp: number, file: string): Promise<Application> {
    const others = await this.#applied.seenFrom(stamp)
    return new Application(this, {
      stamp,
      file,
      others,
      salt: await this.#salt(),
      store: this.#store,
      entries: this.#entries,
      records: this.#records,
    })
  }

  /** For {@link Application} only: rows that changed enter the loaded dictionary. */
  async absorb(rows: readonly (readonly [key: string, entry: DictionaryEntry])[]): Promise<void> {
    this.#dictionary = (await this.dictionary()).with(rows)
  }

  /** For {@link Application} only. */
  async finished(
    file: Omit<AppliedFile, 'named'>,
    named: Named,
    rows: readonly (readonly [key: string, entry: DictionaryEntry])[],
    facts: (before: ExchangeFacts) => ExchangeFacts,
  ): Promise<void> {
    const before = await this.facts()
    await this.#applied.record(file, named, (changes) =>
      this.#store.commit([
        ...changes,
        { namespace: `dictionary.${this.exchange}`, set: rows },
        { namespace: `exchange.${this.exchange}`, set: [['facts', facts(before)]] },
      ]),
    )
    if (rows.length > 0) await this.absorb(rows)
  }
}

interface ApplicationState {
  readonly stamp: number
  readonly file: string
  readonly others: OtherFiles
  readonly salt: bigint
  readonly store: Store
  readonly entries: Namespace<ProductEntry>
  readonly records: string
}

/** One file being applied. */
export class Application {
  readonly #catalogue: Catalogue
  readonly #state: ApplicationState
  /** Every changed record that the file named. */
  readonly #named = new NamedFacets()
  readonly #part: Part
  /** What the file named without changing it. */
  #unchanged: UnchangedNote | undefined
  #statesPrices = false
  #statesStocks = false

  constructor(catalogue: Catalogue, state: ApplicationState) {
    this.#catalogue = catalogue
    this.#state = state
    this.#part = partOf(state.file)
  }

  /** True once a record of the file stated stocks. */
  get statesStocks(): boolean {
    return this.#statesStocks
  }

  /** Notes the records that the file named without changing them; once. */
  noteUnchanged(note: UnchangedNote): void {
    this.#unchanged = note
    this.#noteFacets(anyFacets(note.named))
  }

  #noteFacets(facets: number): void {
    if ((facets & FACET.prices) !== 0) this.#statesPrices = true
    if ((facets & FACET.stocks) !== 0) this.#statesStocks = true
  }

  /** Applies changed records in one commit: fingerprints that are not in force go, values and new ones come. */
  async apply(batch: readonly RecordToApply[]): Promise<ApplyResult> {
    const { stamp, others, salt, entries, records, store } = this.#state
    const productIds = [...new Set(batch.flatMap((r) => (r.statement === undefined ? [] : [r.statement.productId])))]
    const loaded = await entries.getMany(productIds)
    const products = new Map<string, ProductEntry>()
    productIds.forEach((id, i) => products.set(id, loaded[i] ?? { id, variants: {} }))

    const changed = new Set<string>()
    const remember = new Map<string, bigint>()
    const forget = new Set<string>()
    const forgetKey = (key: string): void => {
      remember.delete(key)
      forget.add(key)
    }
    let ignored = 0
    const rows = new RowChanges(await this.#catalogue.dictionary(), stamp)
    for (const record of batch) {
      const { kind, id, statement } = record
      const key = recordKey(kind, id, this.#part)
      const hash = recordHash(kind, id)
      const blocked = others.newer.get(hash) ?? 0
      const stated = statement === undefined ? FACET.facts : statedFacets(statement)
      const ofRows = rows.apply(record, (blocked & FACET.facts) !== 0)
      let { applied, older, inForce } = ofRows
      let replaced = 0
      if (statement !== undefined) {
        const before = products.get(statement.productId) as ProductEntry
        const same = others.same.get(hash) ?? 0
        const merged = merge(before, statement, { stamp, place: record.place, blocked, same })
        applied = merged.applied
        older = stated & ~merged.applied
        replaced = merged.replaced
        if (merged.inForce !== stated) inForce = false
        if (merged.entry !== before) {
          products.set(statement.productId, merged.entry)
          changed.add(statement.productId)
        }
      }
      this.#named.add(hash, stated)
      this.#noteFacets(stated)
      for (const outdated of ofRows.outdated) forgetKey(outdated)
      if (applied === 0 && older > 0) {
        // Nothing of it came into force: what is remembered still is.
        ignored++
        continue
      }
      if (replaced !== 0) {
        const rivals = rivalKeys(kind, id, key).filter((rival) => !forget.has(rival))
        const known = await store.fingerprints(records).getMany(rivals)
        rivals.forEach((rival, i) => {
          const facets = Number((remember.get(rival) ?? known[i] ?? 0n) & FACET_BITS)
          if ((facets & replaced) !== 0) forgetKey(rival)
        })
      }
      // A fingerprint is remembered only while the record is in force word for word: then it may be skipped.
      if (inForce) {
        remember.set(key, ((record.fingerprint ^ salt) & ~FACET_BITS) | BigInt(stated))
        forget.delete(key)
      } else forgetKey(key)
    }

    const changes: Change[] = [
      { namespace: records, delete: [...forget].sort() },
      {
        namespace: entries.name,
        set: [...changed].sort().map((id) => [id, products.get(id)] as const),
      },
      { namespace: `dictionary.${this.#catalogue.exchange}`, set: rows.entries },
      { namespace: records, set: [...remember].sort(([a], [b]) => (a < b ? -1 : 1)) },
    ]
    await store.commit(changes.filter((c) => (c.set?.length ?? 0) + (c.delete?.length ?? 0) > 0))
    if (rows.entries.length > 0) await this.#catalogue.absorb(rows.entries)
    const items = [...changed].flatMap((id) => {
      const { variants } = products.get(id) as ProductEntry
      return Object.keys(variants).map((variant) => itemId(id, variant))
    })
    return { changed, items, dictionaryChanged: rows.differs, ignored }
  }

  /** The whole file is applied: leaves its stamp and the list of its records. */
  async finish(at: number): Promise<void> {
    const { stamp, file } = this.#state
    const rows = new RowChanges(await this.#catalogue.dictionary(), stamp)
    const named = joinNamed(this.#unchanged?.named ?? new BigUint64Array(), this.#named.toNamed())
    if (this.#unchanged !== undefined) rows.restate(this.#unchanged.groups, this.#unchanged.catalogues)
    await this.#catalogue.finished({ stamp, file, at }, named, rows.entries, (before) => ({
      ...before,
      ...(stamp >= (before.newestStamp ?? 0) ? { newestStamp: stamp, newestFile: file } : {}),
      lastAppliedAt: at,
      ...(this.#statesStocks ? { stocksStamp: Math.max(stamp, before.stocksStamp ?? 0) } : {}),
      ...(this.#statesPrices ? { pricesStamp: Math.max(stamp, before.pricesStamp ?? 0) } : {}),
    }))
  }
}
