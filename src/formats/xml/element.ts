import { XMLParser } from 'fast-xml-parser'
import { stripIllegal } from '../commerceml/strict.ts'

const TEXT = '#text'
const ATTRIBUTE = '@'

/** An element as fast-xml-parser gives it: a text alone, or its attributes, text and children by local name. */
type Parsed = string | { readonly [name: string]: Parsed | readonly Parsed[] }

/** Only the predefined five and numeric references: the strict parser has refused everything else before. */
const predefined: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: ATTRIBUTE,
  textNodeName: TEXT,
  parseTagValue: false,
  parseAttributeValue: false,
  removeNSPrefix: true,
  trimValues: true,
  jPath: false,
  entityDecoder: {
    decode: resolveReferences,
    reset() {},
    setXmlVersion() {},
    addInputEntities() {},
    setExternalEntities() {},
  },
})

/** One element of a price list. Names are local names; texts are trimmed, entities resolved. */
export class Element {
  readonly #parsed: Parsed

  constructor(parsed: Parsed) {
    this.#parsed = parsed
  }

  /** The element's own text; empty when there is none. */
  text(): string {
    return typeof this.#parsed === 'string' ? this.#parsed : textOf(this.#parsed[TEXT])
  }

  /** Empty when the attribute is missing. */
  attribute(name: string): string {
    return textOf(this.#valueOf(ATTRIBUTE + name))
  }

  /** All children of this name. */
  children(name: string): readonly Element[] {
    const value = this.#valueOf(name)
    if (value === undefined) return []
    return isList(value) ? value.map((one) => new Element(one)) : [new Element(value)]
  }

  #valueOf(name: string): Parsed | readonly Parsed[] | undefined {
    const parsed = this.#parsed
    return typeof parsed === 'string' || !Object.hasOwn(parsed, name) ? undefined : parsed[name]
  }
}

/** Parses one record that passed the strict check. */
export function parseElement(xml: string): Element {
  const document = parser.parse(stripIllegal(xml).text) as Record<string, Parsed>
  const [root] = Object.values(document)
  return new Element(root ?? '')
}

function isList(value: Parsed | readonly Parsed[]): value is readonly Parsed[] {
  return Array.isArray(value)
}

function textOf(value: Parsed | readonly Parsed[] | undefined): string {
  return typeof value === 'string' ? value.trim() : ''
}

function resolveReferences(text: string): string {
  if (!text.includes('&')) return text
  return text.replaceAll(
    /&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g,
    (whole, decimal: string, hex: string, name: string) => {
      if (name !== undefined) return predefined[name] ?? whole
      const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    },
  )
}
