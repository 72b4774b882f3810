import { NO_HASHES, packHashes, union, unpackHashes, without, type HashList } from './hash-list.ts'
import type { ByPart } from './removal.ts'
import { judgeSet, shownPortionSize, type Part, type Verdict } from './set-verdict.ts'
import { baselineKey, namedBy, type Baseline, type FileSet, type StatedFile } from './sets.ts'

/** How exactly it is kept when a catalogue was stated last, clock milliseconds. */
const AT_GRAIN = 86_400_000
/** A catalogue that its inbox has not stated for so long, full exports notwithstanding, is forgotten; clock milliseconds. */
export const STATED_KEPT = 30 * 86_400_000

/** What the set says of one catalogue, and what it left out of what was stated before. */
export interface ClosedCatalogue {
  readonly catalogue: string
  /** Hashes of a complete full part that were stated before and are not named; none for a part that is not. */
  readonly leftOut: ByPart
  /** How many records were stated before, of parts that are complete and full. */
  readonly before: Readonly<Record<Part, number>>
}

/** A set that is being closed. */
export interface Closing {
  readonly verdicts: readonly Verdict[]
  readonly catalogues: readonly ClosedCatalogue[]
  /** What is stated now, by {@link baselineKey}; what was left out is no part of it. */
  readonly baselines: ReadonlyMap<string, Baseline>
}

/** Why a set may be closed: nothing more can belong to it. Undefined while something may. */
export function whyClosed(
  set: FileSet,
  all: readonly FileSet[],
  quiet: { readonly since: number; readonly setQuiet: number; readonly now: number },
): 'newer' | 'quiet' | undefined {
  const isNewer = (other: FileSet): boolean =>
    other.inbox === set.inbox &&
    other.folder === set.folder &&
    other.asOf > set.asOf &&
    // A late file of an older run opens it again, whatever came before.
    other.lastFileAt >= set.lastFileAt
  if (all.some(isNewer)) return 'newer'
  return quiet.now - quiet.since >= quiet.setQuiet ? 'quiet' : undefined
}

/** Weighs a set against what its (inbox, catalogue) stated before. Pure. */
export function closeSet(
  set: FileSet,
  files: readonly StatedFile[],
  known: readonly Baseline[],
  trouble: string | undefined,
): Closing {
  const { family, hasStamp } = set
  const byKey = new Map(known.map((each) => [baselineKey(each), each]))
  const portionSize = (part: Part, catalogue: string): number | undefined =>
    byKey.get(baselineKey({ inbox: set.inbox, catalogue, part }))?.portion
  const judged = { family, hasStamp, files, portionSize, ...(trouble === undefined ? {} : { trouble }) }
  const verdicts = judgeSet(judged).map((verdict) => weighed(verdict, set, files, byKey))
  const baselines = new Map<string, Baseline>()
  const catalogues = new Map<string, ClosedCatalogue>()
  for (const { part, catalogue, is } of verdicts) {
    const { inbox, lastFileAt: at } = set
    const key = baselineKey({ inbox, catalogue, part })
    const before = byKey.get(key)
    const beforeNamed = before === undefined ? NO_HASHES : unpackHashes(before.named)
    const pending = before?.pending === undefined ? NO_HASHES : unpackHashes(before.pending)
    const named = namedBy(files, part, catalogue)
    const isNewest = before?.full === undefined || set.asOf > before.full.asOf
    const concludes = is === 'full' && isNewest
    // A set that may have been cut off shows it as well, and the next one is measured by it.
    const portion = shownPortionSize(files, part, catalogue) ?? before?.portion
    const of = { inbox, catalogue, part, at, ...(portion === undefined ? {} : { portion }) }
    if (concludes) {
      const full = { stamp: set.from, asOf: set.asOf, set: set.key, records: named.length }
      baselines.set(key, baselineOf(of, named, NO_HASHES, full))
    } else {
      const stated = union(beforeNamed, named)
      const left = without(pending, named)
      const isGrown = stated.length !== beforeNamed.length || left.length !== pending.length
      if (isGrown || before === undefined || portion !== before.portion || at - before.at > AT_GRAIN)
        baselines.set(key, baselineOf(of, stated, left, before?.full))
    }
    const known = union(beforeNamed, pending)
    const leftOut = concludes ? without(known, named) : NO_HASHES
    const other = catalogues.get(catalogue)
    catalogues.set(catalogue, {
      catalogue,
      leftOut: { import: NO_HASHES, offers: NO_HASHES, ...other?.leftOut, [part]: leftOut },
      before: { import: 0, offers: 0, ...other?.before, [part]: concludes ? known.length : 0 },
    })
  }
  return { verdicts, catalogues: [...catalogues.values()], baselines }
}

/** The baseline with other records that wait to be concluded on. */
export function withPending(
  baseline: Baseline,
  change: { readonly add?: HashList | undefined; readonly drop?: HashList | undefined },
): Baseline {
  const { named, full } = baseline
  const before = baseline.pending === undefined ? NO_HASHES : unpackHashes(baseline.pending)
  const pending = union(without(before, change.drop ?? NO_HASHES), change.add ?? NO_HASHES)
  return baselineOf(baseline, unpackHashes(named), pending, full)
}

/**
 * What is known of catalogues that the inbox of a complete full set does not export any more: for a month none of its
 * files named them, and the set does not, either. They would count as stated by somebody for ever.
 */
export function outlived(set: FileSet, { verdicts }: Closing, known: readonly Baseline[], now: number): Baseline[] {
  const stated = new Set(verdicts.map(({ catalogue }) => catalogue))
  return known.filter(
    ({ inbox, catalogue, at }) => inbox === set.inbox && !stated.has(catalogue) && now - at > STATED_KEPT,
  )
}

/** What other inboxes and catalogues than this one state of a part; open sets included. */
export function statedElsewhere(
  own: Pick<Baseline, 'inbox' | 'catalogue' | 'part'>,
  baselines: readonly Baseline[],
  open: readonly { readonly set: FileSet; readonly files: readonly StatedFile[] }[],
): HashList {
  const isOther = (inbox: string, catalogue: string): boolean => inbox !== own.inbox || catalogue !== own.catalogue
  const lists = baselines
    .filter((each) => each.part === own.part && isOther(each.inbox, each.catalogue))
    .map(({ named }) => unpackHashes(named))
  for (const { set, files } of open) {
    for (const { parts, named } of files) {
      parts.forEach(({ part, catalogue }, i) => {
        if (part === own.part && isOther(set.inbox, catalogue)) lists.push(unpackHashes(named[i] ?? ''))
      })
    }
  }
  return union(...lists)
}

/** An export that used to have offers behind its goods, and has none, stopped between the two. */
function weighed(
  verdict: Verdict,
  set: FileSet,
  files: readonly StatedFile[],
  known: ReadonlyMap<string, Baseline>,
): Verdict {
  const { part, catalogue, is } = verdict
  if (is !== 'full' || part !== 'import' || namedBy(files, 'offers', catalogue).length > 0) return verdict
  const fullOf = (each: Part): Baseline['full'] =>
    known.get(baselineKey({ inbox: set.inbox, catalogue, part: each }))?.full
  const before = fullOf('import')
  if (before === undefined || before.set === set.key || fullOf('offers')?.set !== before.set) return verdict
  return { part, catalogue, is: 'incomplete', why: 'the offers that used to come with the goods are missing' }
}

function baselineOf(
  { inbox, catalogue, part, at, portion }: Pick<Baseline, 'inbox' | 'catalogue' | 'part' | 'at' | 'portion'>,
  named: HashList,
  pending: HashList,
  full: Baseline['full'],
): Baseline {
  return {
    inbox,
    catalogue,
    part,
    at,
    ...(portion === undefined ? {} : { portion }),
    named: packHashes(named),
    count: named.length,
    ...(pending.length === 0 ? {} : { pending: packHashes(pending) }),
    ...(full === undefined ? {} : { full }),
  }
}
