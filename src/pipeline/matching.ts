import type { ListedOffer } from '../core/marketplace.ts'
import { grouped, Leads, type MatchItem, type MatchRule } from './match-leads.ts'
import { SimilarNames, sharedWords } from './similar-names.ts'

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
