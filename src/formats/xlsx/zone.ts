import { wallClock } from '../../core/wall-clock.ts'

const DAY = 86_400_000
/** Day 0 of the Unix epoch as Excel counts days (1900 system). */
const EPOCH_DAY = 25_569

/**
 * Turns epoch milliseconds into Excel's serial day of the wall clock in `timezone`, to the second. Excel's dates know
 * no zone: what is written is what is shown.
 */
export function serialDays(timezone: string): (epochMs: number) => number {
  const shown = wallClock(timezone)
  // Offsets change on quarters of an hour only; rows come mostly sorted by time, so one remembered quarter is enough.
  let quarter = Number.NaN
  let offset = 0
  return (epochMs) => {
    const seconds = Math.floor(epochMs / 1000)
    if (Math.floor(seconds / 900) !== quarter) {
      quarter = Math.floor(seconds / 900)
      offset = shown(seconds * 1000) - seconds * 1000
    }
    return EPOCH_DAY + (seconds * 1000 + offset) / DAY
  }
}
