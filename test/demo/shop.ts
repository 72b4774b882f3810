import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServiceStatus } from '../../src/views/status.ts'

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** What the shipped configuration is adapted to. */
export interface ShopSettings {
  readonly folder: string
  readonly ozonUrl: string
  readonly clientId: string
  readonly smtpUrl: string
  /** Variables that tell every process of the demo the time of the story. */
  readonly clock: Readonly<Record<string, string>>
}

/** What a command said. */
export interface Said {
  readonly code: number | null
  readonly output: string
}

/** The admin's folder: the shipped configuration, the folders of 1C, and the command `obmen`. */
export class Shop {
  readonly folder: string
  readonly inbox: string
  readonly ordersFile: string
  readonly log: string
  readonly #env: NodeJS.ProcessEnv
  #service: ChildProcess | undefined

  private constructor({ folder, clock }: ShopSettings) {
    this.folder = folder
    this.inbox = join(folder, '1c', 'offers')
    this.ordersFile = join(folder, '1c', 'orders', 'orders.xml')
    this.log = join(folder, 'obmen.log')
    // What the shell of whoever runs the demo happens to know must not reach a real cabinet.
    const { OZON_CLIENT_ID: _, OZON_API_KEY: _key, SMTP_URL: _smtp, ...rest } = process.env
    this.#env = { ...rest, ...clock }
  }

  /** Copies the shipped configuration; only the address of Ozon and the secrets in `.env` are the demo's own. */
  static async make(settings: ShopSettings): Promise<Shop> {
    const { folder, ozonUrl, clientId, smtpUrl } = settings
    await rm(folder, { recursive: true, force: true })
    for (const part of ['config', 'pipelines'])
      await cp(join(REPOSITORY, part), join(folder, part), { recursive: true })
    for (const inbox of ['goods', 'offers']) await mkdir(join(folder, '1c', inbox), { recursive: true })
    await writeFile(join(folder, '.env'), `OZON_CLIENT_ID=${clientId}\nOZON_API_KEY=demo-key\nSMTP_URL=${smtpUrl}\n`)
    const accounts = join(folder, 'config', 'marketplaces.yaml')
    const shipped = await readFile(accounts, 'utf8')
    const adapted = shipped.replace('marketplace: ozon', `marketplace: ozon\n    baseUrl: ${ozonUrl} # учебный Ozon`)
    if (adapted === shipped) throw new Error(`${accounts}: the place for baseUrl is gone`)
    await writeFile(accounts, adapted)
    return new Shop(settings)
  }

  /** Starts the service as a process of its own; its log goes to a file. */
  start(): void {
    const log = openSync(this.log, 'w')
    this.#service = this.#spawn(['start'], ['ignore', log, log])
    closeSync(log)
  }

  /** True while the service runs. */
  isRunning(): boolean {
    return this.#service !== undefined && this.#service.exitCode === null && this.#service.signalCode === null
  }

  /** Asks the service to stop and waits for it; gives its exit code. */
  async stop(): Promise<number | null> {
    const service = this.#service
    if (service === undefined) return null
    const ended = new Promise<number | null>((resolve) => service.once('exit', resolve))
    if (!this.isRunning()) return service.exitCode
    service.kill('SIGTERM')
    return ended
  }

  /** Runs one command to its end. */
  async obmen(...args: readonly string[]): Promise<Said> {
    const child = this.#spawn(args, ['ignore', 'pipe', 'pipe'])
    const chunks: Buffer[] = []
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk))
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('close', resolve)
      child.once('error', reject)
    })
    return { code, output: Buffer.concat(chunks).toString() }
  }

  /** What the service last wrote of itself; undefined before it did. */
  async status(): Promise<ServiceStatus | undefined> {
    const text = await readFile(join(this.folder, 'state', 'status.json'), 'utf8').catch(() => undefined)
    return text === undefined ? undefined : (JSON.parse(text) as ServiceStatus)
  }

  #spawn(args: readonly string[], stdio: ('ignore' | 'pipe' | number)[]): ChildProcess {
    const command = ['--import', 'tsx', join('src', 'cli', 'main.ts'), '--dir', this.folder, ...args]
    return spawn(process.execPath, command, { cwd: REPOSITORY, env: this.#env, stdio })
  }
}
