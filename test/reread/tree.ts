import iconv from 'iconv-lite'
import { ParseOption, XmlDocument, XmlElement, type XmlTreeNode } from 'libxml2-wasm'

/** An element as libxml2 sees it. Names are local names: namespaces of exchange files mean nothing. */
export interface Node {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly Node[]
  /** Its own text, without that of its children, trimmed. */
  readonly text: string
}

const DECLARED_ENCODING = /^<\?xml[^>]*?encoding\s*=\s*["']([\w-]+)["']/

/** The root of a file. */
export function treeOf(bytes: Buffer): Node {
  const declared = DECLARED_ENCODING.exec(bytes.toString('latin1', 0, 200))?.[1] ?? 'UTF-8'
  const text = iconv
    .decode(bytes, declared)
    .replace(/^\uFEFF/, '')
    .replace(/^<\?xml[^>]*\?>/, '')
  using document = XmlDocument.fromString(text, { option: ParseOption.XML_PARSE_HUGE | ParseOption.XML_PARSE_NO_XXE })
  return nodeOf(document.root)
}

function nodeOf(element: XmlElement): Node {
  const children: Node[] = []
  let text = ''
  for (let child: XmlTreeNode | null = element.firstChild; child !== null; child = child.next) {
    if (child instanceof XmlElement) children.push(nodeOf(child))
    else if (child.constructor.name !== 'XmlComment') text += child.content
  }
  const attributes = new Map(element.attrs.map(({ name, value }) => [name, value.trim()]))
  return { name: element.name, attributes, children, text: text.trim() }
}

/** Children of a name. */
export function all(node: Node | undefined, name: string): readonly Node[] {
  return node?.children.filter((child) => child.name === name) ?? []
}

/** The first child of a name. */
export function one(node: Node | undefined, name: string): Node | undefined {
  return node?.children.find((child) => child.name === name)
}

/** The text of the first child of a name; empty when there is none. */
export function textIn(node: Node | undefined, name: string): string {
  return one(node, name)?.text ?? ''
}

/** `container/item`, over all containers of that name. */
export function listed(node: Node | undefined, container: string, item: string): readonly Node[] {
  return all(node, container).flatMap((each) => all(each, item))
}
