import type { DecodedRecord, ExchangeRecord, RecordRef } from './commerceml/record.ts'
import type { FileWarning } from './commerceml/warnings.ts'

/**
 * A file that states what belongs into the catalogue, read in two passes: {@link RecordFile.records} locates and
 * fingerprints its records, {@link RecordFile.decode} reads again what changed. What `parse`, `diff` and `store` need of
 * every format; CommerceML and price lists both are one.
 */
export interface RecordFile {
  readonly header: {
    /** When the file was made, epoch milliseconds; undefined when it does not say so readably. */
    readonly stamp: number | undefined
    /** As people write it: `UTF-8`, `windows-1251`; `xlsx` for a workbook. */
    readonly encoding: string
  }
  /** @throws Error before {@link records} ended well */
  readonly summary: RecordFileSummary
  /**
   * Pass 1 over the whole file with flat memory. Only when the iteration ended by itself is the file whole and sound
   * outside its records; records are sound when their `check` says so. It may be run again to look at records a second
   * time.
   * @throws ObmenError input
   */
  records(signal: AbortSignal): AsyncGenerator<readonly ExchangeRecord[]>
  /** Pass 2: decodes the given records, all of which passed `check`, in the order of the file. */
  decode<R extends RecordRef>(records: readonly R[], signal: AbortSignal): AsyncGenerator<readonly DecodedRecord<R>[]>
  /** Where a record that begins at this line stands, as people find it behind the name of the file: `12`, `Прайс!12`. */
  placeOf(line: number): string
  /** Deletes working copies; the file itself stays. Nothing can be read afterwards. */
  close(): Promise<void>
}

/** What pass 1 found of the file as a whole. */
export interface RecordFileSummary {
  /** The family of 1C producers; null = unknown, or no CommerceML. */
  readonly family: string | null
  /** Version of the schema as stated, for example `2.07`; empty when not stated, or no CommerceML. */
  readonly version: string
  /** What parts of the file say of themselves: true = only changes, false = everything. Empty = it says nothing. */
  readonly changesOnly: Readonly<Record<string, boolean>>
  /** Of both passes so far. */
  readonly warnings: readonly FileWarning[]
}
