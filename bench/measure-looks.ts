import { join } from 'node:path'
import { attempt, timed } from './attempt.ts'
import type { Workshop } from './folders.ts'
import type { ChangeInput, ChangeResult } from './jobs/change.ts'
import type { LookInput, LookResult } from './jobs/look.ts'
import type { Figure } from './results.ts'
import { megabytesOf, type Workload } from './workload.ts'

const LEDGERS = { settled: 'all accepted', first: 'none sent yet' } as const

/**
 * Looks over everything, then what a changed set costs up to the first request. Needs the store that `measureIngest`
 * left in the workshop.
 */
export async function measureLooks(load: Workload, shop: Workshop): Promise<Figure[]> {
  const root = join(shop.folder, 'project')
  const first = await look(root, 'first', shop)
  const settled = await look(root, 'settled', shop)
  return [...(await change(root, load, shop)), ...settled, ...first]
}

async function look(root: string, ledger: LookInput['ledger'], shop: Workshop): Promise<Figure[]> {
  shop.say(`looks over everything, ${LEDGERS[ledger]}`)
  const done = await attempt<LookResult>(shop, 'look', { root, ledger } satisfies LookInput)
  return (['prices', 'stocks'] as const).map((aspect) => {
    const { peakAnon, ...times } = timed(done, (result) => result[aspect].took)
    const found = done.result?.[aspect]
    return {
      id: `look-${aspect}-${ledger}`,
      title: `Look at ${aspect}, ${LEDGERS[ledger]}`,
      ...times,
      // Behind a first look the job sends everything in batches that no marketplace takes: its memory says nothing.
      ...(peakAnon === undefined || ledger === 'first' ? {} : { peakAnon }),
      note: found === undefined ? done.note : `${found.items} items, ${found.planned} values to send`,
    }
  })
}

async function change(root: string, load: Workload, shop: Workshop): Promise<Figure[]> {
  shop.say('one percent changed')
  const done = await attempt<ChangeResult>(shop, 'change', { root, files: load.changedSet } satisfies ChangeInput)
  const { result } = done
  return [
    {
      id: 'changed',
      title: '1 % changed set',
      ...timed(done, ({ ingest }) => ingest),
      megabytes: megabytesOf(load.changedSet),
      note: result === undefined ? done.note : `${result.items} items changed`,
    },
    {
      id: 'request',
      title: '1 % changed → first request',
      ...timed(done, ({ request }) => request),
      note: result === undefined ? done.note : `${result.planned} prices to send; without settle and quiet`,
    },
  ]
}
