import type { ReportChange, ReportInput, ReportRejection } from './report-data.ts'
import { describeKind, type ReasonDescription } from './reasons.ts'

/** Items that share one error, for the sheet «Ошибки» and the mail. */
export interface ErrorGroup extends ReasonDescription {
  readonly code: string
  /** Items that still have it, and how many of them were not in the last report. */
  readonly open: number
  readonly fresh: number
  readonly fixed: number
  readonly first: number
  readonly last: number
}

/** Changes counted while they stream by. */
export interface ChangeCounts {
  prices: number
  pricesUp: number
  pricesDown: number
  stocks: number
  toZero: number
}

/** Counts before anything is counted. */
export function noChanges(): ChangeCounts {
  return { prices: 0, pricesUp: 0, pricesDown: 0, stocks: 0, toZero: 0 }
}

/** Adds a change to the counts. */
export function countChange(counts: ChangeCounts, change: ReportChange): void {
  const after = Number(change.after)
  const before = change.before === undefined ? undefined : Number(change.before)
  if (change.aspect === 'stocks') {
    counts.stocks++
    if (after === 0 && (before ?? 0) !== 0) counts.toZero++
    return
  }
  counts.prices++
  if (before === undefined || (change.field ?? 'price') !== 'price') return
  if (after > before) counts.pricesUp++
  if (after < before) counts.pricesDown++
}

/** What the rejections come to. Items are counted, not their aspects and warehouses. */
export interface RejectionCounts {
  readonly errors: number
  readonly warnings: number
  readonly fresh: number
  readonly open: number
  readonly fixed: number
}

/** Items by how bad their rejections are and how new. */
export function countRejections(rejections: readonly ReportRejection[]): RejectionCounts {
  const open = rejections.filter(({ state }) => state !== 'fixed')
  const errors = items(open.filter((row) => severityOf(row) === 'error'))
  const all = items(open)
  const fresh = items(rejections.filter(({ state }) => state === 'new'))
  return {
    errors: errors.size,
    warnings: [...all].filter((id) => !errors.has(id)).length,
    fresh: fresh.size,
    open: [...all].filter((id) => !fresh.has(id)).length,
    fixed: [...items(rejections.filter(({ state }) => state === 'fixed'))].filter((id) => !all.has(id)).length,
  }
}

/** The rejections by error: the gravest first, then the most frequent; what is wholly fixed at the end. */
export function groupErrors(rejections: readonly ReportRejection[]): ErrorGroup[] {
  const groups = new Map<string, { readonly kind: ReasonDescription; readonly rows: ReportRejection[] }>()
  for (const row of rejections) {
    const kind = describeKind(row.reason)
    const key = `${row.reason.code}\n${kind.error}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { kind, rows: [row] })
    else group.rows.push(row)
  }
  return [...groups.values()]
    .map(({ kind, rows }) => ({
      ...kind,
      code: (rows[0] as ReportRejection).reason.code,
      open: items(rows.filter(({ state }) => state !== 'fixed')).size,
      fresh: items(rows.filter(({ state }) => state === 'new')).size,
      fixed: items(rows.filter(({ state }) => state === 'fixed')).size,
      first: rows.reduce((least, { since }) => Math.min(least, since), Infinity),
      last: rows.reduce((most, { last }) => Math.max(most, last), -Infinity),
    }))
    .sort((a, b) => rankOfGroup(a) - rankOfGroup(b) || b.open - a.open || a.error.localeCompare(b.error, 'ru'))
}

function rankOfGroup(group: ErrorGroup): number {
  if (group.open === 0) return 2
  return group.severity === 'error' ? 0 : 1
}

/** The rows of the sheet «Отклонённые товары»: new errors first, fixed last. */
export function sortRejections(rejections: readonly ReportRejection[]): ReportRejection[] {
  const rank = (row: ReportRejection): number => {
    if (row.state === 'fixed') return 4
    return (severityOf(row) === 'error' ? 0 : 2) + (row.state === 'new' ? 0 : 1)
  }
  return rejections
    .map((row) => ({ row, rank: rank(row) }))
    .sort((a, b) => a.rank - b.rank || a.row.article.localeCompare(b.row.article, 'ru'))
    .map(({ row }) => row)
}

/** How bad a rejection is, by its reason. */
export function severityOf(row: ReportRejection): 'error' | 'warn' {
  return describeKind(row.reason).severity
}

/** How late the data is: `warn` beyond the promise, `error` beyond twice of it; undefined when nothing was promised. */
export function freshness(input: ReportInput): 'ok' | 'warn' | 'error' | undefined {
  if (input.data === undefined) return 'error'
  if (input.fresh === undefined) return undefined
  const age = input.period.to - input.data.stamp
  if (age <= input.fresh) return 'ok'
  return age <= 2 * input.fresh ? 'warn' : 'error'
}

function items(rows: readonly ReportRejection[]): Set<string> {
  return new Set(rows.map(({ code1c, offerId }) => code1c || offerId))
}
