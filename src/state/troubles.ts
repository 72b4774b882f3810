import type { Change, Namespace, Store } from './store.ts'

/** A file of which nobody knows what stood in it: it may belong to any set of its inbox. */
export interface Trouble {
  readonly inbox: string
  /** Relative to the inbox. */
  readonly name: string
  /** Clock milliseconds. */
  readonly at: number
  /** Absent = `unread`. */
  readonly why?: TroubleKind
}

/** `unread`: it went to quarantine; `gone`, `overwritten`: it was lost before it was taken. */
export type TroubleKind = 'unread' | 'gone' | 'overwritten'

/** A trouble is remembered so long, clock milliseconds. */
const KEPT = 86_400_000

const WORDS: Readonly<Record<TroubleKind, string>> = {
  unread: 'went to quarantine unread',
  gone: 'vanished from the inbox before it was taken',
  overwritten: 'was written over before it was taken',
}

/** The files of an exchange that keep sets from being known to be whole. */
export class Troubles {
  readonly #store: Store
  readonly #troubles: Namespace<Trouble>

  constructor(store: Store, exchange: string) {
    this.#store = store
    this.#troubles = store.namespace(`set-troubles.${exchange}`)
  }

  note(trouble: Trouble): Promise<void> {
    const { inbox, name } = trouble
    return this.#store.commit([{ namespace: this.#troubles.name, set: [[`${inbox}\n${name}`, trouble]] }])
  }

  /**
   * What may be missing in a set, in English: a trouble came while it was open, or shortly (`window`, milliseconds)
   * before, and no good file of its name, or member of an archive of its name, came after it.
   */
  async of(
    set: { readonly inbox: string; readonly openedAt: number },
    files: readonly { readonly name: string; readonly broken?: string; readonly notedAt: number }[],
    window: number,
  ): Promise<string | undefined> {
    for await (const [, { inbox, name, at, why = 'unread' }] of this.#troubles.entries()) {
      if (inbox !== set.inbox || at < set.openedAt - window) continue
      const isMended = files.some((file) => {
        const isItself = file.name === name || file.name.startsWith(`${name}!`)
        return isItself && file.broken === undefined && file.notedAt > at
      })
      if (!isMended) return `${name} ${WORDS[why]}`
    }
    return undefined
  }

  /** When they came about, of one inbox. */
  async times(inbox: string): Promise<number[]> {
    const times: number[] = []
    for await (const [, trouble] of this.#troubles.entries()) if (trouble.inbox === inbox) times.push(trouble.at)
    return times
  }

  /** What forgets those that are too old. */
  async tooOld(now: number): Promise<Change> {
    const old: string[] = []
    for await (const [key, { at }] of this.#troubles.entries()) {
      // One from a time to come was noted before the clock was put back: it would belong to every set until then.
      if (Math.abs(at - now) > KEPT) old.push(key)
    }
    return { namespace: this.#troubles.name, delete: old }
  }
}
