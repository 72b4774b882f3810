import type { DictionaryRow } from '../core/catalogue.ts'
import type { Dictionary, DictionaryEntry } from './dictionary.ts'
import { recordKey } from './record-key.ts'

/** Kinds of dictionary records that state exactly one row each: the row of their id. */
const LISTED: ReadonlySet<string> = new Set(['priceType', 'warehouse', 'property', 'unit'])

/** A record that states dictionary rows, perhaps besides other things. */
export interface RowsRecord {
  readonly kind: string
  readonly id: string
  readonly rows?: readonly DictionaryRow[]
}

/** What became of the rows of one record. */
export interface RowsApplied {
  readonly applied: number
  /** Rows that were older than what is in force. */
  readonly older: number
  /** Every row now stands as the record says. */
  readonly inForce: boolean
  /** Keys of records that stated one of the rows before: they are not in force word for word any more. */
  readonly outdated: readonly string[]
}

/**
 * Rows of a file on their way into the dictionary. A top-level group states everything nested in it, so each group
 * belongs to the record that stated it last; only then it may be skipped as a whole.
 */
export class RowChanges {
  readonly #dictionary: Dictionary
  readonly #stamp: number
  readonly #rows = new Map<string, DictionaryEntry>()
  /** Keys of groups by the record that stated them; made when first asked for. */
  #byRecord: Map<string, Set<string>> | undefined
  #differs = false

  constructor(dictionary: Dictionary, stamp: number) {
    this.#dictionary = dictionary
    this.#stamp = stamp
  }

  /** Entries to write. */
  get entries(): readonly (readonly [key: string, entry: DictionaryEntry])[] {
    return [...this.#rows]
  }

  /** True when a row says something else than before. */
  get differs(): boolean {
    return this.#differs
  }

  /** `isNamedLater`: a newer file named the record. */
  apply(record: RowsRecord, isNamedLater: boolean): RowsApplied {
    let applied = 0
    let older = 0
    let inForce = true
    const outdated: string[] = []
    const owner = record.kind === 'group' ? record.id : undefined
    for (const row of record.rows ?? []) {
      const key = rowKey(row.kind, row.value.id)
      const known = this.#entry(key)
      const isSame = known !== undefined && sameRow(known.row, row)
      // Lists name dictionary records; of rows that come with goods and offers, and of groups, the stamp is restated.
      if (known !== undefined && ((LISTED.has(record.kind) && isNamedLater) || known.stamp > this.#stamp)) {
        older++
        if (!isSame || known.record !== owner) inForce = false
        continue
      }
      applied++
      if (!isSame) this.#differs = true
      if (known?.record !== undefined && known.record !== owner) outdated.push(recordKey('group', known.record))
      if (isSame && known.stamp === this.#stamp && known.record === owner) continue
      this.#rows.set(key, { stamp: this.#stamp, row, ...(owner === undefined ? {} : { record: owner }) })
      if (owner !== undefined) this.#statedBy(owner).add(key)
    }
    if (owner !== undefined && applied > 0) this.#release(owner, record.rows ?? [])
    return { applied, older, inForce, outdated }
  }

  /** The file named these records without changing them: what they state is as of this file, too. */
  restate(groups: ReadonlySet<string>, catalogues: ReadonlySet<string>): void {
    const renew = (key: string, known: DictionaryEntry | undefined): void => {
      if (known !== undefined && known.stamp < this.#stamp) this.#rows.set(key, { ...known, stamp: this.#stamp })
    }
    for (const id of catalogues) renew(rowKey('catalogue', id), this.#entry(rowKey('catalogue', id)))
    for (const id of groups) {
      for (const key of this.#statedBy(id)) {
        const known = this.#entry(key)
        if (known?.record === id) renew(key, known)
      }
    }
  }

  /** Groups that the record no longer states do not belong to it any more; they stay. */
  #release(owner: string, rows: readonly DictionaryRow[]): void {
    const stated = new Set(rows.map((row) => rowKey(row.kind, row.value.id)))
    for (const key of this.#statedBy(owner)) {
      const known = this.#entry(key)
      if (known?.record !== owner || stated.has(key)) continue
      this.#rows.set(key, { stamp: known.stamp, row: known.row })
    }
  }

  /** Keys of the groups that a record stated, and perhaps of some that another one states now. */
  #statedBy(record: string): Set<string> {
    if (this.#byRecord === undefined) {
      this.#byRecord = new Map()
      for (const [key, entry] of this.#dictionary.entriesOf('group')) {
        if (entry.record !== undefined) this.#statedBy(entry.record).add(key)
      }
    }
    let keys = this.#byRecord.get(record)
    if (keys === undefined) this.#byRecord.set(record, (keys = new Set()))
    return keys
  }

  #entry(key: string): DictionaryEntry | undefined {
    return this.#rows.get(key) ?? this.#dictionary.entry(key)
  }
}

function rowKey(kind: DictionaryRow['kind'], id: string): string {
  return `${kind}/${id}`
}

function sameRow(a: DictionaryRow, b: DictionaryRow): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
