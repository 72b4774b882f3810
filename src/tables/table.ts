import type { Diagnostic } from '../core/diagnostic.ts'
import type { Place } from '../core/errors.ts'

/** One cell of a table file as it stands there, trimmed. */
export interface RawCell {
  readonly text: string
  readonly place: Place
  /** An error of Excel such as `#N/A` stands there. */
  readonly isError?: true
}

/** What a table file holds: blank rows left out, cells in the order of the columns, as many as the row states. */
export interface RawTable {
  readonly rows: readonly (readonly RawCell[])[]
  /** Where a person looks when there is nothing. */
  readonly place: Place
  /** Empty cells need their delimiter: a row shorter than the header is a mistake. */
  readonly isRagged: boolean
}

/** One row of a table. `from` and `to` are wall-clock moments of the shop, written as if they were UTC. */
export interface TableRow {
  /** In the order of the columns, the key's own included. */
  readonly cells: readonly RawCell[]
  /** In force from then on; absent: always was. */
  readonly from?: number
  /** In force until just before then; absent: for ever. */
  readonly to?: number
}

/** One table that managers edit: named columns, the first of which is the key. */
export interface Table {
  /** Of its first row. */
  readonly place: Place
  /** The first one is the key's; never empty. */
  readonly columns: readonly string[]
  /** Key → its rows; several only where their dates do not overlap. */
  readonly rows: ReadonlyMap<string, readonly TableRow[]>
}

/** Something and all that is wrong with it. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }
