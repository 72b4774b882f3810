import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { loadProject } from '../src/app/project.ts'
import { formatDiagnostic } from '../src/core/diagnostic.ts'

const ROOT = join(import.meta.dirname, '..')
const ENV = { OZON_CLIENT_ID: '1', OZON_API_KEY: 'k', SMTP_URL: 'smtp://127.0.0.1:25' }
/** Lists of single rules, which guide-expressions.test.ts evaluates. */
const RULES = 'docs/guides/expressions.md'

type Mapping = Readonly<Record<string, unknown>>

const folder = mkdtempSync(join(tmpdir(), 'obmen-documents-'))
afterAll(() => rmSync(folder, { recursive: true }))

beforeEach(() => {
  for (const name of ['config', 'pipelines']) {
    rmSync(join(folder, name), { recursive: true, force: true })
    cpSync(join(ROOT, name), join(folder, name), { recursive: true })
  }
})

/** YAML of the documents with its place. */
const BLOCKS = ['README.md', 'README.ru.md', ...markdownIn('docs')].flatMap((name) => {
  if (name === RULES) return []
  const text = readFileSync(join(ROOT, name), 'utf8')
  return [...text.matchAll(/^```ya?ml\n([\s\S]*?)^```/gm)].map((match) => ({
    place: `${name}:${text.slice(0, match.index).split('\n').length + 1}`,
    value: parse(match[1] ?? '') as Mapping,
  }))
})

function markdownIn(name: string): string[] {
  const names = readdirSync(join(ROOT, name), { recursive: true, encoding: 'utf8' })
  return names.filter((each) => each.endsWith('.md')).map((each) => `${name}/${each.replaceAll('\\', '/')}`)
}

function read(file: string): Mapping {
  return parse(readFileSync(join(folder, file), 'utf8')) as Mapping
}

function write(file: string, value: Mapping): void {
  writeFileSync(join(folder, file), stringify(value))
}

/** One mapping laid over another, key by key. */
function over(below: unknown, above: unknown): unknown {
  if (!isMapping(below) || !isMapping(above)) return above
  const keys = new Set([...Object.keys(below), ...Object.keys(above)])
  return Object.fromEntries([...keys].map((key) => [key, key in above ? over(below[key], above[key]) : below[key]]))
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

async function findings(): Promise<string[]> {
  return (await loadProject(folder, ENV)).diagnostics.map(formatDiagnostic)
}

/** Puts a pipeline into the project, with the exchange it reads where that is not there. */
function addPipeline(pipeline: Mapping): void {
  write(`pipelines/${String(pipeline['name'])}.yaml`, pipeline)
  const { exchange } = pipeline['from'] as { exchange?: string }
  const obmen = read('config/obmen.yaml') as { exchanges: Mapping }
  if (exchange === undefined || exchange in obmen.exchanges) return
  write('config/obmen.yaml', over(obmen, { exchanges: { [exchange]: { inboxes: ['./lists'] } } }) as Mapping)
}

/** What a stage is called in the list of a pipeline. */
function typeOf(stage: unknown): string {
  return typeof stage === 'string' ? stage : (Object.keys(stage as Mapping)[0] ?? '')
}

/** What each shipped pipeline that has such a stage says when this one takes its place. */
async function inPlaceOf(stage: unknown): Promise<string[][]> {
  const told: string[][] = []
  for (const name of readdirSync(join(folder, 'pipelines')).filter((each) => !each.endsWith('.test.yaml'))) {
    const file = `pipelines/${name}`
    const shipped = readFileSync(join(folder, file), 'utf8')
    const pipeline = read(file) as { stages: readonly unknown[] }
    if (!pipeline.stages.some((each) => typeOf(each) === typeOf(stage))) continue
    write(file, { ...pipeline, stages: pipeline.stages.map((each) => (typeOf(each) === typeOf(stage) ? stage : each)) })
    told.push(await findings())
    writeFileSync(join(folder, file), shipped)
  }
  return told
}

describe('YAML of the documents is loaded', () => {
  const pipelines = BLOCKS.filter(({ value }) => 'name' in value)
  const settings = BLOCKS.filter(({ value }) => !('name' in value) && !('stages' in value))
  const stages = BLOCKS.filter(({ value }) => !('name' in value) && 'stages' in value).flatMap(({ place, value }) =>
    (value['stages'] as readonly unknown[]).map((stage) => ({ place, stage })),
  )

  test('there is some of every sort', () => {
    expect([pipelines.length, settings.length, stages.length].every((count) => count > 0)).toBe(true)
  })

  test.each(pipelines)('$place as a pipeline', async ({ value }) => {
    addPipeline(value)
    expect(await findings()).toEqual([])
  })

  test.each(settings)('$place over the shipped configuration', async ({ value }) => {
    const file = 'accounts' in value ? 'config/marketplaces.yaml' : 'config/obmen.yaml'
    write(file, over(read(file), value) as Mapping)
    expect(await findings()).toEqual([])
  })

  test.each(stages)('$place $stage in a shipped pipeline', async ({ stage }) => {
    const told = await inPlaceOf(stage)
    expect(told.length).toBeGreaterThan(0)
    expect(told).toContainEqual([])
  })
})
