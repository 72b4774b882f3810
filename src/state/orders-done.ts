import type { Files } from '../core/files.ts'
import { appendToJournal, formatTime, parseTime, readJournal } from './journal.ts'

/** A person's word that a cancelled order is cancelled in 1C too. */
export interface OrderTick {
  /** Epoch milliseconds. */
  readonly at: number
  readonly exchange: string
  readonly account: string
  readonly posting: string
  /** The order's number in 1C, for people who read the journal. */
  readonly number: string
  /** Who says so, as far as known. */
  readonly by: string
}

const COLUMNS = ['at', 'exchange', 'account', 'posting', 'number', 'by'] as const

/** Writes it down; durable when it resolves. Needs no lock. */
export async function tickOff(file: string, files: Files, tick: OrderTick): Promise<void> {
  const { at, exchange, account, posting, number, by } = tick
  await appendToJournal(file, files, COLUMNS, [[formatTime(at), exchange, account, posting, number, by]])
}

/** Every tick, oldest first; none when there is no journal. @throws ObmenError fatal `state.journal_broken` */
export async function readTicks(file: string): Promise<readonly OrderTick[]> {
  const { rows } = await readJournal(file, COLUMNS)
  return rows.map(({ line, cells }) => {
    const [at, exchange, account, posting, number, by] = cells as [string, string, string, string, string, string]
    return { at: parseTime(file, line, at), exchange, account, posting, number, by }
  })
}
