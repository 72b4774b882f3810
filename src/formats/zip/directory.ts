import type { Entry, ZipFile } from 'yauzl'
import { ObmenError } from '../../core/errors.ts'
import { nameFault, shownName } from './name-fault.ts'

/** What an archive may hold at most. 1C packs an export in parts of some megabytes; pictures come by the thousand. */
export interface ZipCaps {
  readonly members: number
  /** Bytes of one member, unpacked. */
  readonly memberBytes: number
  /** Bytes of all members, unpacked. */
  readonly bytes: number
  /** Unpacked to packed. XML of 1C packs 10 to 60 times; deflate ends at 1032, where bombs live. */
  readonly ratio: number
  /** Bytes of the directory: names, extra fields and comments. It is held in memory. */
  readonly directory: number
}

/** The caps of the product. */
export const CAPS: ZipCaps = {
  members: 50_000,
  memberBytes: 4 * 1024 ** 3,
  bytes: 8 * 1024 ** 3,
  ratio: 300,
  directory: 32 * 1024 ** 2,
}

/** The ratio of less unpacked data than this says nothing. Bytes. */
const RATIO_FROM = 1024 * 1024
/** Fixed parts of a local header and of a line of the directory (APPNOTE.TXT 4.3.7, 4.3.12). Bytes. */
const LOCAL_HEADER = 30
const CENTRAL_HEADER = 46
/** General purpose bits (APPNOTE.TXT 4.4.4): 0 = encrypted, 11 = name in UTF-8. */
const ENCRYPTED = 0x1
const UTF8_NAME = 0x800
/** Info-ZIP Unicode Path extra field (APPNOTE.TXT 4.6.9): version and CRC of the plain name, then the name in UTF-8. */
const UNICODE_PATH = 0x7075
/** Kinds of files in the mode of Unix, the upper half of the external attributes (stat(2)). */
const KIND = 0o170000
const PLAIN_KINDS: readonly number[] = [0, 0o100000, 0o040000]

/** An entry of the directory with its name as people read it. */
export interface NamedEntry {
  /** With slashes; of a folder it ends with one. */
  readonly name: string
  readonly entry: Entry
}

/**
 * Reads the whole directory of an archive and judges it, before a byte is unpacked: what it states is all that
 * unpacking will ever yield, because extraction fails on any other size.
 *
 * @throws ObmenError input `zip.*`; errors of yauzl as they are
 */
export async function readDirectory(zip: ZipFile, archive: string, caps: ZipCaps): Promise<readonly NamedEntry[]> {
  if (zip.entryCount > caps.members) {
    throw tooLarge(archive, `it has ${zip.entryCount} files, at most ${caps.members} are taken`)
  }
  const found: NamedEntry[] = []
  let directory = 0
  let unpacked = 0
  for await (const entry of zip.eachEntry()) {
    directory += CENTRAL_HEADER + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength
    if (directory > caps.directory) {
      throw tooLarge(archive, `its directory is larger than the ${caps.directory} bytes that are taken`)
    }
    const name = nameOf(entry)
    checkEntry(entry, name, archive, caps)
    unpacked += entry.uncompressedSize
    found.push({ name, entry })
  }
  if (unpacked > caps.bytes) {
    throw tooLarge(archive, `unpacked it has ${unpacked} bytes, at most ${caps.bytes} are taken`)
  }
  // Two members out of the same bytes would unpack to more than the ratio of each allows.
  checkOverlap(found, archive)
  checkNames(found, archive)
  return found
}

function checkEntry(entry: Entry, name: string, archive: string, caps: ZipCaps): void {
  const fault = nameFault(name)
  if (fault !== undefined) throw badName(fault.code, archive, name, fault.message)
  if (!PLAIN_KINDS.includes((entry.externalFileAttributes >>> 16) & KIND)) {
    throw badName('zip.special_entry', archive, name, 'is a link or a device, no file')
  }
  if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0) throw encrypted(`${archive}!${name}`)
  const { uncompressedSize: size, compressedSize: packed } = entry
  if (size > caps.memberBytes) {
    throw tooLarge(archive, `${name} unpacks to ${size} bytes, at most ${caps.memberBytes} are taken`)
  }
  if (size > RATIO_FROM && size > caps.ratio * packed) {
    throw tooLarge(archive, `${name} unpacks to more than ${caps.ratio} times its size, as only bombs do`)
  }
}

function checkOverlap(entries: readonly NamedEntry[], archive: string): void {
  const spans = entries
    .map(({ entry }) => {
      const from = entry.relativeOffsetOfLocalHeader
      return { from, to: from + LOCAL_HEADER + entry.fileNameLength + entry.compressedSize }
    })
    .sort((a, b) => a.from - b.from)
  const overlapping = spans.some(({ to }, i) => to > (spans[i + 1]?.from ?? Infinity))
  if (!overlapping) return
  throw new ObmenError(
    'input',
    'zip.overlapping',
    `reading ${archive}: its files lie over one another, as only in bombs`,
    {
      place: { file: archive },
      remedy: 'Find out who made the archive: no packer writes such files.',
    },
  )
}

/** No two members may end as one file, also where the disk does not tell upper from lower case; nor as file and folder. */
function checkNames(entries: readonly NamedEntry[], archive: string): void {
  const fold = (name: string): string => name.normalize('NFC').toLowerCase()
  const files = new Set<string>()
  const folders = new Set<string>()
  for (const { name } of entries) {
    const isFolder = name.endsWith('/')
    const key = fold(isFolder ? name.slice(0, -1) : name)
    if (files.has(key) || (!isFolder && folders.has(key))) throw twice(archive, name)
    if (isFolder) folders.add(key)
    else files.add(key)
    for (let at = key.lastIndexOf('/'); at > 0; at = key.lastIndexOf('/', at - 1)) {
      const folder = key.slice(0, at)
      if (folders.has(folder)) break
      if (files.has(folder)) throw twice(archive, name)
      folders.add(folder)
    }
  }
}

/** Archivers of Russian Windows write names in cp866 and do not say so. */
function nameOf(entry: Entry): string {
  // With `decodeStrings: false` yauzl leaves the name as bytes; its types do not show that.
  const bytes = entry.fileNameRaw
  const unicode = entry.extraFields.find((field) => field.id === UNICODE_PATH && field.data.length > 5)
  const text =
    (entry.generalPurposeBitFlag & UTF8_NAME) !== 0
      ? bytes.toString('utf8')
      : unicode === undefined
        ? new TextDecoder('ibm866').decode(bytes)
        : unicode.data.subarray(5).toString('utf8')
  return text.replaceAll('\\', '/')
}

/** A member nobody can read without a password. */
export function encrypted(name: string): ObmenError {
  return new ObmenError('input', 'zip.encrypted', `reading ${name}: it is protected by a password`, {
    place: { file: name },
    remedy: 'Pack the files without a password.',
  })
}

function tooLarge(name: string, fault: string): ObmenError {
  return new ObmenError('input', 'zip.too_large', `reading ${name}: ${fault}`, {
    place: { file: name },
    remedy: 'Find out who made the archive. If it is really an export of 1C, unpack it by hand.',
  })
}

function twice(archive: string, name: string): ObmenError {
  return badName('zip.same_name', archive, name, 'stands in it twice, perhaps in other letters or as a folder')
}

function badName(code: string, archive: string, member: string, fault: string): ObmenError {
  return new ObmenError('input', code, `reading ${archive}: "${shownName(member)}" ${fault}`, {
    place: { file: archive },
    remedy: 'Find out who made the archive: 1C writes no such names.',
  })
}
