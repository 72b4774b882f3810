import { createHash } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { createReadStream } from 'node:fs'
import { lstat, open, readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ObmenError } from '../../core/errors.ts'
import type { Files } from '../../core/files.ts'
import { pictureKey } from '../../core/picture.ts'
import { codeOf, exists } from '../../state/disk.ts'
import { PICTURES } from './candidates.ts'

/** A picture file as it lies in an inbox. */
export interface FoundPicture {
  readonly path: string
  /** Bytes. */
  readonly size: number
  readonly mtimeMs: number
}

/**
 * Finds pictures below folders whatever the case of their names. Folders are listed once: a finder is for one look.
 * Links are not followed, so nothing outside the folders is ever read.
 */
export class PictureFinder {
  readonly #roots: readonly string[]
  readonly #folders = new Map<string, Promise<ReadonlyMap<string, Dirent>>>()

  constructor(roots: readonly string[]) {
    this.#roots = roots
  }

  /** Looks for a key ({@link pictureKey}) in every root, the first one first. */
  async find(key: string): Promise<FoundPicture | undefined> {
    for (const root of this.#roots) {
      const found = await this.#findIn(root, key.split('/'))
      if (found !== undefined) return found
    }
    return undefined
  }

  async #findIn(root: string, segments: readonly string[]): Promise<FoundPicture | undefined> {
    let folder = root
    for (const segment of segments.slice(0, -1)) {
      const entry = (await this.#list(folder)).get(segment)
      if (entry?.isDirectory() !== true) return undefined
      folder = join(folder, entry.name)
    }
    const name = fileNamed(await this.#list(folder), segments.at(-1) ?? '')
    return name === undefined ? undefined : look(join(folder, name))
  }

  #list(folder: string): Promise<ReadonlyMap<string, Dirent>> {
    let listed = this.#folders.get(folder)
    if (listed === undefined) this.#folders.set(folder, (listed = list(folder)))
    return listed
  }
}

/** Names of a folder by their key; none when it is missing. */
async function list(folder: string): Promise<ReadonlyMap<string, Dirent>> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return new Map(entries.map((entry) => [pictureKey(entry.name), entry]))
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error))) return new Map()
    throw error
  }
}

/** The name that is meant: as stated, or the same up to its second dot, where 1C cuts names off (`a.tar.gz` → `a.tar`). */
function fileNamed(names: ReadonlyMap<string, Dirent>, wanted: string): string | undefined {
  const exact = names.get(wanted)
  if (exact !== undefined) return exact.isFile() ? exact.name : undefined
  const cut = cutAtSecondDot(wanted)
  const alike = [...names].filter(([key, entry]) => entry.isFile() && cutAtSecondDot(key) === cut)
  return alike.length === 1 ? alike[0]?.[1].name : undefined
}

function cutAtSecondDot(name: string): string {
  return name.split('.').slice(0, 2).join('.')
}

async function look(path: string): Promise<FoundPicture | undefined> {
  try {
    const { size, mtimeMs } = await lstat(path)
    return { path, size, mtimeMs }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** The pictures below the folder of an unpacked archive; `name` is the path inside the archive. */
export async function* unpackedPictures(folder: string): AsyncGenerator<FoundPicture & { readonly name: string }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const name = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')
    if (!entry.isFile() || !name.split('/').slice(0, -1).includes(PICTURES)) continue
    const found = await look(join(folder, name))
    if (found !== undefined) yield { ...found, name }
  }
}

/** What the first bytes of picture files are; marketplaces take these kinds. */
const KINDS: readonly { readonly extension: string; readonly begins: RegExp }[] = [
  { extension: 'jpg', begins: /^\u00FF\u00D8\u00FF/ },
  { extension: 'png', begins: /^\u0089PNG\r\n/ },
  { extension: 'gif', begins: /^GIF8[79]a/ },
  { extension: 'webp', begins: /^RIFF.{4}WEBP/s },
  { extension: 'bmp', begins: /^BM/ },
]

/** The extension that belongs to a file's content, without a dot; undefined when it is no picture. */
export async function pictureKind(path: string): Promise<string | undefined> {
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0)
    const head = buffer.toString('latin1', 0, bytesRead)
    return KINDS.find(({ begins }) => begins.test(head))?.extension
  } finally {
    await handle.close()
  }
}

/**
 * Copies a picture into the folder that a web server serves, named after its content: a changed picture gets a new
 * address, the same one is there once. Resolves to its path below the folder; undefined when it is no picture.
 *
 * @throws ObmenError transient `state.changed_while_copied` when somebody writes to it meanwhile; fatal
 *   `pictures.cannot_publish` when the folder does not take it
 */
export async function publishPicture(
  path: string,
  folder: string,
  files: Files,
  signal: AbortSignal,
): Promise<string | undefined> {
  const extension = await pictureKind(path)
  if (extension === undefined) return undefined
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash, { signal })
  const name = hash.digest('hex').slice(0, 32)
  const file = `${name.slice(0, 2)}/${name}.${extension}`
  const target = join(folder, file)
  try {
    if (!(await exists(target))) await files.copy(path, target)
  } catch (error) {
    // Its source was read a moment ago: what fails now with a code of the system is the folder.
    if (error instanceof ObmenError || codeOf(error) === 'ENOENT' || codeOf(error) === '') throw error
    throw new ObmenError('fatal', 'pictures.cannot_publish', `publishing ${path} in ${folder}: ${codeOf(error)}`, {
      cause: error,
      place: { file: folder },
      remedy: 'Give Obmen the right to write into the folder of `images.publish`, and look whether its disk is full.',
    })
  }
  return file
}
