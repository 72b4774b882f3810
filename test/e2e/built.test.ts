import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const REPOSITORY = join(import.meta.dirname, '..', '..')
let installed: string
let elsewhere: string

beforeAll(async () => {
  installed = mkdtempSync(join(tmpdir(), 'obmen-built-'))
  elsewhere = join(installed, 'shop')
  mkdirSync(elsewhere)
  const tsc = join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc')
  await run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', join(installed, 'dist')], {
    cwd: REPOSITORY,
  })
  cpSync(join(REPOSITORY, 'package.json'), join(installed, 'package.json'))
  symlinkSync(join(REPOSITORY, 'node_modules'), join(installed, 'node_modules'), 'dir')
})
afterAll(() => rmSync(installed, { recursive: true, force: true }))

/** The installed command, run in the folder of a shop. */
async function obmen(...args: string[]): Promise<{ exitCode: number; out: string; err: string }> {
  try {
    const main = join(installed, 'dist', 'cli', 'main.js')
    const { stdout, stderr } = await run(process.execPath, [main, ...args], { cwd: elsewhere })
    return { exitCode: 0, out: stdout, err: stderr }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { exitCode: code, out: stdout, err: stderr }
  }
}

test('the built command works in the folder of a shop, and carries no tests', async () => {
  cpSync(join(REPOSITORY, 'config'), join(elsewhere, 'config'), { recursive: true })
  cpSync(join(REPOSITORY, 'pipelines'), join(elsewhere, 'pipelines'), { recursive: true })
  cpSync(join(REPOSITORY, 'fixtures', 'quirks'), join(elsewhere, 'quirks'), { recursive: true })
  writeFileSync(join(elsewhere, '.env'), 'OZON_CLIENT_ID=1\nOZON_API_KEY=k\nSMTP_URL=smtp://127.0.0.1:9\n')

  expect(await obmen('check', '--offline')).toMatchObject({
    exitCode: 0,
    out: 'configuration is sound: 1 exchange(s), 1 account(s), 4 pipelines\n',
  })
  const inspected = await obmen('inspect', '--json', 'quirks')
  expect(inspected.out.trim().split('\n').length).toBe(readdirSync(join(elsewhere, 'quirks')).length)
  const files = readdirSync(join(installed, 'dist'), { recursive: true }) as string[]
  expect(files.filter((name) => /\.test\.|\btesting\b|test-support/.test(name))).toEqual([])
})
