import { dirname, join } from 'node:path'

import { ObmenError } from '../../core/errors.ts'
import type { Files } from '../../core/files.ts'
import { openZip, type ZipCaps, type ZipMember } from '../../formats/zip/index.ts'
import { isExchangeName, PICTURES } from './candidates.ts'
import { UNPACKED, type Claim } from './claim.ts'
import { compareMembers } from './member-order.ts'

/** A member of a claimed archive, unpacked. */
export interface UnpackedMember {
  /** How people know it: `archive.zip!webdata/import0_1.xml`. */
  readonly name: string
  readonly path: string
}

/** A claimed archive: its place, how people know it, and the work folder it is unpacked into. */
export type PackedFile = Pick<Claim, 'path' | 'name' | 'folder'>

/** What unpacking needs. */
export interface UnpackOptions {
  readonly files: Files
  readonly signal: AbortSignal
  /** What the names of its exchange files end in, without the dot. Default xml. */
  readonly extension?: string
  /** Other caps than the product's, for tests. */
  readonly caps?: ZipCaps
}

/** True for the name of an archive of exchange files. */
export function isArchive(name: string): boolean {
  return /\.zip$/i.test(name)
}

/**
 * Unpacks a claimed archive below its work folder, as if 1C had written the files there: its exchange files, and the
 * pictures beside them. Everything else in it is left packed. Gives the exchange files in the order in which 1C sends
 * them. Called again after a crash it begins anew.
 *
 * @throws ObmenError input `zip.*`; errors of the disk as they are
 */
export async function unpack(
  claim: PackedFile,
  { files, signal, caps, extension = 'xml' }: UnpackOptions,
): Promise<readonly UnpackedMember[]> {
  await removeUnpacked(claim, files)
  const folder = unpackedFolder(claim)
  const zip = await openZip(claim.path, claim.name, caps)
  try {
    const { exchange, pictures } = choose(zip.members, claim.name, extension)
    const made = new Set<string>()
    for (const member of [...exchange, ...pictures]) {
      signal.throwIfAborted()
      const path = join(folder, member.name)
      if (!made.has(dirname(path))) await files.makeFolder(dirname(path))
      made.add(dirname(path))
      await zip.extract(member, path, signal)
    }
    return exchange.map(({ name }) => ({ name: `${claim.name}!${name}`, path: join(folder, name) }))
  } finally {
    zip.close()
  }
}

/** Where {@link unpack} puts the members of a claim. */
export function unpackedFolder(claim: PackedFile): string {
  return join(claim.folder, UNPACKED)
}

/** Clears away what {@link unpack} wrote: the archive itself holds it all. */
export async function removeUnpacked(claim: PackedFile, files: Files): Promise<void> {
  await files.remove(unpackedFolder(claim))
}

function choose(
  members: readonly ZipMember[],
  archive: string,
  extension: string,
): { readonly exchange: readonly ZipMember[]; readonly pictures: readonly ZipMember[] } {
  if (members.length === 0) throw unusable('zip.empty', archive, 'the archive is empty')
  const inner = members.find(({ name, nested }) => nested && !isAttached(name))
  if (inner !== undefined) {
    throw new ObmenError(
      'input',
      'zip.nested',
      `reading ${archive}!${inner.name}: it is an archive inside an archive`,
      {
        place: { file: `${archive}!${inner.name}` },
        remedy: 'Unpack the outer archive and take the inner one by itself.',
      },
    )
  }
  const exchange = members.filter(({ name }) => !isAttached(name) && isExchangeName(lastOf(name), [extension]))
  if (exchange.length === 0)
    throw unusable(
      'zip.without_exchange_files',
      archive,
      `no .${extension} file is in the archive, and this pipeline reads no others`,
    )
  return {
    exchange: exchange.toSorted((a, b) => compareMembers(a.name, b.name)),
    pictures: members.filter(({ name, nested }) => isAttached(name) && !nested),
  }
}

/** Pictures, and files that hang on goods. */
function isAttached(name: string): boolean {
  return name.split('/').slice(0, -1).includes(PICTURES)
}

function lastOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

function unusable(code: string, archive: string, fault: string): ObmenError {
  return new ObmenError('input', code, `reading ${archive}: ${fault}`, {
    place: { file: archive },
    remedy: 'Find out who wrote the archive and let 1C export again.',
  })
}
