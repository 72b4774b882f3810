import { open, rm, type FileHandle } from 'node:fs/promises'
import type { DictionaryRow, Statement } from '../../core/catalogue.ts'
import type { DecodedRecord, RecordRef } from '../../formats/commerceml/index.ts'

/** What a decoded record leaves in the spool: all that is needed to apply it. */
export interface SpooledRecord
  extends Pick<RecordRef, 'kind' | 'id' | 'line'>, Pick<DecodedRecord, 'statement' | 'rows'> {
  readonly fingerprint: bigint
  /** Characters of the record as kept here: how much memory applying it will take, roughly. */
  readonly size: number
}

/** Characters held in memory: the changes of an ordinary file need no disk. What is written at once is garbage of twice its size. */
const HELD = 1024 * 1024
const CHUNK = 1024 * 1024
const LINE_FEED = 0x0a

/**
 * Keeps decoded records until their file has been read to its end and found sound, in the order in which they came:
 * in memory as long as they are few, then in a file of its own. Nobody reads that file after a crash.
 */
export class Spool {
  readonly #path: string
  #lines: string[] = []
  #held = 0
  #file: FileHandle | undefined
  #size = 0

  constructor(path: string) {
    this.#path = path
  }

  /** Records kept. */
  get size(): number {
    return this.#size
  }

  add({ kind, id, line, fingerprint, statement, rows }: Omit<SpooledRecord, 'size'>): void {
    const text = JSON.stringify([kind, id, line, String(fingerprint), statement, rows])
    this.#lines.push(text)
    this.#held += text.length
    this.#size++
  }

  /** To be awaited now and then between two {@link add}s: memory is bounded by what comes in between. */
  async settle(): Promise<void> {
    if (this.#held < HELD) return
    this.#file ??= await open(this.#path, 'w+')
    await this.#file.write(`${this.#lines.join('\n')}\n`)
    this.#lines = []
    this.#held = 0
  }

  /** All records in order, in batches of about a megabyte; once. */
  async *records(): AsyncGenerator<readonly SpooledRecord[]> {
    if (this.#file !== undefined) {
      for await (const lines of linesOf(this.#file)) yield lines.map(recordOf)
    }
    const lines = this.#lines
    this.#lines = []
    for (let from = 0; from < lines.length;) {
      let to = from
      for (let size = 0; to < lines.length && size < CHUNK; to++) size += (lines[to] as string).length
      yield lines.slice(from, to).map(recordOf)
      from = to
    }
  }

  async close(): Promise<void> {
    if (this.#file === undefined) return
    await this.#file.close()
    await rm(this.#path, { force: true })
  }
}

function recordOf(line: string): SpooledRecord {
  const [kind, id, at, fingerprint, statement, rows] = JSON.parse(line) as [
    RecordRef['kind'],
    string,
    number,
    string,
    Statement | null,
    readonly DictionaryRow[] | null,
  ]
  return {
    kind,
    id,
    line: at,
    fingerprint: BigInt(fingerprint),
    size: line.length,
    ...(statement === null ? {} : { statement }),
    ...(rows === null ? {} : { rows }),
  }
}

async function* linesOf(file: FileHandle): AsyncGenerator<readonly string[]> {
  let buffer = Buffer.allocUnsafe(CHUNK)
  let held = 0
  for (let at = 0; ;) {
    // A line longer than the buffer: the record of a description of some megabytes.
    if (held === buffer.length) buffer = Buffer.concat([buffer], 2 * buffer.length)
    const { bytesRead } = await file.read(buffer, held, buffer.length - held, at)
    if (bytesRead === 0) return
    at += bytesRead
    held += bytesRead
    const end = buffer.lastIndexOf(LINE_FEED, held - 1)
    if (end < 0) continue
    yield buffer.toString('utf8', 0, end).split('\n')
    buffer.copyWithin(0, end + 1, held)
    held -= end + 1
  }
}
