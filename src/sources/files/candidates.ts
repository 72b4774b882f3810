import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, relative, resolve, sep } from 'node:path'

import { ObmenError } from '../../core/errors.ts'
import { codeOf } from '../../state/disk.ts'
import { stateOf, type FileState } from './file-state.ts'
import { markerPath } from './marker.ts'

/** A file of an inbox that may be an exchange file, as the disk shows it now. */
export interface Candidate extends FileState {
  readonly inbox: string
  readonly path: string
  /** Relative to the inbox, with slashes: `webdata/import0_1.xml`. */
  readonly name: string
  /** Only of an exchange with markers: the file's marker, null while there is none. */
  readonly marker?: (FileState & { readonly path: string }) | null
}

/** Something in an inbox that has the name of an exchange file and cannot be taken for one. */
export interface OddEntry {
  /** Relative to the inbox, with slashes. */
  readonly name: string
  readonly why: 'link' | 'folder' | 'special' | 'unreadable' | 'unmarked'
}

/** What an inbox shows at one look. */
export interface InboxView {
  readonly candidates: readonly Candidate[]
  readonly odd: readonly OddEntry[]
}

/** What is looked for. */
export interface LookOptions {
  /** Our own order file, which may lie in an inbox. */
  readonly orders?: string | undefined
  /** The exchange's option `marker`. */
  readonly marker?: string | undefined
  /** As {@link isExchangeName}. */
  readonly extensions?: readonly string[] | undefined
}

/** The folder of pictures: they lie there, in tens of thousands (native and site exports of 1C name the folder so). */
export const PICTURES = 'import_files'

/** What the names of the files that 1C writes end in. */
const OF_1C: readonly string[] = ['xml', 'zip']

/** What the names of files end in that some pipeline reads. */
export const ANY_FORMAT: readonly string[] = [...OF_1C, 'csv', 'xlsx']

/**
 * True for names of files that are taken: with one of these extensions, by default those of 1C; not for temporary
 * names, lock files of editors (Excel's `~$price.xlsx`) and pictures.
 */
export function isExchangeName(name: string, extensions: readonly string[] = OF_1C): boolean {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  return name.includes('.') && extensions.includes(extension) && !/^[.~]/.test(name)
}

/** True for folders below an inbox that hold exchange files, or may one day. */
export function isExchangeFolder(name: string): boolean {
  return name !== PICTURES && !name.startsWith('.')
}

/** True for our own order file, which may lie in an inbox. */
export function isOwnOrders(path: string, orders: string | undefined): boolean {
  if (orders === undefined) return false
  const [a, b] = [resolve(path), resolve(orders)]
  return process.platform === 'win32' ? a.toLowerCase() === b.toLowerCase() : a === b
}

/**
 * Everything in an inbox that may be an exchange file, folders below it included, and what only has the name of one.
 * Links are not followed, nothing is opened.
 *
 * @throws ObmenError transient `files.inbox_unreadable`
 */
export async function lookInside(inbox: string, options: LookOptions = {}): Promise<InboxView> {
  const found = { candidates: [], odd: [] }
  await collect(inbox, inbox, options, found)
  return found
}

interface Found {
  readonly candidates: Candidate[]
  readonly odd: OddEntry[]
}

async function collect(inbox: string, folder: string, options: LookOptions, found: Found): Promise<void> {
  for (const entry of await entriesOf(inbox, folder)) {
    const path = join(folder, entry.name)
    const isNamed = isExchangeName(entry.name, options.extensions) && !isOwnOrders(path, options.orders)
    if (isNamed) {
      const why = entry.isFile() ? undefined : oddityOf(entry)
      const candidate = why === undefined ? await look(inbox, path, options.marker) : why
      if (typeof candidate === 'string') found.odd.push({ name: nameIn(inbox, path), why: candidate })
      else if (candidate !== undefined) found.candidates.push(candidate)
    } else if (entry.isDirectory() && isExchangeFolder(entry.name)) await collect(inbox, path, options, found)
  }
}

async function entriesOf(inbox: string, folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    // A folder inside may go while we look; the inbox itself must be there.
    if (folder !== inbox && codeOf(error) === 'ENOENT') return []
    throw new ObmenError('transient', 'files.inbox_unreadable', `looking into the inbox ${folder}: ${codeOf(error)}`, {
      cause: error,
      place: { file: folder },
      remedy: 'Make the folder, or give Obmen the right to read and move files there; a network share may be offline.',
    })
  }
}

function oddityOf(entry: Dirent): OddEntry['why'] {
  if (entry.isSymbolicLink()) return 'link'
  return entry.isDirectory() ? 'folder' : 'special'
}

async function look(
  inbox: string,
  path: string,
  marker: string | undefined,
): Promise<Candidate | 'unreadable' | undefined> {
  try {
    const state = await stateOf(path)
    const marked = marker === undefined ? {} : { marker: await markerIfThere(markerPath(path, marker)) }
    return { inbox, path, name: nameIn(inbox, path), ...state, ...marked }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    if (['EACCES', 'EPERM', 'EIO', 'EBUSY'].includes(codeOf(error))) return 'unreadable'
    throw error
  }
}

async function markerIfThere(path: string): Promise<(FileState & { readonly path: string }) | null> {
  try {
    return { path, ...(await stateOf(path)) }
  } catch (error) {
    // A name with its marker's ending may be longer than the disk allows: then there is no such marker.
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENAMETOOLONG') return null
    throw error
  }
}

function nameIn(inbox: string, path: string): string {
  return relative(inbox, path).split(sep).join('/')
}
