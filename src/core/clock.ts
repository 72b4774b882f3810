/**
 * The one source of time. Everything that waits or asks for the time takes a clock, so that tests and the demo
 * can scale the service's and the simulator's time together (`OBMEN_CLOCK_SPEED`).
 */
export interface Clock {
  /** Clock milliseconds since the Unix epoch. */
  now(): number
  /** Waits clock milliseconds. Rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Real milliseconds (a file's mtime, a foreign timestamp of this machine) as clock milliseconds. */
  fromReal(realMs: number): number
}

/**
 * The machine's clock, running `speed` times faster since `origin` (real milliseconds). `speed` 1 is real time.
 * Processes that share speed and origin agree on the time, also after a restart.
 */
export function createClock(speed = 1, origin = startOfDay(Date.now())): Clock {
  if (!(speed > 0)) throw new RangeError(`clock speed must be positive, got ${speed}`)
  const fromReal = (real: number): number => (speed === 1 ? real : origin + (real - origin) * speed)
  return {
    now: () => fromReal(Date.now()),
    fromReal,
    sleep: (ms, signal) => sleepReal(ms / speed, signal),
  }
}

/** The clock that `OBMEN_CLOCK_SPEED` (a factor) and `OBMEN_CLOCK_ORIGIN` (real milliseconds) ask for. */
export function clockFromEnvironment(env: Readonly<Record<string, string | undefined>>): Clock {
  const speed = env['OBMEN_CLOCK_SPEED'] === undefined ? 1 : Number(env['OBMEN_CLOCK_SPEED'])
  const origin = env['OBMEN_CLOCK_ORIGIN'] === undefined ? undefined : Number(env['OBMEN_CLOCK_ORIGIN'])
  return createClock(speed, origin)
}

function startOfDay(ms: number): number {
  return Math.floor(ms / 86_400_000) * 86_400_000
}

function sleepReal(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error)
      return
    }
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      },
      Math.min(ms, 2_147_483_647),
    )
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
