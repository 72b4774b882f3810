import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { clothingShop } from '../../fixtures/clothing-shop.ts'
import { writeExport } from '../../fixtures/ut-export.ts'
import { createClock } from '../../src/core/clock.ts'
import { startOzonSimulator, type OzonSimulator } from '../../src/simulator/ozon/index.ts'
import { buildProduct, type Product, type Running } from '../crash/product.ts'
import { makeProject } from '../crash/project-folder.ts'
import { until } from './project.ts'

/** Twenty seconds without a sign of life are two. */
const ENV = { OBMEN_CLOCK_SPEED: '10', OBMEN_LOG: 'error' }

let product: Product
let simulator: OzonSimulator
let root: string
let running: Running[]
beforeAll(async () => {
  product = await buildProduct()
  simulator = await startOzonSimulator({ port: 0, clock: createClock() })
}, 120_000)
afterAll(async () => {
  await simulator.close()
  await product.remove()
})
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'obmen-two-'))
  running = []
})
afterEach(async () => {
  for (const each of running) each.kill('SIGKILL')
  for (const each of running) await each.ended
  await rm(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
})

function start(folder: string): Running {
  const process = product.start(folder, ENV)
  running.push(process)
  return process
}

/** Starts a project and waits until it says that it works. */
async function started(folder: string): Promise<Running> {
  const process = start(folder)
  await until('it watches', () => process.output().includes('Ctrl+C'))
  return process
}

/** Two projects of one inbox. */
async function twoProjects(take: 'move' | 'copy'): Promise<readonly [string, string]> {
  const folders = [join(root, 'a'), join(root, 'b')] as const
  for (const folder of folders) {
    await makeProject(folder, simulator.url, 'smtp://127.0.0.1:9')
    const file = join(folder, 'config', 'obmen.yaml')
    const text = (await readFile(file, 'utf8')).replaceAll('./1c/', `${join(root, 'a', '1c')}/`)
    await writeFile(
      file,
      take === 'move'
        ? text
        : text.replace(/^( +)take: \w+.*\n/m, '').replace(/^( +)inboxes:/m, '$1take: copy\n$1inboxes:'),
    )
  }
  return folders
}

async function drop(): Promise<number> {
  const files = writeExport(clothingShop(), { stamp: '2026-11-01T10:00:00', scope: 'full' })
  for (const { name, text } of files) await writeFile(join(root, 'a', '1c', 'offers', 'webdata', name), text)
  return files.length
}

async function archived(folder: string): Promise<number> {
  const names = await readdir(join(folder, 'archive'), { recursive: true }).catch(() => [])
  return names.filter((name) => name.endsWith('.xml')).length
}

test('a second start on one state folder is refused with pid, host and what to do; the lock of a killed one is taken over', async () => {
  const [folder] = await twoProjects('move')
  const first = await started(folder)
  const { pid } = JSON.parse(await readFile(join(folder, 'state', 'obmen.lock'), 'utf8')) as { pid: number }

  const second = start(folder)
  expect(await second.ended).toBe('exit 6')
  expect(second.output()).toContain('state.locked')
  expect(second.output()).toContain(`with process id ${pid} on ${hostname()}`)
  expect(second.output()).toMatch(/Stop that process first/)

  first.kill('SIGKILL')
  await first.ended
  const third = await started(folder)
  third.kill('SIGTERM')
  expect(await third.ended).toBe('exit 0')
  expect(await readdir(join(root, 'a', '1c', 'offers'))).toEqual(['webdata'])
})

test('two projects never share an inbox: the second is refused while the first lives, and takes over when it was killed', async () => {
  const [a, b] = await twoProjects('move')
  const first = await started(a)

  const second = start(b)
  expect(await second.ended).toBe('exit 6')
  expect(second.output()).toContain('files.inbox_owned')
  expect(second.output()).toContain(` on ${hostname()} with the state folder ${join(a, 'state')}`)
  expect(second.output()).toContain('give each project an inbox of its own')

  first.kill('SIGKILL')
  await first.ended
  await started(b)
  const count = await drop()
  await until('all is taken', async () => (await archived(b)) === count)
  expect(await archived(a)).toBe(0)
  expect(await start(a).ended).toBe('exit 6')
})

test('two projects that copy read one inbox side by side', async () => {
  const [a, b] = await twoProjects('copy')
  await started(a)
  await started(b)

  const count = await drop()

  await until('both have all', async () => (await archived(a)) === count && (await archived(b)) === count)
  expect((await readdir(join(root, 'a', '1c', 'offers'))).sort()).toEqual(['webdata'])
})
