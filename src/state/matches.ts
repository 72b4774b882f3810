import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Files } from '../core/files.ts'
import { codeOf } from './disk.ts'
import type { Identity } from './identity.ts'
import { formatTime, journalText, readJournal } from './journal.ts'

/** A person's word on which card of an account is which item of 1C. */
export interface Match {
  readonly itemId: string
  readonly offerId: string
  /** The card that the item had and that is gone from the marketplace; absent = it had none. */
  readonly replaces?: string
}

/** What became of the matches that lay waiting. */
export interface Adopted {
  /** Items whose card was not known before, or is another one now. */
  readonly itemIds: readonly string[]
  /** Matches that came too late: the item or the card was given away meanwhile. */
  readonly refused: readonly Match[]
}

const COLUMNS = ['at', 'item', 'offer_id', 'replaces'] as const

/**
 * Matches lie here from the moment a person made them until whoever owns the state folder has written them into the
 * journal of identity: one file for each decision of an account, in place whole or not at all.
 */
function folderOf(identityFile: string): string {
  return `${identityFile.replace(/\.csv$/, '')}.matches`
}

/** Leaves matches for the owner of the identity journal; durable when it resolves. Needs no lock. */
export async function leaveMatches(
  identityFile: string,
  files: Files,
  matches: readonly Match[],
  at: number,
): Promise<void> {
  if (matches.length === 0) return
  const rows = matches.map(({ itemId, offerId, replaces = '' }) => [formatTime(at), itemId, offerId, replaces])
  // The name sorts by time: what was decided later is adopted later.
  const name = `${formatTime(at).replaceAll(':', '-')}-${randomUUID()}.csv`
  await files.writeAtomic(join(folderOf(identityFile), name), journalText(COLUMNS, rows))
}

/**
 * Writes the matches that lie waiting into the journal of identity, for its owner only. Pairs are in the journal before
 * a file of matches goes away, so a death in between repeats what does nothing the second time. A card or an item that
 * was given away since the person looked stays where it is.
 * @throws ObmenError fatal `state.journal_broken`
 */
export async function adoptMatches(
  identityFile: string,
  identity: Identity,
  files: Files,
  now: number,
): Promise<Adopted> {
  const itemIds: string[] = []
  const refused: Match[] = []
  for (const path of await waitingIn(folderOf(identityFile))) {
    const given = new Map<string, string>()
    const taken = new Set<string>()
    for (const { cells } of (await readJournal(path, COLUMNS)).rows) {
      const [, itemId, offerId, replaces] = cells as [string, string, string, string]
      if (identity.itemOf(offerId) === itemId) continue
      const isFree = identity.itemOf(offerId) === undefined && !taken.has(offerId) && !given.has(itemId)
      if (!isFree || (identity.offerIdOf(itemId) ?? '') !== replaces) {
        refused.push({ itemId, offerId })
        continue
      }
      taken.add(offerId)
      itemIds.push(itemId)
      if (replaces === '') given.set(itemId, offerId)
      else await identity.rename(itemId, offerId, now)
    }
    await identity.giveMany(
      [...given].map(([itemId, offerId]) => ({ itemId, offerId })),
      now,
    )
    await files.remove(path)
  }
  return { itemIds, refused }
}

async function waitingIn(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder)
    return names
      .filter((name) => /^[^.].*\.csv$/.test(name))
      .toSorted()
      .map((name) => join(folder, basename(name)))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}
