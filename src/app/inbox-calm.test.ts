import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Notice } from '../core/notice.ts'
import { createMemoryStore } from '../state/open.ts'
import { InboxCalm } from './inbox-calm.ts'
import type { ExchangeRuntime, Runtime } from './runtime.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let inbox: string
let now: number
let told: Notice[]
let resolved: string[]
let calm: InboxCalm
beforeEach(async () => {
  inbox = await mkdtemp(join(tmpdir(), 'obmen-calm-'))
  now = Date.UTC(2026, 10, 22, 14)
  told = []
  resolved = []
  const exchange = { config: { name: 'main', take: 'move', inboxes: [inbox] } } as unknown as ExchangeRuntime
  const notifier = {
    raise: (notice: Notice) => Promise.resolve(void told.push(notice)),
    resolve: (cause: string) => Promise.resolve(void resolved.push(cause)),
  }
  const store = createMemoryStore()
  const runtime = { clock: { now: () => now }, notifier, store } as unknown as Runtime
  calm = new InboxCalm(exchange, runtime, ['xml', 'zip'], () => Promise.resolve())
})
afterEach(() => rm(inbox, { recursive: true, force: true }))

it('a file that nobody can take keeps sets open, and is told of after an hour and once an hour, until it is gone', async () => {
  await writeFile(join(inbox, 'offers0_2.xml'), '<КоммерческаяИнформация')

  expect(await calm.filesWait(inbox)).toBe(true)
  now += HOUR - 1
  expect(await calm.filesWait(inbox)).toBe(true)
  expect(told).toEqual([])
  now += 1
  expect(await calm.filesWait(inbox)).toBe(true)
  expect(await calm.filesWait(inbox)).toBe(true)
  expect(told.map(({ what, data }) => [what.includes('уже 1 час'), data])).toEqual([[true, 'offers0_2.xml']])

  await rm(join(inbox, 'offers0_2.xml'))
  expect(await calm.filesWait(inbox)).toBe(false)
  await calm.closed(inbox)
  expect(resolved).toEqual(told.map(({ cause }) => cause))
})

it('an inbox that cannot be read holds nobody knows what', async () => {
  await rm(inbox, { recursive: true })

  expect(await calm.filesWait(inbox)).toBe(true)
})

it('after the clock was put back an inbox is quiet from when that was seen, or from the file that came since', () => {
  const ahead = now + 24 * HOUR
  const seen = now

  expect(calm.quietSince(inbox, { past: now - HOUR, ahead })).toBe(seen)
  now += 10 * MINUTE
  expect(calm.quietSince(inbox, { past: seen - HOUR, ahead })).toBe(seen)
  expect(calm.quietSince(inbox, { past: seen + MINUTE, ahead })).toBe(seen + MINUTE)
  // Put back once more.
  now = seen - HOUR
  expect(calm.quietSince(inbox, { past: 0, ahead })).toBe(seen - HOUR)
  expect(calm.quietSince(inbox, { past: 5 })).toBe(5)
})
