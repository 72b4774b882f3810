import { didYouMean, type Diagnostic } from '../core/diagnostic.ts'
import type { ListedOffer } from '../core/marketplace.ts'
import type { MatchField, MatchRow } from '../tables/match-table.ts'
import type { MatchItem } from './match-leads.ts'
import type { StandingPairs } from './matching.ts'

/** A card that a person gave to an item. */
export interface DecidedPair {
  readonly item: MatchItem
  readonly offer: ListedOffer
  /** The card that the item had and that the marketplace does not show any more. */
  readonly replaces?: string
}

/** What decisions are checked against. */
export interface DecisionContext {
  readonly items: readonly MatchItem[]
  readonly offers: readonly ListedOffer[]
  readonly pairs: StandingPairs
}

/**
 * Turns the rows that a person said yes to into pairs. Each card and each item once; a pair that stands is not touched,
 * unless the marketplace does not show its card any more.
 */
export function decidedPairs(
  rows: readonly MatchRow[],
  { items, offers, pairs }: DecisionContext,
): { readonly pairs: readonly DecidedPair[]; readonly diagnostics: readonly Diagnostic[] } {
  const listed = new Map(offers.map((offer) => [offer.offerId, offer]))
  const known = new Map(items.map((item) => [item.itemId, item]))
  const byArticle = new Map<string, MatchItem[]>()
  for (const item of items) byArticle.set(item.article, [...(byArticle.get(item.article) ?? []), item])
  const diagnostics: Diagnostic[] = []
  const decided: DecidedPair[] = []
  const takenOffers = new Map<string, MatchRow>()
  const takenItems = new Map<string, MatchRow>()

  for (const row of rows) {
    const report = (code: string, field: MatchField, message: string): undefined => {
      diagnostics.push({ severity: 'error', code: `match.${code}`, message, place: row.place(field) })
      return undefined
    }
    const offer = listed.get(row.offerId) ?? unknownOffer(row, listed, report)
    const item = itemOf(row, known, byArticle, report)
    if (offer === undefined || item === undefined) continue
    const owner = pairs.itemOf(offer.offerId)
    if (owner === item.itemId) continue
    const own = pairs.offerIdOf(item.itemId)
    const sameOffer = takenOffers.get(offer.offerId)
    const sameItem = takenItems.get(item.itemId)
    if (owner !== undefined) {
      report('taken', 'offerId', `the card "${offer.offerId}" belongs to item ${owner} already`)
    } else if (own !== undefined && listed.has(own)) {
      report('paired', 'itemId', `the item ${item.itemId} has the card "${own}" already`)
    } else if (sameOffer !== undefined) {
      const where = sameOffer.place('offerId').cell
      report('twice', 'offerId', `the card "${offer.offerId}" is given to another item in ${where}: leave one «да»`)
    } else if (sameItem !== undefined) {
      const where = sameItem.place('itemId').cell
      report('twice', 'itemId', `the item ${item.itemId} gets another card in ${where}: leave one «да»`)
    } else {
      takenOffers.set(offer.offerId, row)
      takenItems.set(item.itemId, row)
      decided.push({ item, offer, ...(own === undefined ? {} : { replaces: own }) })
    }
  }
  return { pairs: decided, diagnostics }
}

type Report = (code: string, field: MatchField, message: string) => undefined

function unknownOffer({ offerId }: MatchRow, listed: ReadonlyMap<string, ListedOffer>, report: Report): undefined {
  if (offerId === '') return report('no_offer', 'offerId', 'the article of the card is missing')
  const meant = didYouMean(offerId, listed.keys())
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
  return report('unknown_offer', 'offerId', `the account has no card "${offerId}"${hint}`)
}

/** The item of a row: by its id, else by an article that only one item has. */
function itemOf(
  { itemId, article }: MatchRow,
  known: ReadonlyMap<string, MatchItem>,
  byArticle: ReadonlyMap<string, readonly MatchItem[]>,
  report: Report,
): MatchItem | undefined {
  if (itemId !== '') {
    const item = known.get(itemId)
    if (item === undefined) return report('unknown_item', 'itemId', `1C has no item with the id "${itemId}"`)
    if (!item.selected) return report('unselected', 'itemId', `1C did not mark the item ${itemId} for this account`)
    return item
  }
  if (article === '') return report('no_item', 'itemId', 'write the id or the article of the item in 1C')
  const all = byArticle.get(article) ?? []
  const selected = all.filter((item) => item.selected)
  if (selected.length === 1) return selected[0]
  if (selected.length > 1) {
    const message = `${selected.length} items have the article "${article}": write the id of the one that is meant`
    return report('ambiguous_article', 'article', message)
  }
  if (all.length > 0) return report('unselected', 'article', `1C did not mark "${article}" for this account`)
  const meant = didYouMean(article, byArticle.keys())
  const hint = meant === undefined ? '' : `; did you mean "${meant}"?`
  return report('unknown_article', 'article', `no item of 1C has the article "${article}"${hint}`)
}
