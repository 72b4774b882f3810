/** A moment as 1C writes it: local to the time zone of its base, without a zone. */
export interface LocalTime {
  /** `yyyy-MM-dd`. */
  readonly date: string
  /** `HH:mm:ss`. */
  readonly time: string
}

/** `ms` (epoch milliseconds) as wall clock of an IANA time zone; milliseconds are cut off. @throws RangeError for an unknown zone */
export function localTime(ms: number, timezone: string): LocalTime {
  // Swedish is the locale whose date is ISO 8601.
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone: timezone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(ms)
  return { date: text.slice(0, 10), time: text.slice(11, 19) }
}
