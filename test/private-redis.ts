import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Secret } from '../src/core/secret.ts'

/** Set where tests on Redis must run: there a missing server fails them instead of leaving them out. */
const REQUIRED = process.env['OBMEN_TEST_REDIS'] === 'required'

/** True where tests on Redis are left out: there is no `redis-server`. */
export const withoutRedis = !REQUIRED && spawnSync('redis-server', ['--version']).status !== 0

/** A Redis of one test, with AOF in a temporary folder. */
export interface PrivateRedis {
  readonly url: Secret
  readonly port: number
  /** `redis-cli` against it, for what a test breaks from outside; what it printed. */
  command(...words: string[]): string
  /** Stops it as `kill` says and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Stands still, or goes on, without closing a connection. */
  pause(): void
  resume(): void
  /** Starts it again on the same port and the same data. */
  start(): Promise<void>
  /** Keeps a copy of its data as they are now. */
  keep(): Promise<void>
  /** Starts it again with the data that were kept: what came later is forgotten. */
  setBack(): Promise<void>
  /** Stops it and deletes its data. */
  close(): Promise<void>
}

/** Starts a private `redis-server` on a free port. `settings`: as on its command line. */
export async function startRedis(settings: readonly string[] = []): Promise<PrivateRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'obmen-redis-'))
  const kept = `${folder}-kept`
  const port = await freePort()
  const safe = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '']
  let server: ChildProcess | undefined

  const start = async (): Promise<void> => {
    const words = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...safe, ...settings]
    const child = spawn('redis-server', words, { stdio: ['ignore', 'pipe', 'inherit'] })
    server = child
    await new Promise<void>((resolve, reject) => {
      let said = ''
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`redis-server ended with ${String(code)}: ${said}`)))
      child.stdout.on('data', (chunk: Buffer) => {
        said = `${said}${chunk.toString()}`.slice(-4000)
        if (said.includes('Ready to accept connections')) resolve()
      })
    })
  }
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    const child = server
    server = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  await start()
  return {
    url: new Secret(`redis://127.0.0.1:${port}`),
    port,
    command: (...words) => spawnSync('redis-cli', ['-p', String(port), ...words], { encoding: 'utf8' }).stdout.trim(),
    stop,
    pause: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
    start,
    async keep() {
      await stop()
      await cp(folder, kept, { recursive: true })
      await start()
    },
    async setBack() {
      await stop('SIGKILL')
      await rm(folder, { recursive: true })
      await cp(kept, folder, { recursive: true })
      await start()
    },
    async close() {
      server?.kill('SIGCONT')
      await stop('SIGKILL')
      for (const each of [folder, kept]) await rm(each, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
