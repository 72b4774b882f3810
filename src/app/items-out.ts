import { isAbort, ObmenError } from '../core/errors.ts'
import type { ItemPipeline } from '../pipeline/item-pipeline.ts'
import type { LookSummary, SendSummary } from '../pipeline/look.ts'
import * as notices from '../views/notices.ts'
import * as serviceNotices from '../views/service-notices.ts'
import { isAuthorizedAgain, isSwitchedOff, isUnauthorized, tellAuthorized, tellRefusal } from './refusals.ts'
import type { Runtime } from './runtime.ts'
import { isOfStore } from './store-watch.ts'

/** Exports look when an exchange has been quiet for so long, at the latest so long after the first hint (design §6). */
const QUIET = 5_000
const LONGEST_QUIET = 60_000
/** Waiting for 1C's first export is normal for so long; then a person hears of it. */
const PATIENCE = 600_000
/** A transient fault that lasts so long is told. */
const LASTING = 600_000
/** A failure that does not pass by itself is tried again after so long: a full disk is emptied without a restart. */
const STOPPED_AGAIN = 600_000
/** How often a sender that may not send asks again. */
const IDLE = 1_000

/** Looks and sends of one pipeline towards a marketplace, with what people must hear of them. */
export class ItemsOut {
  readonly pipeline: ItemPipeline
  readonly #runtime: Runtime
  readonly #hinted = new Set<string>()
  #all = true
  #firstHint: number | undefined
  #lastHint: number | undefined
  #urgent = false
  #looking = false
  #wake: (() => void) | undefined
  #heldSince: number | undefined
  #failing: { since: number; failures: number; code: string } | undefined
  /** Why this pipeline does not send any more until somebody acts. */
  stopped: ObmenError | undefined
  #stoppedUntil = 0
  #hasSent = false
  /** Since when keys have been waiting without a pause. */
  #busySince: number | undefined
  /** When the first file was seen that the next look is about. */
  #firstSeen: number | undefined
  /** The last change of 1C: when its first file was seen in the inbox, and when what follows from it was planned. */
  lastChange: { readonly seenAt: number; readonly plannedAt: number } | undefined

  constructor(pipeline: ItemPipeline, runtime: Runtime) {
    this.pipeline = pipeline
    this.#runtime = runtime
  }

  /** Everything that is known was looked at, and what it asked for was sent: a report made now is whole. */
  get idle(): boolean {
    return !this.#all && !this.#looking && this.#firstHint === undefined && this.pipeline.aspect.plan.idle
  }

  /** These items just changed: look at them soon. `seenAt`: when the file that says so was seen. */
  hint(itemIds: readonly string[], seenAt?: number): void {
    if (itemIds.length === 0) return
    for (const id of itemIds) this.#hinted.add(id)
    this.#noteHint(seenAt)
  }

  /** Every item must be looked at again: names, warehouses or rules changed. `seenAt` as in {@link hint}. */
  hintAll(seenAt?: number): void {
    this.#all = true
    this.#noteHint(seenAt)
  }

  /** Since when keys have been waiting without a pause; undefined while nothing waits. */
  get waitingSince(): number | undefined {
    return this.#busySince
  }

  /** A person decided something: look at every item now. */
  lookSoon(): void {
    this.#all = true
    this.#urgent = true
    this.#wake?.()
  }

  #noteHint(seenAt: number | undefined): void {
    const now = this.#runtime.clock.now()
    if (seenAt !== undefined) this.#firstSeen ??= seenAt
    this.#firstHint ??= now
    this.#lastHint = now
    this.#wake?.()
  }

  /** Looks until `resting` aborts: at the start, after hints, every `look`. */
  async lookForever(resting: AbortSignal, signal: AbortSignal): Promise<void> {
    const { clock } = this.#runtime
    let next = clock.now()
    while (!resting.aborted) {
      const due = this.#urgent ? clock.now() : Math.min(next, this.#hintDue())
      if (due > clock.now()) {
        await this.#sleepOrWake(due - clock.now(), resting)
        continue
      }
      if (clock.now() >= next) this.#all = true
      await this.lookNow(signal)
      if (this.pipeline.config.from.kind === 'catalogue' && this.pipeline.lastLook?.complete === true) {
        next = clock.now() + this.pipeline.config.from.look
      }
    }
  }

  /** One look at what is wanted now: everything, or what was hinted. */
  async lookNow(signal: AbortSignal): Promise<LookSummary> {
    const wasHeld = this.pipeline.lastLook?.held !== undefined
    const items = this.#all || wasHeld ? undefined : new Set(this.#hinted)
    this.#hinted.clear()
    this.#all = false
    this.#urgent = false
    this.#firstHint = undefined
    this.#lastHint = undefined
    const seenAt = this.#firstSeen
    this.#firstSeen = undefined
    this.#looking = true
    try {
      await this.#runtime.readDecisions()
      const summary = await this.pipeline.look(items, signal)
      if (seenAt !== undefined) this.lastChange = { seenAt, plannedAt: this.#runtime.clock.now() }
      await this.#tellLook(summary)
      return summary
    } catch (error) {
      // The look may have seen a part only.
      this.#all = true
      throw error
    } finally {
      this.#looking = false
    }
  }

  #hintDue(): number {
    if (this.#firstHint === undefined || this.#lastHint === undefined) return Number.POSITIVE_INFINITY
    return Math.min(this.#lastHint + QUIET, this.#firstHint + LONGEST_QUIET)
  }

  async #sleepOrWake(ms: number, resting: AbortSignal): Promise<void> {
    const timer = new AbortController()
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    try {
      await Promise.race([this.#runtime.clock.sleep(ms, AbortSignal.any([resting, timer.signal])), woken])
    } finally {
      this.#wake = undefined
      timer.abort(new DOMException('woken', 'AbortError'))
    }
  }

  /** Works the plan off until `resting` aborts. A failure of the marketplace never ends it. */
  async sendForever(resting: AbortSignal, signal: AbortSignal): Promise<void> {
    const { clock } = this.#runtime
    const { account, aspect } = this.pipeline
    while (!resting.aborted) {
      const stands = this.stopped !== undefined && clock.now() < this.#stoppedUntil
      if (!stands && !(await this.#runtime.isApproved(account))) {
        const fault = await this.observeOnce(signal)
        if (fault !== undefined) await this.#waitAfter(fault, resting, signal)
        await clock.sleep(IDLE, resting)
        continue
      }
      if (stands || aspect.plan.blocked !== undefined) {
        await clock.sleep(IDLE, resting)
        continue
      }
      await aspect.plan.waitForWork(clock, IDLE * 5, resting)
      await this.#watchFreshness()
      if (resting.aborted) return
      const sent = await this.sendOnce(signal)
      if (sent instanceof ObmenError) await this.#waitAfter(sent, resting, signal)
    }
  }

  /** Sends one batch; undefined when there was nothing to send now. A failure of the marketplace was told already. */
  async sendOnce(signal: AbortSignal): Promise<SendSummary | ObmenError | undefined> {
    try {
      await this.#readBack(signal)
      const summary = await this.pipeline.sendBatch(signal)
      if (summary !== undefined) await this.#tellSend(summary)
      return summary
    } catch (error) {
      if (signal.aborted || isAbort(error)) throw error
      const fault = asFault(error)
      await this.#tellFailure(fault, signal)
      return fault
    }
  }

  /** As {@link sendOnce} for an account that only observes: what its cards hold is read, so that its plan is true. */
  async observeOnce(signal: AbortSignal): Promise<ObmenError | undefined> {
    try {
      await this.#readBack(signal)
      await this.#tellConnected()
      return undefined
    } catch (error) {
      if (signal.aborted || isAbort(error)) throw error
      const fault = asFault(error)
      await this.#tellFailure(fault, signal)
      return fault
    }
  }

  /** Reads what the marketplace held before us, where nobody knows it; nothing is sent before. */
  async #readBack(signal: AbortSignal): Promise<void> {
    const { account, aspect } = this.pipeline
    // Nothing is sent before the warehouses are known, and a card without stock in one of them shows no row for it.
    if (aspect.aspect === 'stocks' && account.warehouses === undefined) return
    const read = await aspect.readBack?.all(account.readBackRun(signal), aspect.plan)
    if (read === undefined || read.length === 0) return
    this.#runtime.log.info(
      { account: account.name, aspect: aspect.aspect, items: read.length },
      'ledger filled by reading',
    )
    this.lookSoon()
  }

  async #tellLook(summary: LookSummary): Promise<void> {
    const { log, notifier, clock } = this.#runtime
    const { name } = this.pipeline.config
    const { planned, items, tookMs, complete, held } = summary
    const rejected = Object.fromEntries(summary.rejectedByCode)
    log.info({ pipeline: name, items, planned, rejected, complete, ms: tookMs, held: held?.reason.code }, 'look')
    const cause = notices.lookHeldByNames({ pipeline: name, names: [] }).cause
    if (held === undefined) {
      this.#heldSince = undefined
      await notifier.resolve(cause, 'Все названия найдены, отправка продолжается.')
      await this.#tellHeld(summary.heldByCode, complete)
      return
    }
    this.#heldSince ??= clock.now()
    if (held.waitingFor1c && clock.now() - this.#heldSince < PATIENCE) return
    if (held.unknown.length > 0) {
      const names = held.unknown.map(({ used, suggestion, deleted }) => ({
        kind: KINDS[used.kind] ?? used.kind,
        name: used.name,
        place: used.place,
        ...(suggestion === undefined ? {} : { meant: suggestion }),
        ...(deleted === undefined ? {} : { deleted }),
      }))
      await notifier.raise(notices.lookHeldByNames({ pipeline: name, names }))
    } else if (held.reason.code !== 'account.warehouses_unread') {
      await notifier.raise(
        serviceNotices.lookHeldByAccount({ pipeline: name, account: this.pipeline.account.name, reason: held.reason }),
      )
    }
  }

  async #tellSend(summary: SendSummary): Promise<void> {
    const { log } = this.#runtime
    const { name } = this.pipeline.config
    log.info({ pipeline: name, taken: summary.taken, ...Object.fromEntries(summary.states) }, 'batch sent')
    if (summary.states.has('accepted') || summary.states.has('rejected')) await this.#tellGoing()
    await this.#tellHeld(summary.heldByCode, false)
    await this.#tellConnected()
  }

  /** The marketplace answered: what failed before is over. */
  async #tellConnected(): Promise<void> {
    if (this.#failing === undefined) return
    const { notifier } = this.#runtime
    await notifier.resolve(`transient:${this.pipeline.config.name}:${this.#failing.code}`, 'Связь восстановилась.')
    this.#failing = undefined
  }

  /** What guards hold. One mail per rule while it lasts. */
  async #tellHeld(heldByCode: SendSummary['heldByCode'], complete: boolean): Promise<void> {
    const { notifier } = this.#runtime
    const { account, config } = this.pipeline
    for (const [code, results] of heldByCode) {
      const [first] = results
      if (first?.reason === undefined || code === 'guard.dropped') continue
      const examples = results.map(({ label }) => [label.article, label.name].filter((text) => text !== '').join(' '))
      const shown = {
        pipeline: config.name,
        account: account.name,
        reason: first.reason,
        examples,
        count: results.length,
      }
      await notifier.raise(notices.lookHeldByGuard(shown))
    }
    if (!complete) return
    for (const code of ['guard.max_zeroed', 'guard.max_change', 'guard.hold_share', 'stale.hold']) {
      if (!heldByCode.has(code)) await notifier.resolve(`look.${code}:${config.name}`, 'Больше ничего не задержано.')
    }
  }

  async #tellFailure(fault: ObmenError, signal: AbortSignal): Promise<void> {
    const { log, notifier, clock } = this.#runtime
    const { account, config } = this.pipeline
    log.warn({ pipeline: config.name, account: account.name, code: fault.code, err: fault }, 'sending failed')
    if (isOfStore(fault)) return
    // What stands still for a reason that people know is not late as well.
    if (fault.kind !== 'transient') this.#busySince = undefined
    if (await tellRefusal(account, fault, this.#runtime, signal)) {
      if (isSwitchedOff(fault)) this.#stop(fault)
      return
    }
    if (fault.kind !== 'transient') {
      this.#stop(fault)
      await notifier.raise(
        serviceNotices.pipelineStopped({ pipeline: config.name, code: fault.code, message: fault.message }),
      )
      return
    }
    this.#failing = {
      since: this.#failing?.since ?? clock.now(),
      failures: (this.#failing?.failures ?? 0) + 1,
      // One outage has many faces (no connection, then an open breaker): the first one names it.
      code: this.#failing?.code ?? fault.code,
    }
    const { since, failures, code } = this.#failing
    if (clock.now() - since > LASTING) {
      const { timezone } = account.parts.exchange
      const { message, remedy } = fault
      const lasting = { name: config.name, since, failures, code, message, timezone }
      await notifier.raise(notices.transientLasts({ ...lasting, ...(remedy === undefined ? {} : { remedy }) }))
    }
  }

  #stop(fault: ObmenError): void {
    this.stopped = fault
    this.#stoppedUntil = this.#runtime.clock.now() + STOPPED_AGAIN
  }

  /** The marketplace takes values: what stopped this pipeline, also before a restart, is over. */
  async #tellGoing(): Promise<void> {
    if (this.#hasSent && this.stopped === undefined) return
    this.#hasSent = true
    this.stopped = undefined
    const { cause } = serviceNotices.pipelineStopped({ pipeline: this.pipeline.config.name, code: '', message: '' })
    await this.#runtime.notifier.resolve(cause, 'Отправка снова работает.')
  }

  /** Lets a failed marketplace rest. A key that was refused stands still until it is accepted again. */
  async #waitAfter(fault: ObmenError, resting: AbortSignal, signal: AbortSignal): Promise<void> {
    const { clock } = this.#runtime
    const { account } = this.pipeline
    if (isUnauthorized(fault)) {
      // Tried once a minute; the account stands still meanwhile.
      do await clock.sleep(60_000, resting)
      while (!(await isAuthorizedAgain(account, fault, signal)))
      await tellAuthorized(account, this.#runtime)
    } else if (fault.kind === 'transient' || isOfStore(fault)) {
      // The keys carry their own due times; this only keeps a plan full of other keys from hammering a dead service.
      const failures = this.#failing?.failures ?? 0
      await clock.sleep(Math.min(30_000, fault.retryAfterMs ?? IDLE * 2 ** Math.min(failures, 5)), resting)
    }
  }

  /** The promise `fresh`: nothing waits longer than that unnoticed. */
  async #watchFreshness(): Promise<void> {
    const { clock, notifier } = this.#runtime
    const { config, aspect } = this.pipeline
    if (config.fresh === undefined) return
    const due = aspect.plan.nextDue()
    const waiting = due !== undefined && due <= clock.now()
    const cause = `fresh:${config.name}`
    if (!waiting) {
      if (this.#busySince !== undefined) await notifier.resolve(cause, 'Всё отправлено.')
      this.#busySince = undefined
      return
    }
    this.#busySince ??= clock.now()
    if (clock.now() - this.#busySince > config.fresh) {
      await notifier.raise(
        serviceNotices.promiseBroken({ pipeline: config.name, waiting: aspect.plan.size, promise: config.fresh }),
      )
    }
  }
}

/** Kinds of names in the words of a mail. */
const KINDS: Readonly<Record<string, string>> = {
  priceType: 'вид цен',
  warehouse: 'склад',
  property: 'свойство',
  requisite: 'реквизит',
  group: 'группа',
  catalogue: 'каталог',
  characteristic: 'характеристика',
}

function asFault(error: unknown): ObmenError {
  if (error instanceof ObmenError) return error
  return new ObmenError('fatal', 'engine.bug', `sending: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  })
}
