import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { ObmenError } from '../core/errors.ts'
import type { Files } from '../core/files.ts'
import { codeOf } from './disk.ts'

/** Something that happened, as plain JSON; `at` is epoch milliseconds, `event` says what the rest means. */
export interface HistoryEntry {
  readonly at: number
  readonly event: string
  readonly [field: string]: unknown
}

/** Up to where somebody has read: every whole line before `offset` (bytes) of `file`, and all older files. */
export interface HistoryCursor {
  /** Name of a daily file, `2026-01-31.ndjson`. */
  readonly file: string
  readonly offset: number
}

/** Entries and where to go on; `more` is false when the end was reached. */
export interface HistoryPage {
  readonly entries: readonly HistoryEntry[]
  readonly next: HistoryCursor | undefined
  readonly more: boolean
}

/** What happened, in one file a day (UTC). */
export interface History {
  /** Appends to the file of the day of the last entry; one append, durable when it resolves. */
  append(entries: readonly HistoryEntry[]): Promise<void>
  /** The next entries after a cursor, from the oldest on without one. A pruned file is passed over. */
  readSince(cursor?: HistoryCursor): Promise<HistoryPage>
  /** Removes the files of days that ended before this time (epoch milliseconds). */
  prune(olderThan: number): Promise<void>
}

const DAY = 86_400_000
/** Bytes read at once; a page holds the whole lines in them. */
const CHUNK = 4 * 1024 * 1024
const FILE = /^(\d{4}-\d{2}-\d{2})\.ndjson$/

/** The history in a folder. One process appends; others may read. */
export function openHistory(folder: string, files: Files): History {
  /** Files whose end is known to be whole. */
  const sound = new Set<string>()
  let queue: Promise<void> = Promise.resolve()

  async function appendNow(name: string, text: string): Promise<void> {
    const path = join(folder, name)
    if (!sound.has(name)) await cutTornLine(path, files)
    sound.delete(name)
    await files.append(path, text)
    sound.add(name)
  }

  return {
    append(entries) {
      const last = entries.at(-1)
      if (last === undefined) return Promise.resolve()
      const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
      const done = queue.then(() => appendNow(`${dayOf(last.at)}.ndjson`, text))
      // The failure belongs to the caller of this append; the next one looks at the end of the file again.
      queue = done.catch(() => undefined)
      return done
    },

    async readSince(cursor) {
      for (const name of await dailyFiles(folder)) {
        if (cursor !== undefined && name < cursor.file) continue
        const offset = name === cursor?.file ? cursor.offset : 0
        const { lines, end, more } = await readLines(join(folder, name), offset)
        if (lines.length === 0) continue
        const entries = lines.map(({ text, at }) => parseEntry(folder, name, text, at))
        return { entries, next: { file: name, offset: end }, more: more || name !== (await dailyFiles(folder)).at(-1) }
      }
      return { entries: [], next: cursor, more: false }
    },

    async prune(olderThan) {
      for (const name of await dailyFiles(folder)) {
        if (Date.parse(name.slice(0, 10)) + DAY <= olderThan) await files.remove(join(folder, name))
      }
    },
  }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

async function dailyFiles(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => FILE.test(name)).sort()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

interface Line {
  readonly text: string
  /** Byte offset in the file. */
  readonly at: number
}

/** The whole lines from `offset` on, a chunk of them at most but never less than one. */
async function readLines(path: string, offset: number): Promise<{ lines: Line[]; end: number; more: boolean }> {
  const handle = await open(path, 'r')
  try {
    const { size } = await handle.stat()
    for (let length = CHUNK; ; length *= 2) {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(Math.min(length, Math.max(0, size - offset))),
        0,
        undefined,
        offset,
      )
      const bytes = buffer.subarray(0, bytesRead)
      const whole = bytes.subarray(0, bytes.lastIndexOf(10) + 1)
      const atEnd = offset + bytesRead >= size
      if (whole.length > 0 || atEnd)
        return { lines: splitLines(whole, offset), end: offset + whole.length, more: !atEnd }
    }
  } finally {
    await handle.close()
  }
}

function splitLines(bytes: Buffer, offset: number): Line[] {
  const lines: Line[] = []
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at)
    if (end > at) lines.push({ text: bytes.toString('utf8', at, end), at: offset + at })
    at = end + 1
  }
  return lines
}

function parseEntry(folder: string, name: string, text: string, at: number): HistoryEntry {
  try {
    return JSON.parse(text) as HistoryEntry
  } catch (error) {
    const file = join(folder, name)
    throw new ObmenError('fatal', 'state.journal_broken', `reading the history ${file}: no JSON at byte ${at}`, {
      cause: error,
      place: { file },
      remedy: `Delete the line at byte ${at} of ${file}, or the file: history is only read by reports.`,
    })
  }
}

/** Cuts off what a writer left that died in the middle of a line. */
async function cutTornLine(path: string, files: Files): Promise<void> {
  let bytes: Buffer
  try {
    const handle = await open(path, 'r')
    try {
      const { size } = await handle.stat()
      const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1))
      if (size === 0 || buffer[0] === 10) return
      bytes = await handle.readFile()
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  await files.writeAtomic(path, bytes.subarray(0, bytes.lastIndexOf(10) + 1))
}
