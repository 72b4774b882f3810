import { randomUUID } from 'node:crypto'
import type { PipelineConfig } from '../config/model.ts'
import type { UsedName } from '../core/expression.ts'
import type { Reason } from '../core/item.ts'
import type { Account } from './account.ts'
import type { AspectRuntime } from './aspect.ts'
import { LANES, type ItemEnvelope, type ItemLabel, type ValueChange } from './flows.ts'
import type { AccountView } from './item-context.ts'
import {
  countByCode,
  groupByCode,
  unknownReason,
  type LookHold,
  type LookPreview,
  type LookSummary,
  type SendSummary,
  type StageResult,
} from './look.ts'
import { unknownNames } from './names.ts'
import type { PlannedKey } from './plan.ts'
import type { Exchange, Services } from './services.ts'
import { runChain, type RunContext, type Stage } from './stage.ts'

/** Gives the items of an account: all of them, or only those named. Selection is applied, nothing vanishes. */
export type ItemSource = (
  itemIds: ReadonlySet<string> | undefined,
  account: Account,
  view: AccountView,
  ctx: RunContext,
) => AsyncIterable<readonly ItemEnvelope[]>

/**
 * One pipeline from the catalogue to an aspect of an account. A look runs the chain over items and puts keys into the
 * plan; a send runs the same chain over the items of a few keys, so that values are computed when they are sent.
 */
export class ItemPipeline {
  readonly config: PipelineConfig
  readonly account: Account
  readonly aspect: AspectRuntime
  readonly exchange: Exchange
  readonly #stages: readonly Stage[]
  readonly #source: ItemSource
  readonly #services: Services
  /** What its expressions and those of its account name. */
  readonly names: readonly UsedName[]
  lastLook: LookSummary | undefined

  constructor(
    config: PipelineConfig,
    parts: {
      readonly account: Account
      readonly aspect: AspectRuntime
      readonly exchange: Exchange
      readonly stages: readonly Stage[]
      readonly source: ItemSource
      readonly services: Services
    },
  ) {
    this.config = config
    this.account = parts.account
    this.aspect = parts.aspect
    this.exchange = parts.exchange
    this.#stages = parts.stages
    this.#source = parts.source
    this.#services = parts.services
    this.names = [...parts.account.names(), ...parts.stages.flatMap((stage) => stage.names ?? [])]
  }

  /**
   * Looks at all items, or at those that just changed. A name that 1C does not have holds the look: an expression
   * would take it for an empty value.
   */
  async look(itemIds: ReadonlySet<string> | undefined, signal: AbortSignal): Promise<LookSummary> {
    const { clock } = this.#services
    const at = clock.now()
    const complete = itemIds === undefined
    const ready = await this.#ready()
    if ('hold' in ready) {
      this.aspect.plan.blocked = ready.hold.reason
      const summary = {
        at,
        tookMs: 0,
        complete,
        held: ready.hold,
        planned: 0,
        heldByCode: new Map(),
        rejectedByCode: new Map(),
        items: 0,
      }
      this.lastLook = summary
      return summary
    }
    this.aspect.plan.blocked = undefined
    const planned = this.aspect.plan.contents()
    const ledgerItems = complete ? await this.aspect.countLedger(at) : undefined

    const seen = new Set<string>()
    const rejected = new Map<string, { label: ItemLabel; reason: Reason }>()
    const ctx = this.#context('look', complete, signal, rejected, seen)
    const results = await runChain<StageResult>(this.#noted(itemIds, ready.view, ctx, seen), this.#stages, ctx)
    await this.aspect.replaceRejections(rejected, complete ? 'all' : seen, clock.now())
    // What no longer differs needs no sender to find out.
    if (complete) this.aspect.plan.forgetOthers(planned, new Set(results.map(({ key }) => key)))
    if (ledgerItems !== undefined) this.aspect.orphans = orphansAmong(ledgerItems, seen)

    const summary: LookSummary = {
      at,
      tookMs: clock.now() - at,
      complete,
      planned: results.filter((result) => result.state === 'planned').length,
      heldByCode: groupByCode(results.filter((result) => result.state === 'held')),
      rejectedByCode: countByCode(rejected),
      items: seen.size,
    }
    this.lastLook = summary
    return summary
  }

  /**
   * A look without its last stage, which is the one that commits: what it would plan and hold. Writes nothing. It counts
   * for the share guards as a look does, so it is for a pipeline that nobody sends from.
   */
  async preview(signal: AbortSignal): Promise<LookPreview | { readonly hold: LookHold }> {
    const ready = await this.#ready()
    if ('hold' in ready) return ready
    const ledgerItems = await this.aspect.countLedger(this.#services.clock.now())
    const seen = new Set<string>()
    const rejected = new Map<string, { label: ItemLabel; reason: Reason }>()
    const ctx = this.#context('look', true, signal, rejected, seen)
    const pure = this.#stages.slice(0, -1)
    const absent = new Map<string, 'deleted' | 'unselected'>()
    const source = notedAbsent(this.#noted(undefined, ready.view, ctx, seen), absent)
    const changes = await runChain<ValueChange>(source, pure, ctx)
    return {
      changes: changes.toSorted((a, b) => LANES.indexOf(a.lane) - LANES.indexOf(b.lane)),
      rejected,
      absent,
      items: seen.size,
      orphans: orphansAmong(ledgerItems, seen),
    }
  }

  /**
   * Sends one batch of keys that are due. Undefined when there is nothing to do now.
   * @throws ObmenError of the writer, after what is known has been written down
   */
  async sendBatch(signal: AbortSignal): Promise<SendSummary | undefined> {
    const { plan, writer } = this.aspect
    return plan.exclusive(async () => {
      if (plan.blocked !== undefined) return undefined
      const keys = plan.take(writer.maxBatch, this.#services.clock.now())
      if (keys.length === 0) return undefined
      try {
        return await this.#send(keys, signal)
      } catch (error) {
        // What failed before anything was noted of it must not wait for the next look.
        plan.put(keys.filter(({ key }) => !plan.has(key)))
        throw error
      }
    })
  }

  async #send(keys: readonly PlannedKey[], signal: AbortSignal): Promise<SendSummary | undefined> {
    const { plan } = this.aspect
    const ready = await this.#ready()
    if ('hold' in ready) {
      plan.put(keys)
      plan.blocked = ready.hold.reason
      return undefined
    }
    const results = await this.#compute(keys, ready.view, signal)
    // What was read from the marketplace first is compared with it at once; it is not read again.
    const read = new Set(results.filter(({ state }) => state === 'read').map(({ key }) => key))
    const again = keys.filter(({ key }) => read.has(key))
    if (again.length > 0) results.push(...(await this.#compute(again, ready.view, signal)))
    const states = new Map<string, number>()
    for (const { state } of results) if (state !== 'read') states.set(state, (states.get(state) ?? 0) + 1)
    return { taken: keys.length, states, heldByCode: groupByCode(results.filter((r) => r.state === 'held')) }
  }

  /** Runs the chain for these keys, to the marketplace. */
  async #compute(keys: readonly PlannedKey[], view: AccountView, signal: AbortSignal): Promise<StageResult[]> {
    const rejected = new Map<string, { label: ItemLabel; reason: Reason }>()
    const taken = new Set(keys.map((key) => key.key))
    const seen = new Set<string>()
    const ctx = { ...this.#context('send', false, signal, rejected, seen), keys: taken }
    const items = new Set(keys.map((key) => key.itemId))
    const results = await runChain<StageResult>(this.#noted(items, view, ctx, seen), this.#stages, ctx)
    if (rejected.size > 0) await this.aspect.replaceRejections(rejected, seen, this.#services.clock.now())
    return [...results]
  }

  /** What must hold before values may be computed: every name known, every warehouse resolved. */
  async #ready(): Promise<{ readonly view: AccountView } | { readonly hold: LookHold }> {
    const dictionary = await this.exchange.catalogue.dictionary()
    const unknown = unknownNames(this.names, dictionary)
    if (unknown.length > 0) {
      const waitingFor1c = unknown.every((each) => each.nothingOfKind)
      return { hold: { reason: unknownReason(unknown, waitingFor1c), unknown, waitingFor1c } }
    }
    const view = await this.account.view(this.aspect.aspect === 'stocks')
    return 'code' in view ? { hold: { reason: view, unknown: [], waitingFor1c: false } } : { view }
  }

  #context(
    purpose: 'look' | 'send',
    complete: boolean,
    signal: AbortSignal,
    rejected: Map<string, { label: ItemLabel; reason: Reason }>,
    seen: Set<string>,
  ): RunContext {
    return {
      runId: randomUUID(),
      purpose,
      complete,
      clock: this.#services.clock,
      signal,
      log: this.#services.log,
      reject: (itemId, label, reason) => {
        // The source may reject: a rejected item was seen, it is neither absent nor an orphan.
        seen.add(itemId)
        rejected.set(itemId, { label, reason })
      },
    }
  }

  async *#noted(
    itemIds: ReadonlySet<string> | undefined,
    view: AccountView,
    ctx: RunContext,
    seen: Set<string>,
  ): AsyncIterable<readonly ItemEnvelope[]> {
    for await (const batch of this.#source(itemIds, this.account, view, ctx)) {
      for (const item of batch) seen.add(item.id)
      yield batch
    }
  }
}

async function* notedAbsent(
  source: AsyncIterable<readonly ItemEnvelope[]>,
  absent: Map<string, 'deleted' | 'unselected'>,
): AsyncIterable<readonly ItemEnvelope[]> {
  for await (const batch of source) {
    for (const item of batch) if ('absent' in item) absent.set(item.id, item.absent)
    yield batch
  }
}

function orphansAmong(ledgerItems: ReadonlySet<string>, seen: ReadonlySet<string>): number {
  return [...ledgerItems].filter((id) => !seen.has(id)).length
}
