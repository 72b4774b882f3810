import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { formatDiagnostic } from '../core/diagnostic.ts'
import { failureText } from '../views/test-results.ts'
import { readTestFiles, runTestFile } from './pipeline-tests.ts'
import { loadProject, usable } from './project.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const env = { OZON_CLIENT_ID: '1', OZON_API_KEY: 'key', SMTP_URL: 'smtp://mail.example.ru' }

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'obmen-tests-'))
  for (const folder of ['config', 'pipelines']) await cp(join(ROOT, folder), join(root, folder), { recursive: true })
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** Replaces a text of a file, which must be there. */
async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(join(root, file), 'utf8')
  expect(text).toContain(from)
  await writeFile(join(root, file), text.replace(from, to))
}

/** Findings, or what every test came to: its name, then the text of its failure. */
async function run(): Promise<string[]> {
  const project = await loadProject(root, env)
  const config = usable(project)
  const { files, diagnostics } = await readTestFiles(config)
  const told = diagnostics.map(formatDiagnostic)
  for (const file of diagnostics.length > 0 ? [] : files) {
    for await (const result of runTestFile(file, { config, tables: project.tables })) {
      told.push(result.faults.length === 0 ? 'passed' : failureText(result))
    }
  }
  return told
}

const PRICES = 'pipelines/ozon-prices.test.yaml'
const STOCKS = 'pipelines/ozon-stocks.test.yaml'

describe('tests of pipelines', () => {
  it('pass for the shipped set and leave nothing behind', async () => {
    const before = await readdir(root, { recursive: true })

    expect(new Set(await run())).toEqual(new Set(['passed']))
    expect(await readdir(root, { recursive: true })).toEqual(before)
  })

  it('fail when a rule changes, with the place of the expectation and what differs', async () => {
    await edit('pipelines/ozon-prices.yaml', '"коэффициент", 1.25), 10)', '"коэффициент", 1.5), 10)')

    const told = (await run()).filter((each) => each !== 'passed')

    expect(told[0])
      .toBe(`pipelines/ozon-prices.test.yaml:14:7 failed «Розничная цена с наценкой 1.25, вверх до десяти рублей»: dress
  expected  price 1870
  got       price 2240
pipelines/ozon-prices.test.yaml:15:5 failed «Розничная цена с наценкой 1.25, вверх до десяти рублей»: requests
  expected  {"body":{"prices":[{"currency_code":"RUB","offer_id":"A-1","old_price":"0","price":"1870"}]},"path":"/v1/product/import/prices"}
  got       {"body":{"prices":[{"currency_code":"RUB","offer_id":"A-1","old_price":"0","price":"2240"}]},"path":"/v1/product/import/prices"}
`)
    expect(told).toHaveLength(3)
  })

  it('fail when a selection, a guard, a warehouse or a word is not as expected', async () => {
    await edit(PRICES, 'stopped: unselected', 'stopped: { rejected: item.no_price }')
    await edit(PRICES, 'held: guard.max_change', 'held: guard.max_zeroed')
    await edit(STOCKS, 'dress: { FBS Москва: 4, FBS Подольск: 0 }\n      coat', 'dress: { FBS Москва: 4 }\n      coat')
    await edit(STOCKS, 'less: { FBS Москва: 1 }', 'less: unchanged')

    expect((await run()).filter((each) => each !== 'passed')).toEqual([
      `pipelines/ozon-prices.test.yaml:42:7 failed «Продаём только отмеченное, не из стоп-листа и не удалённое»: stopped
  expected  rejected item.no_price
  got       unselected
`,
      `pipelines/ozon-prices.test.yaml:62:7 failed «Цена, ушедшая больше чем наполовину, ждёт человека»: dress
  expected  held guard.max_zeroed
  got       held guard.max_change
            (the value moves by 900%, allowed are 50%)
`,
      `pipelines/ozon-stocks.test.yaml:13:7 failed «Склад Москва придерживает штуку, Подольск не показывает последнюю»: dress
  expected  only FBS Москва 4
  got       FBS Подольск 0
`,
      expect.stringContaining(
        'failed «Данным старше суток не верим: вниз можно, вверх нельзя»: less\n  expected  unchanged\n',
      ),
    ])
  })

  it('name what is wrong in their files', async () => {
    await edit(PRICES, 'dress: { price: 1870, oldPrice: 0 }', 'dres: { price: 1870, oldPrice: 0 }')
    await edit(PRICES, 'boots: { price: 2600, oldPrice: 3900 }', 'boots: { FBS Москва: 1 }')
    await edit(PRICES, 'rejected: item.no_price', 'rejcted: item.no_price')
    await edit(STOCKS, 'pipeline: ozon-stocks', 'pipeline: ozon-stock')

    expect(await run()).toEqual([
      'pipelines/ozon-prices.test.yaml:14:7 error test.unknown_item: no item "dres" among goods; did you mean "dress"?',
      'pipelines/ozon-prices.test.yaml:24:16 error test.unknown_value: ozon-prices sends no "FBS Москва"; known here: price, oldPrice, minPrice, netPrice, held',
      'pipelines/ozon-prices.test.yaml:31:19 error config.unknown_key: unknown key "rejcted"; did you mean "rejected"?',
      'pipelines/ozon-stocks.test.yaml:3:11 error test.unknown_pipeline: no pipeline "ozon-stock"; did you mean "ozon-stocks"?',
    ])
  })
})
