import type { OneCDocument } from '../../core/document.ts'
import type { DictionaryRow, Statement } from '../../core/catalogue.ts'

/** What a record of an exchange file is. A `group` is a top-level group with everything nested in it. */
export type RecordKind =
  'product' | 'offer' | 'offerChange' | 'priceType' | 'warehouse' | 'property' | 'unit' | 'group' | 'document'

/** What stands around a record and changes its meaning. Shared by all records of one section. */
export interface RecordContext {
  /** Id of the Каталог the record belongs to; empty when not stated. */
  readonly catalogueId: string
  /** Name of the Каталог; empty in offer packages, which do not state it. */
  readonly catalogueName: string
  /** What the section says of itself. Undefined = not stated. Unreliable: full or delta is decided per set, never here. */
  readonly changesOnly: boolean | undefined
  /** The section lists price types before the record. */
  readonly listsPriceTypes?: true
}

/** Where a record lies: plain data, enough to read and decode it again. */
export interface RecordRef {
  readonly kind: RecordKind
  /** The record's own Ид as stated, without an empty tail `#`; of an offer change the canonical `Ид#ИдХарактеристики`. */
  readonly id: string
  /** One-based line of its first character. */
  readonly line: number
  /** First byte and the byte after the last in the UTF-8 file ({@link ExchangeFile.path}). */
  readonly start: number
  readonly end: number
  readonly context: RecordContext
}

/** A record as pass 1 finds it: located and fingerprinted, not parsed. */
export interface ExchangeRecord extends RecordRef {
  /** Fingerprint of the record's bytes and of everything else its meaning depends on. Equal = decodes to the same. */
  readonly fingerprint: bigint
  /**
   * Parses the record strictly. Only valid while its batch is being consumed: afterwards the bytes are gone.
   * @throws ObmenError input `xml.malformed`, `xml.too_deep`
   */
  check(): void
  /**
   * Checks the record and decodes it at once, where a format can tell what a record says before it has seen the whole
   * file. Valid and failing as {@link check}. What it gives has no effect before the whole file is sound.
   */
  decode?(): DecodedRecord
}

/** What one record says. */
export interface DecodedRecord<R extends RecordRef = RecordRef> {
  readonly record: R
  /** Of products, offers and offer changes. */
  readonly statement?: Statement
  /** Of dictionary records; also names of requisites and variant attributes and the header of the catalogue. */
  readonly rows?: readonly DictionaryRow[]
  /** Of documents: orders, payments, shipments. */
  readonly document?: OneCDocument
  /** Set where more than the record's own bytes decided what it says: remembered instead of its fingerprint. */
  readonly fingerprint?: bigint
  /** Rows as written, readable or not: for comparing a file with what was made of it. */
  readonly written: { readonly prices: number; readonly stockRows: number }
}
