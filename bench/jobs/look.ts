import { acceptEverything, pipelineOf } from './account.ts'
import { job, stopwatch, type Elapsed } from './job.ts'
import { openRuntime } from './project.ts'

/** Looks over everything that the catalogue of `root` holds. */
export interface LookInput {
  readonly root: string
  /**
   * `first`: nothing was ever sent, every value becomes a key of the plan; behind the measured look everything is sent
   * and accepted. `settled`: everything was accepted, as in the ten minutes before; the second of two looks counts.
   */
  readonly ledger: 'first' | 'settled'
}

/** What a look at one aspect took. */
export interface LookTimes {
  readonly took: Elapsed
  readonly items: number
  readonly planned: number
}

/** Both aspects. */
export type LookResult = Readonly<Record<'prices' | 'stocks', LookTimes>>

/** Values a batch while the ledger is filled: that is not what is measured. */
const FILL_BATCH = 10_000

await job(async ({ root, ledger }: LookInput): Promise<LookResult> => {
  const runtime = await openRuntime(root)
  await acceptEverything(runtime, () => {})
  const { signal } = new AbortController()
  const result = { prices: await times('prices'), stocks: await times('stocks') }
  await runtime.close()
  return result

  async function times(aspect: 'prices' | 'stocks'): Promise<LookTimes> {
    const pipeline = pipelineOf(runtime, aspect)
    if (ledger === 'settled') await pipeline.look(undefined, signal)
    const elapsed = stopwatch()
    const look = await pipeline.look(undefined, signal)
    const took = elapsed()
    if (look.held !== undefined) throw new Error(`the look is held: ${look.held.reason.message}`)
    Object.assign(pipeline.aspect.writer, { maxBatch: FILL_BATCH })
    while ((await pipeline.sendBatch(signal)) !== undefined);
    return { took, items: look.items, planned: look.planned }
  }
})
