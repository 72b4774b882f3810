import { isNumbered, isSameSeries, placeInSet, type PlaceInSet } from './set-names.ts'

/** Goods (`Каталог`) or offers: what a set states of one is judged without the other. */
export type Part = 'import' | 'offers'

/** What a section says of itself. `unknown`: nothing; `changes`: it is a package of changes, whatever it says. */
export type Scope = 'full' | 'delta' | 'changes' | 'unknown'

/** A file of a set, as far as its completeness depends on it. */
export interface JudgedFile {
  /** Relative to the inbox. */
  readonly name: string
  readonly parts: readonly {
    readonly part: Part
    readonly catalogue: string
    readonly scope: Scope
    /** Records that it names. */
    readonly count: number
  }[]
  /** Equal for files of equal records. */
  readonly digest?: string
  /** Why the file, or one of its name in the same run, went to quarantine: a code. */
  readonly broken?: string
  /** A file of the same name, run and other content came too: 1C wrote over it, and something may be lost. */
  readonly overwritten?: boolean
}

/** What is judged together. */
export interface JudgedSet {
  /** Producer of the files (`A` to `D`); null = not known. */
  readonly family: string | null
  /** False when the files do not say when they were made: nothing shows that they belong together. */
  readonly hasStamp: boolean
  readonly files: readonly JudgedFile[]
  /** What may be missing, in English: a file of the inbox that was not read may belong to any set. */
  readonly trouble?: string
  /** Records that fill a portion, by what earlier sets had; undefined when none shows it. */
  readonly portionSize?: (part: Part, catalogue: string) => number | undefined
}

/** What a set is for one catalogue and part. */
export interface Verdict {
  readonly part: Part
  readonly catalogue: string
  /** `full`: it names everything there is. `incomplete`: a full export of which something is missing. */
  readonly is: 'full' | 'delta' | 'unknown' | 'incomplete'
  /** Why it is not full, in English. */
  readonly why?: string
}

/**
 * Judges a set as a whole. In families A and B only the first portion is believed, portions must be contiguous; in
 * family D every file must say that it is full; family C says the same of every export and is never full on disk.
 */
export function judgeSet(set: JudgedSet): Verdict[] {
  const pairs = new Map<string, { part: Part; catalogue: string }>()
  for (const { parts } of set.files) {
    for (const { part, catalogue } of parts) pairs.set(`${part}\n${catalogue}`, { part, catalogue })
  }
  return [...pairs.values()].map(({ part, catalogue }) => ({ part, catalogue, ...judge(part, catalogue, set) }))
}

/** True when a set, as far as it has come, is known to state only changes: what its first portions say. */
export function isKnownDelta({ family, files }: JudgedSet, name: string): boolean {
  const own = files.find((file) => file.name === name)
  if (family === 'C' || own === undefined || own.parts.length === 0) return false
  const place = placeInSet(name)
  const believed = isNumbered(place) ? files.find((file) => isFirstOf(place, file.name)) : own
  return (
    believed !== undefined &&
    believed.parts.length > 0 &&
    believed.parts.every(({ scope }) => scope === 'delta' || scope === 'changes')
  )
}

/** True when a name is the first portion of the series that a place belongs to. */
export function isFirstOf(place: PlaceInSet, name: string): boolean {
  const other = placeInSet(name)
  return isSameSeries(place, other) && other.portion === other.first
}

function judge(part: Part, catalogue: string, set: JudgedSet): Pick<Verdict, 'is' | 'why'> {
  if (set.family === 'C') return { is: 'unknown', why: 'the 1C-Bitrix module says of every export that it is a change' }
  if (!set.hasStamp) return { is: 'unknown', why: 'the files do not say when they were made' }
  const own = set.files.filter((file) => file.parts.some((each) => each.part === part && each.catalogue === catalogue))
  const scopeOf = (file: JudgedFile): Scope | undefined =>
    file.parts.find((each) => each.part === part && each.catalogue === catalogue)?.scope
  const series = seriesOf(own, set.files)
  for (const files of series) {
    const said = scopeOfSeries(
      files,
      files.filter((file) => own.includes(file)),
      scopeOf,
      set.family,
    )
    if (said === 'delta') return { is: 'delta' }
    if (said === 'unknown') return { is: 'unknown', why: `${files[0]?.name} does not say whether it is all there is` }
  }
  const broken = set.files.find((file) => file.broken !== undefined)
  if (broken !== undefined) return { is: 'incomplete', why: `${broken.name} went to quarantine` }
  if (set.trouble !== undefined) return { is: 'incomplete', why: set.trouble }
  for (const files of series) {
    const fault = faultOfSeries(files, part, set.family) ?? cutOff(files, part, set.portionSize?.(part, catalogue))
    if (fault !== undefined) return { is: 'incomplete', why: fault }
  }
  return { is: 'full' }
}

/** The numbered series that the files belong to, with all their files of the set; others stand each for itself. */
function seriesOf(own: readonly JudgedFile[], all: readonly JudgedFile[]): JudgedFile[][] {
  const found = new Map<string, JudgedFile[]>()
  for (const file of own) {
    const place = placeInSet(file.name)
    const key = isNumbered(place) ? `${place.series}\n${place.row}\n${place.first}` : file.name
    if (found.has(key)) continue
    found.set(key, isNumbered(place) ? all.filter(({ name }) => isSameSeries(place, placeInSet(name))) : [file])
  }
  return [...found.values()]
}

function scopeOfSeries(
  files: readonly JudgedFile[],
  own: readonly JudgedFile[],
  scopeOf: (file: JudgedFile) => Scope | undefined,
  family: JudgedSet['family'],
): Scope {
  if (own.some((file) => scopeOf(file) === 'changes')) return 'delta'
  const native = family === 'A' || family === 'B'
  const first = files.find(({ name }) => {
    const place = placeInSet(name)
    return isNumbered(place) && place.portion === place.first
  })
  // Later portions of a native export always say that they are changes. Where the first one is not there, nobody says
  // anything, and the series is incomplete anyhow.
  const believed = native && isNumbered(placeInSet(files[0]?.name ?? '')) ? [first] : own
  const scopes = believed.flatMap((file) =>
    file === undefined || file.broken !== undefined ? [] : [scopeOf(file) ?? 'unknown'],
  )
  if (scopes.includes('delta')) return 'delta'
  return scopes.includes('unknown') ? 'unknown' : 'full'
}

function faultOfSeries(files: readonly JudgedFile[], part: Part, family: JudgedSet['family']): string | undefined {
  const overwritten = files.find((file) => file.overwritten === true)
  if (overwritten !== undefined) return `${overwritten.name} was written over in the same run`
  const [some] = files
  const place = placeInSet(some?.name ?? '')
  if (!isNumbered(place)) {
    const native = family === 'A' || family === 'B'
    return native ? `the name ${some?.name} does not number its portion` : undefined
  }
  const catalogues = new Set(
    files.flatMap(({ parts }) =>
      parts.some((each) => each.part === part)
        ? [
            parts
              .filter((each) => each.part === part)
              .map((each) => each.catalogue)
              .join('\n'),
          ]
        : [],
    ),
  )
  // УНФ counts anew for every catalogue and writes over the files of the one before.
  if (catalogues.size > 1) return `the portions of ${place.series}${place.row} belong to several catalogues`
  const digests = new Map<number, string | undefined>()
  for (const { name, digest } of files) {
    const portion = placeInSet(name).portion ?? 0
    if (digests.has(portion) && digests.get(portion) !== digest) return `there are two different ${name}`
    digests.set(portion, digest)
  }
  for (let portion = place.first; portion <= Math.max(...digests.keys()); portion++) {
    if (!digests.has(portion)) return `portion ${portion} of ${place.series}${place.row} is missing`
  }
  return undefined
}

/**
 * How many records 1C puts into a portion, as the portions of a set show it: all but the last are alike. Undefined when
 * they do not.
 */
export function shownPortionSize(files: readonly JudgedFile[], part: Part, catalogue: string): number | undefined {
  const own = files.filter((file) => file.parts.some((each) => each.part === part && each.catalogue === catalogue))
  for (const series of seriesOf(own, files)) {
    const [size, ...others] = countsOf(series, part).slice(0, -1)
    if (size !== undefined && others.every((count) => isFilled(count, size, part))) return size
  }
  return undefined
}

/**
 * 1C says nowhere that a portion is the last one. When it is as full as the others, the export may have stopped behind
 * it: what would stand in the next one is not left out.
 */
function cutOff(files: readonly JudgedFile[], part: Part, known: number | undefined): string | undefined {
  const counts = countsOf(files, part)
  const last = counts.at(-1) ?? 0
  const [size = known, ...others] = counts.slice(0, -1)
  if (size === undefined || !isFilled(last, size, part)) return undefined
  if (!others.every((count) => isFilled(count, size, part))) return undefined
  const place = placeInSet(files[0]?.name ?? '')
  return `the last portion of ${place.series}${place.row} is as full as one that is followed by another`
}

/** Records of a part in the portions of a series, the first portion first; none when it is not cut into portions. */
function countsOf(files: readonly JudgedFile[], part: Part): number[] {
  const counts = new Map<number, number>()
  for (const { name, parts } of files) {
    const { portion } = placeInSet(name)
    if (portion === undefined) continue
    const own = parts.filter((each) => each.part === part).reduce((sum, { count }) => sum + count, 0)
    counts.set(portion, Math.max(own, counts.get(portion) ?? 0))
  }
  return [...counts].sort(([a], [b]) => a - b).map(([, count]) => count)
}

/** УНФ begins a portion of offers with the last one of the portion before: one more is as full. */
function isFilled(count: number, size: number, part: Part): boolean {
  return count === size || (part === 'offers' && count === size + 1)
}
