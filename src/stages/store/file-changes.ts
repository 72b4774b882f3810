import { join } from 'node:path'
import { fingerprintText } from '../../core/fingerprint.ts'
import type { RecordRef } from '../../formats/commerceml/index.ts'
import type { RecordFile } from '../../formats/record-file.ts'
import type { FileChange, IncomingFile, RecordChange } from '../../pipeline/flows.ts'
import type { UnchangedNote } from '../../state/catalogue.ts'
import type { StatedNote } from '../../state/stated-parts.ts'
import { Spool, type SpooledRecord } from './spool.ts'

/** The file that changes come from. */
export interface FileSource {
  readonly file: RecordFile
  readonly incoming: IncomingFile
}

/** Stands for the size of records that were never kept as text. */
const USUAL_SIZE = 1000

/** A record that is decoded after the file was read, with the fingerprint to remember. */
interface LaterRecord extends RecordRef {
  readonly fingerprint: bigint
}

/**
 * What `store` keeps of the changes of one file until the file is known to be sound. A record is parsed once: where its
 * format allows, the reading that checks it decodes it, and what it says is spooled, so that nothing is held per record.
 */
export class FileChanges {
  source: FileSource | undefined
  unchanged: UnchangedNote | undefined
  /** What the whole file states, changed or not. */
  stated: StatedNote = { digest: '', parts: [] }
  /** Records that changed. */
  count = 0
  /** Those of them that are offers. */
  offers = 0
  #first: Spool | undefined
  #rest: Spool | undefined
  /** Of formats that can only decode once the whole file was seen. */
  readonly #later: LaterRecord[] = []

  /** @throws ObmenError input when the record is not sound */
  add(change: FileChange): void {
    this.source ??= change
    if ('unchanged' in change) {
      this.unchanged = change.unchanged
      this.stated = change.stated
      return
    }
    this.count++
    if (change.record.kind === 'offer' || change.record.kind === 'offerChange') this.offers++
    this.#keep(change)
  }

  #keep({ record, fingerprint, incoming, first }: RecordChange): void {
    const { kind, id, line, start, end, context } = record
    if (record.decode === undefined) {
      record.check()
      this.#later.push({ kind, id, line, start, end, context, fingerprint })
      return
    }
    const decoded = record.decode()
    const kept = { ...decoded, kind, id, line, fingerprint: decoded.fingerprint ?? fingerprint }
    const path = join(incoming.workFolder, fingerprintText(incoming.path))
    if (first === true) (this.#first ??= new Spool(`${path}.first`)).add(kept)
    else (this.#rest ??= new Spool(`${path}.changes`)).add(kept)
  }

  /** To be awaited after every batch. */
  async settle(): Promise<void> {
    await this.#first?.settle()
    await this.#rest?.settle()
  }

  /** All changes in the order in which they are to be applied, in batches. */
  async *records(signal: AbortSignal): AsyncGenerator<readonly SpooledRecord[]> {
    if (this.#first !== undefined) yield* this.#first.records()
    if (this.#rest !== undefined) yield* this.#rest.records()
    if (this.#later.length === 0 || this.source === undefined) return
    for await (const decoded of this.source.file.decode(this.#later, signal)) {
      yield decoded.map(({ record, fingerprint, ...said }) => {
        const { kind, id, line } = record
        return { ...said, kind, id, line, size: USUAL_SIZE, fingerprint: fingerprint ?? record.fingerprint }
      })
    }
  }

  async close(): Promise<void> {
    await this.#first?.close()
    await this.#rest?.close()
  }
}
