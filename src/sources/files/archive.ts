import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import type { Files } from '../../core/files.ts'
import { exists } from '../../state/disk.ts'
import { foldersIn, readRecord, writeRecord, type Claim, type ClaimRecord } from './claim.ts'
import { localStamp } from './local-time.ts'

/** Where finished files go. */
export interface ArchiveOptions {
  readonly archiveFolder: string
  /** IANA zone of the exchange: days of the archive are the shop's days. */
  readonly timezone: string
  readonly files: Files
}

/**
 * Puts a processed file into `archive/<exchange>/<day>/<time>-<run>/`, with its record beside it for `obmen state rebuild`.
 * Resolves to its path. Called again after a crash it ends in the same place.
 */
export async function archive(claim: Claim, { archiveFolder, timezone, files }: ArchiveOptions): Promise<string> {
  const { day, time } = localStamp(claim.claimedAt, timezone)
  const folder = join(archiveFolder, claim.exchange, day, `${time}-${claim.run}`)
  await writeRecord(folder, recordOf(claim), files)
  const path = join(folder, claim.name)
  // The folder belongs to this run alone: what may stand there is a copy that a crash kept us from finishing, or the
  // file itself when only the last step failed.
  if ((await exists(claim.path)) || !(await exists(path))) await files.move(claim.path, path)
  await files.remove(claim.folder)
  return path
}

/** An archived file. */
export interface Archived extends ClaimRecord {
  readonly folder: string
  readonly path: string
}

/** What the archive holds of an exchange, oldest claim first. */
export async function listArchive(archiveFolder: string, exchange: string): Promise<Archived[]> {
  const found: Archived[] = []
  for (const day of await foldersIn(join(archiveFolder, exchange))) {
    for (const run of await foldersIn(join(archiveFolder, exchange, day))) {
      const folder = join(archiveFolder, exchange, day, run)
      const record = await readRecord(folder)
      if (record !== undefined) found.push({ ...record, folder, path: join(folder, record.name) })
    }
  }
  return found.sort((a, b) => a.claimedAt - b.claimedAt)
}

/**
 * Removes archived files that were claimed before a time (clock milliseconds), except those that `keep` wants: the last
 * complete full set and what followed it. Resolves to how many went.
 */
export async function pruneArchive(
  archiveFolder: string,
  exchange: string,
  before: number,
  files: Files,
  keep: (archived: Archived) => boolean = () => false,
): Promise<number> {
  let removed = 0
  for (const archived of await listArchive(archiveFolder, exchange)) {
    if (archived.claimedAt >= before || keep(archived)) continue
    await files.remove(archived.folder)
    removed += 1
  }
  for (const day of await foldersIn(join(archiveFolder, exchange))) {
    const folder = join(archiveFolder, exchange, day)
    if ((await readdir(folder)).length === 0) await files.remove(folder)
  }
  return removed
}

/** The part of a claim that is worth keeping. */
export function recordOf({ folder: _folder, path: _path, state: _state, ...record }: Claim): ClaimRecord {
  return record
}
