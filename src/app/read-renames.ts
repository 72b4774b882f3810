import type { Config } from '../config/model.ts'
import type { Clock } from '../core/clock.ts'
import { renameOf, type Rename } from '../pipeline/renames.ts'
import type { Tables } from '../tables/index.ts'
import { matchItems, unknownNameOf } from './match-items.ts'
import { withReadOnlyRuntime } from './read-only.ts'

/**
 * Items whose card goes by another name than the account's identity gives them now; none while no service has run. An
 * account with an expression that names what 1C does not have is left out: nobody knows what it would give.
 */
export async function readRenames(
  project: { readonly config: Config; readonly tables: Tables },
  clock: Clock,
): Promise<readonly Rename[]> {
  const found = await withReadOnlyRuntime(project, clock, async ({ accounts }) => {
    const renames: Rename[] = []
    for (const account of accounts.values()) {
      const { identity } = account.parts
      if (identity.size === 0 || (await unknownNameOf(account)) !== undefined) continue
      for (const item of await matchItems(account, undefined, new AbortController().signal)) {
        const offerId = identity.offerIdOf(item.itemId)
        const rename = offerId === undefined ? undefined : renameOf(account.name, item, offerId, identity)
        if (rename !== undefined) renames.push(rename)
      }
    }
    return renames
  })
  return found ?? []
}
