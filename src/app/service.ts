import type { Config } from '../config/model.ts'
import type { Clock } from '../core/clock.ts'
import type { ObmenError } from '../core/errors.ts'
import type { Files } from '../core/files.ts'
import type { Log } from '../core/log.ts'
import { createFiles } from '../state/disk.ts'
import { failpointFromEnvironment } from '../state/failpoint.ts'
import { ownInboxes, type InboxOwner } from '../state/inbox-owner.ts'
import { lockFolder } from '../state/lock.ts'
import type { Store } from '../state/store.ts'
import type { ConfigVersions } from '../views/status.ts'
import { Deployment } from './deployment.ts'
import { LastingParts } from './lasting-parts.ts'
import { Loops } from './loops.ts'
import { openStore, placeOfStore } from './open-store.ts'
import { loadProject, usable, type Project } from './project.ts'
import { ProjectWatch } from './project-watch.ts'
import { Reload, type SoundProject } from './reload.ts'
import { buildRuntime, type Runtime } from './runtime.ts'
import { StoreWatch } from './store-watch.ts'

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
/** How long running work may go on under a configuration that is to be replaced, clock milliseconds. */
const GIVE_WAY = 30_000
const STOPS = 'the service stops'

/**
 * A running service: the state folder locked and opened, and the configuration at work. `close` stops what runs, leaves
 * unfinished files in `work` for the next start, and releases the state folder.
 */
export class Service {
  readonly #options: ServiceOptions
  readonly #holdings: Holdings
  readonly #reload: Reload
  /** What belongs to no configuration. */
  readonly #loops: Loops
  #deployment: Deployment
  #closed: Promise<void> | undefined
  #tellGone: (fault: ObmenError) => void = () => {}
  /** Resolves when the store is empty or somebody else's: the service must be opened anew. Never rejects. */
  readonly storeGone: Promise<ObmenError> = new Promise((resolve) => {
    this.#tellGone = resolve
  })

  private constructor(options: ServiceOptions, holdings: Holdings, deployment: Deployment, reload: Reload) {
    const { clock, log } = options
    this.#options = options
    this.#holdings = holdings
    this.#deployment = deployment
    this.#reload = reload
    this.#loops = new Loops({ clock, log, notifier: () => this.runtime.notifier })
  }

  /**
   * Loads and checks the configuration, locks the state folder, opens everything, runs again what a crash left behind.
   * @throws ObmenError config `config.invalid`; fatal `state.*`, `orders.numbers_lost`
   */
  static async open(options: ServiceOptions): Promise<Service> {
    const load = (): Promise<Project> => loadProject(options.root, options.env)
    const loaded = await load()
    const config = usable(loaded)
    const project: SoundProject = { ...loaded, config }
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
      let service: Service | undefined
      const reload: Reload = new Reload(project, {
        ...options,
        load,
        notifier: () => (service as Service).runtime.notifier,
        switchTo: (next) => (service as Service).#switchTo(next),
      })
      const deployment = await deploy(project, options, holdings, () => reload.versions)
      service = new Service(options, holdings, deployment, reload)
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

  /** Which configuration is in force, and which was refused. */
  get versions(): ConfigVersions {
    return this.#reload.versions
  }

  get signal(): AbortSignal {
    return this.#deployment.loops.signal
  }

  /** Starts the work, looks after the store, and takes up what is edited meanwhile. Returns at once. */
  start(): void {
    this.#deployment.start()
    const { clock, log } = this.#options
    const watch = new StoreWatch({
      store: this.#holdings.store,
      clock,
      log,
      notifier: () => this.runtime.notifier,
      where: placeOfStore(this.runtime.config),
      onGone: this.#tellGone,
    })
    this.#loops.start('store', async () => {
      await watch.look()
      await this.#loops.pause(StoreWatch.every)
    })
    this.#loops.start('configuration', async () => {
      await this.#reload.look()
      await this.#loops.pause(ProjectWatch.every)
    })
  }

  /**
   * Brings another project into force. It is wired beside the one at work; then that one begins nothing more, what it has
   * under way ends under it, and the new one looks over everything before it sends anything.
   * @throws ObmenError when it cannot be wired; the one at work has not stopped then
   */
  async #switchTo(project: SoundProject): Promise<void> {
    const { lasting, owner } = this.#holdings
    const { signal } = this.#loops
    const before = this.#deployment
    const next = await this.#prepare(project)
    await before.loops.halt(GIVE_WAY)
    signal.throwIfAborted()
    for (const account of next.runtime.accounts.values()) {
      for (const aspect of account.parts.aspects.values()) aspect.planAnew()
    }
    this.#deployment = next
    await this.#loops.guarded('take-over', async () => {
      await lasting.keepOnly(next.runtime.lasting)
      await owner.keepOnly(inboxesOf(project.config))
      await next.recover('aborted')
    })
    signal.throwIfAborted()
    next.start()
  }

  async #prepare(project: SoundProject): Promise<Deployment> {
    const { lasting, owner } = this.#holdings
    try {
      await owner.take(inboxesOf(project.config))
      return await deploy(project, this.#options, this.#holdings, () => this.#reload.versions)
    } catch (error) {
      await lasting.keepOnly(this.runtime.lasting)
      await owner.keepOnly(inboxesOf(this.runtime.config))
      throw error
    }
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
    this.#loops.abort(STOPS)
    this.#deployment.loops.abort(STOPS)
    // A change of the configuration that is under way gives up, or has put the next one to work.
    await this.#loops.ended(SHUTDOWN)
    const { loops } = this.#deployment
    loops.abort(STOPS)
    await loops.ended(SHUTDOWN)
    await lasting.keepOnly()
    await store.close()
    await owner.release()
    await release()
  }
}

/** Wires a project whose configuration is sound; nothing of it moves yet. @throws as {@link buildRuntime} */
async function deploy(
  project: SoundProject,
  { clock, random, log }: ServiceOptions,
  { store, files, owner, lasting }: Holdings,
  versions: () => ConfigVersions,
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
  deployment = new Deployment(runtime, owner, versions)
  return deployment
}

/** The inboxes that must be ours alone. Who only copies takes nothing away from others, and may not be allowed to write there. */
function inboxesOf({ exchanges }: Config): readonly string[] {
  const movers = [...exchanges.values()].filter(({ take }) => take === 'move')
  return [...new Set(movers.flatMap((exchange) => exchange.inboxes))]
}
