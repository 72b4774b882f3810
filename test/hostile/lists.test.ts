import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseOptions } from '../../src/stages/parse/options.ts'
import { writeParts } from './files.ts'
import { csvCases, LIST_FIELDS, xlsxCases } from './lists.ts'
import { ingestAlone } from './run.ts'

/** What a file of any size may take (design §12), in bytes. */
const MOST_MEMORY = 300 * 1024 * 1024

let root: string
let work: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'obmen-hostile-lists-'))
  work = join(root, 'work')
  await mkdir(work)
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** What lies in the folder for temporary files; tsx keeps what it compiled there. */
async function left(): Promise<string[]> {
  return (await readdir(work)).filter((name) => !name.startsWith('tsx-'))
}

test('tables as text that are too much of something are refused, with little memory', async () => {
  const paths = csvCases.map((_, i) => join(root, `${i}.csv`))
  for (const [i, { parts }] of csvCases.entries()) await writeParts(paths[i] as string, parts)

  const { verdicts, memory } = await ingestAlone(
    paths,
    work,
    parseOptions.parse({ format: 'csv', fields: LIST_FIELDS }),
  )

  expect(verdicts.map((verdict, i) => [csvCases[i]?.name, verdict])).toMatchObject(
    csvCases.map(({ name, code }) => [name, { code }]),
  )
  expect(memory / 1024 / 1024).toBeLessThan(MOST_MEMORY / 1024 / 1024)
  expect(await left()).toEqual(['store'])
})

test('workbooks that are too much of something are refused, with little memory', async () => {
  const paths = xlsxCases.map((_, i) => join(root, `${i}.xlsx`))
  for (const [i, { build }] of xlsxCases.entries()) await writeFile(paths[i] as string, build())

  const list = parseOptions.parse({ format: 'xlsx', fields: LIST_FIELDS })
  const { verdicts, memory } = await ingestAlone(paths, work, list)

  expect(verdicts.map((verdict, i) => [xlsxCases[i]?.name, verdict])).toMatchObject(
    xlsxCases.map(({ name, code }) => [name, { code }]),
  )
  expect(memory / 1024 / 1024).toBeLessThan(MOST_MEMORY / 1024 / 1024)
  expect(await left()).toEqual(['store'])
})
