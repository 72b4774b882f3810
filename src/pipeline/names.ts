import { didYouMean } from '../core/diagnostic.ts'
import type { UsedName } from '../core/expression.ts'
import type { DictionaryRow } from '../core/catalogue.ts'
import { requisiteSpellings } from '../formats/commerceml/index.ts'
import type { Dictionary } from '../state/dictionary.ts'

/** A name that an expression or an account uses and 1C does not have. */
export interface UnknownName {
  readonly used: UsedName
  readonly suggestion?: string
  /** 1C has not stated any row of this kind yet: its first export may still be on the way. */
  readonly nothingOfKind: boolean
  /** 1C has it, marked for deletion. */
  readonly deleted?: true
}

const ROW_KIND: Readonly<Partial<Record<UsedName['kind'], DictionaryRow['kind']>>> = {
  priceType: 'priceType',
  warehouse: 'warehouse',
  property: 'property',
  requisite: 'requisite',
  group: 'group',
  catalogue: 'catalogue',
  characteristic: 'attribute',
}

/**
 * Compares the names that expressions use with the dictionary of the exchange, before a look and not when an item
 * reaches them: an unknown name holds the whole look, and so does one that 1C marked for deletion. Tables and columns were checked when the configuration loaded.
 */
export function unknownNames(names: readonly UsedName[], dictionary: Dictionary): UnknownName[] {
  const unknown: UnknownName[] = []
  for (const used of names) {
    const kind = ROW_KIND[used.kind]
    if (kind === undefined) continue
    const spellings = kind === 'requisite' ? requisiteSpellings(used.name) : [used.name]
    if (spellings.some((spelling) => dictionary.idsOf(kind, spelling).length > 0)) continue
    const known = dictionary.names(kind)
    const suggestion = didYouMean(used.name, known)
    const isDeleted = dictionary.isDeleted(kind, used.name)
    unknown.push({
      used,
      nothingOfKind: known.length === 0 && !isDeleted,
      ...(isDeleted ? { deleted: true } : {}),
      ...(suggestion === undefined ? {} : { suggestion }),
    })
  }
  return unknown
}
