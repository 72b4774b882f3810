import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { readReport } from '../demo/report.ts'

const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

let out: string
afterEach(() => rm(out, { recursive: true, force: true }))

/** Far more than it takes: half a minute on an idle machine. */
const PATIENCE = 300_000

test('the demo ends well and leaves the reports, the order file and the mails', { timeout: PATIENCE }, async () => {
  out = await mkdtemp(join(tmpdir(), 'obmen-demo-'))

  const { code, output } = await runDemo(out)

  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' })
  expect(output.split('\n').filter((line) => Array.from(line).length > 100)).toEqual([])
  expect((await readdir(out)).sort()).toEqual(['mails', 'orders.xml', 'reports', 'shop', 'status.txt'])
  const reports = (await readdir(join(out, 'reports'))).sort()
  expect(reports.length).toBeGreaterThanOrEqual(2)
  const first = await readReport(join(out, 'reports', reports[0] ?? ''))
  expect(first.changes.filter((row) => row['Правило'] === '')).toEqual([])
  const orders = await readFile(join(out, 'orders.xml'), 'utf8')
  expect(orders.match(/<Номер>(.*?)<\/Номер>/g)).toEqual([
    '<Номер>OZ000001</Номер>',
    '<Номер>OZ000002</Номер>',
    '<Номер>OZ000004</Номер>',
  ])
  const mails = await readdir(join(out, 'mails'))
  expect(mails.filter((name) => name.endsWith('-admin.eml')).length).toBeGreaterThanOrEqual(1)
  expect(mails.filter((name) => name.endsWith('-shop.eml')).length).toBeGreaterThanOrEqual(3)
})

/** As `npm run demo` does, into another folder. */
async function runDemo(folder: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', join('test', 'demo', 'main.ts'), folder], {
    cwd: REPOSITORY,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve)
    child.once('error', reject)
  })
  return { code, output: Buffer.concat(chunks).toString() }
}
