import { hash64 } from '../core/fingerprint.ts'
import { FACET_BITS } from './named.ts'

/** `import{N}_{P}.xml`, `offers{N}_{P}.xml` of УТ; `import.xml`, `import1.xml`, `offers.xml` of УНФ. */
const PORTION = /(?:^|[\\/!])(import|offers)(?:(\d+)_)?(\d*)\.xml$/i

interface Portion {
  readonly kind: string
  readonly catalogue: number
  readonly number: number
}

function portionOf(file: string): Portion | undefined {
  const [, kind, catalogue, number] = PORTION.exec(file) ?? []
  return kind === undefined
    ? undefined
    : { kind: kind.toLowerCase(), catalogue: Number(catalogue ?? -1), number: Number(number ?? 0) }
}

/**
 * True when `a` is a later portion than `b`: 1C wrote it later, in whatever order the two arrived. False for files that
 * are not numbered alike.
 */
export function isLaterPortion(a: string, b: string): boolean {
  const [one, other] = [portionOf(a), portionOf(b)]
  if (one === undefined || one.kind !== other?.kind) return false
  return one.catalogue === other.catalogue ? one.number > other.number : one.catalogue > other.catalogue
}

/**
 * What the fingerprints of goods and offers in this file are kept with: a record that moved to another portion counts
 * as changed, so that the place of what is in force always names the portion that stated it last.
 */
export function portionSalt(file: string): bigint {
  const portion = portionOf(file)
  return portion === undefined ? 0n : hash64(JSON.stringify(portion)) & ~FACET_BITS
}
