import { open, type FileHandle } from 'node:fs/promises'
import type { RecordRef } from './commerceml/record.ts'

/** Neighbouring records are read in one go: so many at most, up to so many bytes, over gaps up to so many. */
const BATCH = 256
const READ_AHEAD = 1024 * 1024
const READ_GAP = 32 * 1024

/** The text of a record. */
export interface RecordText<R extends RecordRef> {
  readonly record: R
  readonly text: string
}

/**
 * Reads records of a UTF-8 file again, in the order of the file, in batches. The file must be the same as when they were
 * found.
 */
export async function* readTexts<R extends RecordRef>(
  path: string,
  records: readonly R[],
  signal: AbortSignal,
): AsyncGenerator<readonly RecordText<R>[]> {
  const sorted = [...records].sort((a, b) => a.start - b.start)
  const file = await open(path, 'r')
  try {
    for (let from = 0; from < sorted.length;) {
      signal.throwIfAborted()
      const to = stretchEnd(sorted, from)
      const base = (sorted[from] as R).start
      const bytes = await readRange(file, base, (sorted[to - 1] as R).end)
      yield sorted
        .slice(from, to)
        .map((record) => ({ record, text: bytes.toString('utf8', record.start - base, record.end - base) }))
      from = to
    }
  } finally {
    await file.close()
  }
}

/** The records from `from` on that are read together: index behind the last. */
function stretchEnd(sorted: readonly RecordRef[], from: number): number {
  const { start } = sorted[from] as RecordRef
  let to = from + 1
  while (to < sorted.length && to - from < BATCH) {
    const next = sorted[to] as RecordRef
    if (next.start - (sorted[to - 1] as RecordRef).end > READ_GAP || next.end - start > READ_AHEAD) break
    to++
  }
  return to
}

async function readRange(file: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(to - from)
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, from + at)
    if (bytesRead === 0) throw new Error('the file became shorter between the passes')
    at += bytesRead
  }
  return bytes
}
