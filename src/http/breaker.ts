import type { Clock } from '../core/clock.ts'
import { ObmenError } from '../core/errors.ts'

/** `open`: nothing is let through but a probe now and then. */
export type BreakerState =
  | { readonly state: 'closed' }
  | { readonly state: 'open'; readonly since: number; readonly nextProbe: number; readonly reason: string }

/** Stops asking a side that keeps failing. */
export interface Breaker {
  /**
   * Runs `work` unless open. `fault` names what a result that counts as a failure says, undefined for a good one;
   * a thrown transient error counts too, an abort does not.
   * @throws ObmenError transient `http.circuit_open` (details.sent `no`, retryAfterMs until the next probe)
   */
  run<T>(work: () => Promise<T>, fault: (result: T) => string | undefined): Promise<T>
  state(): BreakerState
}

/** When a breaker opens and how often it probes. */
export interface BreakerOptions {
  readonly clock: Clock
  /** Failures in a row that open it. */
  readonly failures: number
  /** Clock milliseconds between two probes while open. */
  readonly probeEvery: number
}

/** Opens after so many failures in a row; while open lets one request through per `probeEvery`; its success closes it. */
export function createBreaker(options: BreakerOptions): Breaker {
  const { clock } = options
  let inARow = 0
  let open: { since: number; nextProbe: number; reason: string } | undefined

  const failed = (reason: string): void => {
    inARow++
    if (open !== undefined) open.reason = reason
    else if (inARow >= options.failures)
      open = { since: clock.now(), nextProbe: clock.now() + options.probeEvery, reason }
  }

  return {
    async run(work, fault) {
      if (open !== undefined) {
        const now = clock.now()
        if (now < open.nextProbe) throw circuitOpen(open.reason, open.nextProbe - now)
        open.nextProbe = now + options.probeEvery
      }
      let result
      try {
        result = await work()
      } catch (error) {
        if (error instanceof ObmenError && error.kind === 'transient') failed(error.message)
        throw error
      }
      const reason = fault(result)
      if (reason === undefined) {
        inARow = 0
        open = undefined
      } else {
        failed(reason)
      }
      return result
    },
    state: () => (open === undefined ? { state: 'closed' } : { state: 'open', ...open }),
  }
}

function circuitOpen(reason: string, waitMs: number): ObmenError {
  return new ObmenError(
    'transient',
    'http.circuit_open',
    `asking a server that keeps failing: put off for ${Math.ceil(waitMs / 1000)} s after: ${reason}`,
    {
      retryAfterMs: waitMs,
      details: { sent: 'no' },
      remedy: 'Nothing to do at once: one request in 30 s probes whether it works again.',
    },
  )
}
