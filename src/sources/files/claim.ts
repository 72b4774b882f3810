import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'

import type { Clock } from '../../core/clock.ts'
import { isAbort, ObmenError } from '../../core/errors.ts'
import type { Files } from '../../core/files.ts'
import { codeOf, exists } from '../../state/disk.ts'
import { ANY_FORMAT, isExchangeName, type Candidate } from './candidates.ts'
import { isSameState, openPlain, stateOf, type FileState } from './file-state.ts'
import { consumeMarker, restoreMarker } from './marker.ts'
import type { FileFault, IsDone, ReadyFile } from './settle.ts'

/** What is written down beside a claimed file, before it moves. */
export interface ClaimRecord extends FileState {
  readonly run: string
  readonly exchange: string
  readonly inbox: string
  /** Relative to the inbox, with slashes. */
  readonly name: string
  readonly take: 'move' | 'copy'
  /** Clock milliseconds. */
  readonly firstSeen: number
  readonly claimedAt: number
  /** How often a process died with this claim in its hands. */
  readonly tries: number
  /** The exchange's option `marker`, when it has one: a file that goes back needs its marker again. */
  readonly marker?: string
  /** Set when the file was claimed only to be put into quarantine. */
  readonly fault?: FileFault
}

/** A file that is ours until it is archived, quarantined or given back. */
export interface Claim extends ClaimRecord {
  /** `work/<run>`. */
  readonly folder: string
  /** The file inside it. */
  readonly path: string
  /** The claimed file as it was when it became ours. */
  readonly state: FileState
}

/** What came of an attempt to claim. */
export type ClaimResult =
  | { readonly state: 'claimed'; readonly claim: Claim }
  /** Somebody wrote to it after it had settled: it is in the inbox and will settle again. */
  | { readonly state: 'returned' }
  /** It is not there any more. */
  | { readonly state: 'gone' }
  /** Only `take: copy`: this content was taken before. */
  | { readonly state: 'known' }

/** Which files were taken, of `take: copy`: {@link keyOfTaken} → hash of the content. */
export interface TakenFiles {
  get(key: string): Promise<string | undefined>
  set(key: string, hash: string): Promise<void>
}

/** What claiming needs to know. */
export interface ClaimOptions {
  readonly exchange: string
  readonly take: 'move' | 'copy'
  readonly workFolder: string
  /** Names the folder in `work`; never used twice. */
  readonly runId: string
  readonly files: Files
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Needed for `take: copy`. */
  readonly taken?: TakenFiles
  /** The exchange's option `marker`. */
  readonly marker?: string | undefined
}

const RECORD = 'claim.json'
/** Where the members of a claimed archive stand while they are read: no folder of an inbox, whose names have no dot in front. */
export const UNPACKED = '.unpacked'
/** A copied file has its time of modification in microseconds, the disk may keep nanoseconds. Milliseconds. */
const TIME_GRAIN = 1
/** Longest name of a file, and room for `~2` at its end. Bytes. */
const NAME_BYTES = 255
const NUMBER_BYTES = 6

/**
 * Takes a ready file out of its inbox: `claim.json` first, then the file, which keeps its path below the inbox. From then
 * on it is ours, also after a crash ({@link orphans}).
 */
export async function claim(ready: ReadyFile, options: ClaimOptions): Promise<ClaimResult> {
  if (!(await isStill(ready.path, ready))) return (await exists(ready.path)) ? { state: 'returned' } : { state: 'gone' }
  return options.take === 'copy' ? claimCopy(ready, options) : claimByMove(ready, options)
}

async function claimByMove(ready: ReadyFile, options: ClaimOptions): Promise<ClaimResult> {
  const { files } = options
  const { record, folder, path } = await begin(ready, options)
  try {
    await files.move(ready.path, path)
  } catch (error) {
    await files.remove(folder)
    return notTaken(ready, error)
  }
  const state = await stateOf(path)
  const claimed: Claim = { ...record, folder, path, state }
  // Across file systems the inode is a new one; that the source stood still while it was copied was seen to by the move.
  if (state.size === ready.size && Math.abs(state.mtimeMs - ready.mtimeMs) <= TIME_GRAIN) {
    await takeMarker(claimed, files)
    return { state: 'claimed', claim: claimed }
  }
  await giveBack(claimed, files)
  return { state: 'returned' }
}

async function claimCopy(ready: ReadyFile, options: ClaimOptions): Promise<ClaimResult> {
  const { files, taken, signal } = options
  let hash: string
  try {
    hash = await hashOf(ready.path, signal)
  } catch (error) {
    return notTaken(ready, error)
  }
  if ((await taken?.get(keyOfTaken(ready))) === hash) return { state: 'known' }
  const { record, folder, path } = await begin(ready, options)
  try {
    await files.copy(ready.path, path)
  } catch (error) {
    await files.remove(folder)
    return notTaken(ready, error)
  }
  if (!(await isStill(ready.path, ready))) {
    await files.remove(folder)
    return { state: 'returned' }
  }
  await taken?.set(keyOfTaken(ready), hash)
  return { state: 'claimed', claim: { ...record, folder, path, state: await stateOf(path) } }
}

/** The marker goes with a moved file; with `take: copy` another program may still wait for it. */
async function takeMarker({ inbox, name, take, marker }: ClaimRecord, files: Files): Promise<void> {
  if (take === 'copy' || marker === undefined) return
  await consumeMarker(join(inbox, name), marker, (other) => isExchangeName(other, ANY_FORMAT), files)
}

/** What a failed move or copy means; the file still stands in its inbox, if anywhere. */
function notTaken(ready: ReadyFile, error: unknown): ClaimResult {
  if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ELOOP') return { state: 'gone' }
  if (error instanceof ObmenError && error.kind === 'transient') return { state: 'returned' }
  if (!['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error))) throw error
  throw new ObmenError('transient', 'files.cannot_take', `taking ${ready.path}: ${codeOf(error)}`, {
    cause: error,
    place: { file: ready.path },
    remedy:
      'Give Obmen the right to move files out of the inbox, and look whether another program holds the file open.',
  })
}

async function begin(
  ready: ReadyFile,
  options: ClaimOptions,
): Promise<{ record: ClaimRecord; folder: string; path: string }> {
  const { inbox, name, size, mtimeMs, ino, firstSeen, fault } = ready
  const { exchange, take, workFolder, runId, files, clock, marker } = options
  const record: ClaimRecord = {
    run: runId,
    exchange,
    inbox,
    name,
    take,
    size,
    mtimeMs,
    ino,
    firstSeen,
    claimedAt: clock.now(),
    tries: 0,
    ...(marker === undefined ? {} : { marker }),
    ...(fault === undefined ? {} : { fault }),
  }
  const folder = join(workFolder, runId)
  await writeRecord(folder, record, files)
  return { record, folder, path: join(folder, name) }
}

/** True while the claimed file is the one that became ours: to be asked again after it was read, and before it has an effect. */
export async function isUntouched({ path, state }: Claim): Promise<boolean> {
  return isStill(path, state)
}

/**
 * Puts a claimed file back into its inbox, where it settles again. A newer file of its name that stands there by now is
 * not overwritten: the older one gets a name beside it.
 */
export async function giveBack(claim: Claim, files: Files): Promise<void> {
  if (claim.take === 'move') {
    const back = await moveAside(claim.path, join(claim.inbox, claim.name), files)
    if (claim.marker !== undefined) await restoreMarker(back, claim.marker, files)
  }
  await files.remove(claim.folder)
}

/**
 * The claims that were left in `work`, oldest first, to be run again. What crashed before its file moved, or after it
 * left, is cleared away. To be called before anything is claimed. `why`: a dead process counts one more try for the file
 * that it may have died over; one whose work had to give way does not.
 */
export async function orphans(workFolder: string, files: Files, why: 'died' | 'aborted' = 'died'): Promise<Claim[]> {
  const found: Claim[] = []
  for (const run of await foldersIn(workFolder)) {
    const folder = join(workFolder, run)
    const record = await readRecord(folder)
    if (record === undefined) {
      if (await isRest(folder)) await files.remove(folder)
      continue
    }
    const path = join(folder, record.name)
    const stays = record.take === 'move' && (await isStill(join(record.inbox, record.name), record))
    if (stays || !(await exists(path))) {
      await files.remove(folder)
      continue
    }
    const again = { ...record, tries: record.tries + (why === 'died' ? 1 : 0) }
    await writeRecord(folder, again, files)
    await takeMarker(record, files)
    found.push({ ...again, folder, path, state: await stateOf(path) })
  }
  return found.sort((a, b) => a.claimedAt - b.claimedAt)
}

/** With `take: move` what still stands in the inbox is not done; with `take: copy` it is when it was taken before. */
export function isDoneBy(take: 'move' | 'copy', taken: TakenFiles | undefined): IsDone | undefined {
  if (take !== 'copy' || taken === undefined) return undefined
  return async (file) => (await taken.get(keyOfTaken(file))) !== undefined
}

/** The key by which {@link TakenFiles} knows a file. */
export function keyOfTaken({ inbox, name, size, mtimeMs }: Candidate): string {
  return `${inbox}\n${name}\n${size}\n${mtimeMs}`
}

/** The record in a claim's folder, or in the folder of the archive it went to; undefined when there is none. */
export async function readRecord(folder: string): Promise<ClaimRecord | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, RECORD), 'utf8')) as ClaimRecord
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw new ObmenError('fatal', 'files.claim_broken', `reading ${join(folder, RECORD)}: ${String(error)}`, {
      cause: error,
      place: { file: join(folder, RECORD) },
      remedy: `Move the exchange file in ${folder} back to its inbox by hand and delete the folder.`,
    })
  }
}

/** Writes the record beside the file it speaks of. */
export async function writeRecord(folder: string, record: ClaimRecord, files: Files): Promise<void> {
  await files.writeAtomic(join(folder, RECORD), `${JSON.stringify(record, null, 2)}\n`)
}

/** Moves a file to a place, or beside it (`name~2.xml`) when another file stands there. Resolves to where it is. */
export async function moveAside(from: string, to: string, files: Files): Promise<string> {
  const extension = extname(to)
  const stem = join(dirname(to), shortened(basename(to, extension), NAME_BYTES - Buffer.byteLength(extension)))
  for (let n = 2, target = to; ; n++) {
    if (!(await exists(target))) {
      await files.move(from, target)
      return target
    }
    target = `${stem}~${n}${extension}`
  }
}

/** The beginning of a name that leaves room for a number behind it. */
function shortened(stem: string, bytes: number): string {
  let kept = stem
  while (Buffer.byteLength(kept) > bytes - NUMBER_BYTES) kept = Array.from(kept).slice(0, -1).join('')
  return kept
}

/** Names of the folders inside a folder; none when it is missing. */
export async function foldersIn(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

/** True for a folder without a record that holds no exchange file: spooled data, or a record never finished. */
async function isRest(folder: string): Promise<boolean> {
  const names = await readdir(folder, { recursive: true })
  return !names.some((name) => /\.(xml|zip|csv|xlsx)$/i.test(name) && !name.startsWith(UNPACKED))
}

async function isStill(path: string, state: FileState): Promise<boolean> {
  try {
    return isSameState(await stateOf(path), state)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false
    throw error
  }
}

async function hashOf(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  const handle = await openPlain(path)
  try {
    await pipeline(handle.createReadStream(), hash, { signal })
  } catch (error) {
    throw isAbort(error) && signal.aborted ? (signal.reason as Error) : error
  }
  return hash.digest('hex')
}
