import { NamedFacets } from './named-facets.ts'
import { facetsOf, joinNamed, namedOf, packNumbers, recordHash, unpackNumbers, type Named } from './named.ts'
import { NamedLast, type NamedLastChunk } from './named-last.ts'
import type { Change, Namespace } from './store.ts'

/** What an applied file leaves behind: its stamp and the records it named, unchanged ones included. */
export interface AppliedFile {
  readonly stamp: number
  readonly file: string
  /** Clock milliseconds when it was applied. */
  readonly at: number
  /** Base64 of 64-bit little-endian numbers: record hash, its three lowest bits replaced by the facets it states. */
  readonly named: string
}

/** Lists of single files kept; with one more the older half is folded into {@link NamedLast}. */
const KEPT = 64

/** Lists held in memory. */
const HELD = 8

/** What other files say about the records of one that is about to be applied. */
export interface OtherFiles {
  /** Facets that newer files named. */
  readonly newer: NamedFacets
  /** Facets that files of the same stamp named, unchanged ones included: what is in force is of this stamp, too. */
  readonly same: NamedFacets
}

/**
 * The lists of records by applied file. They decide which statement is newer where fingerprints skipped an unchanged
 * record, so that the skip changes speed and never the result. However many files a set has, nothing is forgotten:
 * of older files it is kept when they last named a record.
 */
export class AppliedFiles {
  readonly #files: Namespace<AppliedFile>
  readonly #folded: Namespace<NamedLastChunk>
  /** Rows of the lists, ascending: keys sort by stamp. */
  #index: readonly IndexRow[] | undefined
  #last: NamedLast | undefined
  readonly #lists = new Map<string, Named>()
  /** All that files of one stamp named: the portions of a set come one after the other. */
  #union: { readonly stamp: number; readonly facets: NamedFacets } | undefined

  /** `files` holds the lists, `folded` what remains of older ones. */
  constructor(files: Namespace<AppliedFile>, folded: Namespace<NamedLastChunk>) {
    this.#files = files
    this.#folded = folded
  }

  /** What other files say, seen from a file of this stamp. */
  async seenFrom(stamp: number): Promise<OtherFiles> {
    const newer = new NamedFacets()
    for (const { key } of await this.#newerThan(stamp)) newer.addAll(await this.#list(key))
    const last = await this.#namedLast()
    last.from(stamp, (hash, facets, at) => {
      if (at > stamp) newer.add(hash, facets)
    })
    return { newer, same: await this.#sameStamp(stamp) }
  }

  /** True when a file newer than `stamp` named this offer with this facet. */
  async namedAfter(offerId: string, facet: number, stamp: number): Promise<boolean> {
    const hash = recordHash('offer', offerId)
    for (const { key } of (await this.#newerThan(stamp)).toReversed()) {
      if ((facetsOf(await this.#list(key), hash) & facet) !== 0) return true
    }
    return (await this.#namedLast()).isAfter(hash, facet, stamp)
  }

  /**
   * Records a finished file: `commit` gets the changes. A file of the same name and stamp adds to the list: nodes of
   * one base name their files alike. A list is dropped when a newer file of its name named exactly the same records.
   */
  async record(
    file: Omit<AppliedFile, 'named'>,
    named: Named,
    commit: (changes: readonly Change[]) => Promise<void>,
  ): Promise<void> {
    const key = `${String(file.stamp).padStart(15, '0')}/${file.file}`
    const list = joinNamed(await this.#list(key), named)
    const packed = packNumbers(list)
    const others = (await this.#rows()).filter((row) => row.key !== key)
    const outdated = await this.#outdated(others, file, packed)
    const all = [...others.filter((row) => row !== outdated), { key, stamp: file.stamp, file: file.file }]
    const rows = all.sort((a, b) => (a.key < b.key ? -1 : 1))
    const folded = rows.length > KEPT ? rows.splice(0, KEPT / 2) : []
    const before = await this.#namedLast()
    let last = before
    for (const row of folded) last = last.with(row.key === key ? list : await this.#list(row.key), row.stamp)

    const gone = [...(outdated === undefined ? [] : [outdated]), ...folded].map((row) => row.key)
    const kept: Change = { namespace: this.#files.name, set: [[key, { ...file, named: packed }]] }
    await commit([
      ...(folded.some((row) => row.key === key) ? [] : [kept]),
      { namespace: this.#files.name, delete: gone },
      ...(folded.length === 0 ? [] : [replaceChunks(this.#folded.name, before, last)]),
    ])
    this.#index = rows
    this.#last = last
    for (const other of [key, ...gone]) this.#lists.delete(other)
    if (this.#union?.stamp === file.stamp) this.#union.facets.addAll(list)
  }

  /** The newest list of the same name, when it is older and names the same records: whatever it says, this file says newer. */
  async #outdated(
    rows: readonly IndexRow[],
    file: Omit<AppliedFile, 'named'>,
    packed: string,
  ): Promise<IndexRow | undefined> {
    const before = rows.findLast((row) => row.file === file.file && row.stamp < file.stamp)
    if (before === undefined) return undefined
    return (await this.#files.get(before.key))?.named === packed ? before : undefined
  }

  /** Drops everything: `commit` gets the changes. */
  async forgetAll(commit: (changes: readonly Change[]) => Promise<void>): Promise<void> {
    const chunks: string[] = []
    for await (const [key] of this.#folded.entries()) chunks.push(key)
    await commit([
      { namespace: this.#files.name, delete: (await this.#rows()).map(({ key }) => key) },
      { namespace: this.#folded.name, delete: chunks },
    ])
    this.#index = undefined
    this.#last = undefined
    this.#union = undefined
    this.#lists.clear()
  }

  async #rows(): Promise<readonly IndexRow[]> {
    if (this.#index === undefined) {
      const rows: IndexRow[] = []
      for await (const [key, { stamp, file }] of this.#files.entries()) rows.push({ key, stamp, file })
      this.#index = rows
    }
    return this.#index
  }

  async #newerThan(stamp: number): Promise<readonly IndexRow[]> {
    return (await this.#rows()).filter((row) => row.stamp > stamp)
  }

  async #namedLast(): Promise<NamedLast> {
    if (this.#last === undefined) {
      const chunks: NamedLastChunk[] = []
      for await (const [, chunk] of this.#folded.entries()) chunks.push(chunk)
      this.#last = NamedLast.fromChunks(chunks)
    }
    return this.#last
  }

  async #sameStamp(stamp: number): Promise<NamedFacets> {
    if (this.#union?.stamp !== stamp) {
      const facets = new NamedFacets()
      for (const row of await this.#rows()) if (row.stamp === stamp) facets.addAll(await this.#list(row.key))
      const last = await this.#namedLast()
      last.from(stamp, (hash, bits, at) => {
        if (at === stamp) facets.add(hash, bits)
      })
      this.#union = { stamp, facets }
    }
    return this.#union.facets
  }

  async #list(key: string): Promise<Named> {
    const known = this.#lists.get(key)
    if (known !== undefined) return known
    const file = await this.#files.get(key)
    const list = file === undefined ? new BigUint64Array() : namedOf(new BigUint64Array(unpackNumbers(file.named)))
    if (this.#lists.size >= HELD) this.#lists.clear()
    this.#lists.set(key, list)
    return list
  }
}

interface IndexRow {
  readonly key: string
  readonly stamp: number
  readonly file: string
}

function replaceChunks(namespace: string, before: NamedLast, after: NamedLast): Change {
  const keyOf = (i: number): string => String(i).padStart(5, '0')
  const set = after.toChunks().map((chunk, i) => [keyOf(i), chunk] as const)
  // Rows of one record may become one, so there may be a chunk less.
  const gone = before.toChunks().flatMap((_, i) => (i < set.length ? [] : [keyOf(i)]))
  return { namespace, set, delete: gone }
}
