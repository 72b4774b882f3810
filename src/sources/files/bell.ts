import type { Clock } from '../../core/clock.ts'

/** Ends a wait early. A ring while nobody waits is not lost: the next wait ends at once. */
export interface Bell {
  ring(): void
  /** Waits clock milliseconds or until it rings. Rejects with the signal's reason when aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>
}

/** A bell that has not rung yet. */
export function createBell(clock: Clock): Bell {
  let rung = false
  let wake: (() => void) | undefined

  return {
    ring() {
      rung = true
      wake?.()
    },
    async wait(ms, signal) {
      signal.throwIfAborted()
      const early = new AbortController()
      wake = () => early.abort()
      signal.addEventListener('abort', wake)
      if (rung) wake()
      try {
        await clock.sleep(ms, early.signal)
      } catch (error) {
        if (!early.signal.aborted) throw error
      } finally {
        signal.removeEventListener('abort', wake)
        rung = false
        wake = undefined
      }
      signal.throwIfAborted()
    },
  }
}
