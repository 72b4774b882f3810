import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Place } from '../../src/core/errors.ts'
import { readerOf } from './project.ts'

/** A file in quarantine. */
export interface Kept {
  readonly name: string
  readonly reason: {
    readonly code: string
    readonly place?: Place
  }
  /** reason.txt */
  readonly text: string
}

/** What lies in quarantine, by name. */
export async function quarantined(root: string): Promise<Kept[]> {
  const folder = join(root, 'quarantine')
  const names = await readdir(folder, { recursive: true }).catch(() => [])
  const kept = names
    .filter((name) => /\.(?:xml|zip|csv|xlsx)$/i.test(name))
    .map(async (name): Promise<Kept> => {
      const run = join(folder, dirname(dirname(name)))
      const { reason } = JSON.parse(await readFile(join(run, 'reason.json'), 'utf8')) as Pick<Kept, 'reason'>
      return { name: basename(name), reason, text: await readFile(join(run, 'reason.txt'), 'utf8') }
    })
  return (await Promise.all(kept)).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Everything the catalogue holds, read beside the running service. */
export async function catalogueOf(root: string): Promise<Record<string, unknown>> {
  const store = await readerOf(root)
  const found: Record<string, unknown> = {}
  for (const namespace of ['catalogue.main', 'dictionary.main', 'exchange.main']) {
    for await (const [key, value] of store.namespace(namespace).entries()) found[`${namespace} ${key}`] = value
  }
  await store.close()
  return found
}
