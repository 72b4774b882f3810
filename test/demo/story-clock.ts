import { createClock, type Clock } from '../../src/core/clock.ts'
import { STORY_ZONE } from './narrator.ts'

/** How many times faster than a real day the day of the story goes: an hour in 24 seconds. */
const SPEED = 150

/**
 * A clock that starts at ten in the morning of today and the variables that give the same one to another process.
 * In the morning, so that the story is within working hours and never runs over midnight.
 */
export function createStoryClock(): { readonly clock: Clock; readonly env: Readonly<Record<string, string>> } {
  const now = Date.now()
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: STORY_ZONE, dateStyle: 'short' }).format(now)
  const morning = Date.parse(`${today}T10:00:00+03:00`)
  // The moment at which the real clock and the clock of the story agree.
  const origin = Math.round((SPEED * now - morning) / (SPEED - 1))
  return {
    clock: createClock(SPEED, origin),
    env: { OBMEN_CLOCK_SPEED: String(SPEED), OBMEN_CLOCK_ORIGIN: String(origin) },
  }
}
