import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeFileFault } from './file-faults.ts'
import { inspect } from './inspect.ts'

const broken = new URL('../../fixtures/broken/', import.meta.url).pathname

test('people are told in Russian of every fault that the broken fixtures have', async () => {
  const options = { workFolder: await mkdtemp(join(tmpdir(), 'obmen-faults-')), timezone: 'Europe/Moscow' }
  const codes = new Set<string>()
  for await (const result of inspect([broken], options, new AbortController().signal)) {
    if ('error' in result) codes.add(result.error.code)
  }

  const untold = [...codes].filter((code) => describeFileFault(code, 'not told', undefined).what.includes('not told'))

  expect(codes.size).toBeGreaterThan(8)
  expect(untold).toEqual([])
})
