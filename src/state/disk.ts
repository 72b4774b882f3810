import { constants } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { createClock, type Clock } from '../core/clock.ts'
import { ObmenError } from '../core/errors.ts'
import type { Files } from '../core/files.ts'
import type { Failpoint } from './failpoint.ts'

/** What {@link createFiles} may be told; everything has a default that is right in production. */
export interface DiskOptions {
  readonly failpoint?: Failpoint | undefined
  /** Paces the retries of a rename on Windows. */
  readonly clock?: Clock
  readonly platform?: NodeJS.Platform
}

/** Clock milliseconds between tries of a rename that Windows refuses while another program reads the target. */
const RENAME_WAITS = [20, 50, 100, 200, 400, 800, 1600]
/** Longest part of a file name, in UTF-16 units, that its temporary name repeats: the whole stays below 255 bytes. */
const TEMPORARY_NAME_UNITS = 60

/** The one implementation of {@link Files}. Errors of the file system pass through as Node gives them; a source that
 * changes while it is copied is an ObmenError transient `state.changed_while_copied`, and no copy is made. */
export function createFiles(options: DiskOptions = {}): Files {
  const { failpoint, clock = createClock(), platform = process.platform } = options
  const busy = new Set<string>()
  let serial = 0

  async function around<T>(name: string, change: () => Promise<T>): Promise<T> {
    failpoint?.hit(name)
    const result = await change()
    failpoint?.hit(name)
    return result
  }

  async function syncFolder(path: string): Promise<void> {
    // Windows cannot open a folder for fsync; NTFS journals the names itself.
    if (platform === 'win32') return
    const handle = await open(path, 'r')
    try {
      await around('fsync', () => handle.sync())
    } finally {
      await handle.close()
    }
  }

  async function syncFile(path: string): Promise<void> {
    const handle = await open(path, 'r+')
    try {
      await around('fsync', () => handle.sync())
    } finally {
      await handle.close()
    }
  }

  async function renameRetried(from: string, to: string): Promise<void> {
    for (let turn = 0; ; turn++) {
      try {
        await around('rename', () => rename(from, to))
        return
      } catch (error) {
        const wait = RENAME_WAITS[turn]
        if (platform !== 'win32' || wait === undefined || !['EPERM', 'EBUSY', 'EACCES'].includes(codeOf(error))) {
          throw error
        }
        await clock.sleep(wait)
      }
    }
  }

  /** Fills a temporary file beside `path` and renames it over `path`; whatever fails, no temporary file stays. */
  async function replace(path: string, fill: (temporary: string) => Promise<void>): Promise<void> {
    const folder = dirname(path)
    await mkdir(folder, { recursive: true })
    await removeStaleTemporaries(path, busy)
    serial += 1
    const temporary = join(folder, `${temporaryPrefix(path)}${process.pid}-${serial}.tmp`)
    busy.add(temporary)
    try {
      await fill(temporary)
      await syncFile(temporary)
      await renameRetried(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    } finally {
      busy.delete(temporary)
    }
    await syncFolder(folder)
  }

  /** The copy keeps the time of modification: it tells files apart. */
  async function copyOver(from: string, to: string): Promise<void> {
    await replace(to, async (temporary) => {
      const before = await stat(from)
      await copyFile(from, temporary, constants.COPYFILE_EXCL)
      await utimes(temporary, before.atimeMs / 1000, before.mtimeMs / 1000)
      const after = await stat(from)
      if (before.size === after.size && before.mtimeMs === after.mtimeMs && before.ino === after.ino) return
      throw new ObmenError('transient', 'state.changed_while_copied', `copying ${from}: somebody is writing to it`, {
        place: { file: from },
        remedy: 'Wait until the program that writes the file has finished.',
      })
    })
  }

  async function removePath(path: string): Promise<void> {
    await around('remove', () => rm(path, { recursive: true, force: true }))
  }

  return {
    async writeAtomic(path, data) {
      await replace(path, async (temporary) => {
        const handle = await open(temporary, 'wx')
        try {
          await handle.writeFile(data)
        } finally {
          await handle.close()
        }
      })
    },

    async append(path, text, header) {
      await mkdir(dirname(path), { recursive: true })
      const handle = await open(path, 'a')
      let created: boolean
      try {
        created = (await handle.stat()).size === 0
        const whole = created && header !== undefined ? header + text : text
        await around('append', () => handle.writeFile(whole))
        await around('fsync', () => handle.sync())
      } finally {
        await handle.close()
      }
      if (created) await syncFolder(dirname(path))
    },

    async move(from, to) {
      await mkdir(dirname(to), { recursive: true })
      try {
        await renameRetried(from, to)
      } catch (error) {
        if (codeOf(error) !== 'EXDEV') throw error
        await copyOver(from, to)
        await removePath(from)
      }
      await syncFolder(dirname(to))
      if (dirname(from) !== dirname(to)) await syncFolder(dirname(from))
    },

    copy: copyOver,
    remove: removePath,

    async makeFolder(path) {
      await mkdir(path, { recursive: true })
    },
  }
}

function temporaryPrefix(path: string): string {
  return `.${basename(path).slice(0, TEMPORARY_NAME_UNITS)}.`
}

/** Removes what writers of `path` left that died between writing and renaming. */
async function removeStaleTemporaries(path: string, busy: ReadonlySet<string>): Promise<void> {
  const folder = dirname(path)
  const prefix = temporaryPrefix(path)
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue
    const writer = /^(\d+)(?:-\d+)?\.tmp$/.exec(name.slice(prefix.length))?.[1]
    if (writer === undefined) continue
    const temporary = join(folder, name)
    const stale = Number(writer) === process.pid ? !busy.has(temporary) : !isAlive(Number(writer))
    if (stale) await rm(temporary, { force: true })
  }
}

/** True when a process of this id runs on this machine, ours or not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** True when something stands at `path`. */
export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false
    throw error
  }
}

/** The code of a system error (`ENOENT`), `""` for anything else. */
export function codeOf(error: unknown): string {
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? '') : ''
}
