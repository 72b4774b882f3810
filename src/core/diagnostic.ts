import { formatPlace, type Place } from './errors.ts'

/** A finding about what a person wrote: configuration, a pipeline, an expression, a table. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  /** `area.snake_case`, for example `stage.unknown_type`. */
  readonly code: string
  /** What is wrong and, where possible, what was meant. */
  readonly message: string
  readonly place: Place
  /** What a text in another language needs besides the code. */
  readonly params?: Readonly<Record<string, string>>
}

/** One line as compilers write it: `pipelines/x.yaml:12:11 error stage.unknown_type: …`. */
export function formatDiagnostic(d: Diagnostic): string {
  return `${formatPlace(d.place)} ${d.severity} ${d.code}: ${d.message}`
}

/** The candidate nearest to `word` by edit distance, or undefined when none is near enough to be meant. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const candidate of candidates) {
    const distance = editDistance(wanted, candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Edit distance in which a swap of neighbours counts as one edit (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const above = rows[i - 1] as number[]
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min((above[j] as number) + 1, (row[j - 1] as number) + 1, (above[j - 1] as number) + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, ((rows[i - 2] as number[])[j - 2] as number) + 1)
      }
      row.push(least)
    }
    rows.push(row)
  }
  return (rows[a.length] as number[])[b.length] as number
}
