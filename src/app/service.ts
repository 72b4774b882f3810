import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import { createFiles } from '../state/disk.ts'
import { failpointFromEnvironment } from '../state/failpoint.ts'
import { ownInboxes, type InboxOwner } from '../state/inbox-owner.ts'
import { lockFolder } from '../state/lock.ts'
import type { Store } from '../state/store.ts'
import type { Config } from '../config/model.ts'
import type { Files } from '../core/files.ts'
import { Deployment } from './deployment.ts'
import { LastingParts } from './lasting-parts.ts'
import { openStore } from './open-store.ts'
import { loadProject, usable, type Project } from './project.ts'
import { buildRuntime, type Runtime } from './runtime.ts'

/** What a service is started with. Time, randomness and the environment come in here. */
export interface ServiceOptions {
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
}

/** What a service holds as long as it lives, whatever its configuration says. */
interface Holdings {
  readonly store: Store
  readonly files: Files
  readonly owner: InboxOwner
  readonly lasting: LastingParts
  /** Releases the state folder. */
  readonly release: () => Promise<void>
}

/** How long running work may go on after a stop was asked for, clock milliseconds. */
const SHUTDOWN = 10_000

/**
 * A running service: the state folder locked and opened, and the configuration at work. `close` stops what runs, leaves
 * unfinished files in `work` for the next start, and releases the state folder.
 */
export class Service {
  readonly #holdings: Holdings
  #deployment: Deployment
  #closed: Promise<void> | undefined

  private constructor(holdings: Holdings, deployment: Deployment) {
    this.#holdings = holdings
    this.#deployment = deployment
  }

  /**
   * Loads and checks the configuration, locks the state folder, opens everything, runs again what a crash left behind.
   * @throws ObmenError config `config.invalid`; fatal `state.*`, `orders.numbers_lost`
   */
  static async open(options: ServiceOptions): Promise<Service> {
    const project = await loadProject(options.root, options.env)
    const config = usable(project)
    const failpoint = failpointFromEnvironment(options.env)
    const files = createFiles({ failpoint, clock: options.clock })
    const lasting = new LastingParts()
    const release = await lockFolder(config.folders.state, { owner: 'obmen' })
    let store: Store | undefined
    let owner: InboxOwner | undefined
    try {
      owner = await ownInboxes(inboxesOf(config), { state: config.folders.state, clock: options.clock })
      store = await openStore(config, failpoint)
      const holdings: Holdings = { store, files, owner, lasting, release }
      const deployment = await deploy({ ...project, config }, options, holdings)
      const service = new Service(holdings, deployment)
      await deployment.recover('died')
      return service
    } catch (error) {
      await lasting.keepOnly()
      await store?.close()
      await owner?.release()
      await release()
      throw error
    }
  }

  get runtime(): Runtime {
    return this.#deployment.runtime
  }

  get items(): Deployment['items'] {
    return this.#deployment.items
  }

  get intakes(): Deployment['intakes'] {
    return this.#deployment.intakes
  }

  get orders(): Deployment['orders'] {
    return this.#deployment.orders
  }

  get signal(): AbortSignal {
    return this.#deployment.loops.signal
  }

  /** Starts the work. Returns at once. */
  start(): void {
    this.#deployment.start()
  }

  /** One pass instead of the loops; see {@link Deployment.runOnce}. */
  runOnce(): Promise<readonly Error[]> {
    return this.#deployment.runOnce()
  }

  /** Stops everything and releases the state folder. Idempotent; waits for what runs, at most a while. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    const { lasting, store, owner, release } = this.#holdings
    const { loops } = this.#deployment
    loops.abort('the service stops')
    await loops.ended(SHUTDOWN)
    await lasting.keepOnly()
    await store.close()
    await owner.release()
    await release()
  }
}

/** Wires a project whose configuration is sound; nothing of it moves yet. @throws as {@link buildRuntime} */
async function deploy(
  project: Project & { readonly config: Config },
  { clock, random, log }: ServiceOptions,
  { store, files, owner, lasting }: Holdings,
): Promise<Deployment> {
  const { config, tables } = project
  let deployment: Deployment | undefined
  const runtime = await buildRuntime({
    config,
    tables,
    store,
    clock,
    files,
    log,
    random,
    lasting: lasting.claim(),
    onHint: (exchange, itemIds) => deployment?.hint(exchange, itemIds),
  })
  deployment = new Deployment(runtime, owner)
  return deployment
}

/** The inboxes that must be ours alone. Who only copies takes nothing away from others, and may not be allowed to write there. */
function inboxesOf({ exchanges }: Config): readonly string[] {
  const movers = [...exchanges.values()].filter(({ take }) => take === 'move')
  return [...new Set(movers.flatMap((exchange) => exchange.inboxes))]
}
