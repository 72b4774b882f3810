import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadProject } from '../../src/app/project.ts'
import { formatDiagnostic } from '../../src/core/diagnostic.ts'
import { parse } from '../../src/stages/parse/index.ts'

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'obmen-options-'))
  for (const folder of ['config', 'pipelines'])
    await cp(join(REPOSITORY, folder), join(root, folder), { recursive: true })
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** What is found wrong when this stands for the parse of the shipped pipeline. */
async function findings(stage: string): Promise<string[]> {
  const file = join(root, 'pipelines', '1c.yaml')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace('parse: { format: commerceml }', stage))
  const env = { OZON_CLIENT_ID: '1', OZON_API_KEY: 'k', SMTP_URL: 'smtp://localhost' }
  const { diagnostics } = await loadProject(root, env)
  return diagnostics.map(formatDiagnostic)
}

test.each(parse.examples.map((example) => [example]))('loads the example %s', async (example) => {
  expect(await findings(example)).toEqual([])
})

test.each([
  [
    'parse: { format: cvs }',
    'pipelines/1c.yaml:7:22 error config.invalid_value: "format" is "cvs"; one of commerceml, csv, xlsx, xml is expected; did you mean "csv"?',
  ],
  ['parse: { fields: { id: A } }', 'pipelines/1c.yaml:7:5 error config.missing_key: the key "format" is missing'],
  ['parse: { format: csv }', 'pipelines/1c.yaml:7:5 error config.missing_key: the key "fields" is missing'],
  [
    'parse: { format: csv, fields: { article: A } }',
    'pipelines/1c.yaml:7:27 error config.missing_key: the key "id" is missing',
  ],
  [
    'parse: { format: csv, fields: { id: A, nmae: B } }',
    'pipelines/1c.yaml:7:44 error config.unknown_key: unknown key "nmae"; did you mean "name"?',
  ],
  [
    'parse: { format: csv, fields: { id: A }, scop: full }',
    'pipelines/1c.yaml:7:46 error config.unknown_key: unknown key "scop"; did you mean "scope"?',
  ],
  [
    'parse: { format: csv, fields: { id: A }, scope: delta }',
    'pipelines/1c.yaml:7:53 error config.invalid_value: "scope" is "delta"; one of full, changes is expected',
  ],
  [
    'parse: { format: csv, fields: { id: A }, stamp: first }',
    'pipelines/1c.yaml:7:53 error config.invalid_value: "stamp" is "first"; the cell that holds the date is expected, such as A1',
  ],
  [
    'parse: { format: csv, fields: { id: A }, words: { нет: много } }',
    'pipelines/1c.yaml:7:60 error config.invalid_value: "нет" is "много"; a number is expected, such as 0 or 10',
  ],
  [
    'parse: { format: csv, fields: { id: A }, currency: руб }',
    'pipelines/1c.yaml:7:56 error config.invalid_value: "currency" is "руб"; an ISO code of three capital letters is expected, such as RUB',
  ],
  [
    'parse: { format: xml, fields: { id: "@id" } }',
    'pipelines/1c.yaml:7:5 error config.missing_key: the key "records" is missing',
  ],
  [
    'parse: { format: xml, records: items, fields: { id: "@id" } }',
    'pipelines/1c.yaml:7:36 error config.invalid_value: "records" is "items"; the path of the element of one item from the root down is expected, such as /price/items/item',
  ],
  [
    'parse: { format: xml, records: /a, fields: { id: "a[1]" } }',
    'pipelines/1c.yaml:7:54 error config.invalid_value: "id" is "a[1]"; a path below the item is expected, such as name, @id, prices/price[@type=\'retail\'] or param[@name=\'Цвет\']',
  ],
])('%s is found', async (stage, expected) => {
  expect(await findings(stage)).toEqual([expected])
})
