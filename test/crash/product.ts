import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** The product as it is shipped: compiled, so that a start costs half a second. */
export interface Product {
  /** Starts `obmen start`, or another command, in a folder. */
  start(root: string, env: Readonly<Record<string, string>>, command?: string): Running
  remove(): Promise<void>
}

/** A running service. */
export interface Running {
  /** The signal that ended it, or `exit <code>`. */
  readonly ended: Promise<string>
  /** The last lines it printed. */
  output(): string
  kill(signal: 'SIGKILL' | 'SIGTERM'): void
}

/** Lines of output kept of a process, for the person who reads of a violation. */
const KEPT_LINES = 10
/** Longest such line. */
const KEPT_COLUMNS = 400

/** Compiles the sources into a temporary folder. */
export async function buildProduct(): Promise<Product> {
  const folder = await mkdtemp(join(tmpdir(), 'obmen-crash-build-'))
  const compiler = join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc')
  const project = join(REPOSITORY, 'tsconfig.build.json')
  await promisify(execFile)(process.execPath, [compiler, '-p', project, '--outDir', join(folder, 'dist')])
  await cp(join(REPOSITORY, 'package.json'), join(folder, 'package.json'))
  await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'), 'junction')
  const main = join(folder, 'dist', 'cli', 'main.js')
  return {
    start: (root, env, command = 'start') => start(main, root, env, command),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

function start(main: string, root: string, env: Readonly<Record<string, string>>, command: string): Running {
  const child = spawn(process.execPath, [main, '-C', root, command], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let lines: string[] = []
  const keep = (chunk: Buffer): void => {
    const more = chunk
      .toString()
      .split('\n')
      .filter((line) => line !== '')
    lines = [...lines, ...more.map((line) => line.slice(0, KEPT_COLUMNS))].slice(-KEPT_LINES)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  return {
    ended: once(child, 'exit').then(([code, signal]) => (signal as string | null) ?? `exit ${String(code)}`),
    output: () => lines.join('\n'),
    kill: (signal) => child.kill(signal),
  }
}
