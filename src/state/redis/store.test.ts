import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe } from 'vitest'

import { describeStore } from '../../../test/contract/store.ts'
import { startRedis, withoutRedis, type PrivateRedis } from '../../../test/private-redis.ts'
import { openRedisStore } from '../open.ts'

describe.skipIf(withoutRedis)('on a private Redis', () => {
  let redis: PrivateRedis
  let stores = 0
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.close())

  describeStore('Redis', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'obmen-store-'))
    const store = await openRedisStore({ url: redis.url, prefix: `shop-${++stores}`, folder })
    return {
      store,
      async discard() {
        await store.close()
        await rm(folder, { recursive: true })
      },
    }
  })
})
