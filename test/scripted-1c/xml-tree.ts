import { SaxesParser } from 'saxes'

/** An element as 1C's untyped reader sees it. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Text directly inside, untrimmed. */
  readonly text: string
  readonly line: number
}

/** Reads a whole document strictly. @throws Error with line and column when it is not well-formed */
export function parseXml(source: string): XmlElement {
  const parser = new SaxesParser({ position: true })
  const open: {
    name: string
    attributes: Record<string, string>
    children: XmlElement[]
    text: string
    line: number
  }[] = []
  let root: XmlElement | undefined
  parser.on('error', (error) => {
    throw error
  })
  parser.on('doctype', () => {
    throw new Error('DTD is not allowed')
  })
  parser.on('opentag', ({ name, attributes }) => {
    open.push({
      name,
      attributes: { ...attributes } as Record<string, string>,
      children: [],
      text: '',
      line: parser.line,
    })
  })
  const addText = (text: string): void => {
    const current = open.at(-1)
    if (current !== undefined) current.text += text
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => {
    const element = open.pop()
    if (element === undefined) return
    const parent = open.at(-1)
    if (parent === undefined) root = element
    else parent.children.push(element)
  })
  parser.write(source.replace(/^\uFEFF/, '')).close()
  if (root === undefined) throw new Error('document has no root')
  return root
}

/** All children of a name. */
export function all(parent: XmlElement, name: string): readonly XmlElement[] {
  return parent.children.filter((child) => child.name === name)
}

/** The one child of a name, or undefined; 1C reads several as a list, which has no properties. @throws Error when there are several */
export function maybe(parent: XmlElement, name: string): XmlElement | undefined {
  const found = all(parent, name)
  if (found.length > 1) throw new Error(`Поле объекта не обнаружено (${parent.name}.${name} is a list)`)
  return found[0]
}

/** The one child of a name, as 1C accesses it without a check. @throws Error when it is missing or stands there twice */
export function need(parent: XmlElement, name: string): XmlElement {
  const found = maybe(parent, name)
  if (found === undefined) throw new Error(`Поле объекта не обнаружено (${parent.name}.${name}, line ${parent.line})`)
  return found
}

/** Text of the one child of a name, or undefined. An element without a text is an object to 1C, not a text. */
export function textOf(parent: XmlElement, name: string): string | undefined {
  const found = maybe(parent, name)
  return found === undefined || isEmpty(found) ? undefined : found.text.trim()
}

/** Text of a child that 1C accesses without a check. @throws Error when the child is missing */
export function needText(parent: XmlElement, name: string): string {
  return need(parent, name).text.trim()
}

/** True for an element without text and children: 1C reads an object there, where it expects a text. */
export function isEmpty(element: XmlElement): boolean {
  return element.children.length === 0 && element.text.trim() === ''
}

/** Every element below and including `element`. */
export function* walk(element: XmlElement): Generator<XmlElement> {
  yield element
  for (const child of element.children) yield* walk(child)
}
