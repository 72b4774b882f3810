/** Something odd that did no harm: what, where it stood first, how often. */
export interface FileWarning {
  readonly code: string
  readonly line: number
  readonly count: number
}

/** Collects the warnings of one file, one entry per code. */
export class Warnings {
  readonly #byCode = new Map<string, { line: number; count: number }>()

  add(code: string, line: number, count = 1): void {
    const known = this.#byCode.get(code)
    if (known === undefined) {
      this.#byCode.set(code, { line, count })
      return
    }
    known.count += count
    known.line = Math.min(known.line, line)
  }

  list(): readonly FileWarning[] {
    return [...this.#byCode].map(([code, { line, count }]) => ({ code, line, count }))
  }
}
