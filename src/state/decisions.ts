import type { Files } from '../core/files.ts'
import { itemOfKey, ledgerKey, type Aspect } from '../core/ledger.ts'
import { appendToJournal, brokenJournal, formatTime, parseTime, readJournal } from './journal.ts'

/** What a person decided about a held value: send it, or keep what the marketplace has. */
export interface Decision {
  readonly at: number
  readonly account: string
  readonly aspect: Aspect
  /** Ledger key. */
  readonly key: string
  /**
   * Of the value that was shown; the decision counts for no other, and only until the marketplace accepts another one:
   * the same value coming again months later is judged anew.
   */
  readonly fingerprint: string
  readonly decision: 'release' | 'drop'
}

const COLUMNS = ['at', 'account', 'aspect', 'item', 'warehouse', 'fingerprint', 'decision'] as const

/** Writes decisions down, all in one append, for the next look; durable when it resolves. Needs no lock. */
export async function decide(file: string, files: Files, decisions: readonly Decision[]): Promise<void> {
  const rows = decisions.map(({ at, account, aspect, key, fingerprint, decision }) => {
    const item = itemOfKey(key)
    return [formatTime(at), account, aspect, item, key.slice(item.length + 1), fingerprint, decision]
  })
  if (rows.length > 0) await appendToJournal(file, files, COLUMNS, rows)
}

/**
 * Decisions after the first `after` ones, oldest first, and the number to ask with next time.
 * @throws ObmenError fatal `state.journal_broken`
 */
export async function readDecisions(
  file: string,
  after = 0,
): Promise<{ readonly decisions: readonly Decision[]; readonly next: number }> {
  const { rows } = await readJournal(file, COLUMNS)
  const decisions = rows.slice(after).map(({ line, cells }): Decision => {
    const [at, account, aspect, item, warehouse, fingerprint, decision] = cells as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ]
    if (decision !== 'release' && decision !== 'drop') {
      throw brokenJournal(file, line, `"${decision}" is neither release nor drop`)
    }
    if (aspect !== 'cards' && aspect !== 'prices' && aspect !== 'stocks') {
      throw brokenJournal(file, line, `"${aspect}" is no aspect`)
    }
    const key = ledgerKey(item, warehouse === '' ? undefined : warehouse)
    return { at: parseTime(file, line, at), account, aspect, key, fingerprint, decision }
  })
  return { decisions, next: rows.length }
}
