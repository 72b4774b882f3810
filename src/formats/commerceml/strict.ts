import { SaxesParser } from 'saxes'
import { MOST_ATTRIBUTES, MOST_DEPTH } from './limits.ts'

/** Names as written and no positions of its own: both are the callers' business. */
const SAXES_OPTIONS = { xmlns: false, position: false } as const

// Everything below U+0020 that XML 1.0 forbids, except NUL, which means a copy that was not finished.
// eslint-disable-next-line no-control-regex
const ILLEGAL = /[\u0001-\u0008\u000B\u000C\u000E-\u001F]/g

const BARE_AMPERSAND = /&(?!#\d+;|#x[\da-fA-F]+;|\w+;)/

/** A fault of well-formedness: `at` is the index of the character in the text where it showed. */
export class XmlFault extends Error {
  readonly code: 'xml.malformed' | 'xml.too_deep' | 'xml.too_many_attributes' | 'xml.truncated'
  readonly at: number
  constructor(code: XmlFault['code'], message: string, at: number) {
    super(message)
    this.name = 'XmlFault'
    this.code = code
    this.at = at
  }
}

/** The text without control characters that XML forbids (they do come from 1C), and how many there were. */
export function stripIllegal(text: string): { readonly text: string; readonly removed: number } {
  if (text.search(ILLEGAL) < 0) return { text, removed: 0 }
  const clean = text.replaceAll(ILLEGAL, '')
  return { text: clean, removed: text.length - clean.length }
}

/** What a strict parser tells while it reads. Names are local names. */
export interface StrictHandlers {
  readonly open?: (name: string, attributes: Readonly<Record<string, string>>) => void
  readonly text?: (text: string) => void
  readonly close?: () => void
}

/**
 * A strict XML parser that is fed in pieces. Namespaces are not resolved; entities beyond the predefined five and
 * numeric references are faults.
 */
export class StrictParser {
  readonly #parser: SaxesParser<typeof SAXES_OPTIONS>
  #depth = 0
  /** Of the start tag being read. */
  #attributes = 0
  /** Characters given before the latest piece. */
  #before = 0
  #piece = ''
  #isEnding = false

  constructor(handlers: StrictHandlers = {}) {
    this.#parser = new SaxesParser(SAXES_OPTIONS)
    this.#parser.on('error', (error) => this.#fail(this.#isEnding ? 'xml.truncated' : 'xml.malformed', error.message))
    this.#parser.on('opentag', (tag) => {
      if (++this.#depth > MOST_DEPTH) this.#fail('xml.too_deep', `more than ${MOST_DEPTH} elements inside each other`)
      this.#attributes = 0
      handlers.open?.(localName(tag.name), tag.attributes)
    })
    this.#parser.on('attribute', () => {
      if (++this.#attributes <= MOST_ATTRIBUTES) return
      this.#fail('xml.too_many_attributes', `more than ${MOST_ATTRIBUTES} attributes of one element`)
    })
    this.#parser.on('closetag', () => {
      this.#depth--
      handlers.close?.()
    })
    if (handlers.text !== undefined) {
      this.#parser.on('text', handlers.text)
      this.#parser.on('cdata', handlers.text)
    }
  }

  /** @throws XmlFault whose `at` counts from the start of this piece; whatever a handler throws */
  write(piece: string): void {
    this.#before += this.#piece.length
    this.#piece = piece
    this.#parser.write(piece)
  }

  /** The document ended; the next piece begins another one. @throws XmlFault `xml.truncated` when something is open */
  end(): void {
    this.#isEnding = true
    this.#parser.close()
    this.#isEnding = false
    this.#before = 0
    this.#piece = ''
  }

  #fail(code: XmlFault['code'], message: string): never {
    // The position is behind the character that showed the fault.
    const at = Math.min(Math.max(0, this.#parser.position - 1 - this.#before), this.#piece.length)
    throw new XmlFault(code, message.replace(/\.$/, ''), at)
  }
}

/** Gives one whole record to a parser, which may be used again when there was no fault. @throws XmlFault */
export function parseRecord(text: string, parser: StrictParser): void {
  parser.write(text)
  try {
    parser.end()
  } catch (fault) {
    if (!(fault instanceof XmlFault)) throw fault
    // A record has its end tag: what is open at its end is an entity that swallowed it, not a cut file.
    const at = text.search(BARE_AMPERSAND)
    const message = at < 0 ? fault.message : 'an ampersand that begins no entity'
    throw new XmlFault('xml.malformed', message, Math.max(0, at))
  }
}

/** The name without its namespace prefix. */
export function localName(name: string): string {
  const colon = name.lastIndexOf(':')
  return colon < 0 ? name : name.slice(colon + 1)
}
