import type { Clock } from '../../core/clock.ts'
import { codeOf } from '../../state/disk.ts'
import type { Candidate, OddEntry } from './candidates.ts'
import { inspectClosing, type Closing } from './closed.ts'
import { isSameState, type FileState } from './file-state.ts'

/** Why a file cannot be used, for the person who finds it in quarantine. */
export interface FileFault {
  readonly code: string
  /** English, for logs. */
  readonly message: string
  /** Russian, for people: what happened. */
  readonly what: string
  /** Russian: what to do. */
  readonly todo: string
}

/** A file that may be claimed. */
export interface ReadyFile extends Candidate {
  /** Clock milliseconds; never later than the file's appearance, perhaps earlier. */
  readonly firstSeen: number
  /** Set when the file will not become whole any more: claim it and put it into quarantine. */
  readonly fault?: FileFault
}

/** How long files must stand still, clock milliseconds. */
export interface Patience {
  readonly settle: number
  /** A still file that is not closed after this is given up. */
  readonly incomplete: number
}

/** Judges files by what was seen of them over time. */
export interface Settler {
  /**
   * Takes what an inbox shows now, everything in it. Gives the files that became ready, in the order of their
   * modification and then by name with numbers as numbers.
   */
  observe(inbox: string, candidates: readonly Candidate[]): Promise<ReadyFile[]>
  /** Clock time at which looking again may find something ready; undefined when nothing is waited for. */
  nextLook(): number | undefined
  /** True while a file was seen that has not stood still for `settle`. */
  unsettled(): boolean
  /** Files that would have been given up long ago, were there not something a person must do first. */
  stuck(inbox: string): readonly OddEntry[]
  /** Clock time of the last change seen in an inbox. */
  lastChange(inbox: string): number | undefined
}

/** What tells that a file that was handed out is done with although it still stands in the inbox (`take: copy`). */
export type IsDone = (file: Candidate) => Promise<boolean>

/** A file that was handed out and still stands there is handed out again after this: taking it failed. Clock milliseconds. */
const HAND_AGAIN = 60_000

/** How many times `settle` a table whose last line has no end must stand still. */
const UNENDED = 3

/** What was seen of a marker. */
interface Marker {
  readonly state: FileState
  readonly since: number
}

interface Tracked {
  candidate: Candidate
  readonly firstSeen: number
  /** Since when size, time and inode are what they are now. */
  since: number
  /** When to look at it again; undefined once it is done with. */
  due: number | undefined
  handed: boolean
  /** Its last bytes do not tell whether it is whole: it must stand still for longer. */
  slow: boolean
  /** Since when its marker is what it is now; undefined while there is none. */
  markedSince: number | undefined
  /** True when it could not be opened at the last look. */
  unreadable: boolean
}

/**
 * Keeps what was seen of each file. A file is ready when it stood still for `settle` by our own observation — its time
 * stamps may be kept from elsewhere — and its last bytes close the root.
 */
export function createSettler(
  patience: Patience,
  clock: Clock,
  isDone: IsDone = async () => false,
  inspect: (path: string) => Promise<Closing> = inspectClosing,
): Settler {
  const tracked = new Map<string, Map<string, Tracked>>()
  const changes = new Map<string, number>()
  const markers = new Map<string, Marker>()
  /** When each inbox was looked into last. */
  const looked = new Map<string, number>()

  async function judge(file: Tracked, now: number): Promise<ReadyFile | undefined> {
    const still = now - file.since
    if (file.due === undefined || now < file.due) return undefined
    if (file.handed && (await isDone(file.candidate))) {
      file.due = undefined
      return undefined
    }
    if (!isMarked(file, patience.settle)) {
      file.due = undefined
      return undefined
    }
    let closing = await ifThere(inspect(file.candidate.path))
    file.unreadable = closing === 'unreadable'
    file.slow = closing === 'unended'
    if (closing === 'unended' && still >= patience.settle * UNENDED) closing = 'closed'
    const fault = closing === 'closed' || closing === 'unreadable' ? undefined : givenUp(closing, still, patience)
    if (closing !== 'closed' && fault === undefined) {
      // The tail is read again and again: some systems show a new time only when the writer closes the file.
      file.due = now + patience.settle
      return undefined
    }
    file.handed = true
    file.due = now + HAND_AGAIN
    return { ...file.candidate, firstSeen: file.firstSeen, ...(fault === undefined ? {} : { fault }) }
  }

  /** A marker that is taken away and written again is another one. */
  function forgetMarkers(before: Iterable<Tracked>, after: ReadonlyMap<string, Tracked>): void {
    const left = new Set([...after.values()].map(({ candidate }) => candidate.marker?.path))
    for (const { candidate } of before) {
      const path = candidate.marker?.path
      if (path !== undefined && !left.has(path)) markers.delete(path)
    }
  }

  /** Since when the marker is what it is now. */
  function trackMarker(marker: Marker['state'] & { readonly path: string }, now: number): number {
    const known = markers.get(marker.path)
    if (known !== undefined && isSameState(known.state, marker)) return known.since
    markers.set(marker.path, { state: marker, since: now })
    return now
  }

  function track(known: Tracked | undefined, candidate: Candidate, now: number): Tracked {
    const markedSince =
      candidate.marker === undefined || candidate.marker === null ? undefined : trackMarker(candidate.marker, now)
    if (known !== undefined && isSameState(known.candidate, candidate)) {
      if (markedSince !== known.markedSince && !known.handed) known.due = Math.max(now, known.since + patience.settle)
      known.candidate = candidate
      known.markedSince = markedSince
      return known
    }
    changes.set(candidate.inbox, now)
    return {
      candidate,
      markedSince,
      unreadable: false,
      firstSeen:
        known !== undefined && !known.handed ? known.firstSeen : Math.min(now, clock.fromReal(candidate.mtimeMs)),
      since: now,
      due: now + patience.settle,
      handed: false,
      slow: false,
    }
  }

  return {
    async observe(inbox, candidates) {
      const now = clock.now()
      looked.set(inbox, now)
      const before = tracked.get(inbox)
      const after = new Map<string, Tracked>()
      for (const candidate of candidates) {
        after.set(candidate.path, track(before?.get(candidate.path), candidate, now))
      }
      tracked.set(inbox, after)
      forgetMarkers(before?.values() ?? [], after)
      const ready: ReadyFile[] = []
      for (const file of after.values()) {
        const found = await judge(file, now)
        if (found !== undefined) ready.push(found)
      }
      return ready.sort((a, b) => a.mtimeMs - b.mtimeMs || a.name.localeCompare(b.name, 'en', { numeric: true }))
    },

    nextLook() {
      const dues = [...tracked.values()].flatMap((files) => [...files.values()].map(({ due }) => due))
      const waiting = dues.filter((due) => due !== undefined)
      return waiting.length === 0 ? undefined : Math.min(...waiting)
    },

    unsettled() {
      // What counts is how long a file stood at the last look: it may have grown old enough while that look took place.
      return [...tracked].some(([inbox, files]) =>
        [...files.values()].some((file) => {
          const stood = (looked.get(inbox) ?? file.since) - file.since
          return !file.handed && stood < patience.settle * (file.slow ? UNENDED : 1)
        }),
      )
    },

    stuck(inbox) {
      const now = clock.now()
      const waiting = [...(tracked.get(inbox)?.values() ?? [])].filter(
        ({ handed, since }) => !handed && now - since >= patience.incomplete,
      )
      return waiting.flatMap((file): OddEntry[] => {
        const { name } = file.candidate
        if (!isMarked(file, patience.settle)) return [{ name, why: 'unmarked' }]
        return file.unreadable ? [{ name, why: 'unreadable' }] : []
      })
    },

    lastChange: (inbox) => changes.get(inbox),
  }
}

/**
 * A marker says that its file is whole when it came, or was written anew, not before the file's last change. Our own
 * looks tell, not the time stamps: what both stood there at the first look belongs together, and a share may show the
 * two in the wrong order within `settle`.
 */
function isMarked({ candidate, since, markedSince }: Tracked, settle: number): boolean {
  return candidate.marker === undefined || (markedSince !== undefined && markedSince + settle >= since)
}

async function ifThere(closing: Promise<Closing>): Promise<Closing | 'unreadable'> {
  try {
    return await closing
  } catch (error) {
    // Gone, or held by its writer (Windows): it is judged again at the next look.
    return codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM' ? 'unreadable' : 'open'
  }
}

function givenUp(closing: Closing, still: number, { settle, incomplete }: Patience): FileFault | undefined {
  if (closing === 'foreign' && still >= settle * 3) {
    return {
      code: 'files.not_an_exchange_file',
      message: 'taking the file: it is neither XML nor zip',
      what: 'Файл не похож на файл обмена: он не начинается как XML и не является архивом zip.',
      todo: 'Проверьте, кто положил этот файл в папку обмена. Если его выгрузила 1С, повторите выгрузку.',
    }
  }
  if (still >= incomplete) {
    return {
      code: 'files.not_closed',
      message: `taking the file: it has not been closed for ${Math.round(still / 60_000)} min`,
      what: 'Файл не дописан до конца и больше не меняется: похоже, выгрузка из 1С прервалась.',
      todo: 'Повторите выгрузку из 1С. Этот файл не загружался ни целиком, ни частично.',
    }
  }
  return undefined
}
