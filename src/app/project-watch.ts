import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'

/** Where the files stand that an admin or a manager edits, and what their names end in. */
const FOLDERS: readonly (readonly [folder: string, names: RegExp])[] = [
  ['.', /^\.env$/],
  ['config', /^[^.~].*\.ya?ml$/i],
  ['config/mapping', /^[^.~].*\.(?:csv|xlsx?|xlsm|ods)$/i],
  ['pipelines', /^[^.~].*\.ya?ml$/i],
]

/**
 * Tells when an edit of a project is over. Files are saved one after another, and editors write a temporary file and
 * rename it: what counts is that nothing has changed for a while. It looks instead of listening: events do not come from
 * network folders and from behind links, and a handful of files costs nothing.
 */
export class ProjectWatch {
  /** Clock milliseconds between two looks. */
  static readonly every = 2_000
  readonly #root: string
  readonly #clock: Clock
  #seen = ''
  #since = 0
  #read = ''

  constructor(root: string, clock: Clock) {
    this.#root = root
    this.#clock = clock
  }

  /** How long what was not read yet has stood still, clock milliseconds; undefined when there is nothing new. */
  async stoodFor(): Promise<number | undefined> {
    const picture = await this.#picture()
    if (picture !== this.#seen) {
      this.#seen = picture
      this.#since = this.#clock.now()
    }
    return picture === this.#read ? undefined : this.#clock.now() - this.#since
  }

  /** What `load` gives, unless a file changed while it read: then the edit is not over. */
  async read<T>(load: () => Promise<T>): Promise<T | undefined> {
    const before = await this.#picture()
    const loaded = await load()
    return before === (await this.#picture()) ? loaded : undefined
  }

  /** What stands there now has been read; it counts as new when it changes. */
  done(): void {
    this.#read = this.#seen
  }

  /** Names, sizes and times of all files. */
  async #picture(): Promise<string> {
    const lines = await Promise.all(FOLDERS.map(([folder, names]) => this.#folder(join(this.#root, folder), names)))
    return lines.flat().join('\n')
  }

  async #folder(folder: string, names: RegExp): Promise<string[]> {
    let found: string[]
    try {
      found = await readdir(folder)
    } catch (error) {
      return [`${folder} ${(error as NodeJS.ErrnoException).code}`]
    }
    return Promise.all(found.filter((name) => names.test(name)).map((name) => lineOf(join(folder, name))))
  }
}

async function lineOf(path: string): Promise<string> {
  try {
    const { size, mtimeMs, ino } = await stat(path)
    return `${path} ${size} ${mtimeMs} ${ino}`
  } catch (error) {
    return `${path} ${(error as NodeJS.ErrnoException).code}`
  }
}
