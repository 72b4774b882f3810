import { watch as watchFolders, type FSWatcher } from 'chokidar'

import type { ExchangeConfig } from '../../config/model.ts'
import type { Clock } from '../../core/clock.ts'
import { isAbort, ObmenError } from '../../core/errors.ts'
import { createBell, type Bell } from './bell.ts'
import {
  isExchangeFolder,
  isExchangeName,
  lookInside,
  type InboxView,
  type LookOptions,
  type OddEntry,
} from './candidates.ts'
import { isDoneBy, type TakenFiles } from './claim.ts'
import { isMarkerName } from './marker.ts'
import { createSettler, type ReadyFile, type Settler } from './settle.ts'

/** What both the watcher and a single scan need. */
export interface ScanOptions {
  readonly exchange: ExchangeConfig
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Of `take: copy`: which files were taken before. Not asked for `take: move`. */
  readonly taken?: TakenFiles
  /** What the names of the files end in, without the dot; by default those that 1C writes. */
  readonly extensions?: readonly string[]
  /** What an inbox shows, at every look that was possible, before anything in it is taken. */
  readonly onLook?: (inbox: string, view: InboxView) => Promise<void>
  /** What stands in an inbox, has the name of an exchange file and cannot be taken; told at the first look and when it changes. */
  readonly onOdd?: (inbox: string, odd: readonly OddEntry[]) => void
}

/** What a watcher may tell while it waits. */
export interface WatchOptions extends ScanOptions {
  /** Something new or changed was seen in an inbox; no file need be ready. */
  readonly onHint?: (inbox: string) => void
  /** An inbox cannot be read (every time), or can be again (once, without error). */
  readonly onTrouble?: (inbox: string, error: ObmenError | undefined) => void
}

/** Events get lost (network shares, full queues): every inbox is looked at this often all the same. Clock milliseconds. */
const RESCAN = 15_000
/** Two looks are never closer than this, whatever the events. Clock milliseconds. */
const SHORTEST_PAUSE = 20
/** A single scan gives a file that keeps changing so many times `settle` to stand still. */
const SCAN_ROUNDS = 5

/**
 * The files of an exchange as they become ready, until the signal aborts (the iteration then ends without an error).
 * Events of the file system only say when to look, so a lost one costs time, not a file. With `exchange.poll` the
 * inboxes are looked at in that rhythm and no events are asked for (SMB, NFS). A file that is not claimed and still
 * stands there comes again after a minute.
 */
export async function* watchInboxes(options: WatchOptions): AsyncGenerator<ReadyFile> {
  const { exchange, clock, signal, extensions, onHint, onTrouble, onOdd } = options
  const settler = createSettler(exchange, clock, isDoneBy(exchange.take, options.taken))
  const bell = createBell(clock)
  const watcher = exchange.poll === undefined ? listen(exchange, extensions, bell) : undefined
  const troubled = new Set<string>()
  const told = new Map<string, string>()
  try {
    while (!signal.aborted) {
      for (const inbox of exchange.inboxes) {
        const before = settler.lastChange(inbox)
        const ready = await lookInto(
          inbox,
          options,
          settler,
          (error) => {
            if (error !== undefined || troubled.has(inbox)) onTrouble?.(inbox, error)
            if (error === undefined) troubled.delete(inbox)
            else troubled.add(inbox)
          },
          (odd) => {
            const text = JSON.stringify(odd)
            if (told.get(inbox) !== text) onOdd?.(inbox, odd)
            told.set(inbox, text)
          },
        )
        if (settler.lastChange(inbox) !== before) onHint?.(inbox)
        for (const file of ready) {
          if (signal.aborted) return
          yield file
        }
      }
      await clock.sleep(SHORTEST_PAUSE, signal)
      await bell.wait(pauseOf(settler, exchange.poll ?? RESCAN, clock), signal)
    }
  } catch (error) {
    if (!signal.aborted && !isAbort(error)) throw error
  } finally {
    await watcher?.close()
  }
}

/**
 * What is ready now: waits until every file that is there has stood still for `settle`. Files that keep changing or are
 * not closed are left where they are.
 *
 * @throws ObmenError transient `files.inbox_unreadable`; the signal's reason
 */
export async function scanOnce(options: ScanOptions): Promise<ReadyFile[]> {
  const { exchange, clock, signal, onLook, onOdd } = options
  const settler = createSettler(exchange, clock, isDoneBy(exchange.take, options.taken))
  const ready: ReadyFile[] = []
  // Rounds, not time: looking into a slow network folder may itself take longer than files need to settle.
  for (let round = 0; ; round++) {
    for (const inbox of exchange.inboxes) {
      const view = await lookInside(inbox, optionsOf(options))
      const { candidates, odd } = view
      await onLook?.(inbox, view)
      ready.push(...(await settler.observe(inbox, candidates)))
      if (!settler.unsettled() || round === SCAN_ROUNDS) onOdd?.(inbox, odd)
    }
    if (!settler.unsettled() || round === SCAN_ROUNDS) return ready
    await clock.sleep(Math.max(SHORTEST_PAUSE, exchange.settle), signal)
  }
}

async function lookInto(
  inbox: string,
  options: ScanOptions,
  settler: Settler,
  report: (error: ObmenError | undefined) => void,
  reportOdd: (odd: readonly OddEntry[]) => void,
): Promise<ReadyFile[]> {
  let view: InboxView
  try {
    view = await lookInside(inbox, optionsOf(options))
  } catch (error) {
    if (!(error instanceof ObmenError)) throw error
    report(error)
    return []
  }
  report(undefined)
  await options.onLook?.(inbox, view)
  const ready = await settler.observe(inbox, view.candidates)
  reportOdd([...view.odd, ...settler.stuck(inbox)])
  return ready
}

function optionsOf({ exchange, extensions }: ScanOptions): LookOptions {
  return { orders: exchange.orders?.file, marker: exchange.marker, extensions }
}

function pauseOf(settler: Settler, longest: number, clock: Clock): number {
  const next = settler.nextLook()
  return next === undefined ? longest : Math.max(0, Math.min(longest, next - clock.now()))
}

function listen({ inboxes, marker }: ExchangeConfig, extensions: readonly string[] | undefined, bell: Bell): FSWatcher {
  const watcher = watchFolders([...inboxes], {
    ignoreInitial: true,
    followSymlinks: false,
    ignored: (path, stats) => {
      if (inboxes.includes(path) || stats === undefined) return false
      const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
      if (stats.isDirectory()) return !isExchangeFolder(name)
      return !isExchangeName(name, extensions) && (marker === undefined || !isMarkerName(name, marker))
    },
  })
  watcher.on('all', () => bell.ring())
  // Whatever is wrong with an inbox shows when it is looked at.
  watcher.on('error', () => bell.ring())
  return watcher
}
