import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { budgetsOf } from '../bench/budgets.ts'
import { withResults } from '../bench/document.ts'
import type { Results } from '../bench/results.ts'

const repository = join(import.meta.dirname, '..')

// It compiles the product and starts a dozen processes: on a busy machine that takes longer than other tests may.
test('the benchmark measures every step on a small set, without a failure', { timeout: 600_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'obmen-bench-'))
  const json = join(folder, 'results.json')

  const args = ['--import', 'tsx', 'bench/main.ts', '--quick', '--profile', '--json', json]
  const said = execFileSync(process.execPath, args, { cwd: repository, encoding: 'utf8', stdio: 'pipe' })

  const { figures, budgets, profile, goods } = JSON.parse(await readFile(json, 'utf8')) as Results
  expect(figures.filter(({ ms }) => ms === undefined).map(({ id, note }) => `${id}: ${note}`)).toEqual([])
  expect(figures.map(({ id }) => id)).toEqual([
    'first',
    'unchanged',
    'unchanged-offers',
    'changed',
    'request',
    'look-prices-settled',
    'look-stocks-settled',
    'look-prices-first',
    'look-stocks-first',
    'excel-ours',
    'excel-bare',
    'grep',
  ])
  const notes = Object.fromEntries(figures.map(({ id, note }) => [id, note]))
  expect(notes['first']).toMatch(/^(\d+) records, \1 changed$/)
  expect(notes['changed']).toBe('4 items changed')
  expect(notes['look-prices-settled']).toBe(`${goods} items, 0 values to send`)
  expect(notes['look-stocks-settled']).toBe(`${goods} items, 0 values to send`)
  expect(budgets.map(({ measured }) => measured)).not.toContain('not measured')
  expect(profile?.top.length).toBeGreaterThan(5)
  expect(said).toContain('RssAnon: first load')
  await rm(folder, { recursive: true })
})

test('a budget is missed by a slow figure, by one that failed, and where the peer read only a part', () => {
  const found = { megabytes: 500, note: '' }

  const budgets = budgetsOf([
    { id: 'first', title: 'First load', ms: 20_000, peakAnon: 301, ...found },
    { id: 'unchanged', title: 'Unchanged set', ms: 1_000, peakAnon: 120, ...found },
    { id: 'changed', title: '1 % changed set', ...found },
    { id: 'fast-xml-parser', title: 'fast-xml-parser', ms: 30_000, ...found },
    { id: 'commerceml-parser', title: 'commerceml-parser', ms: 100_000, isPart: true, ...found },
  ])

  expect(budgets).toEqual([
    { title: 'Unchanged set through the ingest pipeline', wanted: '≥ 300 MB/s', measured: '500 MB/s', met: true },
    { title: 'Unchanged set beside commerceml-parser', wanted: '≥ 50×', measured: 'not measured', met: false },
    { title: 'First load beside whole-file fast-xml-parser', wanted: '≥ 1.5×', measured: '1.50×', met: true },
    { title: 'RssAnon: first load', wanted: '≤ 300 MB', measured: '301 MB', met: false },
    { title: 'RssAnon: unchanged set', wanted: '≤ 300 MB', measured: '120 MB', met: true },
    { title: 'RssAnon: 1 % changed set', wanted: '≤ 300 MB', measured: 'not measured', met: false },
  ])
})

test('new results take the place of the old ones in the document, what stands around them stays', async () => {
  const text = await readFile(join(repository, 'docs/benchmarks.md'), 'utf8')
  const results: Results = {
    at: '2026-01-31T10:00:00.000Z',
    machine: { cpu: 'Test CPU', cores: 2, memoryGigabytes: 8, system: 'Linux x64', node: 'v20.19.0' },
    goods: 100_000,
    changed: 1_000,
    megabytes: 500,
    figures: [{ id: 'first', title: 'First load', ms: 20_000, cpuMs: 21_000, megabytes: 500, peakAnon: 250, note: '' }],
    budgets: [],
  }

  const once = withResults(text, results)

  expect(withResults(once, results)).toBe(once)
  expect(once).toContain('Measured 2026-01-31, Test CPU, 2 cores, 8 GB, Linux x64, node v20.19.0;')
  expect(once).toContain('| First load | 20.00   | 21.00 | 25   | 1.00         |             | 250         |        |')
  expect(once.slice(0, once.indexOf('<!-- results'))).toBe(text.slice(0, text.indexOf('<!-- results')))
  expect(once.endsWith(text.slice(text.indexOf('<!-- end of results')))).toBe(true)
})
