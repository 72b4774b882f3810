import { readFile } from 'node:fs/promises'

import { ObmenError } from '../core/errors.ts'
import type { Files } from '../core/files.ts'
import { codeOf } from './disk.ts'

/** One row of a journal with the line it stands in (one-based, the header is line 1). */
export interface JournalRow {
  readonly line: number
  readonly cells: readonly string[]
}

/** What was found in a journal file. */
export interface JournalContent {
  /** False when there was no file. */
  readonly existed: boolean
  readonly rows: readonly JournalRow[]
  /** The whole lines as they stand in the file; shorter than the file when its last line is torn. */
  readonly whole: string
  readonly torn: boolean
}

/** A journal that one process owns; rows are appended one after the other. */
export interface Journal {
  /** True when the file was there when the journal was opened. */
  readonly existed: boolean
  /** The rows found when the journal was opened. */
  readonly rows: readonly JournalRow[]
  /** Durable when it resolves; the rows of one call are written together. */
  append(rows: readonly (readonly string[])[]): Promise<void>
}

/**
 * Reads a CSV journal: a header line, then one row per line. A last line without its end was never promised to anyone
 * and is left out. A byte order mark and CRLF, as spreadsheets leave them, are accepted.
 *
 * @throws ObmenError fatal `state.journal_broken` with file and line
 */
export async function readJournal(file: string, columns: readonly string[]): Promise<JournalContent> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { existed: false, rows: [], whole: '', torn: false }
    throw error
  }
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  const lines = whole.replace(/^\uFEFF/, '').split('\n')
  lines.pop()
  const rows: JournalRow[] = []
  for (const [i, raw] of lines.entries()) {
    const line = i + 1
    const cells = parseLine(raw.endsWith('\r') ? raw.slice(0, -1) : raw)
    if (cells === undefined || cells.length !== columns.length || (i === 0 && cells.join() !== columns.join())) {
      const expected = i === 0 ? `the header must be ${columns.join(',')}` : `${columns.length} columns are expected`
      throw brokenJournal(file, line, expected)
    }
    if (i > 0) rows.push({ line, cells })
  }
  return { existed: true, rows, whole, torn: whole.length < text.length }
}

/** The fault of a journal that cannot mean what it says. */
export function brokenJournal(file: string, line: number, fault: string): ObmenError {
  return new ObmenError('fatal', 'state.journal_broken', `reading the journal ${file}: line ${line}: ${fault}`, {
    place: { file, line },
    remedy: `Correct line ${line} of ${file} by hand, or put the file back from a backup; it is never rebuilt.`,
  })
}

/** Opens a journal for one owner. @throws ObmenError fatal `state.journal_broken` */
export async function openJournal(file: string, files: Files, columns: readonly string[]): Promise<Journal> {
  const found = await readJournal(file, columns)
  const header = formatRow(columns)
  /** What is promised: the file must hold this and nothing else before the next append. */
  let promised = found.whole
  let spoiled = found.torn
  let queue: Promise<void> = Promise.resolve()

  async function appendNow(text: string): Promise<void> {
    if (spoiled) await files.writeAtomic(file, promised)
    spoiled = true
    await files.append(file, text, header)
    spoiled = false
    promised += promised === '' ? header + text : text
  }

  return {
    existed: found.existed,
    rows: found.rows,
    append(rows) {
      const text = rows.map(formatRow).join('')
      const done = queue.then(() => appendNow(text))
      // The failure belongs to the caller of this append; the next one begins with a repair.
      queue = done.catch(() => undefined)
      return done
    },
  }
}

/** The whole text of a journal, for one that is written at once. */
export function journalText(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return [columns, ...rows].map(formatRow).join('')
}

/** Makes a journal without rows where there is none. */
export async function createJournal(file: string, files: Files, columns: readonly string[]): Promise<void> {
  const { existed } = await readJournal(file, columns)
  if (!existed) await files.writeAtomic(file, formatRow(columns))
}

/**
 * Appends rows to a journal that several processes write now and then (decisions of people); nothing is kept in memory.
 * A torn last line is cut off first.
 */
export async function appendToJournal(
  file: string,
  files: Files,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<void> {
  const { torn, whole } = await readJournal(file, columns)
  if (torn) await files.writeAtomic(file, whole)
  await files.append(file, rows.map(formatRow).join(''), formatRow(columns))
}

/** An epoch time as journals write it: ISO 8601 in UTC. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString()
}

/** The epoch time of a cell. @throws ObmenError fatal `state.journal_broken` */
export function parseTime(file: string, line: number, cell: string): number {
  const ms = Date.parse(cell)
  if (Number.isNaN(ms)) throw brokenJournal(file, line, `"${cell}" is no time`)
  return ms
}

function formatRow(cells: readonly string[]): string {
  return `${cells.map(formatCell).join(',')}\n`
}

function formatCell(cell: string): string {
  if (/[\r\n\0]/.test(cell)) {
    throw new ObmenError(
      'fatal',
      'state.bad_value',
      `writing to a journal: ${JSON.stringify(cell)} has more than one line`,
      {
        remedy: 'Look at the record that has this id or name.',
      },
    )
  }
  return /[",;]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}

/** The cells of a line; undefined when its quotes do not pair. */
function parseLine(line: string): string[] | undefined {
  const cells: string[] = []
  let at = 0
  for (;;) {
    if (line[at] === '"') {
      const end = closingQuote(line, at + 1)
      if (end < 0 || (end + 1 < line.length && line[end + 1] !== ',')) return undefined
      cells.push(line.slice(at + 1, end).replaceAll('""', '"'))
      at = end + 1
    } else {
      const comma = line.indexOf(',', at)
      const cell = comma < 0 ? line.slice(at) : line.slice(at, comma)
      if (cell.includes('"') || cell.includes('\0')) return undefined
      cells.push(cell)
      at += cell.length
    }
    if (at >= line.length) return cells
    at += 1
  }
}

function closingQuote(line: string, from: number): number {
  for (let at = line.indexOf('"', from); at >= 0; at = line.indexOf('"', at + 2)) {
    if (line[at + 1] !== '"') return at
  }
  return -1
}
