/** One signal for two causes. `release` must be called, else the caller's signal keeps a listener. */
export interface Deadline {
  readonly signal: AbortSignal
  /** True when the time ran out before the caller aborted. */
  expired(): boolean
  release(): void
}

/**
 * Aborts when `signal` does or after real milliseconds. Real, because a socket knows no other time.
 * Not AbortSignal.any: with a signal that lives as long as the service it keeps every request's signal in memory.
 */
export function createDeadline(signal: AbortSignal, realMs: number): Deadline {
  const controller = new AbortController()
  const timer = AbortSignal.timeout(realMs)
  let expired = false
  const onAbort = (): void => controller.abort(signal.reason)
  const onTime = (): void => {
    expired = !signal.aborted
    controller.abort(timer.reason)
  }
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  timer.addEventListener('abort', onTime, { once: true })
  return {
    signal: controller.signal,
    expired: () => expired,
    release: () => {
      signal.removeEventListener('abort', onAbort)
      timer.removeEventListener('abort', onTime)
    },
  }
}
