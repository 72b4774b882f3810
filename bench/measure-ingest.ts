import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { attempt, timed } from './attempt.ts'
import { runJob } from './child.ts'
import { REPOSITORY, type Workshop } from './folders.ts'
import type { IngestInput, IngestResult } from './jobs/ingest.ts'
import type { Figure } from './results.ts'
import { megabytesOf, restamp, type SetFile, type Workload } from './workload.ts'

/** The unchanged set is read so often; the middle one of the times counts. */
const REPEAT = 3

/**
 * Runs a set through the ingest pipeline, each time in a process of its own: on an empty store, then again with later
 * stamps, then its offers file alone. Files are in the page cache: the disk is not what is measured.
 */
export async function measureIngest(load: Workload, shop: Workshop): Promise<Figure[]> {
  const root = join(shop.folder, 'project')
  shop.say('first load')
  await restamp(load.first, '2026-01-31T10:00:00')
  const first = await ingest(shop, 'first', 'First load', root, load.first)
  const runs: Figure[] = []
  for (let turn = 0; turn < REPEAT; turn++) {
    shop.say(`unchanged set, ${turn + 1} of ${REPEAT}`)
    await restamp(load.first, `2026-01-31T11:0${turn}:00`)
    runs.push(await ingest(shop, 'unchanged', 'Unchanged set', root, load.first))
  }
  const [offers] = load.first.slice(-1)
  shop.say('unchanged offers file')
  await restamp(load.first, '2026-01-31T11:09:00')
  const alone = await ingest(
    shop,
    'unchanged-offers',
    'Unchanged offers file',
    root,
    offers === undefined ? [] : [offers],
  )
  return [first, middle(runs), alone]
}

/** The first load once more, on an empty store, under V8's profiler; the folder with what it wrote. */
export async function profileFirstLoad(load: Workload, { build, folder }: Workshop): Promise<string> {
  const root = join(folder, 'profiled')
  const profiles = join(folder, 'profile')
  await mkdir(profiles, { recursive: true })
  const input: IngestInput = { root, repository: REPOSITORY, files: load.first }
  await runJob<IngestResult>(build, 'ingest', input, ['--cpu-prof', `--cpu-prof-dir=${profiles}`])
  return profiles
}

async function ingest(
  shop: Workshop,
  id: string,
  title: string,
  root: string,
  files: readonly SetFile[],
): Promise<Figure> {
  const input: IngestInput = { root, repository: REPOSITORY, files }
  const done = await attempt<IngestResult>(shop, 'ingest', input)
  const { result } = done
  return {
    id,
    title,
    ...timed(done, (result) => result),
    megabytes: megabytesOf(files),
    note: result === undefined ? done.note : `${result.records} records, ${result.changed} changed`,
  }
}

function middle(figures: readonly Figure[]): Figure {
  const sorted = [...figures].sort((a, b) => (a.ms ?? 0) - (b.ms ?? 0))
  const chosen = sorted[Math.floor(sorted.length / 2)]
  if (chosen === undefined) throw new Error('nothing was measured')
  const peaks = figures.flatMap(({ peakAnon }) => peakAnon ?? [])
  return { ...chosen, ...(peaks.length === 0 ? {} : { peakAnon: Math.max(...peaks) }) }
}
