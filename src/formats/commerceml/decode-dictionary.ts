import type { DictionaryRow } from '../../core/catalogue.ts'
import { deletedOf } from './decode-shared.ts'
import { el } from './elements.ts'
import { isTooLongId } from './limits.ts'
import type { Element } from './tree.ts'

/** ТипЦены of a package or a classifier. */
export function decodePriceType(id: string, element: Element): DictionaryRow {
  return {
    kind: 'priceType',
    value: {
      id,
      name: element.childText(el.name),
      currency: element.childText(el.currency),
      ...deletedOf(element),
    },
  }
}

/** ЕдиницаИзмерения of a classifier. */
export function decodeUnit(id: string, element: Element): DictionaryRow {
  const name = element.childText(el.unitShortName) || element.childText(el.unitFullName)
  return { kind: 'unit', value: { id, code: element.childText(el.code), name, ...deletedOf(element) } }
}

/** Склад of a package, with its address and contacts as stated. */
export function decodeWarehouse(id: string, element: Element): DictionaryRow {
  const address = element.child(el.address)
  const fields = address?.children(el.addressField) ?? []
  const contacts = element.items(el.contacts, el.contact)
  return {
    kind: 'warehouse',
    value: {
      id,
      name: element.childText(el.name),
      address: address?.childText(el.presentation) ?? '',
      addressFields: fields.map(typeAndValue),
      contacts: contacts.map(typeAndValue),
      ...deletedOf(element),
    },
  }
}

/** Свойство; literal properties have no dictionary values. */
export function decodeProperty(id: string, element: Element): DictionaryRow {
  const values = Object.fromEntries(valuesOf(element))
  return { kind: 'property', value: { id, name: element.childText(el.name), values, ...deletedOf(element) } }
}

/**
 * Texts by the ids that goods name them with. The Bitrix module cuts texts to 40 characters and takes them for ids: an
 * id that two texts share tells neither, and what goods state is left as it is.
 */
function valuesOf(property: Element): ReadonlyMap<string, string> {
  const types = property.items(el.valueTypes, el.valueType)
  const holders = [property, ...types].flatMap((holder) => holder.children(el.allowedValues))
  const values = new Map<string, string>()
  const shared = new Set<string>()
  for (const entry of holders.flatMap((holder) => holder.children(el.dictionaryEntry, el.dictionaryEntryOld))) {
    const id = entry.childText(el.dictionaryEntryId) || entry.childText(el.id)
    const text = entry.childText(el.value)
    if (id === '') continue
    if (values.has(id) && values.get(id) !== text) shared.add(id)
    values.set(id, text)
  }
  for (const id of shared) values.delete(id)
  return values
}

/** A top-level Группа with everything nested in it, parents first. */
export function decodeGroups(element: Element, parentId?: string): readonly DictionaryRow[] {
  const stated = element.childText(el.id)
  const id = isTooLongId(stated) ? '' : stated
  const own: DictionaryRow[] =
    id === ''
      ? []
      : [
          {
            kind: 'group',
            value: {
              id,
              name: element.childText(el.name),
              ...(parentId === undefined ? {} : { parentId }),
              ...deletedOf(element),
            },
          },
        ]
  const nested = element.items(el.groups, el.group).flatMap((group) => decodeGroups(group, id === '' ? parentId : id))
  return [...own, ...nested]
}

function typeAndValue(element: Element): { readonly type: string; readonly value: string } {
  return { type: element.childText(el.type), value: element.childText(el.value) }
}
