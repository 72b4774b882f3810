import { expect, it } from 'vitest'
import { createClock } from '../core/clock.ts'
import { silentLog } from '../core/log.ts'
import { runChain, stage, type RunContext } from './stage.ts'

it('takes a batch of any size: a guard gives all changes of a large shop at once', async () => {
  const ctx: RunContext = {
    runId: 'r',
    purpose: 'look',
    complete: true,
    clock: createClock(),
    signal: new AbortController().signal,
    log: silentLog,
    reject: () => {},
  }
  const drain = stage<number, number>(async function* (input) {
    for await (const batch of input) yield batch
  })
  async function* source(): AsyncIterable<readonly number[]> {
    yield await Promise.resolve(Array.from({ length: 300_000 }, (_, i) => i))
  }
  expect((await runChain(source(), [drain], ctx)).length).toBe(300_000)
})
