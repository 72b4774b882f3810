import type { Writable } from 'node:stream'
import type { Clock } from '../core/clock.ts'

/** Where and how often something is shown again. */
export interface WatchOptions {
  readonly clock: Clock
  /** Clock milliseconds between two looks. */
  readonly every: number
  readonly output: Writable
  /**
   * A terminal: each picture replaces the one before. Elsewhere they follow each other, each when something changed, and
   * one a minute anyway: that is how a reader that has gone is noticed.
   */
  readonly isScreen: boolean
}

/** Clock milliseconds after which a picture is repeated that is as it was. */
const REPEAT = 60_000

/** Clears a terminal from its top left corner on (ECMA-48: CUP, ED). */
const CLEAR = '\u001b[H\u001b[J'

/**
 * Draws again and again until Ctrl+C, SIGTERM, or until nobody reads any more: all three are good ends. What `draw`
 * throws ends it too. `sameAs`: what a picture must differ in to count as another one; on a screen times go on.
 */
export async function watch(
  draw: () => Promise<{ readonly text: string; readonly sameAs: string }>,
  { clock, every, output, isScreen }: WatchOptions,
): Promise<void> {
  const ended = new AbortController()
  const end = (): void => ended.abort()
  const onError = (error: NodeJS.ErrnoException): void => {
    // `obmen status --watch | head`: the reader has gone.
    if (error.code !== 'EPIPE') throw error
    end()
  }
  process.once('SIGINT', end).once('SIGTERM', end)
  output.on('error', onError)
  try {
    let last: string | undefined
    let writtenAt = Number.NEGATIVE_INFINITY
    while (!ended.signal.aborted) {
      const { text, sameAs } = await draw()
      if (isScreen || sameAs !== last || clock.now() - writtenAt >= REPEAT) {
        output.write(isScreen ? CLEAR + text : text)
        writtenAt = clock.now()
      }
      last = sameAs
      await clock.sleep(every, ended.signal).catch(() => undefined)
    }
  } finally {
    process.removeListener('SIGINT', end).removeListener('SIGTERM', end)
    output.removeListener('error', onError)
  }
}
