import { splitOfferId } from '../core/catalogue.ts'

/**
 * Which part of its offers a file states, as far as its name tells. Family C spreads an offer over three files; their
 * records are remembered side by side. A name that lies costs time, never the result: what a record states is known
 * when it is applied.
 */
export type Part = '' | 'prices' | 'rests'

/** The part by the name of a file: `prices1___<guid>.xml`, `rests/rests_1_2_<guid>.xml`, `export.zip!prices.xml`. */
export function partOf(file: string): Part {
  const name = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\'), file.lastIndexOf('!')) + 1)
  const [part] = /^(?:prices|rests)(?![a-z])/i.exec(name) ?? []
  return (part?.toLowerCase() ?? '') as Part
}

/** The key of a record's fingerprint; records of one product share it, where 1C exports goods per characteristic. */
export function recordKey(kind: string, id: string, part: Part = ''): string {
  if (kind === 'product') return `${kind}\n${splitOfferId(id).productId}`
  return kind === 'offer' && part !== '' ? `${kind}\n${id}\n${part}` : `${kind}\n${id}`
}

/** Keys of the other records that may state the same facets of the same thing. */
export function rivalKeys(kind: string, id: string, key: string): readonly string[] {
  if (kind !== 'offer' && kind !== 'offerChange') return []
  const keys = [
    recordKey('offer', id),
    recordKey('offerChange', id),
    recordKey('offer', id, 'prices'),
    recordKey('offer', id, 'rests'),
  ]
  return keys.filter((other) => other !== key)
}
