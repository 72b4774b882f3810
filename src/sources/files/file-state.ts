import { constants } from 'node:fs'
import { lstat, open, type FileHandle } from 'node:fs/promises'

/** What tells whether a file is still the one it was. */
export interface FileState {
  readonly size: number
  readonly mtimeMs: number
  readonly ino: number
  /** Time of the last change of any kind, which no program can set back; absent on Windows, where reading changes it. */
  readonly ctimeMs?: number
}

/** The state of what stands at a path, a link itself and not its target. Errors of the disk as they are. */
export async function stateOf(path: string): Promise<FileState> {
  const { size, mtimeMs, ino, ctimeMs } = await lstat(path)
  return { size, mtimeMs, ino, ...(process.platform === 'win32' ? {} : { ctimeMs }) }
}

/** True when both are states of one unchanged file. What one of them does not know is not compared. */
export function isSameState(a: FileState, b: FileState): boolean {
  if (a.size !== b.size || a.mtimeMs !== b.mtimeMs || a.ino !== b.ino) return false
  return a.ctimeMs === undefined || b.ctimeMs === undefined || a.ctimeMs === b.ctimeMs
}

/** Windows has neither; there a link cannot be made without rights, and a pipe is no file. */
const PLAIN = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** Opens a file for reading. A link is an error (`ELOOP`); a pipe opens at once instead of waiting for a writer. */
export async function openPlain(path: string): Promise<FileHandle> {
  return open(path, PLAIN)
}
