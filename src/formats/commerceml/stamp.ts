import { wallClock } from '../../core/wall-clock.ts'

const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})/
const DATE_OF_PEOPLE = /^(\d{1,2})\.(\d{1,2})\.(\d{4})/
const TIME = /^(?:T|\s+|UTC)(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,](\d+))?)?(?:\s*([AP])M)?/i
const ZONE = /^\s*(?:(Z|UTC)|([+-])(\d{2}):?(\d{2}))$/i
const DAY = 86_400_000

/**
 * Reads a date as exchange files write it (`ДатаФормирования`, dates of documents): xs:dateTime, but also a date alone,
 * `31.01.2026`, one-digit hours, a space or `UTC` for the `T`, fractions of a second, twelve hours with `AM` or `PM`.
 * Without a zone it is local time of `timezone` (IANA). Undefined for anything else and for 1C's empty date `0001-01-01`.
 *
 * Of a local time that exists twice (clocks set back) the earlier one is meant; one that does not exist (clocks set
 * forward) counts as if the clocks had not been set yet.
 */
export function parseStamp(text: string, timezone: string): number | undefined {
  const date = dateOf(text.trim())
  if (date === undefined) return undefined
  let { rest } = date
  const time = TIME.exec(rest)
  if (time !== null) rest = rest.slice(time[0].length)
  const zone = ZONE.exec(rest)
  if (rest !== '' && zone === null) return undefined

  const part = (index: number): number => Number(time?.[index] ?? 0)
  const hour = hourOf(part(1), time?.[5])
  if (hour === undefined || part(2) > 59 || part(3) > 60) return undefined
  const milliseconds = Math.floor(Number(`0.${time?.[4] ?? 0}`) * 1000)
  const local = date.midnight + ((hour * 60 + part(2)) * 60 + part(3)) * 1000 + milliseconds
  if (zone === null) return fromLocal(local, timezone)
  const minutes = Number(zone[3] ?? 0) * 60 + Number(zone[4] ?? 0)
  return local - (zone[2] === '-' ? -minutes : minutes) * 60_000
}

/** The day's first moment, written as if it were UTC, and what follows the date; undefined for a day that does not exist. */
function dateOf(text: string): { readonly midnight: number; readonly rest: string } | undefined {
  const iso = DATE.exec(text)
  const people = iso === null ? DATE_OF_PEOPLE.exec(text) : null
  const whole = iso ?? people
  if (whole === null) return undefined
  const [year, month, day] = (iso === null ? [whole[3], whole[2], whole[1]] : [whole[1], whole[2], whole[3]]).map(
    Number,
  )
  if (year === undefined || month === undefined || day === undefined || year < 1970) return undefined
  const midnight = Date.UTC(year, month - 1, day)
  const exists = new Date(midnight).getUTCMonth() === month - 1 && new Date(midnight).getUTCDate() === day
  return exists ? { midnight, rest: text.slice(whole[0].length) } : undefined
}

/** The hour of the day; with `A` or `P` of a clock of twelve hours. */
function hourOf(shown: number, half: string | undefined): number | undefined {
  if (half === undefined) return shown > 24 ? undefined : shown
  if (shown < 1 || shown > 12) return undefined
  return (shown % 12) + (half.toUpperCase() === 'P' ? 12 : 0)
}

/** Local wall-clock time, written as if it were UTC, as epoch milliseconds. */
function fromLocal(local: number, timezone: string): number {
  const shown = wallClock(timezone)
  // Milliseconds that local time is ahead of UTC.
  const offsetAt = (at: number): number => shown(at) - Math.floor(at / 1000) * 1000
  const before = offsetAt(local - DAY)
  const after = offsetAt(local + DAY)
  const fitting = [local - before, local - after].filter((at) => at + offsetAt(at) === local)
  return fitting.length > 0 ? Math.min(...fitting) : local - before
}
