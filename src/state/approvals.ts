import { dirname, join } from 'node:path'
import type { Files } from '../core/files.ts'
import { appendToJournal, brokenJournal, formatTime, parseTime, readJournal } from './journal.ts'
import { createNumbers } from './numbers.ts'

/** What an approval is for: the account in the configuration and the cabinet that answered behind it. */
export interface OwnershipMark {
  readonly account: string
  readonly marketplace: string
  readonly baseUrl: string
  /** The account's own id at the marketplace. */
  readonly ownId: string
}

/** One line of the approvals journal. */
export interface Approval extends OwnershipMark {
  readonly event: 'approved' | 'revoked'
  readonly at: number
  /** Who decided, as far as known. */
  readonly by: string
}

/** A decision to let an account write, or to stop it. */
export interface ApprovalWish extends OwnershipMark {
  readonly by?: string
  /** Epoch milliseconds. */
  readonly at: number
}

const COLUMNS = ['at', 'event', 'account', 'marketplace', 'base_url', 'own_id', 'by'] as const

/** All approvals and revocations, oldest first; none when there is no journal. @throws ObmenError fatal `state.journal_broken` */
export async function readApprovals(file: string): Promise<readonly Approval[]> {
  const { rows } = await readJournal(file, COLUMNS)
  return rows.map(({ line, cells }) => {
    const [at, event, account, marketplace, baseUrl, ownId, by] = cells as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ]
    if (event !== 'approved' && event !== 'revoked') {
      throw brokenJournal(file, line, `"${event}" is neither approved nor revoked`)
    }
    return { at: parseTime(file, line, at), event, account, marketplace, baseUrl, ownId, by }
  })
}

/**
 * Lets the account write to exactly this cabinet; durable when it resolves. Needs no lock. From the first approval on
 * orders get numbers, so it makes their journal beside its own: one that is missing later was lost.
 */
export async function approve(file: string, files: Files, wish: ApprovalWish): Promise<void> {
  if ((await readApprovals(file)).length === 0) await createNumbers(join(dirname(file), 'numbers.csv'), files)
  await write(file, files, 'approved', wish)
}

/** Makes the account observe again; durable when it resolves. Needs no lock. */
export async function revoke(file: string, files: Files, wish: ApprovalWish): Promise<void> {
  await write(file, files, 'revoked', wish)
}

/** True when the latest word about exactly this mark is an approval. */
export function isApproved(approvals: readonly Approval[], mark: OwnershipMark): boolean {
  const latest = approvals.findLast(
    (a) =>
      a.account === mark.account &&
      a.marketplace === mark.marketplace &&
      a.baseUrl === mark.baseUrl &&
      a.ownId === mark.ownId,
  )
  return latest?.event === 'approved'
}

async function write(file: string, files: Files, event: Approval['event'], wish: ApprovalWish): Promise<void> {
  const { at, account, marketplace, baseUrl, ownId, by = '' } = wish
  const row = [formatTime(at), event, account, marketplace, baseUrl, ownId, by]
  await appendToJournal(file, files, COLUMNS, [row])
}
