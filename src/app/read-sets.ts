import type { ExchangeConfig } from '../config/model.ts'
import { judgeSet, type Verdict } from '../state/set-verdict.ts'
import { Sets, type FileSet, type SetFile } from '../state/sets.ts'
import type { Store } from '../state/store.ts'
import type { InboxStatus } from '../views/set-status.ts'

/** What the store knows of the export runs in every inbox of an exchange. */
export async function readInboxes(config: ExchangeConfig, store: Store): Promise<InboxStatus[]> {
  const sets = new Sets(store, config.name)
  const all = await sets.all()
  const baselines = await sets.baselines()
  const conclusions = await sets.conclusions()
  const result: InboxStatus[] = []
  for (const inbox of config.inboxes) {
    const mine = all.filter((set) => set.inbox === inbox)
    const latest = mine.findLast(({ closedAt }) => closedAt !== undefined)
    const shown = mine.filter((set) => set.closedAt === undefined || (set === latest && isIncomplete(set)))
    const full = new Map<string, { catalogue: string; stamp: number; products: number; offers: number }>()
    for (const { inbox: of, catalogue, part, full: last } of baselines) {
      if (of !== inbox || last === undefined) continue
      const known = full.get(catalogue) ?? { catalogue, stamp: last.stamp, products: 0, offers: 0 }
      const counted = part === 'import' ? { products: last.records } : { offers: last.records }
      full.set(catalogue, { ...known, stamp: Math.min(known.stamp, last.stamp), ...counted })
    }
    result.push({
      inbox,
      full: [...full.values()],
      sets: await Promise.all(shown.map((set) => statusOf(set, sets, config.setQuiet))),
      held: conclusions.filter((each) => each.inbox === inbox && each.state === 'held').length,
    })
  }
  return result
}

function isIncomplete({ verdicts }: FileSet): boolean {
  return verdicts?.some(({ is }) => is === 'incomplete') === true
}

async function statusOf(set: FileSet, sets: Sets, setQuiet: number): Promise<InboxStatus['sets'][number]> {
  const files = await sets.files(set.key)
  const { folder, from: stamp } = set
  return {
    folder,
    stamp,
    files: files.length,
    state: set.closedAt === undefined ? 'open' : 'incomplete',
    why: reasonsOf(await verdictsOf(set, files, sets, setQuiet)),
  }
}

/** What a set was when it was closed, or looks like while it is open. */
export async function verdictsOf(
  set: FileSet,
  files: readonly SetFile[],
  sets: Sets,
  setQuiet: number,
): Promise<readonly Verdict[]> {
  if (set.verdicts !== undefined) return set.verdicts
  const { family, hasStamp } = set
  const trouble = await sets.troubleOf(set, files, setQuiet)
  return judgeSet({ family, hasStamp, files, ...(trouble === undefined ? {} : { trouble }) })
}

function reasonsOf(verdicts: readonly Verdict[]): string[] {
  return [...new Set(verdicts.flatMap(({ is, why }) => (is === 'delta' ? ['changes only'] : (why ?? []))))]
}
