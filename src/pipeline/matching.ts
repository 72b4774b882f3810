import type { ListedOffer } from '../core/marketplace.ts'
import { SimilarNames, sharedWords } from './similar-names.ts'

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

/** An item and the card that is surely its own. */
export interface SurePair {
  readonly item: MatchItem
  readonly offer: ListedOffer
  readonly rule: MatchRule
  /** Share of words that the two names have in common, 0…1: a low one is worth a look. */
  readonly likeness: number
}

/** An item that a card may belong to. */
export interface Suggestion {
  readonly item: MatchItem
  /** Rules that lead there; none = only the names are alike. */
  readonly rules: readonly MatchRule[]
  /** 0…1, for people. */
  readonly confidence: number
  /** The item has this card already, which the marketplace does not show any more: somebody renamed it there. */
  readonly instead?: string
}

/**
 * A card that has no sure item. `conflict`: the rules lead to different ones; `ambiguous`: a rule leads to several;
 * `renamed`: it goes by the name that an item wants whose own card is gone; `unselected`: its item is in 1C, not marked
 * for this account; `unknown`: no rule leads anywhere.
 */
export interface OpenOffer {
  readonly offer: ListedOffer
  readonly kind: 'conflict' | 'ambiguous' | 'renamed' | 'unselected' | 'unknown'
  /** The most probable first. */
  readonly suggestions: readonly Suggestion[]
}

/** An item without a card. `taken`: its article is the name of a card that belongs to another item. */
export interface OpenItem {
  readonly item: MatchItem
  readonly taken?: { readonly offerId: string; readonly owner: string }
}

/** What a listing and a catalogue make of each other. */
export interface Matching {
  /** Pairs of the journal whose card the marketplace shows. */
  readonly known: number
  /** Items of the journal whose card the marketplace does not show. */
  readonly gone: readonly MatchItem[]
  readonly sure: readonly SurePair[]
  readonly openOffers: readonly OpenOffer[]
  readonly openItems: readonly OpenItem[]
}

/** Pairs that stand: they are never touched. */
export interface StandingPairs {
  offerIdOf(itemId: string): string | undefined
  itemOf(offerId: string): string | undefined
}

/** Names less alike than this are no suggestion. */
const LEAST_LIKENESS = 0.35
const MOST_SUGGESTIONS = 3
/** What the same name is worth. */
const NAME_CONFIDENCE = 0.7
const CONFIDENCE: Readonly<Record<MatchRule, number>> = { identity: 0.9, article: 0.75, barcode: 0.8, code: 0.85 }

/**
 * Pairs items with cards. A pair is sure when a rule leads from exactly one item to exactly one card and back, and no
 * other such lead contradicts it; everything else is for a person.
 */
export function match(items: readonly MatchItem[], offers: readonly ListedOffer[], pairs: StandingPairs): Matching {
  const listed = new Map(offers.map((offer) => [offer.offerId, offer]))
  const freeItems = items.filter(({ itemId, selected }) => selected && pairs.offerIdOf(itemId) === undefined)
  const freeOffers = [...listed.values()].filter(({ offerId }) => pairs.itemOf(offerId) === undefined)
  const gone = items.filter(({ itemId }) => {
    const offerId = pairs.offerIdOf(itemId)
    return offerId !== undefined && !listed.has(offerId)
  })
  const leads = new Leads(freeItems, freeOffers)
  const sure = freeItems.flatMap((item): SurePair[] => {
    const lead = leads.sureOf(item)
    return lead === undefined ? [] : [{ item, ...lead, likeness: sharedWords(item.name, lead.offer.name) }]
  })
  const pairedOffers = new Set(sure.map(({ offer }) => offer.offerId))
  const pairedItems = new Set(sure.map(({ item }) => item.itemId))
  const openItems = freeItems.filter(({ itemId }) => !pairedItems.has(itemId))
  const unselected = items.filter(({ itemId, selected }) => !selected && pairs.offerIdOf(itemId) === undefined)
  const suggest = suggester({ openItems, gone, unselected }, leads, pairs)
  const owners = new Map(sure.map(({ item, offer }) => [offer.offerId, item.itemId]))
  return {
    known: offers.length - freeOffers.length,
    gone,
    sure,
    openOffers: freeOffers.filter(({ offerId }) => !pairedOffers.has(offerId)).map(suggest),
    openItems: openItems.map((item) => {
      const ownerOf = (offerId: string): string | undefined => pairs.itemOf(offerId) ?? owners.get(offerId)
      const offerId = [...item.wanted, item.article].find((wanted) => ownerOf(wanted) !== undefined)
      const owner = offerId === undefined ? undefined : ownerOf(offerId)
      return { item, ...(offerId === undefined || owner === undefined ? {} : { taken: { offerId, owner } }) }
    }),
  }
}

/** What leads from items to cards, both ways, by rule. */
class Leads {
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

interface Candidates {
  readonly openItems: readonly MatchItem[]
  readonly gone: readonly MatchItem[]
  readonly unselected: readonly MatchItem[]
}

function suggester(
  { openItems, gone, unselected }: Candidates,
  leads: Leads,
  pairs: StandingPairs,
): (offer: ListedOffer) => OpenOffer {
  const byId = new Map(openItems.map((item) => [item.itemId, item]))
  const names = new SimilarNames(openItems.map(({ itemId, name }) => ({ id: itemId, name })))
  const namesOf = ({ wanted, article }: MatchItem): Set<string> => new Set([...wanted, article])
  const wanting = grouped(gone, namesOf)
  const unmarked = grouped(unselected, namesOf)
  const unmarkedBarcodes = grouped(unselected, ({ barcodes }) => new Set(barcodes))
  return (offer) => {
    const instead = (wanting.get(offer.offerId) ?? []).map((item): Suggestion => {
      return { item, rules: ['identity'], confidence: 0.9, instead: pairs.offerIdOf(item.itemId) ?? '' }
    })
    const led = [...leads.itemsOf(offer.offerId)]
      .filter(([{ itemId }]) => byId.has(itemId))
      .map(([item, rules]): Suggestion => {
        const [best = 0, ...more] = rules.map((rule) => CONFIDENCE[rule]).toSorted((a, b) => b - a)
        return { item, rules, confidence: more.length > 0 ? Math.min(0.95, best + 0.05) : best }
      })
    if (led.length + instead.length === 0) {
      const [item] = [offer.offerId, ...offer.barcodes].flatMap((key, i) => {
        return (i === 0 ? unmarked : unmarkedBarcodes).get(key) ?? []
      })
      if (item !== undefined) return { offer, kind: 'unselected', suggestions: [{ item, rules: [], confidence: 0 }] }
    }
    const lead = [...instead, ...led]
    // A name alone is never as good as a rule.
    const alike = lead.length > 0 ? [] : names.nearest(offer.name, MOST_SUGGESTIONS, LEAST_LIKENESS)
    const suggestions = [
      ...lead.toSorted((a, b) => b.confidence - a.confidence),
      ...alike.map(({ id, likeness }): Suggestion => {
        return { item: byId.get(id) as MatchItem, rules: [], confidence: likeness * NAME_CONFIDENCE }
      }),
    ]
    return { offer, kind: kindOf(offer, instead, led, leads), suggestions }
  }
}

function kindOf(
  offer: ListedOffer,
  instead: readonly Suggestion[],
  led: readonly Suggestion[],
  leads: Leads,
): OpenOffer['kind'] {
  if (leads.contradicts(offer.offerId)) return 'conflict'
  if (led.length > 0) return 'ambiguous'
  return instead.length > 0 ? 'renamed' : 'unknown'
}

function grouped<T>(things: readonly T[], keysOf: (thing: T) => Iterable<string>): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>()
  for (const thing of things) for (const key of keysOf(thing)) if (key !== '') push(groups, key, thing)
  return groups
}

function push<K, V>(groups: Map<K, V[]>, key: K, value: V): void {
  const known = groups.get(key)
  if (known === undefined) groups.set(key, [value])
  else known.push(value)
}
