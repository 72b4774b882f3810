import { basename } from 'node:path'
import type { Place } from '../core/errors.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import { cellPlace } from '../formats/xlsx/address.ts'
import { readCells } from '../formats/xlsx/read-cells.ts'

/** The sheet of a match workbook that a person completes, and its columns. */
export const MATCH_SHEET = 'Сопоставить'
/** Columns that are read back; the others are for reading only. */
export const MATCH_COLUMNS = {
  offerId: 'Артикул на площадке',
  itemId: 'Ид 1С',
  article: 'Артикул 1С',
  decision: 'Решение',
} as const
/** What a person writes into «Решение». */
export const MATCH_DECISIONS = { yes: 'да', no: 'нет' } as const

/** A column of the match sheet that is read back. */
export type MatchField = keyof typeof MATCH_COLUMNS

/** A row that a person said yes to. Texts are trimmed. */
export interface MatchRow {
  readonly offerId: string
  readonly itemId: string
  readonly article: string
  place(field: MatchField): Place
}

/** The rows of a completed match workbook, or all that is wrong with it. */
export interface MatchTable {
  readonly rows: readonly MatchRow[]
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads what a person decided in a match workbook. @throws ObmenError input `xlsx.unreadable` */
export async function readMatchTable(path: string): Promise<MatchTable> {
  const file = basename(path)
  const diagnostics: Diagnostic[] = []
  const report = (code: string, message: string, place: Place): void => {
    diagnostics.push({ severity: 'error', code: `match.${code}`, message, place })
  }
  const sheets = await readCells(path)
  const cells = sheets.get(MATCH_SHEET)
  if (cells === undefined) {
    report('no_sheet', `there is no sheet «${MATCH_SHEET}»: it has ${[...sheets.keys()].join(', ')}`, { file })
    return { rows: [], diagnostics }
  }
  const [header = [], ...body] = cells
  const columns = Object.entries(MATCH_COLUMNS) as [MatchField, string][]
  const indexOf = new Map(columns.map(([field, name]) => [field, header.findIndex((cell) => cell.trim() === name)]))
  for (const [field, name] of columns) {
    if (indexOf.get(field) === -1) {
      const message = `the column «${name}» is missing: keep the first row as it was written`
      report('no_column', message, { file, cell: cellPlace(MATCH_SHEET, 0, 1) })
    }
  }
  if (diagnostics.length > 0) return { rows: [], diagnostics }
  const rows = body.flatMap((row, index): MatchRow[] => {
    const text = (field: MatchField): string => (row[indexOf.get(field) as number] ?? '').trim()
    const place = (field: MatchField): Place => {
      return { file, cell: cellPlace(MATCH_SHEET, indexOf.get(field) as number, index + 2) }
    }
    const decision = text('decision').toLowerCase()
    if (decision === '' || decision === MATCH_DECISIONS.no) return []
    if (decision !== MATCH_DECISIONS.yes) {
      const message = `"${text('decision')}" is no decision: write «${MATCH_DECISIONS.yes}», «${MATCH_DECISIONS.no}» or nothing`
      report('no_decision', message, place('decision'))
      return []
    }
    return [{ offerId: text('offerId'), itemId: text('itemId'), article: text('article'), place }]
  })
  return { rows, diagnostics }
}
