/**
 * The wall clock of an IANA zone: turns epoch milliseconds into what a clock on the wall shows then, written as if it
 * were UTC, to the second. The formatter is made once; keep the function. @throws RangeError for an unknown zone
 */
export function wallClock(timezone: string): (epochMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return (epochMs) => {
    const parts = new Map(format.formatToParts(epochMs).map((part) => [part.type, Number(part.value)]))
    const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) as number
    return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'))
  }
}
