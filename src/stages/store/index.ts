import { z } from 'zod'
import { ObmenError } from '../../core/errors.ts'
import type { FileChange } from '../../pipeline/flows.ts'
import { stage, type RunContext, type Stage, type StageDefinition } from '../../pipeline/stage.ts'
import type { Catalogue, RecordToApply } from '../../state/catalogue.ts'
import type { FileNote } from '../../state/sets.ts'
import { ChangedItems, type ItemsToLookAt } from './changed-items.ts'
import { FileChanges, type FileSource } from './file-changes.ts'

/** What one file did to the catalogue. */
export interface Stored {
  readonly file: string
  readonly stamp: number
  /** Records of the file, changed or not. */
  readonly records: number
  readonly changed: number
  /** Records that were older than what is in force. */
  readonly ignored: number
  /** Items whose entry changed. */
  readonly items: ItemsToLookAt
  readonly dictionaryChanged: boolean
  /** Records of offers, changed or not. */
  readonly offers: number
  readonly statesStocks: boolean
  readonly warnings: readonly { readonly code: string; readonly line: number; readonly count: number }[]
  /** What the set that the file belongs to has to know of it. */
  readonly note: FileNote
}

/**
 * Changes applied in one commit: so many, or fewer where they say much. What a commit needs must die young: what outlives
 * it there is garbage that V8 lets grow to several times of what is alive. Measured on a first load of 100,000 offers
 * (564 MB), time of the processor and RssAnon: 2,500 records 31.4 s and 336 MB, 1,000 records 30.9 s and 229 MB.
 */
const COMMIT_RECORDS = 1_000
const COMMIT_CHARACTERS = 600_000

/** A stamp further ahead of the clock than this counts as the arrival of its file (design §6). */
export const FUTURE = 86_400_000

/**
 * `store` drains its input first, checking and decoding every changed record: no effect before the whole file is sound.
 * Then it applies them.
 */
export const store: StageDefinition = {
  type: 'store',
  summary: 'Заносит сказанное в файле в каталог: файл целиком или ничего.',
  role: 'commit',
  options: () => z.strictObject({}),
  flows: { 'record-change': 'stored' },
  examples: ['store'],
  create(_use, pipeline, services) {
    if (pipeline.to.catalogue === undefined) {
      throw new ObmenError('config', 'stage.store_target', `building ${pipeline.name}: store needs a catalogue`)
    }
    return storeRecords(services.exchange(pipeline.to.catalogue).catalogue)
  },
}

/** Applies the changed records of one file to a catalogue, all or none. */
export function storeRecords(catalogue: Catalogue): Stage {
  return stage<FileChange, Stored>(async function* (input, ctx) {
    const changes = new FileChanges()
    try {
      for await (const batch of input) {
        for (const change of batch) changes.add(change)
        await changes.settle()
      }
      if (ctx.purpose === 'check') return
      if (changes.source !== undefined) yield [await applyFile(changes, changes.source, catalogue, ctx)]
    } finally {
      await changes.close()
    }
  })
}

async function applyFile(
  changes: FileChanges,
  { file, incoming }: FileSource,
  catalogue: Catalogue,
  ctx: RunContext,
): Promise<Stored> {
  const stated = file.header.stamp ?? incoming.seenAt
  const stamp = stated > ctx.clock.now() + FUTURE ? incoming.seenAt : stated
  const application = await catalogue.begin(stamp, incoming.name)
  const items = new ChangedItems()
  let ignored = 0
  let dictionaryChanged = false
  let batch: RecordToApply[] = []
  let characters = 0
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return
    const result = await application.apply(batch)
    ignored += result.ignored
    dictionaryChanged ||= result.dictionaryChanged
    items.add(result.items)
    batch = []
    characters = 0
  }
  for await (const records of changes.records(ctx.signal)) {
    ctx.signal.throwIfAborted()
    for (const { line, size, ...record } of records) {
      characters += size
      batch.push({ ...record, place: `${incoming.name}:${file.placeOf(line)}` })
      if (batch.length >= COMMIT_RECORDS || characters >= COMMIT_CHARACTERS) await flush()
    }
  }
  await flush()
  const { unchanged } = changes
  if (unchanged !== undefined) application.noteUnchanged(unchanged)
  await application.finish(ctx.clock.now())
  const { stamp: fileStamp } = file.header
  const { family, version } = file.summary
  const note: FileNote = {
    name: incoming.name,
    inbox: incoming.inbox,
    family,
    ...(version === '' ? {} : { version }),
    ...(fileStamp === undefined ? {} : { stamp: fileStamp }),
    asOf: stamp,
    ...changes.stated,
  }
  return {
    file: incoming.name,
    stamp,
    records: changes.count + (unchanged?.named.length ?? 0),
    changed: changes.count,
    ignored,
    items: items.toLookAt(),
    dictionaryChanged,
    offers: changes.offers + (unchanged?.offers ?? 0),
    statesStocks: application.statesStocks,
    warnings: file.summary.warnings,
    note,
  }
}
