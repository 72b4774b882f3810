import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Verdict } from './child.ts'

/** What a process did with its files. */
export interface Run {
  /** One for each file. */
  readonly verdicts: readonly Verdict[]
  /** Most anonymous memory at any time, in bytes; 0 where the system does not tell. */
  readonly memory: number
}

/** Milliseconds between two looks at the memory. */
const LOOKS = 10

/**
 * Ingests files in a process of its own, whose temporary files go to `folder`, and watches its anonymous memory. `list`:
 * the options of `parse` for price lists.
 */
export async function ingestAlone(paths: readonly string[], folder: string, list?: unknown): Promise<Run> {
  const script = fileURLToPath(new URL('child.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, join(folder, 'store'), ...paths], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: folder, ...(list === undefined ? {} : { HOSTILE_LIST: JSON.stringify(list) }) },
  })
  let memory = 0
  const watch = setInterval(() => {
    void anonymousMemory(child.pid).then((bytes) => (memory = Math.max(memory, bytes)))
  }, LOOKS)
  let out = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearInterval(watch)
  if (code !== 0) throw new Error(`the child died with ${String(code)} and said ${out}`)
  const lines = out.trim().split('\n')
  return { verdicts: lines.map((line) => JSON.parse(line) as Verdict), memory }
}

async function anonymousMemory(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return 1024 * Number(/^RssAnon:\s*(\d+)/m.exec(status)?.[1] ?? 0)
}
