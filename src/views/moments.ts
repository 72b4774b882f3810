import { plural } from '../notify/plural.ts'

/** `01.03.2026 14:05` on the wall clock of an IANA zone. */
export function moment(epochMs: number, timezone: string): string {
  const { day, month, year, hour, minute } = wallClock(epochMs, timezone)
  return `${day}.${month}.${year} ${hour}:${minute}`
}

/** `14:05`, with the date in front (`28.02 14:05`) when that is not the day of `today`. */
export function shortMoment(epochMs: number, today: number, timezone: string): string {
  const { day, month, hour, minute } = wallClock(epochMs, timezone)
  const sameDay = moment(epochMs, timezone).slice(0, 10) === moment(today, timezone).slice(0, 10)
  return sameDay ? `${hour}:${minute}` : `${day}.${month} ${hour}:${minute}`
}

/** A span in its two largest units: `45 секунд`, `2 часа 5 минут`, `3 дня`. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 60) return plural(seconds, ['секунда', 'секунды', 'секунд'])
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return minutesText(minutes)
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return joined(plural(hours, ['час', 'часа', 'часов']), minutes % 60, minutesText)
  return joined(plural(Math.floor(hours / 24), ['день', 'дня', 'дней']), hours % 24, (rest) =>
    plural(rest, ['час', 'часа', 'часов']),
  )
}

function minutesText(minutes: number): string {
  return plural(minutes, ['минута', 'минуты', 'минут'])
}

function joined(large: string, rest: number, word: (rest: number) => string): string {
  return rest === 0 ? large : `${large} ${word(rest)}`
}

function wallClock(epochMs: number, timezone: string): Record<'day' | 'month' | 'year' | 'hour' | 'minute', string> {
  const format = new Intl.DateTimeFormat('ru-RU', {
    timeZone: timezone,
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const parts = new Map(format.formatToParts(epochMs).map(({ type, value }) => [type, value]))
  const of = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) as string
  return { day: of('day'), month: of('month'), year: of('year'), hour: of('hour'), minute: of('minute') }
}
