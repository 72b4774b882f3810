import type { FileHandle } from 'node:fs/promises'

import { openPlain } from './file-state.ts'

/** What the ends of a file say about it. */
export type Closing =
  /** The last tag closes the root (XML), or the directory of the archive stands at the end (zip). */
  | 'closed'
  /** Begins like an exchange file and does not end like one: still being written, or cut off. */
  | 'open'
  /** A table whose last line has no end: whole, or still being written. */
  | 'unended'
  /** Begins like nothing we read. */
  | 'foreign'

/** Bytes read from the front: the declaration, comments and the root tag must fit. */
const HEAD = 64 * 1024
/** Bytes read from the end. */
const TAIL = 4 * 1024
/** Bytes read at once when the whole file is looked through. */
const SCAN = 1024 * 1024
/** End of central directory of a zip: signature, its size without comment, the longest comment (APPNOTE.TXT 4.3.16). */
const ZIP_END = { signature: 0x06054b50, size: 22, longestComment: 65_535 }

/** The blanks of XML, and no others: read byte by byte, 0xA0 is half a letter. */
const BLANKS_AT_END = /[ \t\r\n]+$/

/**
 * Looks whether a file is whole: by its two ends, and by NUL bytes anywhere, which mean a file whose room was reserved
 * before it was filled (Samba does so, and copiers that write several parts at once). The encoding does not matter: the
 * name of the last tag is compared with that of the first, unit by unit.
 */
export async function inspectClosing(path: string): Promise<Closing> {
  const handle = await openPlain(path)
  try {
    const found = await handle.stat()
    if (!found.isFile()) return 'open'
    const { size } = found
    const head = await readAt(handle, 0, Math.min(size, HEAD))
    if (head.length === 0 || (head[0] === 0 && head[1] !== 0x3c)) return 'open'
    if (isZip(head)) return (await endsLikeZip(handle, size)) ? 'closed' : 'open'
    const closing = /\.csv$/i.test(path)
      ? inspectLines(head, await readAt(handle, Math.max(0, size - 2), size))
      : await inspectXml(handle, size, head)
    return (closing === 'closed' || closing === 'unended') && !isUtf16(head) && (await hasNul(handle))
      ? 'open'
      : closing
  } finally {
    await handle.close()
  }
}

/** A table as text ends with a line end; some programs leave the last one out. */
function inspectLines(head: Buffer, tail: Buffer): Closing {
  const [last, before] = [tail.at(-1), tail.at(-2)]
  const isEnd = (byte: number | undefined): boolean => byte === 0x0a || byte === 0x0d
  if (head[0] === 0xff && head[1] === 0xfe) return last === 0 && isEnd(before) ? 'closed' : 'unended'
  if (head[0] === 0xfe && head[1] === 0xff) return isEnd(last) ? 'closed' : 'unended'
  if (last === 0) return 'open'
  return isEnd(last) ? 'closed' : 'unended'
}

async function inspectXml(handle: FileHandle, size: number, head: Buffer): Promise<Closing> {
  const read = unitsOf(head)
  const text = read(head)
  const start = text.replace(/^[ \t\r\n]+/, '').slice(0, 64)
  if (start === '' || start.startsWith('\0')) return 'open'
  if (!start.startsWith('<')) return 'foreign'
  const root = findRoot(text)
  if (root === undefined) return size > HEAD ? 'foreign' : 'open'
  // An even number of bytes from the end, so that UTF-16 is not read across its units.
  const from = Math.max(0, size - TAIL)
  const tail = withoutComments(read(await readAt(handle, from - (from % 2), size)))
  if (closingName(tail) === root.name) return 'closed'
  const alone = size <= HEAD && tail.endsWith('/>') && !text.slice(root.at + 1).includes('<')
  return alone ? 'closed' : 'open'
}

/** Reads the whole file; a look for one byte costs a small part of what splitting the same bytes costs afterwards. */
async function hasNul(handle: FileHandle): Promise<boolean> {
  const chunk = Buffer.allocUnsafe(SCAN)
  for (let at = 0; ;) {
    const { bytesRead } = await handle.read(chunk, 0, SCAN, at)
    if (bytesRead === 0) return false
    if (chunk.subarray(0, bytesRead).includes(0)) return true
    at += bytesRead
  }
}

function isUtf16(head: Buffer): boolean {
  const [a, b] = head
  return (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff) || (a === 0x3c && b === 0) || (a === 0 && b === 0x3c)
}

/** How to turn bytes into text whose ASCII is right: UTF-16 as it is, everything else byte by byte. */
function unitsOf(head: Buffer): (bytes: Buffer) => string {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0x3c && head[1] === 0)) {
    return (bytes) => withoutMark(bytes.toString('utf16le'))
  }
  if ((head[0] === 0xfe && head[1] === 0xff) || (head[0] === 0 && head[1] === 0x3c)) {
    return (bytes) =>
      withoutMark(
        Buffer.from(bytes.subarray(0, bytes.length & ~1))
          .swap16()
          .toString('utf16le'),
      )
  }
  return (bytes) => bytes.toString('latin1').replace(/^\u00EF\u00BB\u00BF/, '')
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}

/** The first tag of an element, behind declaration, comments and DOCTYPE. */
function findRoot(text: string): { readonly name: string; readonly at: number } | undefined {
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    const end = skipProlog(text, at)
    if (end === undefined) {
      const name = /^<([^ \t\r\n/>!?<]+)[ \t\r\n/>]/.exec(text.slice(at, at + 1024))?.[1]
      return name === undefined ? undefined : { name, at }
    }
    if (end < 0) return undefined
    at = end
  }
  return undefined
}

/** Behind what stands before the root; undefined when an element begins here, -1 when the part does not end. */
function skipProlog(text: string, at: number): number | undefined {
  for (const [begin, end] of [
    ['<?', '?>'],
    ['<!--', '-->'],
    ['<!', '>'],
  ] as const) {
    if (!text.startsWith(begin, at)) continue
    const found = text.indexOf(end, at)
    return found < 0 ? -1 : found + end.length
  }
  return undefined
}

/** The end of a document without blanks and comments behind the root. NUL is no blank. */
function withoutComments(tail: string): string {
  let text = tail.replace(BLANKS_AT_END, '')
  while (text.endsWith('-->') && text.includes('<!--')) {
    text = text.slice(0, text.lastIndexOf('<!--')).replace(BLANKS_AT_END, '')
  }
  return text
}

function closingName(tail: string): string | undefined {
  const at = tail.lastIndexOf('</')
  return at >= 0 && tail.endsWith('>') ? tail.slice(at + 2, -1).replace(BLANKS_AT_END, '') : undefined
}

function isZip(head: Buffer): boolean {
  return (
    head.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004', 'latin1')) ||
    head.subarray(0, 4).equals(Buffer.from('PK\u0005\u0006', 'latin1'))
  )
}

async function endsLikeZip(handle: FileHandle, size: number): Promise<boolean> {
  const length = Math.min(size, ZIP_END.size + ZIP_END.longestComment)
  const tail = await readAt(handle, size - length, size)
  for (let at = tail.length - ZIP_END.size; at >= 0; at--) {
    if (tail.readUInt32LE(at) === ZIP_END.signature && at + ZIP_END.size + tail.readUInt16LE(at + 20) === tail.length) {
      return true
    }
  }
  return false
}

async function readAt(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(Math.max(0, to - from)), 0, undefined, from)
  return buffer.subarray(0, bytesRead)
}
