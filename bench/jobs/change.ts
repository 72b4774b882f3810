import { acceptEverything, pipelineOf } from './account.ts'
import { job, stopwatch, type Elapsed } from './job.ts'
import { ingest, openRuntime, type JobFile } from './project.ts'

/** A set of which a share changed, on a store whose ledger holds what was accepted before. */
export interface ChangeInput {
  readonly root: string
  readonly files: readonly JobFile[]
}

/** From the first byte read to the first request, without the waits of the configuration. */
export interface ChangeResult {
  readonly ingest: Elapsed
  /** From the first byte of the set to the first request with prices. */
  readonly request: Elapsed
  readonly items: number
  readonly planned: number
}

await job(async ({ root, files }: ChangeInput): Promise<ChangeResult> => {
  const runtime = await openRuntime(root)
  let request: Elapsed | undefined
  let elapsed = stopwatch()
  await acceptEverything(runtime, () => {
    request ??= elapsed()
  })
  elapsed = stopwatch()
  const items = new Set<string>()
  for (const file of files) for (const item of (await ingest(runtime, file))?.items ?? []) items.add(item)
  const ingestTook = elapsed()
  const { signal } = new AbortController()
  const prices = pipelineOf(runtime, 'prices')
  const { planned } = await prices.look(items, signal)
  await prices.sendBatch(signal)
  await runtime.close()
  if (request === undefined) throw new Error('the changed set led to no request')
  return { ingest: ingestTook, request, items: items.size, planned }
})
