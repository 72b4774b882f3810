import { codeOf, exists } from '../../state/disk.ts'
import type { Candidate, InboxView } from './candidates.ts'
import { isSameState, openPlain, type FileState } from './file-state.ts'
import type { IsDone } from './settle.ts'

/** A file that nobody will ever read: it was seen in an inbox and is not there any more. */
export interface LostFile {
  /** Relative to the inbox, with slashes. */
  readonly name: string
  /** `gone`: it went away. `overwritten`: another document stands under its name. */
  readonly why: 'gone' | 'overwritten'
}

interface Seen {
  readonly candidate: Candidate
  /** The first bytes; of one document they only grow. */
  readonly beginning: Buffer
}

/** Bytes compared: the root of an exchange file with the stamp of its run stands in them, in UTF-16, too. */
const BEGINNING = 1_024

/**
 * Tells which files of an inbox went away, or were written over by another document, before they were taken. Whoever
 * takes a file says so. A file that is only renamed is not lost, and neither is one that is still being written.
 */
export class LostFiles {
  /** Tells of `take: copy` whether a file was taken: it may go at any time. */
  readonly #isDone: IsDone
  /** By inbox and path. */
  readonly #seen = new Map<string, ReadonlyMap<string, Seen>>()

  constructor(isDone: IsDone = () => Promise.resolve(false)) {
    this.#isDone = isDone
  }

  /** Takes what an inbox shows now, everything in it. Gives what was lost since the look before. */
  async look(inbox: string, { candidates, odd }: InboxView): Promise<LostFile[]> {
    const before = this.#seen.get(inbox) ?? new Map<string, Seen>()
    const after = new Map<string, Seen>()
    const lost: LostFile[] = []
    for (const candidate of candidates) {
      const known = before.get(candidate.path)
      const seen = await see(candidate, known)
      after.set(candidate.path, seen)
      if (known === undefined || isSameDocument(known.beginning, seen.beginning)) continue
      if (!(await this.#isDone(known.candidate))) lost.push({ name: candidate.name, why: 'overwritten' })
    }
    for (const [path, { candidate }] of before) {
      if (after.has(path) || odd.some(({ name }) => name === candidate.name)) continue
      const isRenamed = candidates.some((other) => !before.has(other.path) && isOneFile(candidate, other))
      if (isRenamed || (await exists(path)) || (await this.#isDone(candidate))) continue
      lost.push({ name: candidate.name, why: 'gone' })
    }
    this.#seen.set(inbox, after)
    return lost
  }

  /** To be told of a file that was taken, before the next look. */
  taken({ inbox, path }: Pick<Candidate, 'inbox' | 'path'>): void {
    const seen = new Map(this.#seen.get(inbox))
    seen.delete(path)
    this.#seen.set(inbox, seen)
  }
}

async function see(candidate: Candidate, known: Seen | undefined): Promise<Seen> {
  if (known !== undefined && isSameState(known.candidate, candidate)) return known
  const beginning = await beginningOf(candidate.path)
  if (known === undefined || !isSameDocument(known.beginning, beginning)) return { candidate, beginning }
  // Emptied to be written anew, or not yet as far as it was before.
  return { candidate, beginning: beginning.length < known.beginning.length ? known.beginning : beginning }
}

/** The first bytes without reserved room that is not written yet; none when the file cannot be read now. */
async function beginningOf(path: string): Promise<Buffer> {
  try {
    const handle = await openPlain(path)
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0)
      const read = buffer.subarray(0, bytesRead)
      return isReserved(read) ? Buffer.alloc(0) : read
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (codeOf(error) === '') throw error
    return Buffer.alloc(0)
  }
}

function isReserved(bytes: Buffer): boolean {
  return bytes.length > 1 && bytes[0] === 0 && bytes[1] === 0
}

function isSameDocument(a: Buffer, b: Buffer): boolean {
  const length = Math.min(a.length, b.length)
  return a.subarray(0, length).equals(b.subarray(0, length))
}

/** Inodes are used again: only a file of the same size and time is the same one under another name. */
function isOneFile(a: FileState, b: FileState): boolean {
  return a.ino !== 0 && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs
}
