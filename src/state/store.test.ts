import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describeStore } from '../../test/contract/store.ts'
import { createMemoryStore, openLmdbStore } from './open.ts'

describeStore('memory', async () => {
  const store = createMemoryStore()
  return { store, discard: () => store.close() }
})

describeStore('LMDB', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'obmen-store-'))
  const store = await openLmdbStore({ folder })
  return {
    store,
    async discard() {
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
})
