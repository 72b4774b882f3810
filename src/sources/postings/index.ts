import { ObmenError } from '../../core/errors.ts'
import type { Account } from '../../pipeline/account.ts'
import type { PostingInFlow } from '../../pipeline/flows.ts'

/** Changes are read this much further back than the last good reading: clocks differ, lists lag (design §9). */
export const OVERLAP = 600_000

/**
 * Postings of an account: all that are not shipped, and all changed since `since` less the overlap. `oursFrom` as in
 * {@link PostingInFlow}.
 */
export async function* postingsSince(
  account: Account,
  since: number,
  oursFrom: number,
  signal: AbortSignal,
): AsyncIterable<readonly PostingInFlow[]> {
  const { orders } = account.parts.connector
  if (orders === undefined) {
    throw new ObmenError('config', 'account.no_orders', `reading postings of ${account.name}: its marketplace has none`)
  }
  for await (const postings of orders.read(since - OVERLAP, signal)) {
    if (postings.length > 0) yield postings.map((posting) => ({ posting, oursFrom }))
  }
}
