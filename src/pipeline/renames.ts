import { shortId } from '../expression/texts.ts'
import type { MatchItem } from './match-leads.ts'
import type { StandingPairs } from './matching.ts'

/** An item whose card goes by another name than the account's identity would give it now. Nothing is renamed by itself. */
export interface Rename {
  readonly account: string
  readonly itemId: string
  readonly name: string
  /** What the card is called. */
  readonly offerId: string
  /** What the identity expressions give. */
  readonly wanted: string
  /** The item that has the wanted name. */
  readonly owner?: string
}

/** The rename that an item's identity proposes; undefined where the name is right, or the wanted one is only made up. */
export function renameOf(
  account: string,
  item: MatchItem,
  offerId: string,
  pairs: Pick<StandingPairs, 'itemOf'>,
): Rename | undefined {
  const [wanted] = item.wanted
  // A name made of the id stands in for a missing one: nobody wants it in place of a real one.
  if (wanted === undefined || wanted === offerId || wanted === shortId(item.itemId)) return undefined
  const owner = pairs.itemOf(wanted)
  const { itemId, name } = item
  return { account, itemId, name, offerId, wanted, ...(owner === undefined || owner === itemId ? {} : { owner }) }
}
