import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import iconv from 'iconv-lite'
import { el } from './elements.ts'
import { lastWholeCharacter } from './utf8.ts'

const CHUNK = 256 * 1024
const DECLARATION = /^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']/
/** A surrogate without its other half. */
const HALF_CHARACTER = /\p{Surrogate}/u
const FIRST_HALF_AT_END = /[\uD800-\uDBFF]$/
const ROOT_IN_UTF8 = Buffer.from(el.exchangeDocument)
/** What Russian files without a usable declaration are written in, the commonest first. */
const CYRILLIC = ['windows-1251', 'koi8-r', 'cp866']

/** How the bytes of a file are to be read. */
export interface FileEncoding {
  /** As people write it: `UTF-8`, `windows-1251`, `UTF-16LE`. */
  readonly name: string
  readonly bom: boolean
}

/**
 * Decides by the bytes: a byte order mark, else UTF-16 by its zero bytes, else valid UTF-8, else the encoding in which
 * the name of the root can be read, the declared one first. Declarations lie in real files. Reads the file to its end
 * when it has no mark.
 */
export async function detectEncoding(path: string, signal: AbortSignal): Promise<FileEncoding> {
  const head = await readHead(path, 4096)
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { name: 'UTF-8', bom: true }
  if (head[0] === 0xff && head[1] === 0xfe) return { name: 'UTF-16LE', bom: true }
  if (head[0] === 0xfe && head[1] === 0xff) return { name: 'UTF-16BE', bom: true }
  const utf16 = utf16WithoutMark(head)
  if (utf16 !== undefined) return { name: utf16, bom: false }
  if (await isValidUtf8(path, signal)) return { name: 'UTF-8', bom: false }
  // Broken UTF-8 is a damaged file, not another encoding: pass 1 shows the place.
  if (head.includes(ROOT_IN_UTF8)) return { name: 'UTF-8', bom: false }
  const declared = DECLARATION.exec(head.toString('latin1'))?.[1]?.toLowerCase()
  const usable = declared !== undefined && !declared.startsWith('utf') && iconv.encodingExists(declared)
  const candidates = usable ? [declared, ...CYRILLIC] : CYRILLIC
  const proven = candidates.find((name) => iconv.decode(head, name).includes(el.exchangeDocument))
  return { name: proven ?? (candidates[0] as string), bom: false }
}

/** `<` in two bytes and another character behind it; a file padded with NUL has none. */
function utf16WithoutMark(head: Buffer): string | undefined {
  if (head.length < 4) return undefined
  if (head[0] === 0x3c && head[1] === 0 && head[2] !== 0) return 'UTF-16LE'
  return head[0] === 0 && head[1] === 0x3c && (head[2] !== 0 || head[3] !== 0) ? 'UTF-16BE' : undefined
}

/**
 * Writes `from` as UTF-8 to `to`, streaming; lines stay the same. Ends early at bytes that are half a character of
 * UTF-16, and answers where they would stand in `to`.
 */
export async function transcode(
  from: string,
  to: string,
  encoding: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const decoder = iconv.getDecoder(encoding)
  const target = await open(to, 'w')
  let read = 0
  let written = 0
  /** The first half of a character whose second half is yet to come. */
  let half = ''
  const write = async (text: string): Promise<boolean> => {
    const bad = text.search(HALF_CHARACTER)
    written += (await target.write(bad < 0 ? text : text.slice(0, bad))).bytesWritten
    return bad < 0
  }
  try {
    for await (const chunk of createReadStream(from, { highWaterMark: CHUNK })) {
      signal.throwIfAborted()
      read += (chunk as Buffer).length
      const text = half + decoder.write(chunk as Buffer)
      half = FIRST_HALF_AT_END.test(text) ? text.slice(-1) : ''
      if (!(await write(half === '' ? text : text.slice(0, -1)))) return written
    }
    const isWhole = await write(half + (decoder.end() ?? ''))
    return isWhole && !(encoding.startsWith('UTF-16') && read % 2 === 1) ? undefined : written
  } finally {
    await target.close()
  }
}

async function readHead(path: string, size: number): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(size), 0, size, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

async function isValidUtf8(path: string, signal: AbortSignal): Promise<boolean> {
  let cut = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
    signal.throwIfAborted()
    const bytes = cut.length === 0 ? (chunk as Buffer) : Buffer.concat([cut, chunk as Buffer])
    const whole = lastWholeCharacter(bytes)
    if (!isUtf8(bytes.subarray(0, whole))) return false
    cut = Buffer.from(bytes.subarray(whole))
  }
  // A character cut by the end of the file: the file is truncated, which pass 1 tells better.
  return cut.length < 4
}
