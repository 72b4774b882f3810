import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config/model.ts'
import type { Failpoint } from '../state/failpoint.ts'
import { openLmdbStore, openRedisStore } from '../state/open.ts'
import { hasRedisStore } from '../state/redis/witness.ts'
import type { Store } from '../state/store.ts'

/** Opens the store that the configuration names, to write. The state folder must be locked. @throws ObmenError `state.*` */
export function openStore({ folders, redis }: Config, failpoint: Failpoint | undefined): Promise<Store> {
  if (redis === undefined) return openLmdbStore({ folder: lmdbFolder(folders), failpoint })
  return openRedisStore({ ...redis, folder: folders.state, failpoint })
}

/** Opens it beside a running service, or without one; undefined when no service has run on this state folder. */
export async function openReader({ folders, redis }: Config): Promise<Store | undefined> {
  if (redis !== undefined) {
    const folder = folders.state
    return hasRedisStore(folder) ? openRedisStore({ ...redis, folder, readOnly: true }) : undefined
  }
  const folder = lmdbFolder(folders)
  return existsSync(folder) ? openLmdbStore({ folder, readOnly: true }) : undefined
}

/** Where the store lies, for people. */
export function placeOfStore({ folders, redis }: Config): string {
  return redis === undefined ? folders.state : `Redis (redis в config/obmen.yaml), ключи ${redis.prefix}:*`
}

function lmdbFolder({ state }: Config['folders']): string {
  return join(state, 'store')
}
