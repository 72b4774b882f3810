import type { Place } from '../../core/errors.ts'
import type { Warnings } from '../commerceml/warnings.ts'
import type { Source } from './mapping.ts'

/** The values that stand at a source in one row, trimmed; none where the row has nothing there. */
export type Values = (source: Source) => readonly string[]

/** One row of a table or one element of an XML file. */
export interface ListRow {
  /** One-based line where it begins; of a workbook the number of the row. */
  readonly line: number
  /** First byte and the byte after the last in {@link RowSource.path}. */
  readonly start: number
  readonly end: number
  readonly values: Values
}

/** The rows of a price list, whatever its format. A table's header was found and holds every column that was asked for. */
export interface RowSource {
  /** The UTF-8 file that rows point into: the list itself or a working copy. */
  readonly path: string
  /** Stamp that the list states, epoch milliseconds; undefined when it was not asked for. */
  readonly stamp: number | undefined
  /** As people write it: `UTF-8`, `windows-1251`. */
  readonly encoding: string
  /**
   * All rows in the order of the file with flat memory; blank ones are left out. Every row given is sound.
   * @throws ObmenError input with the place of the fault
   */
  rows(warnings: Warnings, signal: AbortSignal): AsyncGenerator<readonly ListRow[]>
  /** The values of a row from its bytes, read again. */
  valuesOf(text: string): Values
  /** What stands behind the name of the file: `12`, `Прайс!12`. */
  placeOf(line: number): string
  /** Where to point a person. */
  faultPlace(line: number, source?: Source): Place
  /** What rows hold, where that need not be what was asked for (xml): paths that were met. Undefined: columns are certain. */
  met(): readonly string[] | undefined
  /** Deletes working copies. */
  close(): Promise<void>
}
