/** Texts that were met more than once. */
export interface Repeated {
  /** Different texts. */
  readonly texts: number
  /** How often they were met altogether. */
  readonly times: number
  /** The most frequent ones. */
  readonly examples: readonly { readonly text: string; readonly times: number }[]
}

const EXAMPLES = 10

/** Counts texts that should stand for one thing alone. Case and blanks around a text make no difference: a person sees none. */
export class Repeats {
  readonly #times = new Map<string, number>()

  add(text: string): void {
    const key = keyOf(text)
    this.#times.set(key, (this.#times.get(key) ?? 0) + 1)
  }

  /** True when the text was met more than once. */
  has(text: string): boolean {
    return (this.#times.get(keyOf(text)) ?? 0) > 1
  }

  result(): Repeated {
    const repeated = [...this.#times].filter(([, times]) => times > 1).sort(([, a], [, b]) => b - a)
    return {
      texts: repeated.length,
      times: repeated.reduce((sum, [, times]) => sum + times, 0),
      examples: repeated.slice(0, EXAMPLES).map(([text, times]) => ({ text, times })),
    }
  }
}

function keyOf(text: string): string {
  return text.trim().toLowerCase()
}
