import { runJob } from './child.ts'
import type { Workshop } from './folders.ts'
import type { Elapsed } from './jobs/job.ts'
import type { Figure } from './results.ts'

/** What a job gave, or why it gave nothing. */
export interface Attempt<T> {
  readonly result?: T
  readonly peakAnon?: number
  /** Empty when it went well. */
  readonly note: string
}

/** Runs a job; one that fails is a line of the table, not the end of the benchmark. */
export async function attempt<T>(
  { build, say }: Workshop,
  name: string,
  input: object,
  nodeOptions: readonly string[] = [],
): Promise<Attempt<T>> {
  try {
    const done = await runJob<T>(build, name, input, nodeOptions)
    say(`  ${JSON.stringify(done)}`)
    return { ...done, note: '' }
  } catch (error) {
    const note = `failed: ${error instanceof Error ? error.message : String(error)}`
    say(`  ${note}`)
    return { note }
  }
}

/** Time and memory of a figure, as far as there are any. */
export function timed<T>(
  { result, peakAnon }: Attempt<T>,
  elapsedOf: (result: T) => Elapsed,
): Pick<Figure, 'ms' | 'cpuMs' | 'peakAnon'> {
  if (result === undefined) return {}
  const { ms, cpuMs } = elapsedOf(result)
  return { ms, cpuMs, ...(peakAnon === undefined ? {} : { peakAnon }) }
}
