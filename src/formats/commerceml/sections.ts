import { el } from './elements.ts'
import type { RecordKind } from './record.ts'

/** Root children that exchange files are known to have. Others are counted, never refused. */
const KNOWN_SECTIONS: ReadonlySet<string> = new Set([
  el.classifier,
  el.catalog,
  el.offerPackage,
  el.offerPackageChanges,
  el.document,
  el.container,
  el.counterparties,
  el.userDictionaries,
  el.discounts,
  el.discountCardKinds,
  el.discountCards,
])

/** Container and element of the dictionaries that any section may hold. */
const DICTIONARIES: ReadonlyMap<string, ReadonlyMap<string, RecordKind>> = new Map([
  [el.priceTypes, new Map([[el.priceType, 'priceType']])],
  [el.warehouses, new Map([[el.warehouse, 'warehouse']])],
  [
    el.properties,
    new Map([
      [el.property, 'property'],
      [el.itemProperty, 'property'],
    ]),
  ],
  [el.unitsOfMeasure, new Map([[el.unitOfMeasure, 'unit']])],
  [el.groups, new Map([[el.group, 'group']])],
] as [string, ReadonlyMap<string, RecordKind>][])

/** True for the children of the root that an exchange file may have. */
export function isKnownSection(name: string): boolean {
  return KNOWN_SECTIONS.has(name)
}

/** What kind of record an element is, by the local names of its ancestors (root first); undefined = none. */
export function kindOf(ancestors: readonly string[], name: string): RecordKind | undefined {
  const [, section, container] = ancestors
  if (ancestors.length === 3 && section !== undefined && container !== undefined) {
    if (name === el.product && container === el.products && section === el.catalog) return 'product'
    if (name === el.offer && container === el.offers) {
      if (section === el.offerPackage) return 'offer'
      if (section === el.offerPackageChanges) return 'offerChange'
    }
    return DICTIONARIES.get(container)?.get(name)
  }
  if (name !== el.document) return undefined
  return ancestors.length === 1 || (ancestors.length === 2 && section === el.container) ? 'document' : undefined
}
