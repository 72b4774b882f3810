import { hash64 } from '../../core/fingerprint.ts'
import type { DecodedRecord, ExchangeRecord, RecordContext, RecordRef } from '../commerceml/record.ts'
import { MOST_RECORDS } from '../commerceml/limits.ts'
import { Warnings } from '../commerceml/warnings.ts'
import type { RecordFile, RecordFileSummary } from '../record-file.ts'
import { readTexts } from '../record-texts.ts'
import { decodeRow, LIST_DECODER_VERSION } from './decode-row.ts'
import { listFault, missingSources } from './fault.ts'
import { askedValues, type AskedValue, type ListMapping } from './mapping.ts'
import type { ListRow, RowSource, Values } from './rows.ts'

/** Longest id: it becomes a key of the store, in bytes. */
const LONGEST_ID = 200

/** A price list read by a mapping: every row that has an id is one record. */
export class PriceListFile implements RecordFile {
  readonly header: { readonly stamp: number; readonly encoding: string }
  readonly #name: string
  readonly #source: RowSource
  readonly #mapping: ListMapping
  readonly #asked: readonly AskedValue[]
  readonly #salt: string
  /** What the list says of itself stands with every record, as the sections of CommerceML say it. */
  readonly #context: RecordContext
  #warnings = new Warnings()
  /** Ids that stand in several rows which say different things. */
  #conflicts = new Set<string>()
  #isRead = false

  /** `name`: how people know the file. `stamp`: when the list was made, where it does not say so itself. */
  constructor(name: string, source: RowSource, mapping: ListMapping, stamp: number) {
    this.#name = name
    this.#source = source
    this.#mapping = mapping
    this.header = { stamp: source.stamp ?? stamp, encoding: source.encoding }
    this.#asked = askedValues(mapping.fields)
    const { fields, currency, words, scope } = mapping
    const changesOnly = scope === undefined ? undefined : scope === 'changes'
    this.#context = { catalogueId: listKey(name), catalogueName: '', changesOnly }
    this.#salt = String(hash64(JSON.stringify([LIST_DECODER_VERSION, fields, currency, words])))
  }

  get summary(): RecordFileSummary {
    if (!this.#isRead) throw new Error('the summary is asked for before pass 1 ended')
    const { changesOnly } = this.#context
    return {
      family: null,
      version: '',
      changesOnly: changesOnly === undefined ? {} : { list: changesOnly },
      warnings: this.#warnings.list(),
    }
  }

  async *records(signal: AbortSignal): AsyncGenerator<readonly ExchangeRecord[]> {
    this.#isRead = false
    this.#warnings = new Warnings()
    this.#conflicts = new Set()
    const seen = new Map<bigint, bigint>()
    const met = new Set<AskedValue>()
    let rows = 0
    let items = 0
    let first: number | undefined
    for await (const batch of this.#source.rows(this.#warnings, signal)) {
      signal.throwIfAborted()
      rows += batch.length
      first ??= batch[0]?.line
      if (rows > MOST_RECORDS) {
        throw listFault('list.too_many_rows', this.#name, `it has more than ${MOST_RECORDS} rows`, {
          place: this.#source.faultPlace(batch[0]?.line ?? 1),
          remedy: 'Find out who made the list.',
        })
      }
      const records = batch.flatMap((row) => this.#recordOf(row, seen, met))
      items += records.length
      if (records.length > 0) yield records
    }
    this.#checkMet(rows, items, met, first ?? 1)
    this.#isRead = true
  }

  async *decode<R extends RecordRef>(
    records: readonly R[],
    signal: AbortSignal,
  ): AsyncGenerator<readonly DecodedRecord<R>[]> {
    const known = new Set<string>()
    for await (const texts of readTexts(this.#source.path, records, signal)) {
      yield texts.map(({ record, text }) => this.#decoded(record, this.#source.valuesOf(text), known))
    }
  }

  placeOf(line: number): string {
    return this.#source.placeOf(line)
  }

  async close(): Promise<void> {
    await this.#source.close()
  }

  #recordOf(row: ListRow, seen: Map<bigint, bigint>, met: Set<AskedValue>): ExchangeRecord[] {
    const { line, start, end } = row
    const said = this.#asked.map((asked) => {
      const values = row.values(asked.source)
      if (values.length > 0) met.add(asked)
      return values
    })
    const id = said[0]?.[0] ?? ''
    if (id === '') {
      this.#warnings.add('list.row_without_id', line)
      return []
    }
    // The catalogue keeps variants behind a "#": such an id would name something else.
    if (id.includes('#') || Buffer.byteLength(id) > LONGEST_ID) {
      this.#warnings.add('list.unusable_id', line)
      return []
    }
    const fingerprint = hash64(this.#salt + JSON.stringify(said))
    const hash = hash64(id)
    const before = seen.get(hash)
    if (before === undefined) seen.set(hash, fingerprint)
    else if (before !== fingerprint) {
      this.#conflicts.add(id)
      this.#warnings.add('list.duplicate_id', line)
    }
    // The row was read whole already.
    return [{ kind: 'offer', id, line, start, end, context: this.#context, fingerprint, check: () => {} }]
  }

  #decoded<R extends RecordRef>(record: R, values: Values, known: Set<string>): DecodedRecord<R> {
    const { id, line } = record
    if (this.#conflicts.has(id)) {
      // Nobody can tell which row is meant: named, and nothing said. No single row may count as known by this.
      const statement = { productId: id, variant: '' }
      return { record, statement, fingerprint: hash64(`contradiction ${id}`), written: { prices: 0, stockRows: 0 } }
    }
    return { record, ...decodeRow(id, line, values, this.#mapping, { warnings: this.#warnings, known }) }
  }

  /** A list that has nothing of what it is read for is another list than the mapping means. */
  #checkMet(rows: number, items: number, met: ReadonlySet<AskedValue>, line: number): void {
    if (rows === 0) return
    const known = this.#source.met()
    const place = this.#source.faultPlace(line)
    const lacks = (kind: AskedValue['kind']): AskedValue[] => {
      const asked = this.#asked.filter((each) => each.kind === kind)
      return asked.some((each) => met.has(each)) ? [] : asked
    }
    const missing = [...lacks('id'), ...lacks('price'), ...lacks('stock')]
    if (known !== undefined && missing.length > 0) {
      throw missingSources('list.unknown_path', this.#name, place, missing, known)
    }
    if (items > 0) return
    throw listFault('list.no_ids', this.#name, `none of its ${rows} rows has a usable id`, {
      place,
      remedy: 'Look whether "fields.id" of parse names the column that holds the codes of the goods.',
      details: { source: this.#mapping.fields.id },
    })
  }
}

/**
 * What a list is one of: a full one speaks for the lists of its own name, however they are numbered or dated, and not
 * for another supplier's in the same folder.
 */
function listKey(name: string): string {
  return name.replaceAll(/\d+/g, '0')
}
