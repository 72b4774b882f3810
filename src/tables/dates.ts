const DAY = 86_400_000

/** A date or moment of a table, on the shop's wall clock written as if it were UTC. */
export interface TableDate {
  readonly at: number
  /** Without a time of day. */
  readonly isDay: boolean
}

/**
 * A date as Excel shows it or people write it: `2026-03-01`, `01.03.2026`, each with a time or without. Undefined for
 * anything else, a day that is in no calendar included.
 */
export function parseTableDate(text: string): TableDate | undefined {
  const [, date = '', time] = /^(\S+?)(?:[ T]+(\d{1,2}:\d{2}(?::\d{2})?))?$/.exec(text.trim()) ?? []
  const [, isoYear, isoMonth, isoDay] = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(date) ?? []
  const [, day, month, year] = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(date) ?? []
  const [y, m, d] = [isoYear ?? year, isoMonth ?? month, isoDay ?? day].map(Number) as [number, number, number]
  const [hour = 0, minute = 0, second = 0] = (time ?? '').split(':').map(Number)
  const at = Date.UTC(y, m - 1, d, hour, minute, second)
  const back = new Date(at)
  const isReal = back.getUTCFullYear() === y && back.getUTCMonth() === m - 1 && back.getUTCDate() === d
  if (!isReal || hour > 23 || minute > 59 || second > 59) return undefined
  return { at, isDay: time === undefined }
}

/** The end that a date in the column "to" means: a day counts to its end, a moment is the end. */
export function endOf({ at, isDay }: TableDate): number {
  return isDay ? at + DAY : at
}
