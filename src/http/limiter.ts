import type { Clock } from '../core/clock.ts'
import type { LimitLeft, RequestRate } from '../core/marketplace.ts'

/** A rate of requests with this key, or of all when it has none. */
export interface RateWindow extends RequestRate {
  readonly key?: string
}

/** What a request is to the limiter. */
export interface Admission {
  /** Lower goes first among those that wait. */
  readonly lane: number
  /** Chooses the windows that carry a key. */
  readonly key?: string
}

/** Paces the requests of one account: windows, concurrency, lanes. */
export interface Limiter {
  /**
   * Runs `work` as soon as every window of its key has room. Rejects with the signal's reason when aborted while
   * waiting; running work minds the signal itself.
   */
  run<T>(admission: Admission, work: () => Promise<T>, signal: AbortSignal): Promise<T>
  /** Lets nothing start for so many clock milliseconds. A shorter pause never ends a longer one. */
  pause(ms: number): void
  /** How many requests may start now by each rate; none while everything is paused. */
  left(): readonly LimitLeft[]
}

/** The limits of one account. */
export interface LimiterOptions {
  readonly clock: Clock
  readonly windows: readonly RateWindow[]
  /** Requests at the same time. */
  readonly concurrency: number
}

interface Window {
  readonly rule: RateWindow
  running: number
  /** When the latest requests ended, oldest first. */
  readonly ended: number[]
}

interface Waiting {
  readonly lane: number
  readonly windows: readonly Window[]
  start(): void
}

/**
 * A sliding window, exact from the other side's view: a place is taken when a request starts and given back `perMs`
 * after it *ended*, because the other side counted it somewhere between the two.
 * It is our own and not p-queue's `interval`: that one measures real time, while the clock here may be scaled, and it
 * knows neither several windows for one request nor a pause.
 */
export function createLimiter(options: LimiterOptions): Limiter {
  const { clock } = options
  const windows: readonly Window[] = options.windows.map((rule) => ({ rule, running: 0, ended: [] }))
  const queue: Waiting[] = []
  let running = 0
  let pausedUntil = 0
  let wake: AbortController | undefined

  const startWhatMay = (): void => {
    wake?.abort()
    wake = undefined
    for (;;) {
      const now = clock.now()
      if (running >= options.concurrency || queue.length === 0) return
      const at = queue.map((waiting) => Math.max(pausedUntil, ...waiting.windows.map((w) => roomAt(w, now))))
      const next = at.findIndex((time) => time <= now)
      if (next < 0) {
        sleepUntil(Math.min(...at))
        return
      }
      queue.splice(next, 1)[0]?.start()
    }
  }

  const sleepUntil = (time: number): void => {
    // Infinity: only the end of running work makes room, and that calls startWhatMay itself.
    if (time === Infinity) return
    const controller = new AbortController()
    wake = controller
    clock.sleep(time - clock.now(), controller.signal).then(startWhatMay, () => undefined)
  }

  const take = (mine: readonly Window[]): void => {
    running++
    for (const window of mine) window.running++
  }

  const giveBack = (mine: readonly Window[]): void => {
    running--
    const now = clock.now()
    for (const window of mine) {
      window.running--
      window.ended.push(now)
    }
    startWhatMay()
  }

  return {
    run(admission, work, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason as Error)
          return
        }
        const mine = windows.filter((w) => w.rule.key === undefined || w.rule.key === admission.key)
        const onAbort = (): void => {
          queue.splice(queue.indexOf(waiting), 1)
          reject(signal.reason as Error)
          startWhatMay()
        }
        const waiting: Waiting = {
          lane: admission.lane,
          windows: mine,
          start() {
            signal.removeEventListener('abort', onAbort)
            take(mine)
            work()
              .finally(() => giveBack(mine))
              .then(resolve, reject)
          },
        }
        signal.addEventListener('abort', onAbort, { once: true })
        // Sorted by lane, first come first served within one.
        const before = queue.findIndex((other) => other.lane > waiting.lane)
        queue.splice(before < 0 ? queue.length : before, 0, waiting)
        startWhatMay()
      })
    },
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, clock.now() + ms)
    },
    left() {
      const now = clock.now()
      return windows.map((window) => {
        forgetOld(window, now)
        const { limit, perMs, key } = window.rule
        const free = pausedUntil > now ? 0 : Math.max(0, limit - window.running - window.ended.length)
        return { limit, perMs, free, ...(key === undefined ? {} : { method: key }) }
      })
    },
  }
}

/** The clock time at which the window has room; `now` or earlier when it has, Infinity when running work must end first. */
function roomAt(window: Window, now: number): number {
  forgetOld(window, now)
  const { ended, rule } = window
  const tooMany = window.running + ended.length - rule.limit
  if (tooMany < 0) return now
  const last = ended[tooMany]
  return last === undefined ? Infinity : last + rule.perMs + 1
}

/** One millisecond more: the other side may count the edge of the window in. */
function forgetOld({ ended, rule }: Window, now: number): void {
  while (ended[0] !== undefined && ended[0] + rule.perMs < now) ended.shift()
}
