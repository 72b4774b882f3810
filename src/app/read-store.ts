import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/model.ts'
import { openLmdbStore } from '../state/open.ts'
import type { Store } from '../state/store.ts'

/** Reads the store beside a running service, or without one; undefined when no service has run on this state folder. */
export async function withStore<T>(config: Config, read: (store: Store) => Promise<T>): Promise<T | undefined> {
  const folder = join(config.folders.state, 'store')
  if (!existsSync(folder)) return undefined
  const store = await openLmdbStore({ folder, readOnly: true })
  try {
    return await read(store)
  } finally {
    await store.close()
  }
}
