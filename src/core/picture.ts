/** Where a picture that a product names lies: a path below an inbox, or an address on the web. */
export type PictureAddress =
  | {
      /** Path relative to the inbox, with slashes, in lower case: bases and disks differ in case. */
      readonly key: string
    }
  | { readonly url: string }

const WEB = /^https?:\/\//i
const DRIVE = /^[a-z]:/i

/**
 * The address of a picture as a record states it (`import_files\ab\x.jpg`, relative to its exchange file). `place` is
 * `file:line` of the statement; of a member of an archive `archive.zip!file:line`. Undefined when it is empty or leads
 * out of the inbox.
 */
export function pictureAddress(place: string, stated: string): PictureAddress | undefined {
  const reference = stated.trim()
  if (WEB.test(reference)) return { url: reference }
  if (reference === '' || reference.includes('\0') || DRIVE.test(reference)) return undefined
  const segments = folderOf(place)
  for (const segment of reference.replaceAll('\\', '/').split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') segments.push(segment)
    else if (segments.pop() === undefined) return undefined
  }
  return { key: pictureKey(segments.join('/')) }
}

/** The key of a path relative to an inbox. */
export function pictureKey(path: string): string {
  return path.replaceAll('\\', '/').normalize('NFC').toLowerCase()
}

/** Segments of the folder of `webdata/import0_1.xml:12`; an archive counts as the folder it lies in. */
function folderOf(place: string): string[] {
  const file = place.replace(/:\d+$/, '')
  const at = file.indexOf('!')
  const parts = at < 0 ? [file] : [file.slice(0, at), file.slice(at + 1)]
  return parts.flatMap((part) => part.split('/').slice(0, -1)).filter((segment) => segment !== '')
}
