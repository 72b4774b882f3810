import { createClock, type Clock } from '../src/core/clock.ts'

/** How often the clock looks how much time passed, real milliseconds. */
const TICK = 3
/** A longer turn of the event loop counts as this, real milliseconds. */
const LONGEST_TURN = 15

/** A stretch of real time in which the clock stood still. */
interface Pause {
  readonly from: number
  readonly to: number
  /** Real milliseconds that were lost before it. */
  readonly lostBefore: number
}

/** A clock of a test. `stop` ends its ticking; it then goes on like the clock of the machine. */
export interface FairClock extends Clock {
  stop(): void
}

/**
 * A clock `speed` times faster than the machine's whose time passes only while this process gets to run. A machine that
 * is busy elsewhere, or a long computation, would else make minutes of the shop pass between two lines of the service:
 * patience ends, digests close and looks happen that belong to nobody's story.
 */
export function createFairClock(speed: number, origin: number): FairClock {
  const real = createClock(speed, origin)
  const pauses: Pause[] = []
  let lost = 0
  let ticked = Date.now()
  let stopped = false

  const tick = (): void => {
    const now = Date.now()
    const from = ticked + LONGEST_TURN
    if (now > from) {
      pauses.push({ from, to: now, lostBefore: lost })
      lost += now - from
    }
    ticked = now
  }
  const timer = setInterval(tick, TICK)
  timer.unref()

  /** Real milliseconds up to which time was lost before this moment. */
  const lostAt = (moment: number): number => {
    if (moment >= ticked) return lost + (stopped ? 0 : Math.max(0, moment - ticked - LONGEST_TURN))
    for (let i = pauses.length - 1; i >= 0; i--) {
      const { from, to, lostBefore } = pauses[i] as Pause
      if (moment >= from) return lostBefore + Math.min(moment, to) - from
    }
    return 0
  }
  const fromReal = (moment: number): number => real.fromReal(moment - lostAt(moment))
  const now = (): number => fromReal(Date.now())
  return {
    now,
    fromReal,
    async sleep(ms, signal) {
      const until = now() + ms
      let left = ms
      do {
        await real.sleep(left, signal)
        left = until - now()
      } while (left > 0)
    },
    stop() {
      tick()
      stopped = true
      clearInterval(timer)
    },
  }
}
