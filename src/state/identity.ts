import { ObmenError } from '../core/errors.ts'
import type { Files } from '../core/files.ts'
import { brokenJournal, formatTime, openJournal } from './journal.ts'

/** An item of 1C and the article by which an account knows it. */
export interface IdentityPair {
  readonly itemId: string
  readonly offerId: string
}

/** Which item of 1C is which offer of one account, for ever. */
export interface Identity {
  /** False when there was no journal yet. */
  readonly existed: boolean
  readonly size: number
  offerIdOf(itemId: string): string | undefined
  itemOf(offerId: string): string | undefined
  /** Pairs in the order in which they were given. */
  pairs(): Iterable<IdentityPair>
  /**
   * Pairs an item for ever; durable when it resolves. Giving a pair that stands already does nothing. `at` is epoch
   * milliseconds. @throws ObmenError fatal `state.identity_taken` (the offer id belongs to another item, or the item
   * has another offer id)
   */
  give(itemId: string, offerId: string, at: number): Promise<void>
  /** As {@link give} for many, in one append; all of them or none. */
  giveMany(pairs: readonly IdentityPair[], at: number): Promise<void>
  /**
   * Passes an offer id on to a newcomer, when 1C deleted its owner or left it out of a full set: the owner has none then.
   * @throws ObmenError fatal `state.identity_taken` (the newcomer has another offer id)
   */
  pass(offerId: string, newcomer: string, at: number): Promise<void>
  /**
   * Gives an item that has an offer id another one, because a person said that its card goes by that name now.
   * @throws ObmenError fatal `state.identity_taken` (the new offer id belongs to another item)
   */
  rename(itemId: string, offerId: string, at: number): Promise<void>
}

const COLUMNS = ['at', 'event', 'item', 'offer_id'] as const

/**
 * Opens the identity journal of one account. The caller puts the ownership mark (marketplace, base URL, own id) into
 * the name of the file.
 *
 * @throws ObmenError fatal `state.journal_broken`
 */
export async function openIdentity(file: string, files: Files): Promise<Identity> {
  const journal = await openJournal(file, files, COLUMNS)
  const offers = new Map<string, string>()
  const items = new Map<string, string>()

  function take({ itemId, offerId }: IdentityPair): void {
    offers.set(itemId, offerId)
    items.set(offerId, itemId)
  }

  function handOver(offerId: string, newcomer: string): void {
    const owner = items.get(offerId)
    if (owner !== undefined) offers.delete(owner)
    take({ itemId: newcomer, offerId })
  }

  function release(itemId: string): void {
    const offerId = offers.get(itemId)
    if (offerId !== undefined) items.delete(offerId)
    offers.delete(itemId)
  }

  for (const { line, cells } of journal.rows) {
    const [, event, itemId, offerId] = cells as [string, string, string, string]
    if (event === 'passed') {
      handOver(offerId, itemId)
    } else if (event === 'renamed') {
      const owner = items.get(offerId)
      if (owner !== undefined && owner !== itemId)
        throw brokenJournal(file, line, `${offerId} belongs to item ${owner}`)
      release(itemId)
      take({ itemId, offerId })
    } else if (event === 'given') {
      const fault = clash(offers, items, { itemId, offerId })
      if (fault !== undefined) throw brokenJournal(file, line, fault)
      take({ itemId, offerId })
    } else {
      throw brokenJournal(file, line, `"${event}" is neither given, passed nor renamed`)
    }
  }

  /** Claims pairs in memory before the disk is asked, so that two callers cannot get the same offer id. */
  async function write(
    event: 'given' | 'passed' | 'renamed',
    pairs: readonly IdentityPair[],
    at: number,
    undo: () => void,
  ): Promise<void> {
    try {
      await journal.append(pairs.map(({ itemId, offerId }) => [formatTime(at), event, itemId, offerId]))
    } catch (error) {
      undo()
      throw error
    }
  }

  async function giveMany(pairs: readonly IdentityPair[], at: number): Promise<void> {
    const fresh: IdentityPair[] = []
    const undo = (): void => {
      for (const { itemId, offerId } of fresh) {
        offers.delete(itemId)
        items.delete(offerId)
      }
    }
    for (const pair of pairs) {
      const fault = clash(offers, items, pair)
      if (fault !== undefined) {
        undo()
        throw taken(file, fault)
      }
      if (offers.has(pair.itemId)) continue
      take(pair)
      fresh.push(pair)
    }
    if (fresh.length > 0) await write('given', fresh, at, undo)
  }

  return {
    existed: journal.existed,
    get size() {
      return offers.size
    },
    offerIdOf: (itemId) => offers.get(itemId),
    itemOf: (offerId) => items.get(offerId),
    *pairs() {
      for (const [itemId, offerId] of offers) yield { itemId, offerId }
    },
    give: (itemId, offerId, at) => giveMany([{ itemId, offerId }], at),
    giveMany,

    async pass(offerId, newcomer, at) {
      const owner = items.get(offerId)
      if (owner === newcomer) return
      const other = offers.get(newcomer)
      if (other !== undefined) throw taken(file, `item ${newcomer} is ${other} already`)
      handOver(offerId, newcomer)
      await write('passed', [{ itemId: newcomer, offerId }], at, () => {
        offers.delete(newcomer)
        if (owner === undefined) items.delete(offerId)
        else take({ itemId: owner, offerId })
      })
    },

    async rename(itemId, offerId, at) {
      const before = offers.get(itemId)
      if (before === offerId) return
      const owner = items.get(offerId)
      if (owner !== undefined) throw taken(file, `${offerId} belongs to item ${owner}, not ${itemId}`)
      release(itemId)
      take({ itemId, offerId })
      await write('renamed', [{ itemId, offerId }], at, () => {
        release(itemId)
        if (before !== undefined) take({ itemId, offerId: before })
      })
    },
  }
}

function clash(
  offers: ReadonlyMap<string, string>,
  items: ReadonlyMap<string, string>,
  { itemId, offerId }: IdentityPair,
): string | undefined {
  const owner = items.get(offerId)
  if (owner !== undefined && owner !== itemId) return `${offerId} belongs to item ${owner}, not ${itemId}`
  const other = offers.get(itemId)
  return other !== undefined && other !== offerId ? `item ${itemId} is ${other} already, not ${offerId}` : undefined
}

function taken(file: string, fault: string): ObmenError {
  return new ObmenError('fatal', 'state.identity_taken', `pairing an item in ${file}: ${fault}`, {
    remedy: 'Let the expression give a free value; the journal shows which item has had the article since when.',
  })
}
