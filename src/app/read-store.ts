import type { Config } from '../config/model.ts'
import type { Store } from '../state/store.ts'
import { openReader } from './open-store.ts'

/** Reads the store beside a running service, or without one; undefined when no service has run on this state folder. */
export async function withStore<T>(config: Config, read: (store: Store) => Promise<T>): Promise<T | undefined> {
  const store = await openReader(config)
  if (store === undefined) return undefined
  try {
    return await read(store)
  } finally {
    await store.close()
  }
}
