/** Never an index: what a {@link Finder} answers when nothing was found in the bytes at hand. */
export const NOWHERE = Number.POSITIVE_INFINITY

/**
 * Finds the next occurrence of a mark in a growing window of bytes and remembers it, so that asking again and again
 * reads every byte once. Positions asked for never go back.
 */
export class Finder {
  readonly #mark: Buffer
  /** What is looked for: Node finds a number about five times faster than a buffer of one byte. */
  readonly #wanted: Buffer | number
  /** The last answer, or -1. */
  #found = -1
  /** Nothing starts before this position that was not answered already. */
  #clean = 0

  constructor(mark: string) {
    this.#mark = Buffer.from(mark)
    this.#wanted = this.#mark.length === 1 ? (this.#mark[0] as number) : this.#mark
  }

  /** Bytes of the mark. */
  get length(): number {
    return this.#mark.length
  }

  find(view: Buffer, from: number): number {
    if (this.#found >= from) return this.#found
    const at = view.indexOf(this.#wanted, Math.max(from, this.#clean))
    this.#found = at
    this.#clean = at >= 0 ? at : Math.max(this.#clean, view.length - this.#mark.length + 1)
    return at >= 0 ? at : NOWHERE
  }

  /** The window lost `count` bytes at its front. */
  shift(count: number): void {
    this.#found = Math.max(-1, this.#found - count)
    this.#clean = Math.max(0, this.#clean - count)
  }
}

const LESS_THAN = 0x3c

/**
 * Like {@link Finder} for `<!` and `<?`: looks for the second character, which is rare in exchange files, and then at
 * the one before. About six times faster than looking for both.
 */
export class MarkupFinder {
  readonly #second: number
  #found = -1
  #clean = 0

  constructor(second: '!' | '?') {
    this.#second = second.charCodeAt(0)
  }

  find(view: Buffer, from: number): number {
    if (this.#found >= from) return this.#found
    let at = view.indexOf(this.#second, Math.max(from + 1, this.#clean))
    while (at >= 0 && view[at - 1] !== LESS_THAN) at = view.indexOf(this.#second, at + 1)
    this.#found = at - 1
    this.#clean = at >= 0 ? at : view.length
    return at >= 0 ? at - 1 : NOWHERE
  }

  /** The window lost `count` bytes at its front. */
  shift(count: number): void {
    this.#found = Math.max(-1, this.#found - count)
    this.#clean = Math.max(0, this.#clean - count)
  }
}
