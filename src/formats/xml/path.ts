import type { Element } from './element.ts'

/** One step of a path: a child by name, perhaps only one with this attribute or this child text. */
interface Step {
  readonly name: string
  readonly where?: { readonly attribute: boolean; readonly name: string; readonly value: string }
}

/** Where a value stands below an element: children, then perhaps an attribute; without any step the element itself. */
export interface ElementPath {
  readonly steps: readonly Step[]
  readonly attribute: string | undefined
}

const NAME = String.raw`[\p{L}_][\p{L}\p{N}_.-]*`
const STEP = new RegExp(`^(${NAME})(?:\\[(@?)(${NAME})=(?:'([^']*)'|"([^"]*)")\\])?`, 'u')
const ATTRIBUTE = new RegExp(`^@(${NAME})$`, 'u')

/**
 * Reads a path such as `name`, `@id`, `prices/price[@type='retail']`, `param[name='Цвет']/value` or `.`. Names are
 * local names. Undefined when it is none.
 */
export function parsePath(text: string): ElementPath | undefined {
  if (text === '.') return { steps: [], attribute: undefined }
  const steps: Step[] = []
  let rest = text
  for (;;) {
    const attribute = ATTRIBUTE.exec(rest)?.[1]
    if (attribute !== undefined) return { steps, attribute }
    const step = STEP.exec(rest)
    if (step === null) return undefined
    const [whole, name = '', at, key, single, double] = step
    steps.push(
      key === undefined
        ? { name }
        : { name, where: { attribute: at === '@', name: key, value: single ?? double ?? '' } },
    )
    rest = rest.slice(whole.length)
    if (rest === '') return { steps, attribute: undefined }
    if (!rest.startsWith('/')) return undefined
    rest = rest.slice(1)
  }
}

/** Names of the elements from the root down, of a path such as `/price/items/item`; undefined when it is none. */
export function parseRecordPath(text: string): readonly string[] | undefined {
  const names = text.split('/').slice(1)
  const isPath = text.startsWith('/') && names.every((name) => new RegExp(`^${NAME}$`, 'u').test(name))
  return isPath ? names : undefined
}

/** The texts at a path, in the order of the file; empty ones left out. */
export function textsAt(element: Element, { steps, attribute }: ElementPath): readonly string[] {
  let found: readonly Element[] = [element]
  for (const { name, where } of steps) {
    found = found.flatMap((each) => each.children(name))
    if (where === undefined) continue
    found = found.filter((each) => {
      if (where.attribute) return each.attribute(where.name) === where.value
      return each.children(where.name).some((child) => child.text() === where.value)
    })
  }
  const texts = found.map((each) => (attribute === undefined ? each.text() : each.attribute(attribute)))
  return texts.filter((text) => text !== '')
}
