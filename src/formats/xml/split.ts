import { open } from 'node:fs/promises'
import { TextDecoder } from 'node:util'
import { SaxesParser } from 'saxes'
import { MOST_DEPTH } from '../commerceml/limits.ts'
import { localName } from '../commerceml/strict.ts'

const CHUNK = 256 * 1024
/** Largest element of a record, text or tag. Real ones stay below some 100 KiB. Characters. */
const LARGEST = 4 * 1024 * 1024

// Everything below U+0020 that XML 1.0 forbids, except NUL, which means a copy that was not finished.
// eslint-disable-next-line no-control-regex
const ILLEGAL = /[\u0001-\u0008\u000B\u000C\u000E-\u001F]/g

/** An element of the path that was asked for. */
export interface SplitElement {
  readonly line: number
  /** First byte and the byte after the last. */
  readonly start: number
  readonly end: number
  readonly text: string
}

/** What a pass over an XML file tells besides its records. */
export interface SplitEvents {
  /** Reports a fault at a byte offset. Never returns. */
  readonly fail: (code: string, fault: string, offset: number) => never
  /** An element begins. `path`: local names from the root down. */
  readonly onOpen?: (path: readonly string[], attributes: Readonly<Record<string, string>>) => void
  /** Text of an element outside the records, in one piece. */
  readonly onText?: (path: readonly string[], text: string) => void
  /** Control characters that XML forbids and that real programs write: read as blanks. */
  readonly onControl?: (line: number, count: number) => void
}

/**
 * Parses a UTF-8 file strictly from byte `from` on and gives the elements that stand at `records`, local names from the
 * root down. Memory holds one record. A DOCTYPE is refused, so are depth and size that no real list has.
 */
export async function* splitElements(
  path: string,
  { from, records }: { readonly from: number; readonly records: readonly string[] },
  events: SplitEvents,
  signal: AbortSignal,
): AsyncGenerator<readonly SplitElement[]> {
  const pass = new SplitPass(from, records, events)
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const file = await open(path, 'r')
  try {
    const chunk = Buffer.allocUnsafe(CHUNK)
    for (let at = from; ;) {
      signal.throwIfAborted()
      const { bytesRead } = await file.read(chunk, 0, CHUNK, at)
      if (bytesRead === 0) break
      const bytes = chunk.subarray(0, bytesRead)
      const nul = bytes.indexOf(0)
      if (nul >= 0) events.fail('xml.nul_bytes', 'zeros instead of text', at + nul)
      const text = decode(decoder, bytes)
      if (text === undefined) events.fail('xml.invalid_utf8', 'bytes that are no UTF-8', at)
      at += bytesRead
      const batch = pass.write(text)
      if (batch.length > 0) yield batch
    }
    pass.end()
  } finally {
    await file.close()
  }
}

function decode(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes, { stream: true })
  } catch {
    return undefined
  }
}

/** One pass: counts characters as the parser does and turns them into bytes and lines. */
class SplitPass {
  readonly #from: number
  readonly #records: readonly string[]
  readonly #events: SplitEvents
  readonly #parser = new SaxesParser({ xmlns: false, position: false })
  readonly #path: string[] = []
  /** Text that may still be needed, and the characters before it. */
  #window = ''
  #before = 0
  /** A character up to which bytes and lines are counted. */
  #counted = { at: 0, byte: 0, line: 1 }
  #open: { readonly at: number; readonly byte: number; readonly line: number } | undefined
  /** The character behind the latest tag. */
  #latest = 0
  #hasRoot = false
  #isEnding = false
  #found: SplitElement[] = []

  constructor(from: number, records: readonly string[], events: SplitEvents) {
    this.#from = from
    this.#records = records
    this.#events = events
    this.#counted.byte = from
    this.#parser.on('error', (error) => this.#failAtParser(this.#codeOf(error.message), error.message))
    this.#parser.on('doctype', () => this.#failAtParser('xml.doctype', 'a DOCTYPE'))
    this.#parser.on('opentag', ({ name, attributes }) => this.#onOpen(localName(name), attributes))
    this.#parser.on('closetag', () => this.#onClose())
    if (events.onText !== undefined) {
      const onText = (text: string): void => {
        if (this.#open === undefined) events.onText?.(this.#path, text)
      }
      this.#parser.on('text', onText)
      this.#parser.on('cdata', onText)
    }
  }

  write(piece: string): readonly SplitElement[] {
    this.#found = []
    let removed = 0
    const text = piece.replaceAll(ILLEGAL, () => {
      removed++
      return ' '
    })
    if (removed > 0) this.#events.onControl?.(this.#counted.line, removed)
    this.#window += text
    this.#parser.write(text)
    const end = this.#before + this.#window.length
    if (end - Math.min(this.#latest, this.#open?.at ?? end) > LARGEST) {
      this.#failAt(
        'xml.too_large',
        'a single element is larger than 4 million characters',
        this.#open?.at ?? this.#latest,
      )
    }
    this.#forget()
    return this.#found
  }

  end(): void {
    this.#isEnding = true
    this.#parser.close()
  }

  #onOpen(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#hasRoot = true
    this.#path.push(name)
    if (this.#path.length > MOST_DEPTH) {
      this.#failAtParser('xml.too_deep', `more than ${MOST_DEPTH} elements inside each other`)
    }
    this.#latest = this.#parser.position
    this.#events.onOpen?.(this.#path, attributes)
    if (this.#open !== undefined || !this.#isRecord()) return
    // No tag holds another "<", so the nearest one is its own.
    const start = this.#before + this.#window.lastIndexOf('<', this.#latest - 1 - this.#before)
    this.#open = { at: start, ...this.#count(start) }
  }

  #onClose(): void {
    this.#latest = this.#parser.position
    if (this.#open !== undefined && this.#isRecord()) {
      const { at, byte: start, line } = this.#open
      const text = this.#window.slice(at - this.#before, this.#latest - this.#before)
      this.#found.push({ line, start, end: this.#count(this.#latest).byte, text })
      this.#open = undefined
    }
    this.#path.pop()
  }

  #isRecord(): boolean {
    return this.#path.length === this.#records.length && this.#path.every((name, i) => name === this.#records[i])
  }

  /** Bytes and line of a character that is not before the one counted last. */
  #count(at: number): { readonly byte: number; readonly line: number } {
    const text = this.#window.slice(this.#counted.at - this.#before, at - this.#before)
    let line = this.#counted.line
    for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) line++
    this.#counted = { at, byte: this.#counted.byte + Buffer.byteLength(text), line }
    return { byte: this.#counted.byte, line }
  }

  /** Drops the text that nobody asks for any more: a tag that is still open begins at the last "<". */
  #forget(): void {
    const tag = this.#window.lastIndexOf('<')
    const keep = Math.min(
      this.#open?.at ?? Number.POSITIVE_INFINITY,
      this.#before + (tag < 0 ? this.#window.length : tag),
    )
    if (keep > this.#counted.at) this.#count(keep)
    this.#window = this.#window.slice(keep - this.#before)
    this.#before = keep
  }

  #codeOf(message: string): string {
    if (this.#isEnding) return this.#hasRoot ? 'xml.truncated' : 'xml.not_xml'
    if (!this.#hasRoot) return 'xml.not_xml'
    return this.#path.length === 0 && /root/.test(message) ? 'xml.trailing_content' : 'xml.malformed'
  }

  #failAtParser(code: string, message: string): never {
    if (code === 'xml.not_xml') this.#events.fail(code, 'the file is no XML', this.#from)
    // The position is behind the character that showed the fault.
    this.#failAt(code, message.replace(/\.$/, ''), this.#isEnding ? this.#parser.position : this.#parser.position - 1)
  }

  #failAt(code: string, fault: string, at: number): never {
    const from = Math.max(at, this.#counted.at)
    this.#events.fail(code, fault, this.#count(from).byte)
  }
}
