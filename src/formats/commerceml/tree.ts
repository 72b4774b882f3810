import { localName, parseRecord, StrictParser } from './strict.ts'

/** Hostile files have endless names: so many are known, the rest are made anew. */
const MOST_NAMES = 4096

/** One element of a decoded record. Names are local names; texts are trimmed, entities resolved. */
export class Element {
  readonly #name: string
  readonly #attributes: Readonly<Record<string, string>>
  readonly #children: Element[] = []
  #text = ''

  constructor(name: string, attributes: Readonly<Record<string, string>>) {
    this.#name = name
    this.#attributes = attributes
  }

  /** For {@link TreeReader} only. */
  append(child: Element): void {
    this.#children.push(child)
  }

  /** For {@link TreeReader} only. Blanks before the first word are most texts there are: they are not kept. */
  appendText(text: string): void {
    if (this.#text !== '') this.#text += text
    else if (text.charCodeAt(0) > 0x20 || text.trim() !== '') this.#text = text
  }

  /** The element's own text; empty when there is none. */
  text(): string {
    return this.#text.trim()
  }

  /** Empty when the attribute is missing. */
  attribute(name: string): string {
    const plain = this.#attributes[name]
    if (plain !== undefined) return plain.trim()
    for (const [key, value] of Object.entries(this.#attributes)) if (localName(key) === name) return value.trim()
    return ''
  }

  /** The first child of one of these names. */
  child(...wanted: readonly string[]): Element | undefined {
    for (const name of wanted) {
      for (const child of this.#children) if (child.#name === name) return child
    }
    return undefined
  }

  /** All children of one of these names, name by name. */
  children(...wanted: readonly string[]): readonly Element[] {
    const found: Element[] = []
    for (const name of wanted) {
      for (const child of this.#children) if (child.#name === name) found.push(child)
    }
    return found
  }

  /** Text of the first child of one of these names; empty when missing. */
  childText(...wanted: readonly string[]): string {
    return this.child(...wanted)?.text() ?? ''
  }

  /** The elements along `container/item`, over all containers. */
  items(container: string, ...wanted: readonly string[]): readonly Element[] {
    const holders = this.children(container)
    if (holders.length === 1) return (holders[0] as Element).children(...wanted)
    return holders.flatMap((holder) => holder.children(...wanted))
  }
}

/** Parses records strictly and gives their trees. One for many records: making a parser costs as much as a short one. */
export class TreeReader {
  #parser = this.#makeParser()
  #root: Element | undefined
  #open: Element[] = []
  /** Names kept as one string each: comparing two of them is comparing addresses, and no record's text is held by one. */
  readonly #names = new Map<string, string>()

  /** Parses one whole record. @throws XmlFault */
  read(text: string): Element {
    this.#root = undefined
    try {
      parseRecord(text, this.#parser)
    } catch (fault) {
      // What is left of the faulty record must not leak into the next one.
      this.#parser = this.#makeParser()
      this.#open = []
      throw fault
    }
    return this.#root as unknown as Element
  }

  #makeParser(): StrictParser {
    return new StrictParser({
      open: (name, attributes) => {
        const element = new Element(this.#known(name), attributes)
        this.#open.at(-1)?.append(element)
        this.#root ??= element
        this.#open.push(element)
      },
      text: (text) => this.#open.at(-1)?.appendText(text),
      close: () => this.#open.pop(),
    })
  }

  #known(name: string): string {
    const known = this.#names.get(name)
    if (known !== undefined) return known
    if (this.#names.size < MOST_NAMES) this.#names.set(name, name)
    return name
  }
}
