/** Runs a job on the input that the benchmark handed over as JSON, and prints its result as the last line. */
export async function job(run: (input: never) => Promise<object>): Promise<void> {
  const result = await run(JSON.parse(process.argv[2] ?? '{}') as never)
  process.stdout.write(`${JSON.stringify(result)}\n`)
}

/** How long something took, milliseconds. */
export interface Elapsed {
  readonly ms: number
  /** Of processors, over all threads: what a busy machine does not lengthen. */
  readonly cpuMs: number
}

/** Starts a stopwatch; what it gives tells the time since then. */
export function stopwatch(): () => Elapsed {
  const started = performance.now()
  const cpuStarted = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(cpuStarted)
    return { ms: performance.now() - started, cpuMs: (user + system) / 1_000 }
  }
}
