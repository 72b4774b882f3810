import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lookInside } from '../sources/files/candidates.ts'
import { keyOfTaken } from '../sources/files/claim.ts'
import { createMemoryStore } from '../state/open.ts'
import type { ExchangeRuntime, Runtime } from './runtime.ts'
import { pruneTaken, takenOf } from './taken.ts'

let inbox: string
beforeEach(async () => {
  inbox = await mkdtemp(join(tmpdir(), 'obmen-taken-'))
})
afterEach(() => rm(inbox, { recursive: true, force: true }))

it('forgets taken files that went, changed or lay in an inbox of before, and none of an inbox that cannot be read', async () => {
  const exchange = { config: { name: 'main', inboxes: [inbox] } } as unknown as ExchangeRuntime
  const store = createMemoryStore()
  const runtime = { store } as unknown as Runtime
  const taken = takenOf(exchange, runtime)
  for (const name of ['stays.xml', 'goes.xml', 'changes.xml', 'price.csv']) await writeFile(join(inbox, name), 'a')
  const { candidates } = await lookInside(inbox, { extensions: ['xml', 'csv'] })
  for (const candidate of candidates) await taken.set(keyOfTaken(candidate), 'hash')
  await taken.set('/another\na.xml\n1\n1', 'hash')
  await rm(join(inbox, 'goes.xml'))
  await writeFile(join(inbox, 'changes.xml'), 'longer')

  expect(await pruneTaken(exchange, runtime)).toBe(3)

  const keys: string[] = []
  for await (const [key] of store.namespace('taken.main').entries()) keys.push(key.split('\n')[1] ?? '')
  expect(keys.sort()).toEqual(['price.csv', 'stays.xml'])

  await rm(inbox, { recursive: true })
  await expect(pruneTaken(exchange, runtime)).rejects.toMatchObject({ code: 'files.inbox_unreadable' })
  expect(await store.namespace('taken.main').count()).toBe(2)
})
