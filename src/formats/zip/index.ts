import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32 } from 'node:zlib'
import { openPromise, type Entry, type ZipFile } from 'yauzl'
import { isAbort, ObmenError } from '../../core/errors.ts'
import { CAPS, encrypted, readDirectory, type ZipCaps } from './directory.ts'

export { CAPS, type ZipCaps } from './directory.ts'

/** How a packed member may be packed (APPNOTE.TXT 4.4.5). */
const STORED = 0
const DEFLATED = 8
/** What begins another line of the directory (APPNOTE.TXT 4.3.12). */
const CENTRAL_SIGNATURE = 0x02014b50

/** One file of an archive. */
export interface ZipMember {
  /** With slashes, never leaving the archive's root. */
  readonly name: string
  /** Unpacked bytes, as the archive states them; extraction fails on any other. */
  readonly size: number
  /** An archive inside the archive: it cannot be extracted. */
  readonly nested: boolean
}

/** An open archive whose directory was read and found sound. */
export interface ZipArchive {
  /** Files in the order of the archive's directory; folders are left out. */
  readonly members: readonly ZipMember[]
  /**
   * Writes a member to `to`. An aborted or failed extraction leaves a partial file.
   * @throws ObmenError input `zip.nested`, `zip.broken`
   */
  extract(member: ZipMember, to: string, signal: AbortSignal): Promise<void>
  close(): void
}

/**
 * Opens an archive and reads its directory. `name` is what people know it by.
 *
 * @throws ObmenError input `zip.broken`, `zip.too_large`, `zip.escaping_name`, `zip.forbidden_name`, `zip.same_name`,
 * `zip.special_entry`, `zip.overlapping`, `zip.encrypted`, `zip.method`
 */
export async function openZip(path: string, name: string, caps: ZipCaps = CAPS): Promise<ZipArchive> {
  let zip: ZipFile
  try {
    zip = await openPromise(path, { autoClose: false, decodeStrings: false })
  } catch (error) {
    throw broken(name, error)
  }
  try {
    const entries = await membersOf(zip, path, name, caps)
    return {
      members: [...entries.keys()],
      extract: async (member, to, signal) => {
        const entry = entries.get(member)
        if (entry === undefined) throw new TypeError(`${member.name} is no member of ${name}`)
        await extract(zip, entry, `${name}!${member.name}`, member, to, signal)
      },
      close: () => zip.close(),
    }
  } catch (error) {
    zip.close()
    throw error
  }
}

async function membersOf(zip: ZipFile, path: string, archive: string, caps: ZipCaps): Promise<Map<ZipMember, Entry>> {
  try {
    const found = new Map<ZipMember, Entry>()
    for (const { name, entry } of await readDirectory(zip, archive, caps)) {
      if (name.endsWith('/')) continue
      if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) throw unknownMethod(archive, name)
      found.set({ name, size: entry.uncompressedSize, nested: /\.(?:zip|rar|7z|gz)$/i.test(name) }, entry)
    }
    await checkEnd(zip, path)
    return found
  } catch (error) {
    // yauzl knows of the kinds of encryption only that it cannot read them.
    if (error instanceof Error && /encryption is not supported/.test(error.message)) throw encrypted(archive)
    throw broken(archive, error)
  }
}

/** Packers without zip64 count members modulo 65536: what they do not count would be left out in silence. */
async function checkEnd(zip: ZipFile, path: string): Promise<void> {
  const { readEntryCursor } = zip as unknown as { readonly readEntryCursor: number }
  const handle = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, readEntryCursor)
    if (bytesRead === 4 && buffer.readUInt32LE(0) === CENTRAL_SIGNATURE) {
      throw new Error('its directory lists more files than it counts')
    }
  } finally {
    await handle.close()
  }
}

async function extract(
  zip: ZipFile,
  entry: Entry,
  shown: string,
  member: ZipMember,
  to: string,
  signal: AbortSignal,
): Promise<void> {
  if (member.nested) {
    throw new ObmenError('input', 'zip.nested', `reading ${shown}: it is an archive inside an archive`, {
      place: { file: shown },
      remedy: 'Unpack the outer archive and take the inner one by itself.',
    })
  }
  let sum = 0
  const checked = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sum = crc32(chunk, sum)
      done(null, chunk)
    },
  })
  try {
    // yauzl fails when there are more or fewer bytes than the directory states, so the caps hold.
    await pipeline(await zip.openReadStreamPromise(entry), checked, createWriteStream(to), { signal })
  } catch (error) {
    if (signal.aborted || isAbort(error)) throw error
    throw broken(shown, error)
  }
  if (sum !== entry.crc32) throw broken(shown, new Error('its checksum is wrong'))
}

function broken(name: string, cause: unknown): unknown {
  const code = (cause as NodeJS.ErrnoException).code
  // A missing file or a full disk is no fault of the archive.
  if (cause instanceof ObmenError || (code?.startsWith('E') && !code.startsWith('ERR_'))) return cause
  const fault = cause instanceof Error ? cause.message : String(cause)
  return new ObmenError('input', 'zip.broken', `reading ${name}: the archive is broken: ${fault}`, {
    cause,
    place: { file: name },
    remedy: 'Let 1C write the archive again and check that the disk was not full.',
  })
}

function unknownMethod(archive: string, member: string): ObmenError {
  return new ObmenError(
    'input',
    'zip.method',
    `reading ${archive}: ${member} is packed in a way that is not known here`,
    {
      place: { file: archive },
      remedy: 'Pack the files as a plain zip (deflate).',
    },
  )
}
