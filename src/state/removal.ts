import { isGone, itemId, type AsOf, type ProductEntry } from '../core/catalogue.ts'
import type { Catalogue } from './catalogue.ts'
import { hashList, includes, type HashList } from './hash-list.ts'
import type { NamedFacets } from './named-facets.ts'
import { recordHash } from './named.ts'
import { recordKey, rivalKeys } from './record-key.ts'
import type { Part } from './set-verdict.ts'

/** Record hashes of products and of offers. */
export type ByPart = Readonly<Record<Part, HashList>>

/** What becomes of records that a complete full set left out. */
export interface Sifted {
  /** Stated by nobody else and by nothing newer, and not deleted yet: to be marked, or held. */
  readonly gone: ByPart
  /** Somebody else still states them, or something newer did: nothing is concluded now, they are weighed again. */
  readonly kept: ByPart
  /** Goods that are stated while every offer of theirs is gone: files of offers may have been lost. */
  readonly bereft: number
  /** The first ones that are gone, for people. */
  readonly sample: readonly { readonly id: string; readonly article: string; readonly name: string }[]
}

/** Entries changed in one commit. */
const COMMIT_SIZE = 5_000

/**
 * Sifts what a complete full set of `asOf` left out. `elsewhere`: what other inboxes and catalogues state; `goods`: what
 * anybody states of goods, the set itself included. A product is kept, too, while one of its offers is stated.
 */
export async function sift(
  leftOut: ByPart,
  { elsewhere, goods }: { readonly elsewhere: ByPart; readonly goods: HashList },
  asOf: number,
  catalogue: Catalogue,
  sampleSize: number,
): Promise<Sifted> {
  const stated = statedBy(await catalogue.namedFrom(asOf))
  const gone: Record<Part, bigint[]> = { import: [], offers: [] }
  const kept: Record<Part, bigint[]> = { import: [], offers: [] }
  const sample: { id: string; article: string; name: string }[] = []
  let bereft = 0
  const weigh = (part: Part, hash: bigint, entry: ProductEntry, variant?: string): void => {
    const own = variant === undefined ? entry : entry.variants[variant]
    if (own?.removed !== undefined || entry.facts?.value.deleted === true) return
    if (own?.facts?.value.deleted === true) return
    const isStated = stated(hash) || (variant === undefined && offersOf(entry).some(stated))
    const isElsewhere =
      includes(elsewhere[part], hash) ||
      (variant === undefined && offersOf(entry).some((offer) => includes(elsewhere.offers, offer)))
    if (isStated || isElsewhere) {
      kept[part].push(hash)
      return
    }
    gone[part].push(hash)
    if (sample.length < sampleSize && (variant === undefined || !sample.some(({ id }) => id === entry.id)))
      sample.push(labelOf(entry, variant))
  }
  for await (const entries of catalogue.entries()) {
    for (const entry of entries) {
      const product = recordHash('product', entry.id)
      if (includes(leftOut.import, product)) weigh('import', product, entry)
      if (leftOut.offers.length === 0) continue
      const before = gone.offers.length
      for (const variant of Object.keys(entry.variants)) {
        const offer = recordHash('offer', itemId(entry.id, variant))
        if (includes(leftOut.offers, offer)) weigh('offers', offer, entry, variant)
      }
      const isStated = gone.import.at(-1) !== product && includes(goods, product)
      const left = Object.keys(entry.variants).filter((variant) => !isGone(entry, variant))
      if (isStated && left.length > 0 && gone.offers.length - before === left.length) bereft++
    }
  }
  const lists = (found: Record<Part, bigint[]>): ByPart => ({
    import: hashList(found.import),
    offers: hashList(found.offers),
  })
  return { gone: lists(gone), kept: lists(kept), bereft, sample }
}

/**
 * Marks what a complete full set left out, except what this or a newer stamp named meanwhile. Resolves to the ids of
 * the items that are gone now. Marking twice is marking once.
 */
export async function markRemoved(gone: ByPart, asOf: AsOf, catalogue: Catalogue): Promise<string[]> {
  const stated = statedBy(await catalogue.namedFrom(asOf.stamp))
  const items: string[] = []
  let changed: ProductEntry[] = []
  let forget: string[] = []
  const flush = async (): Promise<void> => {
    if (changed.length > 0) await catalogue.replace(changed, forget)
    changed = []
    forget = []
  }
  for await (const entries of catalogue.entries()) {
    for (const entry of entries) {
      const next = marked(entry, gone, asOf, stated)
      if (next === entry) continue
      changed.push(next)
      // Whatever states the product or its offers next must be decoded, changed or not: it takes the mark away.
      forget.push(recordKey('product', entry.id))
      for (const variant of Object.keys(next.variants)) {
        const id = itemId(entry.id, variant)
        const key = recordKey('offer', id)
        forget.push(key, ...rivalKeys('offer', id, key))
        if (isGone(next, variant)) items.push(id)
      }
    }
    if (changed.length >= COMMIT_SIZE) await flush()
  }
  await flush()
  return items
}

function marked(entry: ProductEntry, gone: ByPart, removed: AsOf, stated: (hash: bigint) => boolean): ProductEntry {
  let next = entry
  const product = recordHash('product', entry.id)
  const isLeftOut = includes(gone.import, product) && !stated(product) && !offersOf(entry).some(stated)
  if (isLeftOut && entry.removed === undefined) next = { ...next, removed }
  if (gone.offers.length === 0) return next
  for (const [variant, own] of Object.entries(entry.variants)) {
    const offer = recordHash('offer', itemId(entry.id, variant))
    if (own.removed !== undefined || !includes(gone.offers, offer) || stated(offer)) continue
    next = { ...next, variants: { ...next.variants, [variant]: { ...own, removed } } }
  }
  return next
}

function statedBy(named: readonly NamedFacets[]): (hash: bigint) => boolean {
  return (hash) => named.some((facets) => facets.has(hash))
}

function offersOf(entry: ProductEntry): bigint[] {
  return Object.keys(entry.variants).map((variant) => recordHash('offer', itemId(entry.id, variant)))
}

function labelOf(entry: ProductEntry, variant: string | undefined): { id: string; article: string; name: string } {
  const facts = variant === undefined ? undefined : entry.variants[variant]?.facts?.value
  const id = variant === undefined ? entry.id : itemId(entry.id, variant)
  const article = facts?.article || (entry.facts?.value.article ?? '')
  return { id, article, name: facts?.name || (entry.facts?.value.name ?? '') }
}
