import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { MOST_RECORDS } from '../../src/formats/commerceml/limits.ts'
import { openExchangeFile } from '../../src/formats/commerceml/index.ts'
import { encodingCases, largeCases, outsideCases, type HostileCase } from './cases.ts'
import type { Verdict } from './child.ts'
import { amongOffers, writeParts } from './files.ts'
import { ingestAlone } from './run.ts'

/** What a file of any size may take (design §12). */
const MOST_MEMORY = 300 * 1024 * 1024

let root: string
let work: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'obmen-hostile-'))
  work = join(root, 'work')
  await mkdir(work)
})
afterEach(() => rm(root, { recursive: true, force: true }))

function shown(verdict: Verdict): HostileCase['expected'] | string {
  if ('taken' in verdict) return verdict.taken
  if ('failed' in verdict) return verdict.failed
  return [verdict.code, verdict.place?.line ?? 0, verdict.place?.column ?? 0]
}

/** What lies in the folder for temporary files; tsx keeps what it compiled there. */
async function left(): Promise<string[]> {
  return (await readdir(work)).filter((name) => !name.startsWith('tsx-'))
}

async function verdictsOf(
  cases: readonly HostileCase[],
): Promise<{ readonly found: unknown; readonly memory: number }> {
  const paths = cases.map((_, i) => join(root, `${i}.xml`))
  for (const [i, { parts }] of cases.entries()) await writeParts(paths[i] as string, parts)
  const { verdicts, memory } = await ingestAlone(paths, work)
  return { found: cases.map(({ name }, i) => [name, shown(verdicts[i] as Verdict)]), memory }
}

function expectedOf(cases: readonly HostileCase[]): unknown {
  return cases.map(({ name, expected }) => [name, expected])
}

test('entities, DTDs and what lies elsewhere are refused or left alone: nothing is fetched, nothing is read', async () => {
  let asked = 0
  const server: Server = createServer((_, response) => {
    asked++
    response.end()
  })
  server.on('connection', () => asked++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const secret = join(root, 'secret')
  await writeFile(secret, 'a word that stands nowhere else')
  const cases = outsideCases(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, secret)

  const { found, memory } = await verdictsOf(cases)
  server.close()

  expect(found).toEqual(expectedOf(cases))
  expect(memory).toBeLessThan(MOST_MEMORY)
  expect(asked).toBe(0)
  expect((await readFile(join(work, 'store', 'data.mdb'))).includes('a word that stands')).toBe(false)
  expect(await left()).toEqual(['store'])
})

test('files in a wrong encoding are read as what they are, or refused with the place', async () => {
  const { found, memory } = await verdictsOf(encodingCases)

  expect(found).toEqual(expectedOf(encodingCases))
  expect(memory).toBeLessThan(MOST_MEMORY)
  expect(await left()).toEqual(['store'])
})

test.each(largeCases.map((each) => [each.name, each] as const))('%s', async (_, each) => {
  const { found, memory } = await verdictsOf([each])

  expect(found).toEqual(expectedOf([each]))
  expect(memory / 1024 / 1024).toBeLessThan(MOST_MEMORY / 1024 / 1024)
  expect(await left()).toEqual(['store'])
})

test('a file of more records than are remembered is refused at the first one too many', async () => {
  const path = join(root, 'offers.xml')
  const two = '<Предложение><Ид>a</Ид></Предложение>\n<Предложение><Ид>b</Ид></Предложение>\n'
  await writeParts(path, amongOffers({ times: MOST_RECORDS / 2 + 1, of: two }))
  const { signal } = new AbortController()
  const file = await openExchangeFile(path, { name: 'offers.xml', workFolder: work, timezone: 'Europe/Moscow' }, signal)
  let records = 0

  const reading = (async () => {
    for await (const batch of file.records(signal)) records += batch.length
  })()

  await expect(reading).rejects.toMatchObject({
    kind: 'input',
    code: 'commerceml.too_many_records',
    place: { file: 'offers.xml', line: 4 + MOST_RECORDS, column: 1 },
  })
  expect(records).toBeLessThanOrEqual(MOST_RECORDS)
})
