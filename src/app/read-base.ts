import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import { lookInside } from '../sources/files/candidates.ts'
import { openerOf } from '../stages/parse/open-file.ts'
import { Catalogue } from '../state/catalogue.ts'
import { createFiles } from '../state/disk.ts'
import { createMemoryStore } from '../state/open.ts'
import { Sets, type Producer } from '../state/sets.ts'
import { surveyBase, type Survey } from '../views/survey.ts'
import { readExport, type LyingFile, type UnreadFile } from './read-export.ts'

/** What the files in the folders of a 1C base say; they stay as they are. */
export interface BaseReading {
  readonly survey: Survey
  /** Who wrote most of the files; null when nothing tells. */
  readonly family: Producer
  /** When 1C wrote the newest of them, epoch milliseconds; undefined when none says. */
  readonly newestStamp: number | undefined
  /** How many exchange files lie there. */
  readonly files: number
  /** Those that cannot be read. */
  readonly unread: readonly UnreadFile[]
}

/** What reading a base needs to know. */
export interface ReadBaseOptions {
  /** IANA zone of the base. */
  readonly timezone: string
  /** Our own order file, should it lie in one of the folders. */
  readonly orders?: string | undefined
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Reads whatever exchange files lie in these folders. @throws ObmenError transient `files.inbox_unreadable` */
export async function readBase(inboxes: readonly string[], options: ReadBaseOptions): Promise<BaseReading> {
  const { timezone, orders, clock, signal } = options
  const lying: LyingFile[] = []
  for (const inbox of inboxes) {
    const { candidates } = await lookInside(inbox, { orders })
    for (const { path, name, mtimeMs } of candidates) {
      lying.push({ path, name, inbox, modifiedAt: clock.fromReal(mtimeMs) })
    }
  }
  const store = createMemoryStore()
  const catalogue = new Catalogue(store, 'main')
  const sets = new Sets(store, 'main')
  const workFolder = await mkdtemp(join(tmpdir(), 'obmen-base-'))
  try {
    const open = openerOf({ format: 'commerceml' }, timezone, clock)
    const into = { catalogue, sets, timezone, open, workFolder, files: createFiles(), clock, signal }
    const unread = await readExport(lying, into)
    const survey = await surveyBase(catalogue.entries(), await catalogue.dictionary())
    const { newestStamp } = await catalogue.facts()
    return { survey, family: await familyOf(sets), newestStamp, files: lying.length, unread }
  } finally {
    await store.close()
    await rm(workFolder, { recursive: true, force: true })
  }
}

async function familyOf(sets: Sets): Promise<Producer> {
  const counts = new Map<Producer, number>()
  for (const { family } of await sets.all()) if (family !== null) counts.set(family, (counts.get(family) ?? 0) + 1)
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a)
  return most?.[0] ?? null
}
