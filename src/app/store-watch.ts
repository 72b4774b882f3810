import type { Clock } from '../core/clock.ts'
import { ObmenError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Notifier } from '../core/notice.ts'
import type { Store } from '../state/store.ts'
import * as notices from '../views/notices.ts'

/** A store that fails for so long is told of, clock milliseconds: a restart of Redis takes seconds. */
const PATIENCE = 30_000

/** Faults of the store that every part of the service meets at once. One watch tells of them, none of the others. */
const OF_STORE = new Set(['state.unreachable', 'state.full', 'state.refused', 'state.lost', 'state.taken'])
/** After these the store must be opened anew. */
const FOR_GOOD = new Set(['state.lost', 'state.taken'])

/** True when {@link StoreWatch} tells of a fault. */
export function isOfStore(fault: unknown): boolean {
  return fault instanceof ObmenError && OF_STORE.has(fault.code)
}

/** What a watch needs; the notifier may become another one meanwhile. */
export interface StoreWatchTools {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly notifier: () => Notifier
  /** Where the store lies, for people. */
  readonly where: string
  /** The store is empty, or somebody else's: nothing of this service can go on. */
  readonly onGone: (fault: ObmenError) => void
}

/** Asks the store every few seconds whether it can be read and written, and tells people when it cannot. */
export class StoreWatch {
  /** Clock milliseconds between two looks. */
  static readonly every = 5_000
  readonly #tools: StoreWatchTools
  #failingSince: number | undefined

  constructor(tools: StoreWatchTools) {
    this.#tools = tools
  }

  async look(): Promise<void> {
    const { store, clock, log, notifier, where, onGone } = this.#tools
    try {
      await store.check()
    } catch (error) {
      if (!(error instanceof ObmenError)) throw error
      log.error({ code: error.code, err: error }, 'the store fails')
      if (FOR_GOOD.has(error.code)) onGone(error)
      this.#failingSince ??= clock.now()
      const lasts = clock.now() - this.#failingSince >= PATIENCE
      if (lasts) await notifier().raise(notices.storeFailing({ where, message: error.message }))
      return
    }
    this.#failingSince = undefined
    const { cause } = notices.storeFailing({ where, message: '' })
    await notifier().resolve(cause, 'Хранилище снова отвечает.')
  }
}
