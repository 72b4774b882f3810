import type {
  DictionaryRow,
  KitPart,
  MaybeDeleted,
  PropertyValue,
  Requisite,
  UnitOfMeasure,
} from '../../core/catalogue.ts'
import { parseDecimal } from '../../core/decimal.ts'
import { isLiteral, literals } from './elements-aliases.ts'
import { el } from './elements.ts'
import { isTooLongId } from './limits.ts'
import type { Element } from './tree.ts'

/** Codes of all spellings; several may stand in one value, separated by commas, semicolons or blanks. */
export function barcodesOf(element: Element): readonly string[] {
  const codes = element.children(el.barcode, el.barcodeOld).flatMap((code) => code.text().split(/[\s,;]+/))
  return [...new Set(codes)].filter((code) => code !== '')
}

/**
 * The base unit from attributes (2.x), child elements (D) or the text alone. Of a text alone only the dictionary of
 * units can tell whether it is the id of a unit (3.1) or its name: both are kept, the reader decides.
 */
export function unitOf(element: Element): UnitOfMeasure | undefined {
  const unit = element.child(el.baseUnit)
  return unit === undefined ? undefined : unitIn(unit)
}

/** The unit that an element states, whatever the element is called. */
export function unitIn(unit: Element): UnitOfMeasure | undefined {
  const stated = (name: string): string => unit.attribute(name) || unit.childText(name)
  const text = unit.text()
  const code = stated(el.code)
  const name = stated(el.unitShortName) || stated(el.unitFullName)
  if (code !== '' || name !== '') return { code, name: text === '' ? name : text }
  const id = text || unit.childText(el.id)
  if (id === '') return undefined
  if (UNIT_CODE.test(id)) return { code: id, name: '', id }
  return { code: '', name: GUID.test(id) ? '' : id, id }
}

const UNIT_CODE = /^\d{3,4}$/
const GUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

/** Комплектующие; undefined when the record has none. */
export function kitOf(element: Element): readonly KitPart[] | undefined {
  if (element.child(el.kitParts) === undefined) return undefined
  const parts = element.items(el.kitParts, el.kitPart).flatMap((part): KitPart[] => {
    const id = part.childText(el.id) || part.childText(el.catalogId)
    const quantity = parseDecimal(part.childText(el.quantity))
    return id === '' ? [] : [{ id, name: part.childText(el.name), quantity: quantity ?? '1' }]
  })
  return parts.length === 0 ? undefined : parts
}

/** Filled property values; an empty value means that the property is not set. */
export function propertiesOf(element: Element): readonly PropertyValue[] {
  return element.items(el.propertyValues, el.propertyValue).flatMap((property) => {
    const propertyId = property.childText(el.id)
    const values = textsOf(property.children(el.value))
    return propertyId === '' || values.length === 0 ? [] : [{ propertyId, values }]
  })
}

/** Requisites by name in the order of their first row; a name without a filled value stays known. */
export function requisitesOf(element: Element): readonly Requisite[] {
  const byName = new Map<string, string[]>()
  for (const requisite of element.items(el.requisites, el.requisite)) {
    const name = requisite.childText(el.name)
    if (name === '') continue
    const values = textsOf(requisite.children(el.value))
    const known = byName.get(name)
    if (known === undefined) byName.set(name, [...values])
    else known.push(...values)
  }
  return [...byName].map(([name, values]) => ({ name, values }))
}

/** Only an explicit sign of 1C counts. */
export function isDeleted(element: Element): boolean {
  const status = element.attribute(el.status) || element.childText(el.status)
  return isLiteral(status, literals.deleted) || isLiteral(element.childText(el.deletionMark), literals.yes)
}

/** The mark of a dictionary row, ready to be spread into it. */
export function deletedOf(element: Element): MaybeDeleted {
  return isDeleted(element) ? { deleted: true } : {}
}

/** Rows that only say that a name exists; each name once per pass. */
export function nameRows(
  kind: 'requisite' | 'attribute',
  names: Iterable<string>,
  known: Set<string>,
): DictionaryRow[] {
  const rows: DictionaryRow[] = []
  for (const id of names) {
    const key = `${kind} ${id}`
    // A name of such a length is a text in the wrong place; nobody configures it.
    if (known.has(key) || isTooLongId(id)) continue
    known.add(key)
    rows.push({ kind, value: { id } })
  }
  return rows
}

/** The texts that are not empty. */
export function textsOf(elements: readonly Element[]): readonly string[] {
  return elements.map((element) => element.text()).filter((text) => text !== '')
}
