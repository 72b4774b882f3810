import { fingerprintText } from '../core/fingerprint.ts'
import { packHashes, union, unpackHashes, type HashList } from './hash-list.ts'
import { isSameSeries, placeInSet } from './set-names.ts'
import type { JudgedFile, JudgedSet, Part, Scope, Verdict } from './set-verdict.ts'
import type { Change, Namespace, Store } from './store.ts'
import { Troubles } from './troubles.ts'

/** Producer of a file; null = not known. */
export type Producer = JudgedSet['family']

/** What an applied file says that decides on its set. */
export interface FileNote {
  /** Relative to the inbox. */
  readonly name: string
  readonly inbox: string
  readonly family: Producer
  /** Version of the schema as stated; absent when the file does not say. */
  readonly version?: string
  /** As stated, epoch milliseconds; absent when the file does not say. */
  readonly stamp?: number
  /** As of when its statements count. */
  readonly asOf: number
  /** Equal for files of equal records. */
  readonly digest: string
  readonly parts: readonly PartNote[]
  /** Clock milliseconds at which it was seen in the inbox, and taken out of it; none for what cannot be written over in parts. */
  readonly seenAt?: number
  readonly takenAt?: number
}

/** What a file states of one part of one catalogue. */
export interface PartNote {
  readonly part: Part
  readonly catalogue: string
  readonly scope: Scope
  readonly named: HashList
}

/** A file as a set keeps it. Without `parts` when only its fault is known. */
export interface SetFile extends JudgedFile {
  /** Clock milliseconds. */
  readonly notedAt: number
}

/** A file with the records it named. */
export interface StatedFile extends SetFile {
  /** Packed hashes of each of {@link SetFile.parts}. */
  readonly named: readonly string[]
}

/** The files of one export run. Times ending in `At` are clock milliseconds, the others stamps of 1C. */
export interface FileSet {
  /** Key in the store. */
  readonly key: string
  readonly inbox: string
  readonly folder: string
  readonly family: Producer
  /** Version of the schema, as its latest file stated it. */
  readonly version?: string
  readonly hasStamp: boolean
  /** First and last stamp; equal but in family C, where every file has its own. */
  readonly from: number
  readonly to: number
  /** The newest stamp that its statements count as of. */
  readonly asOf: number
  readonly openedAt: number
  readonly lastFileAt: number
  /** Clock milliseconds at which its first file was seen in the inbox, and its last one was taken out of it, as far as known. */
  readonly seenFrom?: number
  readonly takenTo?: number
  /** Absent while it is open. */
  readonly closedAt?: number
  /** What it was when it was closed. */
  readonly verdicts?: readonly Verdict[]
}

/** What (inbox, catalogue) stated of one part since its last complete full set, that set included. */
export interface Baseline {
  readonly inbox: string
  readonly catalogue: string
  readonly part: Part
  readonly named: string
  readonly count: number
  /** Clock milliseconds when a file stated something of it last, to a day. */
  readonly at: number
  /** Left out by the last complete full set and not concluded on: held, or stated by somebody else. */
  readonly pending?: string
  /** Records in a full portion, once a set showed it. */
  readonly portion?: number
  /** The last complete full set. `stamp`: as stated. */
  readonly full?: {
    readonly stamp: number
    readonly asOf: number
    readonly set: string
    readonly records: number
  }
}

/** When files of an inbox were noted last, clock milliseconds. */
export interface LastFile {
  /** 0 when there was none. */
  readonly past: number
  /** A time that the clock has not reached: it was put back since. */
  readonly ahead?: number
}

/** Items that a complete full set left out. */
export interface Conclusion {
  /** Short; the same for the same items of the same catalogue. */
  readonly id: string
  readonly inbox: string
  readonly catalogue: string
  readonly folder: string
  /** A file of the set: the place of the mark. */
  readonly place: string
  readonly asOf: number
  /** Clock milliseconds of the first time that it was drawn. */
  readonly at: number
  /** Lines that the journal of decisions had then: only later ones are about it, whatever the clock said. */
  readonly after: number
  /** `due`: entries are to be marked. `held`: a person has to look first. */
  readonly state: 'due' | 'held'
  readonly gone: Readonly<Record<Part, { readonly named: string; readonly count: number; readonly before: number }>>
  /** Goods that are stated while every offer of theirs is among the gone: then a person has to look, however few they are. */
  readonly bereft: number
  /** Some of them, for people. */
  readonly sample: readonly { readonly id: string; readonly article: string; readonly name: string }[]
}

/** Stamps of family C in one set are no further apart than this from their neighbours. */
const GAP = 600_000
/** Closed sets kept per exchange: a file that comes late finds the others. */
const KEPT = 12
/** Why a set that the next run overlaps is not known to be whole, in English. */
export const OVERTAKEN = 'the next run began to write over its files before all of them were taken'

/**
 * The sets of one exchange: what came of every run, what each (inbox, catalogue) stated before, what was concluded.
 * Noting a file twice is noting it once.
 */
export class Sets {
  readonly exchange: string
  readonly #store: Store
  readonly #sets: Namespace<FileSet>
  readonly #files: Namespace<SetFile>
  /** Packed hashes of the parts of each file, by the same key. */
  readonly #named: Namespace<readonly string[]>
  readonly #baselines: Namespace<Baseline>
  /** Files that may belong to any set of their inbox. */
  readonly troubles: Troubles
  readonly #conclusions: Namespace<Conclusion>

  constructor(store: Store, exchange: string) {
    this.exchange = exchange
    this.#store = store
    this.#sets = store.namespace(`sets.${exchange}`)
    this.#files = store.namespace(`set-files.${exchange}`)
    this.#named = store.namespace(`set-named.${exchange}`)
    this.#baselines = store.namespace(`stated.${exchange}`)
    this.troubles = new Troubles(store, exchange)
    this.#conclusions = store.namespace(`left-out.${exchange}`)
  }

  /** Sets, oldest first. */
  async all(): Promise<FileSet[]> {
    return (await valuesOf(this.#sets)).sort((a, b) => a.asOf - b.asOf)
  }

  /** Files of a set by name. */
  async files(key: string): Promise<SetFile[]> {
    return valuesOf(this.#files, `${key}\n`)
  }

  /** Files of a set with what they named: for when it is closed. */
  async statedFiles(key: string): Promise<StatedFile[]> {
    const files = await this.files(key)
    const named = await this.#named.getMany(files.map(({ name }) => fileKey(key, name)))
    return files.map((file, i) => ({ ...file, named: named[i] ?? [] }))
  }

  /** Names of a set's good files. */
  async fileNames(key: string): Promise<string[]> {
    return (await this.files(key)).filter(({ digest }) => digest !== undefined).map(({ name }) => name)
  }

  baselines(): Promise<Baseline[]> {
    return valuesOf(this.#baselines)
  }

  conclusions(): Promise<Conclusion[]> {
    return valuesOf(this.#conclusions)
  }

  /** Notes an applied file; the set it belongs to, which is open again if it was closed. */
  async note(note: FileNote, now: number): Promise<FileSet> {
    const set = await this.#setOf(note)
    const before = await this.#files.get(fileKey(set.key, note.name))
    const { digest } = note
    const parts = note.parts.map(({ part, catalogue, scope, named }) => ({
      part,
      catalogue,
      scope,
      count: named.length,
    }))
    const packed = note.parts.map(({ named }) => packHashes(named))
    const overwritten = before?.overwritten === true || (before?.digest !== undefined && before.digest !== digest)
    const file: SetFile = { name: note.name, parts, digest, notedAt: now, ...(overwritten ? { overwritten } : {}) }
    const isAgain = set.closedAt !== undefined && !overwritten && before?.digest === digest
    // The same file once more says nothing that was not weighed when the set was closed.
    if (isAgain) return set
    const next = grown(set, note, now)
    await this.#store.commit([
      { namespace: this.#sets.name, set: [[next.key, next]] },
      { namespace: this.#files.name, set: [[fileKey(next.key, file.name), file]] },
      { namespace: this.#named.name, set: [[fileKey(next.key, file.name), packed]] },
    ])
    return next
  }

  /** Notes a file that went to quarantine. Without a stamp it may belong to any set of its inbox. */
  async noteBroken(
    broken: Pick<FileNote, 'name' | 'inbox' | 'family' | 'asOf' | 'seenAt'> & {
      readonly stamp: number | undefined
      readonly code: string
    },
    now: number,
  ): Promise<void> {
    const { name, inbox, family, stamp, asOf, code } = broken
    if (stamp === undefined) return this.troubles.note({ inbox, name, at: now })
    const { seenAt } = broken
    const note = { name, inbox, family, stamp, asOf, ...(seenAt === undefined ? {} : { seenAt }) }
    const set = await this.#setOf(note)
    const before = await this.#files.get(fileKey(set.key, name))
    const file: SetFile = { name, parts: [], ...before, notedAt: now, broken: code }
    const next = grown(set, note, now)
    await this.#store.commit([
      { namespace: this.#sets.name, set: [[next.key, next]] },
      { namespace: this.#files.name, set: [[fileKey(next.key, name), file]] },
    ])
  }

  /**
   * What may be missing in a set, in English: a file that may belong to it was not read ({@link Troubles.of}), or the
   * next run was there, under the same names, before all of its files were taken.
   */
  async troubleOf(set: FileSet, files: readonly SetFile[], window: number): Promise<string | undefined> {
    const trouble = await this.troubles.of(set, files, window)
    if (trouble !== undefined) return trouble
    const { takenTo } = set
    if (takenTo === undefined) return undefined
    const places = files.map(({ name }) => placeInSet(name))
    for (const other of await this.all()) {
      if (other.inbox !== set.inbox || other.folder !== set.folder || other.asOf <= set.asOf) continue
      if (other.seenFrom === undefined || other.seenFrom >= takenTo) continue
      const others = (await this.files(other.key)).map(({ name }) => placeInSet(name))
      if (others.some((each) => places.some((place) => isSameSeries(each, place)))) return OVERTAKEN
    }
    return undefined
  }

  /** When files of the inbox were noted last, broken ones included. */
  async lastFile(inbox: string, now: number): Promise<LastFile> {
    const sets = (await this.all()).filter((set) => set.inbox === inbox).map((set) => set.lastFileAt)
    const times = [...sets, ...(await this.troubles.times(inbox))]
    const ahead = times.filter((time) => time > now)
    return {
      past: Math.max(0, ...times.filter((time) => time <= now)),
      ...(ahead.length === 0 ? {} : { ahead: Math.max(...ahead) }),
    }
  }

  /** Writes down how sets were closed and what follows, in one commit, and forgets what is too old. */
  async settle(changes: {
    readonly closed?: readonly FileSet[]
    readonly baselines?: readonly Baseline[]
    readonly conclusions?: readonly Conclusion[]
    readonly over?: readonly Conclusion[]
    /** Baselines that count no more. */
    readonly forgotten?: readonly Baseline[]
    readonly now: number
  }): Promise<void> {
    const { closed = [], baselines = [], conclusions = [], over = [], forgotten = [], now } = changes
    const kept = new Set(conclusions.map((each) => conclusionKey(each)))
    await this.#store.commit([
      { namespace: this.#sets.name, set: closed.map((set) => [set.key, set] as const) },
      {
        namespace: this.#baselines.name,
        set: baselines.map((each) => [baselineKey(each), each] as const),
        delete: forgotten.map(baselineKey),
      },
      {
        namespace: this.#conclusions.name,
        set: conclusions.map((each) => [conclusionKey(each), each] as const),
        delete: over.map((each) => conclusionKey(each)).filter((key) => !kept.has(key)),
      },
      ...(await this.#tooOld(now)),
    ])
  }

  async #tooOld(now: number): Promise<Change[]> {
    const closed = (await this.all()).filter((set) => set.closedAt !== undefined)
    const gone = closed.sort((a, b) => b.lastFileAt - a.lastFileAt).slice(KEPT)
    const files: string[] = []
    for (const { key } of gone) {
      for await (const [fileKeyOfSet] of this.#files.entries({ prefix: `${key}\n` })) files.push(fileKeyOfSet)
    }
    return [
      { namespace: this.#sets.name, delete: gone.map(({ key }) => key) },
      { namespace: this.#files.name, delete: files },
      { namespace: this.#named.name, delete: files },
      await this.troubles.tooOld(now),
    ]
  }

  async #setOf(note: Pick<FileNote, 'name' | 'inbox' | 'family' | 'asOf'> & { stamp?: number }): Promise<FileSet> {
    const { folder } = placeInSet(note.name)
    const stamp = note.stamp ?? note.asOf
    const all = (await this.all()).filter((set) => set.inbox === note.inbox && set.folder === folder)
    if (note.family === 'C') {
      const near = await this.#nearest(all, note.name, stamp)
      if (near !== undefined) return near
    }
    const key = `${note.inbox}\n${folder}\n${note.family === 'C' ? 'c' : 's'}${String(stamp).padStart(15, '0')}`
    const known = all.find((set) => set.key === key)
    if (known !== undefined) return known
    const { inbox, family, asOf } = note
    const hasStamp = note.stamp !== undefined
    return { key, inbox, folder, family, hasStamp, from: stamp, to: stamp, asOf, openedAt: 0, lastFileAt: 0 }
  }

  /** The set of family C whose stamps are nearest; the one that knows the file already before any other. */
  async #nearest(all: readonly FileSet[], name: string, stamp: number): Promise<FileSet | undefined> {
    const distance = ({ from, to }: FileSet): number => Math.max(from - stamp, stamp - to, 0)
    const near = all
      .filter((set) => set.family === 'C' && distance(set) <= GAP)
      .sort((a, b) => distance(a) - distance(b) || a.from - b.from)
    for (const set of near) if ((await this.#files.get(fileKey(set.key, name))) !== undefined) return set
    return near[0]
  }
}

/** Everything that the files of a set name of one part of a catalogue. */
export function namedBy(files: readonly StatedFile[], part: Part, catalogue: string): HashList {
  const lists = files.flatMap(({ parts, named }) =>
    parts.flatMap((each, i) => (each.part === part && each.catalogue === catalogue ? [named[i] ?? ''] : [])),
  )
  return union(...lists.map(unpackHashes))
}

/** The id of what a catalogue of an inbox left out. */
export function idOfConclusion(inbox: string, catalogue: string, gone: Readonly<Record<Part, HashList>>): string {
  const text = [inbox, catalogue, packHashes(gone.import), packHashes(gone.offers)].join('\n')
  return fingerprintText(text).slice(0, 8)
}

/** The set with one file more; open. */
function grown(
  set: FileSet,
  note: Pick<FileNote, 'stamp' | 'asOf' | 'version' | 'seenAt' | 'takenAt'>,
  now: number,
): FileSet {
  const { closedAt: _, verdicts: __, ...open } = set
  const stamp = note.stamp ?? note.asOf
  return {
    ...open,
    ...(note.version === undefined ? {} : { version: note.version }),
    from: Math.min(set.from, stamp),
    to: Math.max(set.to, stamp),
    asOf: Math.max(set.asOf, note.asOf),
    openedAt: set.openedAt === 0 ? now : set.openedAt,
    lastFileAt: now,
    ...(note.seenAt === undefined ? {} : { seenFrom: Math.min(note.seenAt, set.seenFrom ?? note.seenAt) }),
    ...(note.takenAt === undefined ? {} : { takenTo: Math.max(note.takenAt, set.takenTo ?? note.takenAt) }),
  }
}

function fileKey(set: string, name: string): string {
  return `${set}\n${name}`
}

/** The key of a baseline; also tells (inbox, catalogue, part) apart. */
export function baselineKey({ inbox, catalogue, part }: Pick<Baseline, 'inbox' | 'catalogue' | 'part'>): string {
  return `${inbox}\n${catalogue}\n${part}`
}

function conclusionKey({ inbox, catalogue }: Conclusion): string {
  return `${inbox}\n${catalogue}`
}

async function valuesOf<V>(namespace: Namespace<V>, prefix = ''): Promise<V[]> {
  const values: V[] = []
  for await (const [, value] of namespace.entries({ prefix })) values.push(value)
  return values
}
