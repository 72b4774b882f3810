import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRandom } from '../../fixtures/random.ts'
import { zipOf } from '../../src/formats/zip/test-support.ts'
import { inspect } from '../../src/views/inspect.ts'
import { readCorpus, type CorpusFile } from './corpus.ts'
import { mutate, type MutationKind } from './mutations.ts'

const SEEDS = 300

/** Those that mean something to bytes which are no text. */
const KINDS: readonly MutationKind[] = [
  'flip',
  'set',
  'delete',
  'duplicate',
  'move',
  'truncate',
  'nuls',
  'splice',
  'glue',
]

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'obmen-fuzz-zip-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** An archive of some files of the corpus, and others for splices. */
function archives(): readonly CorpusFile[] {
  const corpus = readCorpus()
  const one = (name: string, files: readonly CorpusFile[], zip64: boolean): CorpusFile => ({
    name,
    bytes: zipOf(
      files.map(({ name: member, bytes }) => ({ name: basename(member), text: bytes })),
      { zip64 },
    ),
  })
  return [one('small.zip', corpus.slice(0, 2), false), one('more.zip', corpus.slice(2, 8), true)]
}

test('mutated archives are read member by member or refused as input, and leave nothing behind', async () => {
  const corpus = archives()
  const path = join(root, 'export.zip')
  const faults: string[] = []
  let read = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const random = createRandom(seed)
    let { bytes } = random.pick(corpus)
    for (let count = 1 + random.below(3); count > 0; count--) bytes = mutate(bytes, random.pick(KINDS), random, corpus)
    await writeFile(path, bytes)

    const options = { workFolder: root, timezone: 'Europe/Moscow' }
    try {
      for await (const result of inspect([path], options, new AbortController().signal)) {
        if (!('error' in result)) read++
        else if (result.error.kind !== 'input' || result.error.place?.file === undefined) {
          faults.push(`seed ${seed}: ${result.error.kind} ${result.error.code}`)
        }
      }
    } catch (error) {
      faults.push(`seed ${seed}: ${String(error)}`)
    }
    const left = (await readdir(root)).filter((name) => !['export.zip', 'member.xml'].includes(name))
    if (left.length > 0) faults.push(`seed ${seed}: left ${left.join()}`)
  }

  expect(faults).toEqual([])
  expect(read).toBeGreaterThan(0)
})
