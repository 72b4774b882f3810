import type { ListedOffer } from '../core/marketplace.ts'

/** An item of 1C with everything that may lead to its card. */
export interface MatchItem {
  readonly itemId: string
  readonly name: string
  readonly article: string
  /** What the account's identity expressions give, in their order; empty texts left out. */
  readonly wanted: readonly string[]
  readonly barcodes: readonly string[]
  /** A code kept in 1C: the article, the SKU or the card's id at the marketplace; "" when there is none. */
  readonly code: string
  /** The account's `select` takes it; others are only named, so that a person can mark them in 1C. */
  readonly selected: boolean
}

/** What leads from an item to a card, the most telling first. */
export const MATCH_RULES = ['identity', 'article', 'barcode', 'code'] as const
/** One of the rules of matching. */
export type MatchRule = (typeof MATCH_RULES)[number]

/** What leads from items to cards, both ways, by rule. */
export class Leads {
  readonly #offersOf = new Map<MatchRule, ReadonlyMap<string, readonly ListedOffer[]>>()
  readonly #itemsOf = new Map<MatchRule, ReadonlyMap<string, readonly MatchItem[]>>()

  constructor(items: readonly MatchItem[], offers: readonly ListedOffer[]) {
    const byName = new Map(offers.map((offer) => [offer.offerId, [offer]]))
    const byBarcode = grouped(offers, (offer) => offer.barcodes)
    const byCode = grouped(offers, ({ offerId, productId, sku }) => [offerId, productId, ...(sku ? [sku] : [])])
    const named = (names: readonly string[], by: ReadonlyMap<string, readonly ListedOffer[]>): ListedOffer[] => [
      ...new Set(names.flatMap((name) => by.get(name) ?? [])),
    ]
    const find: Readonly<Record<MatchRule, (item: MatchItem) => readonly ListedOffer[]>> = {
      // Of several expressions the first that a card goes by counts, as it does when articles are given.
      identity: (item) => named(item.wanted, byName).slice(0, 1),
      // An article that identity gives anyway says nothing more.
      article: (item) => (item.wanted.includes(item.article) ? [] : named([item.article], byName)),
      barcode: (item) => named(item.barcodes, byBarcode),
      code: (item) => named([item.code], byCode),
    }
    for (const rule of MATCH_RULES) {
      const offersOf = new Map(items.map((item) => [item.itemId, find[rule](item)]))
      const itemsOf = new Map<string, MatchItem[]>()
      for (const item of items) {
        for (const { offerId } of offersOf.get(item.itemId) ?? []) push(itemsOf, offerId, item)
      }
      this.#offersOf.set(rule, offersOf)
      this.#itemsOf.set(rule, itemsOf)
    }
  }

  /** Items that a rule leads to from a card, each with the rules. */
  itemsOf(offerId: string): ReadonlyMap<MatchItem, readonly MatchRule[]> {
    const found = new Map<MatchItem, MatchRule[]>()
    for (const rule of MATCH_RULES) {
      for (const item of this.#itemsOf.get(rule)?.get(offerId) ?? []) push(found, item, rule)
    }
    return found
  }

  /** True when the card or one of the items it leads to has clear leads to different partners. */
  contradicts(offerId: string): boolean {
    const clear = this.#clearItems(offerId)
    if (clear.size > 1) return true
    return [...clear].some((item) => this.#clearOffers(item).size > 1)
  }

  /** The card that is surely the item's, with the first rule that says so. */
  sureOf(item: MatchItem): { readonly offer: ListedOffer; readonly rule: MatchRule } | undefined {
    const [offer, ...others] = this.#clearOffers(item)
    if (offer === undefined || others.length > 0 || this.#clearItems(offer.offerId).size > 1) return undefined
    return { offer, rule: MATCH_RULES.find((rule) => this.#clear(rule, item) === offer) as MatchRule }
  }

  #clearOffers(item: MatchItem): Set<ListedOffer> {
    return new Set(MATCH_RULES.map((rule) => this.#clear(rule, item)).filter((offer) => offer !== undefined))
  }

  #clearItems(offerId: string): Set<MatchItem> {
    const clear = new Set<MatchItem>()
    for (const rule of MATCH_RULES) {
      const [item] = this.#itemsOf.get(rule)?.get(offerId) ?? []
      if (item !== undefined && this.#clear(rule, item)?.offerId === offerId) clear.add(item)
    }
    return clear
  }

  /** The one card that a rule leads to from an item, and from nowhere else. */
  #clear(rule: MatchRule, { itemId }: MatchItem): ListedOffer | undefined {
    const [offer, ...others] = this.#offersOf.get(rule)?.get(itemId) ?? []
    if (offer === undefined || others.length > 0) return undefined
    return this.#itemsOf.get(rule)?.get(offer.offerId)?.length === 1 ? offer : undefined
  }
}

/** Things by each of their keys; empty keys count for nothing. */
export function grouped<T>(
  things: readonly T[],
  keysOf: (thing: T) => Iterable<string>,
): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const thing of things) for (const key of keysOf(thing)) if (key !== '') push(groups, key, thing)
  return groups
}

function push<K, V>(groups: Map<K, V[]>, key: K, value: V): void {
  const known = groups.get(key)
  if (known === undefined) groups.set(key, [value])
  else known.push(value)
}
