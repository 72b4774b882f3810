import type { Files } from '../core/files.ts'
import { appendToJournal, brokenJournal, formatTime, parseTime, readJournal } from './journal.ts'

/** What a person decided about goods that a full export left out: take them for deleted, or leave them as they are. */
export interface RemovalDecision {
  /** Epoch milliseconds. */
  readonly at: number
  readonly exchange: string
  /** Id of the conclusion; it counts for no other. */
  readonly id: string
  readonly decision: 'release' | 'drop'
}

const COLUMNS = ['at', 'exchange', 'set', 'decision'] as const

/** Writes decisions down for the next look; durable when it resolves. Needs no lock. */
export async function decideRemovals(file: string, files: Files, decisions: readonly RemovalDecision[]): Promise<void> {
  const rows = decisions.map(({ at, exchange, id, decision }) => [formatTime(at), exchange, id, decision])
  if (rows.length > 0) await appendToJournal(file, files, COLUMNS, rows)
}

/** Every decision, oldest first; none when there is no journal. @throws ObmenError fatal `state.journal_broken` */
export async function readRemovalDecisions(file: string): Promise<readonly RemovalDecision[]> {
  const { rows } = await readJournal(file, COLUMNS)
  return rows.map(({ line, cells }): RemovalDecision => {
    const [at, exchange, id, decision] = cells as [string, string, string, string]
    if (decision !== 'release' && decision !== 'drop') {
      throw brokenJournal(file, line, `"${decision}" is neither release nor drop`)
    }
    return { at: parseTime(file, line, at), exchange, id, decision }
  })
}
