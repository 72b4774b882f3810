import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { formatPlace, ObmenError, type Place } from '../../core/errors.ts'
import type { Files } from '../../core/files.ts'
import { codeOf, exists } from '../../state/disk.ts'
import { recordOf } from './archive.ts'
import { foldersIn, moveAside, type Claim, type ClaimRecord } from './claim.ts'
import { localStamp } from './local-time.ts'
import { restoreMarker } from './marker.ts'

/** Why a file was put aside. `what` and `todo` are Russian, for people; without them message and remedy are shown. */
export interface QuarantineReason {
  readonly code: string
  readonly message: string
  readonly place?: Place
  readonly remedy?: string
  readonly what?: string
  readonly todo?: string
}

/** Where unusable files go. */
export interface QuarantineOptions {
  readonly quarantineFolder: string
  /** IANA zone of the exchange. */
  readonly timezone: string
  readonly files: Files
}

/** A file in quarantine. */
export interface Quarantined {
  /** The run that could not use it; its name for `obmen quarantine release`. */
  readonly run: string
  readonly folder: string
  readonly path: string
  readonly origin: ClaimRecord
  readonly reason: QuarantineReason
}

/**
 * Puts a file that cannot be used into `quarantine/<day>/<run>/`, with `reason.json` for programs and `reason.txt` for
 * people. The reason is written before the file moves, so there is no file without one.
 */
export async function quarantine(
  claim: Claim,
  reason: QuarantineReason,
  { quarantineFolder, timezone, files }: QuarantineOptions,
): Promise<Quarantined> {
  const folder = folderOf(claim, { quarantineFolder, timezone })
  const origin = recordOf(claim)
  await files.writeAtomic(join(folder, 'reason.json'), `${JSON.stringify({ reason, origin }, null, 2)}\n`)
  await files.writeAtomic(join(folder, 'reason.txt'), describe(origin, reason, timezone))
  const path = join(folder, claim.name)
  await files.move(claim.path, path)
  await files.remove(claim.folder)
  return { run: claim.run, folder, path, origin, reason }
}

/** Where {@link quarantine} will put a claimed file. */
export function quarantinePath(claim: Claim, options: Omit<QuarantineOptions, 'files'>): string {
  return join(folderOf(claim, options), claim.name)
}

function folderOf({ claimedAt, run }: Claim, options: Omit<QuarantineOptions, 'files'>): string {
  return join(options.quarantineFolder, localStamp(claimedAt, options.timezone).day, run)
}

/** What lies in quarantine, oldest first. */
export async function listQuarantine(quarantineFolder: string): Promise<Quarantined[]> {
  const found: Quarantined[] = []
  for (const day of await foldersIn(quarantineFolder)) {
    for (const run of await foldersIn(join(quarantineFolder, day))) {
      const folder = join(quarantineFolder, day, run)
      const entry = await readReason(join(folder, 'reason.json'))
      if (entry === undefined) continue
      const path = join(folder, entry.origin.name)
      // A crash can leave a reason whose file is still in work; it comes again at the next start.
      if (await exists(path)) found.push({ ...entry, run, folder, path })
    }
  }
  return found.sort((a, b) => a.origin.claimedAt - b.origin.claimedAt)
}

/** Puts a file back into its inbox, where it is taken again as any file. Resolves to its path. */
export async function releaseQuarantined({ path, folder, origin }: Quarantined, files: Files): Promise<string> {
  const back = await moveAside(path, join(origin.inbox, origin.name), files)
  if (origin.marker !== undefined) await restoreMarker(back, origin.marker, files)
  await files.remove(folder)
  return back
}

async function readReason(
  path: string,
): Promise<{ readonly reason: QuarantineReason; readonly origin: ClaimRecord } | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as { reason: QuarantineReason; origin: ClaimRecord }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw new ObmenError('fatal', 'files.reason_broken', `reading ${path}: ${String(error)}`, {
      cause: error,
      place: { file: path },
      remedy: 'Move the exchange file beside it back to its inbox by hand and delete the folder.',
    })
  }
}

/** The text that a person finds beside the file; with a byte order mark, for the editors of Windows. */
function describe(origin: ClaimRecord, reason: QuarantineReason, timezone: string): string {
  const { day, time } = localStamp(origin.claimedAt, timezone)
  const place = formatPlace(reason.place)
  const lines = [
    `Файл ${origin.name} отложен и не загружен: ни целиком, ни частично.`,
    '',
    `Когда: ${day} ${time.slice(0, 2)}:${time.slice(2, 4)}`,
    `Откуда: ${origin.inbox}`,
    `Что случилось: ${reason.what ?? reason.message}`,
    ...(place === '' ? [] : [`Где: ${whereIn(reason.place as Place, origin.name)}`]),
    `Что делать: ${reason.todo ?? reason.remedy ?? 'Повторите выгрузку из 1С.'}`,
    '',
    `Если файл исправлен или отложен по ошибке, верните его в обмен: obmen quarantine release ${origin.run}`,
    `Код причины: ${reason.code}`,
  ]
  return `\uFEFF${lines.join('\r\n')}\r\n`
}

function whereIn({ file, cell, line, column }: Place, name: string): string {
  const parts = [
    `файл ${file ?? name}`,
    ...(cell === undefined ? [] : [`ячейка ${cell}`]),
    ...(line === undefined ? [] : [`строка ${line}`]),
    ...(column === undefined ? [] : [`позиция ${column}`]),
  ]
  return parts.join(', ')
}
