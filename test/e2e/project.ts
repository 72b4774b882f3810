import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openReader } from '../../src/app/open-store.ts'
import { loadProject, usable } from '../../src/app/project.ts'
import { serve } from '../../src/app/serve.ts'
import { Service } from '../../src/app/service.ts'
import { createClock, type Clock } from '../../src/core/clock.ts'
import { silentLog, type Log } from '../../src/core/log.ts'
import { startOzonSimulator, type OzonSimulator } from '../../src/simulator/ozon/index.ts'
import { approve } from '../../src/state/approvals.ts'
import { createFiles } from '../../src/state/disk.ts'
import type { Store } from '../../src/state/store.ts'
import { loadOzonRequestValidators } from '../contract/ozon-openapi.ts'
import { createFairClock } from '../fair-clock.ts'
import type { PrivateRedis } from '../private-redis.ts'

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** The cabinet of the shipped configuration in tests. */
export const CLIENT_ID = '1001'

/** What a test project may change of the shipped configuration. */
export interface ProjectOptions {
  /** How many times faster than real time service and simulator live. */
  readonly speed?: number
  /** A service that only commands run, each with a clock of its own: they agree on the time of the machine only. */
  readonly commandsOnly?: boolean
  /** File below the project → its whole text, or a change of the shipped text. */
  readonly files?: Readonly<Record<string, string | ((shipped: string) => string)>>
  readonly smtp?: string
  readonly log?: Log
  /** The service keeps its store there instead of in its state folder. */
  readonly redis?: PrivateRedis | undefined
}

/** An admin's folder with the shipped configuration, a local Ozon, and a service on demand. */
export interface Project {
  readonly root: string
  readonly inbox: string
  readonly ordersFile: string
  readonly clock: Clock
  readonly simulator: OzonSimulator
  readonly ozon: OzonControl
  /** Opens the service (configuration, recovery); loops start with `start: true`, the default. */
  open(options?: { readonly start?: boolean; readonly root?: string }): Promise<Service>
  /** Runs the service as `obmen start` does, which opens it anew when its store is gone; `onOpen` tells of each. */
  serve(onOpen: (service: Service) => void): void
  /** Lets an account write. */
  approve(account?: string, clientId?: string): Promise<void>
  /** Changes a file of the configuration. */
  edit(file: string, change: (text: string) => string): Promise<void>
  /** Closes what was opened and deletes the folder. */
  close(): Promise<void>
}

/** The simulator's control API. */
export interface OzonControl {
  get(path: string): Promise<string>
  json<T = unknown>(path: string): Promise<T>
  send<T = unknown>(method: 'POST' | 'PUT', path: string, body?: unknown): Promise<T>
  /** Every accepted write, oldest first. */
  ledger(): Promise<LedgerLine[]>
  /** API requests that write prices or stocks. */
  writes(): Promise<RequestLine[]>
  requests(): Promise<RequestLine[]>
}

export interface LedgerLine {
  readonly seq: number
  readonly clientId: string
  readonly aspect: 'prices' | 'stocks'
  readonly offerId: string
  readonly warehouseId?: string
  readonly value: unknown
}

export interface RequestLine {
  readonly seq: number
  readonly clientId: string
  readonly method: string
  readonly items: number
  readonly status: number
  readonly schemaErrors?: readonly string[]
}

/** Makes a project in a temporary folder. Short settle times; everything else as shipped. */
export async function createProject(options: ProjectOptions = {}): Promise<Project> {
  const root = await mkdtemp(join(tmpdir(), 'obmen-e2e-'))
  const { speed = 1, commandsOnly = false } = options
  const fair = speed === 1 || commandsOnly ? undefined : createFairClock(speed, Date.now())
  const clock = fair ?? createClock(speed, Date.now())
  const validate = loadOzonRequestValidators()
  const simulator = await startOzonSimulator({
    port: 0,
    clock,
    ...(validate === undefined ? {} : { validateRequest: validate }),
  })
  await cp(join(REPOSITORY, 'config'), join(root, 'config'), { recursive: true })
  await cp(join(REPOSITORY, 'pipelines'), join(root, 'pipelines'), { recursive: true })
  const smtp = options.smtp ?? 'smtp://127.0.0.1:9'
  await writeFile(join(root, '.env'), `OZON_CLIENT_ID=${CLIENT_ID}\nOZON_API_KEY=test-key\nSMTP_URL=${smtp}\n`)
  const edit = async (file: string, change: (text: string) => string): Promise<void> => {
    const path = join(root, file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, change(await readFile(path, 'utf8').catch(() => '')))
  }
  await edit('config/marketplaces.yaml', (text) =>
    text.replace('marketplace: ozon', `marketplace: ozon\n    baseUrl: ${simulator.url}`),
  )
  await edit('config/obmen.yaml', (text) => text.replace('settle: 2s', 'settle: 40ms'))
  if (options.redis !== undefined) await keepOnRedis(root, options.redis)
  for (const [file, change] of Object.entries(options.files ?? {})) {
    await edit(file, typeof change === 'string' ? () => change : change)
  }
  const inbox = join(root, '1c', 'offers')
  await mkdir(inbox, { recursive: true })
  await mkdir(join(root, '1c', 'goods'), { recursive: true })
  const opened: Service[] = []
  const stopServing = new AbortController()
  let serving: Promise<void> | undefined
  return {
    root,
    inbox,
    ordersFile: join(root, '1c', 'orders', 'orders.xml'),
    clock,
    simulator,
    ozon: controlOf(simulator.url),
    edit,
    async open({ start = true, root: other = root } = {}) {
      const log = options.log ?? silentLog
      const service = await Service.open({ root: other, env: {}, clock, random: () => 0.5, log })
      opened.push(service)
      if (start) service.start()
      return service
    },
    serve(onOpen) {
      const served = { root, env: {}, clock, random: () => 0.5, log: options.log ?? silentLog }
      serving = serve(served, stopServing.signal, async (service) => onOpen(service))
      serving.catch(() => {})
    },
    async approve(account = 'ozon-main', clientId = CLIENT_ID) {
      const mark = { account, marketplace: 'ozon', baseUrl: simulator.url, ownId: clientId }
      await approve(join(root, 'state', 'approvals.csv'), createFiles(), { ...mark, at: clock.now(), by: 'test' })
    },
    async close() {
      stopServing.abort()
      await serving
      for (const service of opened) await service.close()
      await simulator.close()
      fair?.stop()
      // On a fast clock what still stops outlives the time a stop may take.
      await rm(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
    },
  }
}

/** Lets the project of a folder keep its store on a Redis, under a prefix of its own. */
export async function keepOnRedis(root: string, { url }: Pick<PrivateRedis, 'url'>): Promise<void> {
  const file = join(root, 'config', 'obmen.yaml')
  const text = await readFile(file, 'utf8')
  await writeFile(file, `redis: { url: "${url.reveal()}", prefix: ${basename(root)} }\n${text}`)
}

/** The store of a project's folder, to be read beside the service. */
export async function readerOf(root: string): Promise<Store> {
  const store = await openReader(usable(await loadProject(root, {})))
  if (store === undefined) throw new Error(`no service has run in ${root}`)
  return store
}

/** A client of the control API of a simulator. */
export function controlOf(url: string): OzonControl {
  const get = async (path: string): Promise<string> => {
    const response = await fetch(`${url}/_sim/${path}`)
    const text = await response.text()
    if (!response.ok) throw new Error(`GET /_sim/${path}: ${response.status} ${text}`)
    return text
  }
  const lines = async <T>(path: string): Promise<T[]> =>
    (await get(path))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as T)
  return {
    get,
    json: async <T>(path: string) => JSON.parse(await get(path)) as T,
    async send<T>(method: 'POST' | 'PUT', path: string, body: unknown = {}) {
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(`${url}/_sim/${path}`, { method, headers, body: JSON.stringify(body) })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} /_sim/${path}: ${response.status} ${text}`)
      return (text === '' ? undefined : JSON.parse(text)) as T
    },
    ledger: () => lines<LedgerLine>('ledger'),
    requests: () => lines<RequestLine>('requests'),
    writes: async () =>
      (await lines<RequestLine>('requests')).filter(({ method }) =>
        ['/v1/product/import/prices', '/v2/products/stocks'].includes(method),
      ),
  }
}

/** Waits (real time) until `condition` holds; fails with what it last saw. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 180_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      if (await condition()) return
      last = undefined
    } catch (error) {
      last = error
    }
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`, { cause: last })
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}
