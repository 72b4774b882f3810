import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'
import type { UsedName } from '../core/expression.ts'
import type { Reason } from '../core/item.ts'
import type { StageSchema } from '../config/stage-schema.ts'
import type { PipelineConfig, StageUse } from '../config/model.ts'
import type { ItemLabel } from './flows.ts'
import type { Services } from './services.ts'

/**
 * Why a chain of stages runs: `look` finds what differs, `send` works off keys of the plan, `ingest` and `orders` take
 * what came, `check` reads a file to its end as `ingest` would and changes nothing.
 */
export type Purpose = 'look' | 'send' | 'ingest' | 'check' | 'orders'

/** What every stage of one run shares. */
export interface RunContext {
  readonly runId: string
  readonly purpose: Purpose
  /** True when the run covers every item, so that what it does not see is known not to be there. */
  readonly complete: boolean
  /** With `send`: the ledger keys taken from the plan; nothing else is sent. */
  readonly keys?: ReadonlySet<string>
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: Log
  /** The item leaves the run with this reason; a rejected item is not an absent one. */
  reject(itemId: string, label: ItemLabel, reason: Reason): void
}

/** A stage at work: pulls batches, the slowest sets the pace. It never yields an empty batch. */
export interface Stage {
  /** Names of 1C that its expressions use; compared with the dictionary before every run. */
  readonly names?: readonly UsedName[]
  run(input: AsyncIterable<readonly unknown[]>, ctx: RunContext): AsyncIterable<readonly unknown[]>
}

/** A stage as the registry knows it: its declaration and how it is made for one place in one pipeline. */
export interface StageDefinition extends StageSchema {
  create(use: StageUse, pipeline: PipelineConfig, services: Services): Stage
}

/** Types one stage's `run`; item types are erased only here, the configuration has checked that neighbours fit. */
export function stage<I, O>(
  run: (input: AsyncIterable<readonly I[]>, ctx: RunContext) => AsyncIterable<readonly O[]>,
): Stage {
  return { run: run as Stage['run'] }
}

/** What {@link perBatch} does with each batch. */
export type BatchWork<I, O> = (batch: readonly I[], ctx: RunContext) => Promise<readonly O[]> | readonly O[]

/** The common case: each batch becomes a batch; empty ones are left out. */
export function perBatch<I, O>(work: BatchWork<I, O>): Stage {
  return stage<I, O>(async function* (input, ctx) {
    for await (const batch of input) {
      ctx.signal.throwIfAborted()
      const out = await work(batch, ctx)
      if (out.length > 0) yield out
    }
  })
}

/** Runs a source through stages to the end and returns what the last one gave. */
export async function runChain<O>(
  source: AsyncIterable<readonly unknown[]>,
  stages: readonly Stage[],
  ctx: RunContext,
): Promise<readonly O[]> {
  let flow = source
  for (const each of stages) flow = each.run(flow, ctx)
  const out: O[] = []
  // One by one: a guard gives everything in one batch, and a call takes only so many arguments.
  for await (const batch of flow) for (const each of batch) out.push(each as O)
  return out
}
