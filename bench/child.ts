import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** How often the memory of a child is looked at, milliseconds. */
const SAMPLE = 10

/** What a child measured, and the most anonymous memory it had. */
export interface ChildResult<T> {
  readonly result: T
  /** Peak of RssAnon in megabytes of a million; absent where the system does not say. */
  readonly peakAnon?: number
}

/**
 * Runs a job of `build`, the compiled code, in a process of its own and hands it `input`; the job prints its result as JSON.
 * @throws Error when the job fails: with the last line it printed
 */
export async function runJob<T>(
  build: string,
  name: string,
  input: object,
  nodeOptions: readonly string[] = [],
): Promise<ChildResult<T>> {
  const child = spawn(
    process.execPath,
    [...nodeOptions, join(build, 'bench/jobs', `${name}.js`), JSON.stringify(input)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let peak = 0
  const timer = setInterval(() => (peak = Math.max(peak, anonymousBytes(child.pid))), SAMPLE)
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const code = await new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
  clearInterval(timer)
  if (code !== 0) throw new Error(errors.split('\n').find((line) => line.includes('Error')) ?? `exit code ${code}`)
  const result = JSON.parse(output.trim().split('\n').at(-1) ?? '') as T
  return { result, ...(peak === 0 ? {} : { peakAnon: peak / 1e6 }) }
}

/** RssAnon and not RSS: pages of LMDB's map belong to the page cache. 0 where there is no such figure. */
function anonymousBytes(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1_024
  } catch {
    return 0
  }
}
