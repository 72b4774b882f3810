import { basename } from 'node:path'
import { ObmenError, type Place } from '../../src/core/errors.ts'
import { openLmdbStore } from '../../src/state/open.ts'
import { createIngest } from '../laws/ingest.ts'

/** What became of a file: it was taken, or refused for a reason. */
export type Verdict =
  | { readonly taken: number }
  | { readonly code: string; readonly place: Place | undefined }
  | { readonly failed: string }

/** Options of `parse` for price lists, as JSON; CommerceML without them. */
const LIST =
  process.env['HOSTILE_LIST'] === undefined ? {} : { options: JSON.parse(process.env['HOSTILE_LIST']) as unknown }

/** Runs one file through the real ingest with an LMDB store. */
async function ingestOne(path: string, folder: string): Promise<Verdict> {
  const ingest = await createIngest({ store: await openLmdbStore({ folder }), ...LIST })
  try {
    const stored = await ingest.dropFile(basename(path), path)
    return { taken: stored?.records ?? 0 }
  } catch (error) {
    if (error instanceof ObmenError && error.kind === 'input') return { code: error.code, place: error.place }
    return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  } finally {
    await ingest.close()
  }
}

// The folder of the store, then the files; the verdicts go to standard output, one line of JSON each.
const [folder = '', ...paths] = process.argv.slice(2)
for (const path of paths) process.stdout.write(`${JSON.stringify(await ingestOne(path, folder))}\n`)
