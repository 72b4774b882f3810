import type { Connector } from '../core/marketplace.ts'
import type { Files } from '../core/files.ts'
import { ObmenError } from '../core/errors.ts'
import type { Account } from '../pipeline/account.ts'
import { openIdentity } from '../state/identity.ts'
import { lockFolder } from '../state/lock.ts'
import { adoptMatches, leaveMatches, type Match } from '../state/matches.ts'
import { identityFile, type Runtime } from './runtime.ts'

/** What became of the matches of a person. `waiting`: a service owns the state folder and takes them within seconds. */
export type MatchesWritten = 'written' | 'waiting'

/**
 * Makes matches durable and, while no service runs, writes them into the journal of identity at once.
 * @throws ObmenError fatal `state.not_writable`, `state.journal_broken`
 */
export async function writeMatches(
  stateFolder: string,
  connector: Connector,
  files: Files,
  matches: readonly Match[],
  now: number,
): Promise<MatchesWritten> {
  const journal = identityFile(stateFolder, connector)
  await leaveMatches(journal, files, matches, now)
  let release: () => Promise<void>
  try {
    release = await lockFolder(stateFolder, { owner: 'obmen match' })
  } catch (error) {
    if (error instanceof ObmenError && error.code === 'state.locked') return 'waiting'
    throw error
  }
  try {
    await adoptMatches(journal, await openIdentity(journal, files), files, now)
    return 'written'
  } finally {
    await release()
  }
}

/** Takes the matches that people left for an account; true when there are new pairs: what their cards hold must be read. */
export async function takeMatches(account: Account, runtime: Runtime): Promise<boolean> {
  const { identity, connector, aspects } = account.parts
  const journal = identityFile(runtime.config.folders.state, connector)
  const { itemIds, refused } = await adoptMatches(journal, identity, runtime.files, runtime.clock.now())
  if (refused.length > 0) {
    const examples = refused.slice(0, 10).map(({ itemId, offerId }) => `${itemId}=${offerId}`)
    runtime.log.warn({ account: account.name, count: refused.length, examples }, 'matches came too late')
  }
  if (itemIds.length === 0) return false
  runtime.log.info({ account: account.name, count: itemIds.length }, 'matches adopted')
  for (const { readBack } of aspects.values()) readBack?.reopen()
  return true
}
