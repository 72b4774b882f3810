import type { ExchangeRecord, RecordRef } from '../../formats/commerceml/index.ts'
import type { FileChange, RecordInFlow } from '../../pipeline/flows.ts'
import { stage, type Stage } from '../../pipeline/stage.ts'
import type { Catalogue, UnchangedNote } from '../../state/catalogue.ts'
import { FACET_BITS, FACET_MASK, halvesOf, namedOf, recordHash } from '../../state/named.ts'
import { portionSalt } from '../../state/portion.ts'
import { partOf, recordKey } from '../../state/record-key.ts'
import { ByteColumn, RecordTable } from '../../state/record-table.ts'
import { StatedParts } from '../../state/stated-parts.ts'

/**
 * Compares the fingerprints of records with the remembered ones. Unchanged records go on as one note, so that the list
 * of the file's records is whole. What the file states twice is always decoded, the first record included.
 */
export function diffRecords(catalogue: Catalogue): Stage {
  return stage<RecordInFlow, FileChange>(async function* (input, ctx) {
    const met = new MetRecords()
    const stated = new StatedParts()
    let latest: RecordInFlow | undefined
    for await (const batch of input) {
      ctx.signal.throwIfAborted()
      // A run reads one file.
      const name = batch[0]?.incoming.name ?? ''
      const part = partOf(name)
      const salt = portionSalt(name)
      const remembered = await catalogue.remembered(batch.map(({ record }) => recordKey(record.kind, record.id, part)))
      const out: FileChange[] = []
      batch.forEach((each, i) => {
        const fingerprint = fingerprintOf(each.record, salt)
        const known = remembered[i]
        const isKnown = known !== undefined && (known & ~FACET_BITS) === (fingerprint & ~FACET_BITS)
        const facets = isKnown ? Number(known & FACET_BITS) : undefined
        const hash = recordHash(each.record.kind, each.record.id)
        stated.add(each.record, hash)
        if (!met.meet(each.record, hash, facets)) out.push({ ...each, fingerprint })
      })
      if (out.length > 0) yield out
      latest = batch.at(-1)
    }
    if (latest === undefined) return
    if (met.toFetch > 0) yield* firstOnes(latest, met, ctx.signal)
    const { incoming, file } = latest
    yield [{ incoming, file, unchanged: met.unchanged(), stated: stated.note() }]
  })
}

/**
 * Records that were taken for unchanged before the file stated them again. Real files hardly have any, so nothing is
 * kept of unchanged records but that they were met: these are found by reading the file once more.
 */
async function* firstOnes(
  { incoming, file }: RecordInFlow,
  met: MetRecords,
  signal: AbortSignal,
): AsyncGenerator<readonly FileChange[]> {
  for await (const records of file.records(signal)) {
    const found = records.filter((record) => met.fetch(record))
    if (found.length > 0) {
      const salt = portionSalt(incoming.name)
      yield found.map((record) => ({
        incoming,
        file,
        record,
        fingerprint: fingerprintOf(record, salt),
        first: true,
      }))
    }
  }
}

/** What is compared and remembered: goods and offers count as changed where another portion states them. */
function fingerprintOf({ kind, fingerprint }: ExchangeRecord, salt: bigint): bigint {
  return kind === 'product' || kind === 'offer' ? fingerprint ^ salt : fingerprint
}

/** What is known of a met record beside its hash: it changed, it is unchanged (with facets), or its first statement is to be fetched. */
const CHANGED = 0
const UNCHANGED = 8
const TO_FETCH = 16

/** The records met so far: some 20 bytes each. */
class MetRecords {
  readonly #table = new RecordTable()
  readonly #states = new ByteColumn()
  /** Records whose first statement must be looked for again. */
  toFetch = 0
  #unchangedOffers = 0
  /** Ids of unchanged groups by their rows; a base has few. */
  readonly #groups = new Map<number, string>()
  readonly #catalogues = new Set<string>()
  #groupChanged = false

  /** Notes a record: whether it can be skipped. `facets`: remembered with an equal fingerprint, else undefined. */
  meet({ kind, id, context }: RecordRef, hash: bigint, facets: number | undefined): boolean {
    const size = this.#table.size
    const row = this.#table.add(hash)
    const isNew = row === size
    // A group may stand in two records of a file; behind a changed one the others are decoded, for the last one wins.
    const decodeAnyway = kind === 'group' && this.#groupChanged
    if (isNew && facets !== undefined && !decodeAnyway) {
      this.#states.set(row, UNCHANGED | facets)
      this.#count(kind, 1)
      if (kind === 'group') this.#groups.set(row, id)
      if (kind === 'product') this.#catalogues.add(context.catalogueId)
      return true
    }
    this.#groupChanged ||= kind === 'group'
    if ((this.#states.get(row) & UNCHANGED) !== 0) {
      this.#states.set(row, TO_FETCH)
      this.toFetch++
      this.#count(kind, -1)
      this.#groups.delete(row)
    }
    return false
  }

  /** True once for every record whose first statement is to be fetched. */
  fetch({ kind, id }: RecordRef): boolean {
    if (this.toFetch === 0) return false
    const row = this.#table.rowOf(recordHash(kind, id))
    if (row < 0 || this.#states.get(row) !== TO_FETCH) return false
    this.#states.set(row, CHANGED)
    this.toFetch--
    return true
  }

  unchanged(): UnchangedNote {
    // Rows that are unchanged move to the front, their facets enter the low bits of their hashes.
    const hashes = this.#table.toHashes()
    const halves = halvesOf(hashes)
    let size = 0
    for (let row = 0; row < hashes.length; row++) {
      const state = this.#states.get(row)
      if ((state & UNCHANGED) === 0) continue
      halves[2 * size] = (halves[2 * row] as number) | (state & FACET_MASK)
      halves[2 * size + 1] = halves[2 * row + 1] as number
      size++
    }
    return {
      named: namedOf(hashes.slice(0, size)),
      offers: this.#unchangedOffers,
      groups: new Set(this.#groups.values()),
      catalogues: this.#catalogues,
    }
  }

  /** Records of one hash are of one sort: an offer and its price update count alike. */
  #count(kind: string, by: number): void {
    if (kind === 'offer' || kind === 'offerChange') this.#unchangedOffers += by
  }
}
