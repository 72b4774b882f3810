import { job, stopwatch, type Elapsed } from './job.ts'
import { createProject, ingest, openRuntime, type JobFile } from './project.ts'

/** Files of one set through the ingest pipeline on the store of `root`. */
export interface IngestInput {
  readonly root: string
  readonly repository: string
  readonly files: readonly JobFile[]
}

/** What one set did. */
export interface IngestResult extends Elapsed {
  readonly records: number
  readonly changed: number
}

await job(async ({ root, repository, files }: IngestInput): Promise<IngestResult> => {
  await createProject(root, repository)
  const runtime = await openRuntime(root)
  let records = 0
  let changed = 0
  const elapsed = stopwatch()
  for (const file of files) {
    const stored = await ingest(runtime, file)
    records += stored?.records ?? 0
    changed += stored?.changed ?? 0
  }
  const took = elapsed()
  await runtime.close()
  return { ...took, records, changed }
})
