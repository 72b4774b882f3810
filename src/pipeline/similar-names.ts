/** Something with a name in 1C or at a marketplace. */
export interface Named {
  readonly id: string
  readonly name: string
}

/** A thing whose name is like another; `likeness` is 0…1. */
export interface Similar {
  readonly id: string
  readonly likeness: number
}

/** Words that so many names have in common lead to no candidate; they still count in the likeness. */
const COMMON = 500
/** Endings of Russian words are mostly not longer; what is left of a word has at least so many letters. */
const ENDING = 2
const STEM = 3

/**
 * Finds names that are like a given one. A word counts the more the fewer names have it, word order and endings do not
 * count: the cosine of the two sets of words, weighted by inverse document frequency.
 */
export class SimilarNames {
  readonly #things: { readonly id: string; readonly words: ReadonlySet<string>; readonly length: number }[]
  readonly #byWord = new Map<string, number[]>()

  constructor(things: Iterable<Named>) {
    const parsed = [...things].map(({ id, name }) => ({ id, words: wordsOf(name) }))
    for (const [index, { words }] of parsed.entries()) {
      for (const word of words) {
        const known = this.#byWord.get(word)
        if (known === undefined) this.#byWord.set(word, [index])
        else known.push(index)
      }
    }
    this.#things = parsed.map((thing) => ({ ...thing, length: this.#length(thing.words) }))
  }

  /** At most `max` things whose names are at least so much alike, the most alike first. */
  nearest(name: string, max: number, least: number): Similar[] {
    const words = wordsOf(name)
    const length = this.#length(words)
    const common = new Map<number, number>()
    for (const word of words) {
      const named = this.#byWord.get(word) ?? []
      if (named.length > COMMON) continue
      for (const index of named) common.set(index, 0)
    }
    const found: Similar[] = []
    for (const index of common.keys()) {
      const thing = this.#things[index] as { id: string; words: ReadonlySet<string>; length: number }
      let shared = 0
      for (const word of words) if (thing.words.has(word)) shared += this.#weight(word) ** 2
      const likeness = shared / (length * thing.length)
      if (likeness >= least) found.push({ id: thing.id, likeness })
    }
    return found.sort((a, b) => b.likeness - a.likeness || (a.id < b.id ? -1 : 1)).slice(0, max)
  }

  #weight(word: string): number {
    return Math.log(1 + (this.#byWord.size + 1) / (1 + (this.#byWord.get(word)?.length ?? 0)))
  }

  #length(words: ReadonlySet<string>): number {
    let squares = 0
    for (const word of words) squares += this.#weight(word) ** 2
    return Math.sqrt(squares) || 1
  }
}

/** How many of the words of the shorter name stand in the other one, 0…1; two names without words are alike. */
export function sharedWords(a: string, b: string): number {
  const [fewer, more] = [wordsOf(a), wordsOf(b)].toSorted((x, y) => x.size - y.size) as [Set<string>, Set<string>]
  if (fewer.size === 0) return 1
  return [...fewer].filter((word) => more.has(word)).length / fewer.size
}

function wordsOf(name: string): Set<string> {
  const words =
    name
      .toLowerCase()
      .replaceAll('ё', 'е')
      .match(/[\p{L}\p{N}]+/gu) ?? []
  return new Set(
    words.map((word) => (/\p{N}/u.test(word) ? word : word.slice(0, Math.max(STEM, word.length - ENDING)))),
  )
}
