import { ObmenError } from '../core/errors.ts'
import { lookInside, type InboxView } from '../sources/files/candidates.ts'
import { keyOfTaken } from '../sources/files/claim.ts'
import type { LastFile } from '../state/sets.ts'
import { setsWait, setsWaitCause } from '../views/set-notices.ts'
import type { ExchangeRuntime, Runtime } from './runtime.ts'

/** Files that keep sets from being closed for longer than this are told of, clock milliseconds. */
const PATIENCE = 3_600_000

/** Tells when nothing more can be on its way in an inbox, so that a set may be closed. */
export class InboxCalm {
  readonly #exchange: ExchangeRuntime
  readonly #runtime: Runtime
  /** By inbox: a time that the clock has not reached, and when it was first seen to be ahead. */
  readonly #ahead = new Map<string, { readonly time: number; readonly seenAt: number }>()
  /** By inbox: since when files keep its sets from being closed, and when that was told last. */
  readonly #waiting = new Map<string, { readonly since: number; readonly toldAt: number }>()

  /** What the names of its files end in. */
  readonly #extensions: readonly string[]
  readonly #onLook: (inbox: string, view: InboxView) => Promise<void>

  constructor(
    exchange: ExchangeRuntime,
    runtime: Runtime,
    extensions: readonly string[],
    onLook: (inbox: string, view: InboxView) => Promise<void>,
  ) {
    this.#exchange = exchange
    this.#runtime = runtime
    this.#extensions = extensions
    this.#onLook = onLook
  }

  /**
   * Since when no file of an inbox was noted, clock milliseconds. After the clock was put back, a file noted at a time to
   * come counts as noted when it was first seen so: else nothing would be closed until that time has come again.
   */
  quietSince(inbox: string, { past, ahead }: LastFile): number {
    if (ahead === undefined) return past
    const now = this.#runtime.clock.now()
    const known = this.#ahead.get(inbox)
    const seenAt = known?.time === ahead && known.seenAt <= now ? known.seenAt : now
    this.#ahead.set(inbox, { time: ahead, seenAt })
    return Math.max(past, seenAt)
  }

  /** True while a file stands in the inbox that was not taken yet: whose it is, nobody knows before. Told when it lasts. */
  async filesWait(inbox: string): Promise<boolean> {
    const names = await this.#standing(inbox)
    if (names.length === 0) {
      this.#waiting.delete(inbox)
      return false
    }
    const now = this.#runtime.clock.now()
    const { since, toldAt } = this.#waiting.get(inbox) ?? { since: now, toldAt: now }
    this.#waiting.set(inbox, { since, toldAt })
    if (now - toldAt < PATIENCE) return true
    this.#waiting.set(inbox, { since, toldAt: now })
    const exchange = this.#exchange.config.name
    await this.#runtime.notifier.raise(setsWait({ exchange, inbox, names, lasts: now - since }))
    return true
  }

  /** To be called when a set of the inbox was closed. */
  async closed(inbox: string): Promise<void> {
    const cause = setsWaitCause(this.#exchange.config.name, inbox)
    await this.#runtime.notifier.resolve(cause, 'Выгрузка учтена до конца.')
  }

  /** Names of files that were not taken, and of those that cannot even be looked at: their writer may hold them. */
  async #standing(inbox: string): Promise<string[]> {
    const { name, take, orders, inboxes } = this.#exchange.config
    if (!inboxes.includes(inbox)) return []
    try {
      const view = await lookInside(inbox, { orders: orders?.file, extensions: this.#extensions })
      const { candidates, odd } = view
      await this.#onLook(inbox, view)
      const held = odd.filter(({ why }) => why === 'unreadable').map((each) => each.name)
      if (take === 'move') return [...held, ...candidates.map((each) => each.name)]
      const taken = await this.#runtime.store.namespace<string>(`taken.${name}`).getMany(candidates.map(keyOfTaken))
      return [...held, ...candidates.filter((_, i) => taken[i] === undefined).map((each) => each.name)]
    } catch (error) {
      // The watcher tells of an inbox that cannot be read; what stands there, nobody knows.
      if (error instanceof ObmenError && error.kind === 'transient') return [inbox]
      throw error
    }
  }
}
