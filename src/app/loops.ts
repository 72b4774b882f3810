import { setMaxListeners } from 'node:events'
import type { Clock } from '../core/clock.ts'
import { isAbort, ObmenError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Notifier } from '../core/notice.ts'
import type { Account } from '../pipeline/account.ts'
import * as serviceNotices from '../views/service-notices.ts'
import { tellRefusal } from './refusals.ts'
import { isOfStore } from './store-watch.ts'

/** The longest rest after a failed turn, clock milliseconds. */
const LONGEST_REST = 30_000
/** A transient failure that lasts so long is told of, clock milliseconds. */
const LASTING = 600_000

/** What loops need; the notifier may become another one while they run. */
export interface LoopTools {
  readonly clock: Clock
  readonly log: Log
  readonly notifier: () => Notifier
}

/**
 * Turns that repeat until they are to stop. There are two words for it: `resting` aborts what only waits, so that no new
 * work begins; `signal` aborts work as well.
 */
export class Loops {
  readonly #tools: LoopTools
  readonly #rest = new AbortController()
  readonly #abort = new AbortController()
  readonly #running: Promise<void>[] = []

  constructor(tools: LoopTools) {
    this.#tools = tools
    setMaxListeners(0, this.#abort.signal, this.#rest.signal)
  }

  /** Aborts work. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Aborts waiting. */
  get resting(): AbortSignal {
    return this.#rest.signal
  }

  /**
   * Repeats `turn`. A failure is told of and never ends the loop; `account`: whose marketplace it asks.
   */
  start(name: string, turn: () => Promise<void>, account?: Account): void {
    const repeat = async (): Promise<void> => {
      for (let failures = 0; !this.resting.aborted;) {
        const failed = (await this.guarded(name, turn, account, failures)) !== undefined
        failures = failed ? failures + 1 : 0
        if (failed) await this.pause(Math.min(LONGEST_REST, 1_000 * 2 ** failures)).catch(() => {})
      }
    }
    this.#running.push(repeat())
  }

  /** Waits between two turns. Rejects when the loops are to stop. */
  pause(ms: number): Promise<void> {
    return this.#tools.clock.sleep(ms, this.resting)
  }

  /** One turn; its fault when it failed. */
  async guarded(
    name: string,
    turn: () => Promise<unknown>,
    account?: Account,
    failures = 0,
  ): Promise<Error | undefined> {
    const { log, clock } = this.#tools
    const notifier = this.#tools.notifier()
    try {
      await turn()
      if (failures > 0) await notifier.resolve(`loop:${name}`, 'Работа продолжается.')
      return undefined
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error))
      if (this.signal.aborted || isAbort(error)) return failure
      const fault = error instanceof ObmenError ? error : undefined
      log.error({ loop: name, code: fault?.code, err: error }, 'loop failed, it goes on')
      if (isOfStore(fault)) return failure
      const untold = (err: unknown): false => {
        log.error({ err, at: clock.now() }, 'notice could not be kept')
        return false
      }
      if (account !== undefined && fault !== undefined) {
        if (await tellRefusal(account, fault, { notifier }, this.signal).catch(untold)) return failure
      }
      const lasts = fault?.kind !== 'transient' || failures * LONGEST_REST > LASTING
      if (lasts) {
        const { message } = failure
        const code = fault?.code ?? 'engine.bug'
        await notifier.raise(serviceNotices.loopFailing({ name, code, message, remedy: fault?.remedy })).catch(untold)
      }
      return failure
    }
  }

  /** Stops at once, whatever is being done. */
  abort(why: string): void {
    const reason = new DOMException(why, 'AbortError')
    this.#rest.abort(reason)
    this.#abort.abort(reason)
  }

  /**
   * Begins no more work and lets what runs end by itself; aborts what still runs after `patience` clock milliseconds.
   * Resolves when everything stands still.
   */
  async halt(patience: number): Promise<void> {
    this.#rest.abort(new DOMException('no more work is to begin', 'AbortError'))
    if (!(await this.ended(patience))) this.abort('the work has to give way')
    await Promise.allSettled(this.#running)
  }

  /** Waits until everything stands still, at most so many clock milliseconds. False: something still runs. */
  async ended(patience: number): Promise<boolean> {
    const waiting = new AbortController()
    const longest = this.#tools.clock.sleep(patience, waiting.signal).then(
      () => false,
      () => false,
    )
    const done = await Promise.race([Promise.allSettled(this.#running).then(() => true), longest])
    waiting.abort()
    return done
  }
}
