import { splitOfferId } from '../core/catalogue.ts'
import type { ObmenError } from '../core/errors.ts'
import type { Account } from '../pipeline/account.ts'
import type { OddEntry } from '../sources/files/candidates.ts'
import type { ReadyFile } from '../sources/files/settle.ts'
import { watchInboxes, scanOnce } from '../sources/files/watch.ts'
import type { Stored } from '../stages/store/index.ts'
import type { InboxOwner } from '../state/inbox-owner.ts'
import { PublishedPictures } from '../state/pictures.ts'
import * as serviceNotices from '../views/service-notices.ts'
import type { ConfigVersions } from '../views/status.ts'
import { takeMatches } from './adopt.ts'
import { checkAccount } from './accounts.ts'
import { DecisionWatch, type DecisionKind } from './decisions.ts'
import { Intake, leftClaims } from './intake.ts'
import { ItemsOut } from './items-out.ts'
import { Loops } from './loops.ts'
import { OrdersOut } from './orders-out.ts'
import { Pictures } from './pictures.ts'
import { prune, PRUNE_EVERY } from './prune.ts'
import { recoverCatalogue } from './recover-catalogue.ts'
import { tellAuthorized } from './refusals.ts'
import { Reports } from './reports.ts'
import type { Runtime } from './runtime.ts'
import { SetKeeper } from './set-keeper.ts'
import { StatusFile } from './status-file.ts'
import { watchTableKeys } from './table-keys.ts'
import { TableTurns } from './table-turns.ts'
import { watchSilence } from './watchdogs.ts'

/** How often an account is asked whether its key works. Clock milliseconds. */
const CHECK_EVERY = 3_600_000

/**
 * One configuration at work: everything wired, loops not yet started. A change of the configuration halts one and starts
 * another; what lasts longer is in its runtime.
 */
export class Deployment {
  readonly runtime: Runtime
  readonly items: readonly ItemsOut[]
  readonly orders: readonly OrdersOut[]
  readonly intakes: readonly Intake[]
  readonly pictures: readonly Pictures[]
  readonly reports: Reports
  readonly loops: Loops
  readonly versions: () => ConfigVersions
  readonly #owner: InboxOwner

  /** `versions`: which configuration this is, for `status`. */
  constructor(runtime: Runtime, owner: InboxOwner, versions: () => ConfigVersions) {
    this.runtime = runtime
    this.versions = versions
    this.#owner = owner
    const { clock, log, notifier } = runtime
    this.loops = new Loops({ clock, log, notifier: () => notifier })
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
      onStored: (
        exchange: string,
        { items, dictionaryChanged }: Pick<Stored, 'items' | 'dictionaryChanged'>,
        seenAt: number,
      ) => {
        if (dictionaryChanged || items === 'all') this.#itemsOf(exchange).forEach((each) => each.hintAll(seenAt))
        const pictures = this.pictures.find((each) => each.exchange === exchange)
        if (items === 'all') {
          pictures?.hintAll()
          return
        }
        this.hint(exchange, items, seenAt)
        pictures?.hint(new Set(items.map((item) => splitOfferId(item).productId)))
      },
      onUnpacked: async (exchange: string, folder: string, archive: string, signal: AbortSignal) => {
        await this.pictures.find((each) => each.exchange === exchange)?.takeUnpacked(folder, archive, signal)
      },
      onGone: (exchange: string, items: readonly string[]) => this.hint(exchange, items),
      onRun: async (exchange: string) => {
        const [writer] = this.orders.filter((each) => each.exchange.config.name === exchange)
        await writer?.rewrite(this.loops.signal)
      },
    }
    this.intakes = runtime.filePipelines.flatMap((pipeline) => {
      const exchange = runtime.exchanges.get(pipeline.config.to.catalogue ?? '')
      return exchange === undefined ? [] : [new Intake(exchange, pipeline, runtime, events)]
    })
    this.reports = new Reports(runtime)
  }

  /** Items of an exchange changed. `seenAt`: when the file that says so was seen. */
  hint(exchange: string, itemIds: readonly string[], seenAt?: number): void {
    for (const items of this.#itemsOf(exchange)) items.hint(itemIds, seenAt)
  }

  #itemsOf(exchange: string): ItemsOut[] {
    return this.items.filter((each) => each.pipeline.exchange.config.name === exchange)
  }

  /** Makes good what came before: a process that died, or a configuration whose work was aborted. */
  async recover(why: 'died' | 'aborted'): Promise<void> {
    const { signal } = this.loops
    const { exchanges, lasting } = this.runtime
    for (const [name, exchange] of exchanges) {
      await lasting.use(`recovered ${name}`, () => recoverCatalogue(exchange, this.runtime))
    }
    for (const { parts } of this.runtime.accounts.values()) {
      for (const { readBack } of parts.aspects.values()) await readBack?.forgetLost()
    }
    await this.#adopt()
    const left = await leftClaims(this.runtime, why)
    for (const intake of this.intakes) await intake.recover(left, signal)
    // The order file always exists: 1C calls a missing one a failed run.
    for (const orders of this.orders) await this.loops.guarded(orders.config.name, () => orders.rewrite(signal))
  }

  /** Starts every loop. Returns at once. */
  start(): void {
    const { loops } = this
    const { notifier, exchanges, accounts } = this.runtime
    const { resting, signal } = loops
    notifier.start()
    for (const intake of this.intakes)
      loops.start(`files:${intake.exchange.config.name}`, () => this.#takeFiles(intake))
    for (const { exchange, sets } of this.intakes) {
      loops.start(`sets:${exchange.config.name}`, async () => {
        await sets.look()
        await loops.pause(SetKeeper.every)
      })
    }
    for (const account of accounts.values()) {
      const check = async (): Promise<void> => {
        const moved = await this.#check(account)
        if (moved) this.items.filter((each) => each.pipeline.account === account).forEach((each) => each.hintAll())
        await loops.pause(CHECK_EVERY)
      }
      loops.start(`check:${account.name}`, check, account)
    }
    for (const items of this.items) {
      loops.start(`look:${items.pipeline.config.name}`, () => items.lookForever(resting, signal))
      loops.start(`send:${items.pipeline.config.name}`, () => items.sendForever(resting, signal))
    }
    for (const orders of this.orders) {
      const every = orders.config.from.kind === 'postings' ? orders.config.from.every : CHECK_EVERY
      const read = async (): Promise<void> => {
        if (await this.runtime.isApproved(orders.account)) {
          await orders.read(this.loops.signal)
          await tellAuthorized(orders.account, this.runtime)
        }
        await loops.pause(every)
      }
      loops.start(`orders:${orders.config.name}`, read, orders.account)
    }
    for (const exchange of exchanges.values()) {
      loops.start(`silence:${exchange.config.name}`, () => watchSilence(exchange, this.runtime, resting))
    }
    for (const exchange of exchanges.values()) {
      const { name, timezone } = exchange.config
      const turns = new TableTurns(this.runtime.tables, timezone, this.runtime.clock)
      loops.start(`table turns:${name}`, async () => {
        if (turns.turned()) this.#itemsOf(name).forEach((items) => items.lookSoon())
        await loops.pause(TableTurns.every)
      })
      loops.start(`table keys:${name}`, async () => loops.pause(await watchTableKeys(exchange, this.runtime)))
    }
    for (const pictures of this.pictures) {
      loops.start(`pictures:${pictures.exchange}`, () => pictures.turn(resting, signal))
    }
    const decisions = new DecisionWatch(this.runtime.config.folders.state)
    loops.start('decisions', async () => {
      await this.#follow(decisions.changed())
      await this.#adopt()
      await loops.pause(DecisionWatch.every)
    })
    loops.start('prune', async () => {
      await prune(this.runtime)
      await loops.pause(PRUNE_EVERY)
    })
    loops.start('reports', async () => {
      await this.reports.sendIfDue(this.items.every((each) => each.idle))
      await loops.pause(this.reports.lookEvery)
    })
    const status = new StatusFile(this)
    loops.start('status', async () => {
      await status.write()
      await loops.pause(StatusFile.every)
    })
  }

  async #check(account: Account): Promise<boolean> {
    const moved = await checkAccount(account, this.runtime, this.loops.signal)
    await tellAuthorized(account, this.runtime)
    return moved
  }

  /** Acts on what people decided on the command line, without waiting for the next look. */
  async #follow(decided: ReadonlySet<DecisionKind>): Promise<void> {
    if (decided.has('removals')) for (const { sets } of this.intakes) await sets.decide()
    if (decided.has('approvals') || decided.has('held')) for (const items of this.items) items.lookSoon()
    for (const orders of this.orders) {
      if (decided.has('approvals') && (await this.runtime.isApproved(orders.account)))
        await orders.read(this.loops.signal)
      else if (decided.has('orders')) await orders.rewrite(this.loops.signal)
    }
  }

  /** Takes the cards that people matched with items; what they hold is read, then compared. */
  async #adopt(): Promise<void> {
    for (const account of this.runtime.accounts.values()) {
      if (!(await takeMatches(account, this.runtime))) continue
      this.items.filter((each) => each.pipeline.account === account).forEach((each) => each.lookSoon())
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
    // A file that is being taken is taken to its end: only the waiting ends.
    const signal = this.loops.resting
    const watched = watchInboxes({ exchange: config, clock, signal, onTrouble, onOdd, ...intake.scanned })
    for await (const ready of watched) await this.#take(intake, ready)
  }

  /** Takes a file unless another project took its inbox over, while this process slept for long. */
  async #take(intake: Intake, ready: ReadyFile): Promise<Error | undefined> {
    const holder = await this.#owner.holderOf(ready.inbox)
    const notice = serviceNotices.inboxOwned({ inbox: ready.inbox, holder: holder ?? { pid: 0, host: '', state: '' } })
    const { notifier } = this.runtime
    if (holder === undefined) {
      await notifier.resolve(notice.cause, 'Папка снова принадлежит этому Obmen.')
      return intake.take(ready, this.loops.signal)
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
      const ready = await scanOnce({ exchange: config, clock, signal: this.loops.signal, onOdd, ...intake.scanned })
      for (const file of ready) note(await this.#take(intake, file))
      note(await this.loops.guarded(`sets:${config.name}`, () => intake.sets.look()))
    }
    for (const pictures of this.pictures) {
      note(await this.loops.guarded(`pictures:${pictures.exchange}`, () => pictures.look(undefined, this.loops.signal)))
    }
    for (const account of accounts.values()) {
      note(await this.loops.guarded(`check:${account.name}`, () => this.#check(account), account))
    }
    for (const orders of this.orders) {
      const approved = await this.runtime.isApproved(orders.account)
      const turn = (): Promise<unknown> =>
        approved ? orders.read(this.loops.signal) : orders.rewrite(this.loops.signal)
      note(await this.loops.guarded(`orders:${orders.config.name}`, turn, orders.account))
    }
    for (const items of this.items) {
      note(await items.observeOnce(this.loops.signal))
      await items.lookNow(this.loops.signal)
      if (await this.runtime.isApproved(items.pipeline.account)) note(await this.#sendAll(items))
    }
    await this.reports.sendIfDue(true)
    await new StatusFile(this).write()
    await notifier.flush()
    return faults
  }

  /** Sends until nothing is due soon: an interval per item (Ozon: 30 s per pair) is not waited for. */
  async #sendAll(items: ItemsOut): Promise<Error | undefined> {
    while (!this.loops.signal.aborted) {
      const due = items.pipeline.aspect.plan.nextDue()
      if (due === undefined || due > this.runtime.clock.now()) return undefined
      const sent = await items.sendOnce(this.loops.signal)
      if (sent === undefined || sent instanceof Error) return sent
    }
    return undefined
  }
}
