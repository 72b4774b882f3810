/** Beyond so many changed items a look at everything costs hardly more than a look at them, and nothing is kept. */
const MOST_ITEMS = 20_000

/** Which items are to be looked at. */
export type ItemsToLookAt = 'all' | readonly string[]

/** Gathers the changed items of one file, so that the memory for them does not grow with the file. */
export class ChangedItems {
  readonly #most: number
  readonly #items = new Set<string>()
  #isAll = false

  constructor(most = MOST_ITEMS) {
    this.#most = most
  }

  add(items: readonly string[]): void {
    if (this.#isAll) return
    for (const item of items) this.#items.add(item)
    if (this.#items.size <= this.#most) return
    this.#isAll = true
    this.#items.clear()
  }

  /** Every changed item once, or `'all'` when there were too many. */
  toLookAt(): ItemsToLookAt {
    return this.#isAll ? 'all' : [...this.#items]
  }
}
