import type { ListedOffer } from '../core/marketplace.ts'
import { ObmenError } from '../core/errors.ts'
import { formatDiagnostic } from '../core/diagnostic.ts'
import type { Account } from '../pipeline/account.ts'
import { decidedPairs, type DecidedPair } from '../pipeline/match-decisions.ts'
import type { MatchItem } from '../pipeline/match-leads.ts'
import { match, type Matching } from '../pipeline/matching.ts'
import { renameOf, type Rename } from '../pipeline/renames.ts'
import { readMatchTable } from '../tables/match-table.ts'
import { matchItems, unknownNameOf } from './match-items.ts'

/** What the cards of an account and the items of 1C make of each other. */
export interface MatchReading {
  readonly items: readonly MatchItem[]
  readonly offers: readonly ListedOffer[]
  readonly matching: Matching
  /** Of the pairs that stand and of those that would. */
  readonly renames: readonly Rename[]
  /** What a person decided in a table. */
  readonly decided: readonly DecidedPair[]
}

/** What is asked for besides the account. */
export interface MatchQuestion {
  /** Property or requisite of 1C that holds the marketplace's code. */
  readonly code?: string | undefined
  /** A match workbook that a person completed. */
  readonly from?: string | undefined
}

/**
 * Reads the whole listing of an account and pairs it with the catalogue; changes nothing.
 * @throws ObmenError of the connector; config `look.unknown_name`, `match.unknown_code`, `match.no_listing`; input
 * `xlsx.unreadable`, `match.table` (every fault of the table with its cell)
 */
export async function readMatch(account: Account, question: MatchQuestion, signal: AbortSignal): Promise<MatchReading> {
  const { connector, identity } = account.parts
  const unknown = await unknownNameOf(account)
  if (unknown !== undefined) throw unknown
  const items = await matchItems(account, question.code, signal)
  const offers = await listedOffers(account, signal)
  const table = question.from === undefined ? undefined : await readMatchTable(question.from)
  const found = decidedPairs(table?.rows ?? [], { items, offers, pairs: identity })
  const faults = [...(table?.diagnostics ?? []), ...found.diagnostics]
  if (faults.length > 0) {
    const lines = faults.map(formatDiagnostic).join('\n')
    throw new ObmenError('input', 'match.table', `reading the decisions on ${connector.title}:\n${lines}`, {
      remedy: 'Mend these cells, save the workbook and run the command again: nothing of it was written.',
    })
  }
  // What a person said goes before every rule: those cards and items are out of the game.
  const said = { items: new Map<string, string>(), offers: new Map<string, string>() }
  for (const { item, offer } of found.pairs) {
    said.items.set(item.itemId, offer.offerId)
    said.offers.set(offer.offerId, item.itemId)
  }
  const pairs = {
    offerIdOf: (itemId: string) => said.items.get(itemId) ?? identity.offerIdOf(itemId),
    itemOf: (offerId: string) => said.offers.get(offerId) ?? identity.itemOf(offerId),
  }
  const matching = match(items, offers, pairs)
  const matched = new Map(matching.sure.map(({ item, offer }) => [item.itemId, offer.offerId]))
  const renames = items.flatMap((item) => {
    const offerId = pairs.offerIdOf(item.itemId) ?? matched.get(item.itemId)
    return offerId === undefined ? [] : (renameOf(account.name, item, offerId, pairs) ?? [])
  })
  return { items, offers, matching, renames, decided: found.pairs }
}

async function listedOffers(account: Account, signal: AbortSignal): Promise<readonly ListedOffer[]> {
  const { listing, title } = account.parts.connector
  if (listing === undefined) {
    throw new ObmenError('config', 'match.no_listing', `matching ${account.name}: ${title} gives no list of its cards`)
  }
  const offers = new Map<string, ListedOffer>()
  for await (const page of listing.offers(signal)) for (const offer of page) offers.set(offer.offerId, offer)
  return [...offers.values()]
}
