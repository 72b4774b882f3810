import type { Clock } from '../core/clock.ts'
import { isAbort, ObmenError } from '../core/errors.ts'
import type { Files } from '../core/files.ts'
import { silentLog } from '../core/log.ts'
import type { IncomingFile } from '../pipeline/flows.ts'
import { runChain, type RunContext, type Stage } from '../pipeline/stage.ts'
import { compareMembers } from '../sources/files/member-order.ts'
import { isArchive, removeUnpacked, unpack, type UnpackedMember } from '../sources/files/unpack.ts'
import { diffRecords } from '../stages/diff/records.ts'
import { parseFiles } from '../stages/parse/index.ts'
import type { OpenFile } from '../stages/parse/open-file.ts'
import { storeRecords, type Stored } from '../stages/store/index.ts'
import type { Catalogue } from '../state/catalogue.ts'
import type { Sets } from '../state/sets.ts'
import { newerThanPortion, runOfFile } from './stale-portion.ts'

/** A file that lies in an inbox. */
export interface LyingFile {
  readonly path: string
  /** Relative to the inbox, with slashes. */
  readonly name: string
  readonly inbox: string
  /** Clock milliseconds of its last change: the stamp of a file that states none. */
  readonly modifiedAt: number
}

/** Where the files are read into, and how. */
export interface ReadInto {
  /** Of a store of its own, which forgets everything afterwards. */
  readonly catalogue: Catalogue
  readonly sets: Sets
  readonly timezone: string
  readonly open: OpenFile
  /** For copies in UTF-8 and unpacked archives. */
  readonly workFolder: string
  readonly files: Files
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Called with the name of each file before it is read. */
  readonly onFile?: ((name: string) => void) | undefined
}

/** A file that cannot be read, and why. */
export interface UnreadFile {
  readonly name: string
  readonly error: ObmenError
}

/**
 * Reads exchange files where they lie, in the order in which 1C writes them, as the service would take them: nothing of
 * them is moved or changed. Resolves to the files that cannot be read.
 */
export async function readExport(lying: readonly LyingFile[], into: ReadInto): Promise<UnreadFile[]> {
  const stages = [parseFiles(into.open), diffRecords(into.catalogue), storeRecords(into.catalogue)]
  const unread: UnreadFile[] = []
  for (const file of lying.toSorted((a, b) => compareMembers(a.name, b.name))) {
    into.onFile?.(file.name)
    try {
      for (const member of await membersOf(file, into)) await readOne({ ...file, ...member }, stages, into)
    } catch (error) {
      if (into.signal.aborted || isAbort(error)) throw error
      if (!(error instanceof ObmenError) || error.kind !== 'input') throw error
      unread.push({ name: file.name, error })
      await noteBroken(file, error.code, into)
    } finally {
      if (isArchive(file.name)) await removeUnpacked({ ...file, folder: into.workFolder }, into.files)
    }
  }
  return unread
}

async function membersOf(
  { path, name }: LyingFile,
  { workFolder, files, signal }: ReadInto,
): Promise<readonly UnpackedMember[]> {
  return isArchive(name) ? unpack({ path, name, folder: workFolder }, { files, signal }) : [{ path, name }]
}

async function readOne(file: LyingFile, stages: readonly Stage[], into: ReadInto): Promise<void> {
  const { sets, timezone, clock, signal, workFolder } = into
  const incoming: IncomingFile = { ...file, workFolder, seenAt: file.modifiedAt }
  const run = await runOfFile(file.path, { name: file.name, workFolder, timezone }, signal).catch(() => undefined)
  if (run !== undefined && (await newerThanPortion(incoming, run, { sets, timezone, signal })) !== undefined) return
  const ctx: RunContext = {
    runId: 'preview',
    purpose: 'ingest',
    complete: false,
    clock,
    signal,
    log: silentLog,
    reject: () => {},
  }
  const [stored] = await runChain<Stored>(single(incoming), stages, ctx)
  if (stored !== undefined) await sets.note(stored.note, clock.now())
}

async function noteBroken({ path, name, inbox, modifiedAt }: LyingFile, code: string, into: ReadInto): Promise<void> {
  const { timezone, workFolder, signal, sets, clock } = into
  const run = await runOfFile(path, { name, workFolder, timezone }, signal).catch(() => undefined)
  const stamp = run?.stamp
  const broken = { name, inbox, family: run?.family ?? null, stamp, asOf: stamp ?? modifiedAt, code }
  await sets.noteBroken(broken, clock.now())
}

async function* single(file: IncomingFile): AsyncIterable<readonly IncomingFile[]> {
  yield await Promise.resolve([file])
}
