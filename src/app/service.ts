import { setMaxListeners } from 'node:events'
import { join } from 'node:path'
import { splitOfferId } from '../core/catalogue.ts'
import type { Clock } from '../core/clock.ts'
import { isAbort, ObmenError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import type { Account } from '../pipeline/account.ts'
import type { OddEntry } from '../sources/files/candidates.ts'
import type { ReadyFile } from '../sources/files/settle.ts'
import { watchInboxes, scanOnce } from '../sources/files/watch.ts'
import type { Stored } from '../stages/store/index.ts'
import { createFiles } from '../state/disk.ts'
import { failpointFromEnvironment } from '../state/failpoint.ts'
import { ownInboxes, type InboxOwner } from '../state/inbox-owner.ts'
import { lockFolder } from '../state/lock.ts'
import { openLmdbStore } from '../state/open.ts'
import { PublishedPictures } from '../state/pictures.ts'
import type { Store } from '../state/store.ts'
import * as serviceNotices from '../views/service-notices.ts'
import { checkAccount } from './accounts.ts'
import { DecisionWatch, type DecisionKind } from './decisions.ts'
import { Intake, leftClaims } from './intake.ts'
import { ItemsOut } from './items-out.ts'
import { OrdersOut } from './orders-out.ts'
import { Pictures } from './pictures.ts'
import { loadProject, usable } from './project.ts'
import { prune, PRUNE_EVERY } from './prune.ts'
import { recoverCatalogue } from './recover-catalogue.ts'
import { tellAuthorized, tellRefusal } from './refusals.ts'
import { Reports } from './reports.ts'
import { buildRuntime, type Runtime } from './runtime.ts'
import { SetKeeper } from './set-keeper.ts'
import { StatusFile } from './status-file.ts'
import { watchSilence } from './watchdogs.ts'

/** What a service is started with. Time, randomness and the environment come in here. */
export interface ServiceOptions {
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
}

/** How long running work may go on after a stop was asked for, clock milliseconds. */
const SHUTDOWN = 10_000
/** How often an account that could not be checked is tried again, and one that could is looked at. */
const CHECK_AGAIN = 30_000
const CHECK_EVERY = 3_600_000

/**
 * A running service: everything wired and recovered, loops not yet started. `close` stops what runs, leaves unfinished
 * files in `work` for the next start, and releases the state folder.
 */
export class Service {
  readonly runtime: Runtime
  readonly items: readonly ItemsOut[]
  readonly orders: readonly OrdersOut[]
  readonly intakes: readonly Intake[]
  readonly pictures: readonly Pictures[]
  readonly reports: Reports
  readonly #abort = new AbortController()
  readonly #release: () => Promise<void>
  readonly #owner: InboxOwner
  readonly #loops: Promise<void>[] = []
  #closed: Promise<void> | undefined

  private constructor(runtime: Runtime, release: () => Promise<void>, owner: InboxOwner) {
    this.runtime = runtime
    this.#release = release
    this.#owner = owner
    setMaxListeners(0, this.#abort.signal)
    this.items = runtime.itemPipelines.map((pipeline) => new ItemsOut(pipeline, runtime))
    this.orders = runtime.orderPipelines.flatMap((pipeline) => {
      const { from, to } = pipeline.config
      const account = from.kind === 'postings' ? runtime.accounts.get(from.account) : undefined
      const exchange = runtime.exchanges.get(to.exchange ?? '')
      return account === undefined || exchange === undefined
        ? []
        : [new OrdersOut(pipeline, account, exchange, runtime)]
    })
    this.pictures = [...runtime.exchanges.values()].flatMap((exchange) => {
      const { name, images } = exchange.config
      const published = new PublishedPictures(runtime.store, name)
      return images === undefined ? [] : [new Pictures(exchange, published, images.publish, runtime)]
    })
    const events = {
      onStored: (exchange: string, { items, dictionaryChanged }: Pick<Stored, 'items' | 'dictionaryChanged'>) => {
        if (dictionaryChanged || items === 'all') this.#itemsOf(exchange).forEach((each) => each.hintAll())
        const pictures = this.pictures.find((each) => each.exchange === exchange)
        if (items === 'all') {
          pictures?.hintAll()
          return
        }
        this.hint(exchange, items)
        pictures?.hint(new Set(items.map((item) => splitOfferId(item).productId)))
      },
      onUnpacked: async (exchange: string, folder: string, archive: string, signal: AbortSignal) => {
        await this.pictures.find((each) => each.exchange === exchange)?.takeUnpacked(folder, archive, signal)
      },
      onGone: (exchange: string, items: readonly string[]) => this.hint(exchange, items),
      onRun: async (exchange: string) => {
        const [writer] = this.orders.filter((each) => each.exchange.config.name === exchange)
        await writer?.rewrite(this.#abort.signal)
      },
    }
    this.intakes = runtime.filePipelines.flatMap((pipeline) => {
      const exchange = runtime.exchanges.get(pipeline.config.to.catalogue ?? '')
      return exchange === undefined ? [] : [new Intake(exchange, pipeline, runtime, events)]
    })
    this.reports = new Reports(runtime)
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
    const release = await lockFolder(config.folders.state, { owner: 'obmen' })
    let store: Store | undefined
    let owner: InboxOwner | undefined
    try {
      // Who only copies takes nothing away from others, and may not be allowed to write there.
      const movers = [...config.exchanges.values()].filter(({ take }) => take === 'move')
      const inboxes = [...new Set(movers.flatMap((exchange) => exchange.inboxes))]
      owner = await ownInboxes(inboxes, { state: config.folders.state, clock: options.clock })
      store = await openLmdbStore({ folder: join(config.folders.state, 'store'), failpoint })
      let service: Service | undefined
      const runtime = await buildRuntime({
        config,
        tables: project.tables,
        store,
        clock: options.clock,
        files,
        log: options.log,
        random: options.random,
        onHint: (exchange, itemIds) => service?.hint(exchange, itemIds),
      })
      service = new Service(runtime, release, owner)
      await service.#recover()
      return service
    } catch (error) {
      await store?.close()
      await owner?.release()
      await release()
      throw error
    }
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Items of an exchange changed. */
  hint(exchange: string, itemIds: readonly string[]): void {
    for (const items of this.#itemsOf(exchange)) items.hint(itemIds)
  }

  #itemsOf(exchange: string): ItemsOut[] {
    return this.items.filter((each) => each.pipeline.exchange.config.name === exchange)
  }

  async #recover(): Promise<void> {
    for (const exchange of this.runtime.exchanges.values()) await recoverCatalogue(exchange, this.runtime)
    const left = await leftClaims(this.runtime)
    for (const intake of this.intakes) await intake.recover(left, this.signal)
    // The order file always exists: 1C calls a missing one a failed run.
    for (const orders of this.orders) await this.#guarded(orders.config.name, () => orders.rewrite(this.signal))
  }

  /** Starts every loop. Returns at once; a loop that fails is told of and started again. */
  start(): void {
    const { clock, notifier, exchanges, accounts } = this.runtime
    const startedAt = clock.now()
    notifier.start()
    for (const intake of this.intakes) this.#loop(`files:${intake.exchange.config.name}`, () => this.#takeFiles(intake))
    for (const { exchange, sets } of this.intakes) {
      this.#loop(`sets:${exchange.config.name}`, async () => {
        await sets.look()
        await clock.sleep(SetKeeper.every, this.signal)
      })
    }
    for (const account of accounts.values()) {
      const check = async (): Promise<void> => {
        const moved = await this.#check(account)
        if (moved) this.items.filter((each) => each.pipeline.account === account).forEach((each) => each.hintAll())
        await clock.sleep(CHECK_EVERY, this.signal)
      }
      this.#loop(`check:${account.name}`, check, account)
    }
    for (const items of this.items) {
      this.#loop(`look:${items.pipeline.config.name}`, () => items.lookForever(this.signal))
      this.#loop(`send:${items.pipeline.config.name}`, () => items.sendForever(this.signal))
    }
    for (const orders of this.orders) {
      const every = orders.config.from.kind === 'postings' ? orders.config.from.every : CHECK_EVERY
      const read = async (): Promise<void> => {
        if (await this.runtime.isApproved(orders.account)) {
          await orders.read(this.signal)
          await tellAuthorized(orders.account, this.runtime)
        }
        await clock.sleep(every, this.signal)
      }
      this.#loop(`orders:${orders.config.name}`, read, orders.account)
    }
    for (const exchange of exchanges.values()) {
      this.#loop(`silence:${exchange.config.name}`, () => watchSilence(exchange, this.runtime, startedAt, this.signal))
    }
    for (const pictures of this.pictures) {
      this.#loop(`pictures:${pictures.exchange}`, () => pictures.turn(this.signal))
    }
    const decisions = new DecisionWatch(this.runtime.config.folders.state)
    this.#loop('decisions', async () => {
      await this.#follow(decisions.changed())
      await clock.sleep(DecisionWatch.every, this.signal)
    })
    this.#loop('prune', async () => {
      await prune(this.runtime)
      await clock.sleep(PRUNE_EVERY, this.signal)
    })
    this.#loop('reports', async () => {
      await this.reports.sendIfDue(this.items.every((each) => each.idle))
      await clock.sleep(this.reports.lookEvery, this.signal)
    })
    const status = new StatusFile(this)
    this.#loop('status', async () => {
      await status.write()
      await clock.sleep(StatusFile.every, this.signal)
    })
  }

  async #check(account: Account): Promise<boolean> {
    const moved = await checkAccount(account, this.runtime, this.signal)
    await tellAuthorized(account, this.runtime)
    return moved
  }

  /** Acts on what people decided on the command line, without waiting for the next look. */
  async #follow(decided: ReadonlySet<DecisionKind>): Promise<void> {
    if (decided.has('removals')) for (const { sets } of this.intakes) await sets.look()
    if (decided.has('approvals') || decided.has('held')) for (const items of this.items) items.lookSoon()
    for (const orders of this.orders) {
      if (decided.has('approvals') && (await this.runtime.isApproved(orders.account))) await orders.read(this.signal)
      else if (decided.has('orders')) await orders.rewrite(this.signal)
    }
  }

  async #takeFiles(intake: Intake): Promise<void> {
    const { clock, notifier } = this.runtime
    const onTrouble = (inbox: string, error: ObmenError | undefined): void => {
      const path = { path: inbox, code: error?.code ?? '', message: error?.message ?? '' }
      const notice = serviceNotices.inboxUnreadable(path)
      const told =
        error === undefined ? notifier.resolve(notice.cause, 'Папка снова читается.') : notifier.raise(notice)
      told.catch((fault: unknown) => this.runtime.log.error({ err: fault }, 'notice could not be kept'))
    }
    const { config } = intake.exchange
    const onOdd = this.#tellOdd
    const watched = watchInboxes({ exchange: config, clock, signal: this.signal, onTrouble, onOdd, ...intake.scanned })
    for await (const ready of watched) await this.#take(intake, ready)
  }

  /** Takes a file unless another project took its inbox over, while this process slept for long. */
  async #take(intake: Intake, ready: ReadyFile): Promise<Error | undefined> {
    const holder = await this.#owner.holderOf(ready.inbox)
    const notice = serviceNotices.inboxOwned({ inbox: ready.inbox, holder: holder ?? { pid: 0, host: '', state: '' } })
    const { notifier } = this.runtime
    if (holder === undefined) {
      await notifier.resolve(notice.cause, 'Папка снова принадлежит этому Obmen.')
      return intake.take(ready, this.signal)
    }
    await notifier.raise(notice)
    return undefined
  }

  /** Things that lie in an inbox under the name of an exchange file and stay there: told once, while they lie. */
  readonly #tellOdd = (inbox: string, odd: readonly OddEntry[]): void => {
    const { log, notifier } = this.runtime
    const notice = serviceNotices.oddInInbox({ inbox, odd })
    if (odd.length > 0) log.warn({ inbox, code: 'files.odd', count: odd.length }, 'something in an inbox is not taken')
    const told = odd.length === 0 ? notifier.resolve(notice.cause, 'Таких файлов больше нет.') : notifier.raise(notice)
    told.catch((err: unknown) => log.error({ err }, 'notice could not be kept'))
  }

  /** Runs `turn` again and again. A failure is told of and never ends the service; an abort ends the loop. */
  #loop(name: string, turn: () => Promise<void>, account?: Account): void {
    this.#loops.push(
      (async () => {
        for (let failures = 0; !this.signal.aborted;) {
          const failed = (await this.#guarded(name, turn, account, failures)) !== undefined
          failures = failed ? failures + 1 : 0
          if (failed)
            await this.runtime.clock.sleep(Math.min(CHECK_AGAIN, 1_000 * 2 ** failures), this.signal).catch(() => {})
        }
      })(),
    )
  }

  /** One turn; its fault when it failed. `account`: whose marketplace it asks. */
  async #guarded(
    name: string,
    turn: () => Promise<unknown>,
    account?: Account,
    failures = 0,
  ): Promise<Error | undefined> {
    const { log, notifier, clock } = this.runtime
    try {
      await turn()
      if (failures > 0) await notifier.resolve(`loop:${name}`, 'Работа продолжается.')
      return undefined
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error))
      if (this.signal.aborted || isAbort(error)) return failure
      const fault = error instanceof ObmenError ? error : undefined
      log.error({ loop: name, code: fault?.code, err: error }, 'loop failed, it goes on')
      const untold = (err: unknown): false => {
        log.error({ err, at: clock.now() }, 'notice could not be kept')
        return false
      }
      if (account !== undefined && fault !== undefined) {
        if (await tellRefusal(account, fault, this.runtime, this.signal).catch(untold)) return failure
      }
      const lasts = fault?.kind !== 'transient' || failures * CHECK_AGAIN > 600_000
      if (lasts) {
        const message = error instanceof Error ? error.message : String(error)
        const told = serviceNotices.loopFailing({
          name,
          code: fault?.code ?? 'engine.bug',
          message,
          remedy: fault?.remedy,
        })
        await notifier.raise(told).catch(untold)
      }
      return failure
    }
  }

  /**
   * One pass instead of loops, for `obmen run`: takes the files that are ready, checks accounts, reads postings, looks at
   * everything and sends until nothing is due. Marketplace failures are told of and end the pass for that pipeline.
   * Resolves to what went wrong: files put into quarantine, accounts that did not answer.
   */
  async runOnce(): Promise<readonly Error[]> {
    const { clock, accounts, notifier } = this.runtime
    const faults: Error[] = []
    const note = (fault: Error | undefined): void => {
      if (fault !== undefined) faults.push(fault)
    }
    for (const intake of this.intakes) {
      const { config } = intake.exchange
      const onOdd = this.#tellOdd
      const ready = await scanOnce({ exchange: config, clock, signal: this.signal, onOdd, ...intake.scanned })
      for (const file of ready) note(await this.#take(intake, file))
      note(await this.#guarded(`sets:${config.name}`, () => intake.sets.look()))
    }
    for (const pictures of this.pictures) {
      note(await this.#guarded(`pictures:${pictures.exchange}`, () => pictures.look(undefined, this.signal)))
    }
    for (const account of accounts.values()) {
      note(await this.#guarded(`check:${account.name}`, () => this.#check(account), account))
    }
    for (const orders of this.orders) {
      const approved = await this.runtime.isApproved(orders.account)
      const turn = (): Promise<unknown> => (approved ? orders.read(this.signal) : orders.rewrite(this.signal))
      note(await this.#guarded(`orders:${orders.config.name}`, turn, orders.account))
    }
    for (const items of this.items) {
      await items.lookNow(this.signal)
      if (await this.runtime.isApproved(items.pipeline.account)) note(await this.#sendAll(items))
    }
    await this.reports.sendIfDue(true)
    await new StatusFile(this).write()
    await notifier.flush()
    return faults
  }

  /** Sends until nothing is due soon: an interval per item (Ozon: 30 s per pair) is not waited for. */
  async #sendAll(items: ItemsOut): Promise<Error | undefined> {
    while (!this.signal.aborted) {
      const due = items.pipeline.aspect.plan.nextDue()
      if (due === undefined || due > this.runtime.clock.now()) return undefined
      const sent = await items.sendOnce(this.signal)
      if (sent === undefined || sent instanceof Error) return sent
    }
    return undefined
  }

  /** Stops everything and releases the state folder. Idempotent; waits for what runs, at most a while. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#abort.abort(new DOMException('the service stops', 'AbortError'))
    const ended = new AbortController()
    const patience = this.runtime.clock.sleep(SHUTDOWN, ended.signal).catch(() => {})
    await Promise.race([Promise.allSettled(this.#loops), patience])
    ended.abort()
    await this.runtime.close()
    await this.#owner.release()
    await this.#release()
  }
}
