import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { obmen } from '../../test/e2e/command-line.ts'

const SHIPPED = join(import.meta.dirname, '..', '..')
const TESTS = 'pipelines/ozon-prices.test.yaml'
const ENV = 'OZON_CLIENT_ID=1\nOZON_API_KEY=key\nSMTP_URL=smtp://mail.example.ru\n'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'obmen-test-command-'))
  for (const folder of ['config', 'pipelines']) await cp(join(SHIPPED, folder), join(root, folder), { recursive: true })
  await writeFile(join(root, '.env'), ENV)
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function edit(from: string, to: string): Promise<void> {
  const text = await readFile(join(root, TESTS), 'utf8')
  await writeFile(join(root, TESTS), text.replace(from, to))
}

it('ends with 0 when every expectation is met', async () => {
  const { exitCode, out } = await obmen(['-C', root, 'test'])

  expect([exitCode, out]).toEqual([0, 'ozon-prices: 6 passed, 0 failed\nozon-stocks: 6 passed, 0 failed\n'])
})

it('ends with 4 when one is not, and runs only what was asked for', async () => {
  await edit('price: 1870', 'price: 1880')

  const { exitCode, out, err } = await obmen(['-C', root, 'test', 'ozon-prices'])

  expect([exitCode, out]).toEqual([4, 'ozon-prices: 5 passed, 1 failed\n'])
  expect(err).toContain('\n  expected  price 1880\n  got       price 1870\n')
})

it('ends with 2 when a test file is wrong or no pipeline has the name', async () => {
  const { exitCode, err } = await obmen(['-C', root, 'test', 'ozon-price'])
  expect([exitCode, err]).toEqual([2, expect.stringContaining('did you mean ozon-prices?')])

  await edit('expect:', 'expct:')
  expect(await obmen(['-C', root, 'test'])).toMatchObject({ exitCode: 2, out: '' })
})
