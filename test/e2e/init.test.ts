import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { clothingShop } from '../../fixtures/clothing-shop.ts'
import { exportOf, producers, type Producer } from '../../fixtures/families.ts'
import { statedGoods } from '../../fixtures/stated.ts'
import type { BaseModel } from '../../fixtures/ut-base.ts'
import { writeFiles } from '../../fixtures/write-files.ts'
import { loadProject } from '../../src/app/project.ts'
import { Service } from '../../src/app/service.ts'
import { createClock } from '../../src/core/clock.ts'
import { silentLog } from '../../src/core/log.ts'
import { startOzonSimulator, type OzonSimulator } from '../../src/simulator/ozon/index.ts'
import { obmen } from './command-line.ts'
import { controlOf } from './project.ts'

const CLIENT_ID = '1001'
const clock = createClock()

let folder: string
let simulator: OzonSimulator
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obmen-init-'))
  simulator = await startOzonSimulator({ port: 0, clock })
})
afterEach(async () => {
  await simulator.close()
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
})

const inbox = (): string => join(folder, '1c')
const shop = (): string => join(folder, 'shop')

async function exported(producer: Producer, base: BaseModel = clothingShop()): Promise<void> {
  const stated = statedGoods(base, { scope: 'full' })
  await writeFiles(inbox(), exportOf(producer, base, stated, { stamp: '2026-11-22T10:00:00', scope: 'full' }))
}

function init(...flags: string[]): ReturnType<typeof obmen> {
  return obmen(['init', shop(), '--inbox', inbox(), '--yes', '--timezone', 'Europe/Moscow', ...flags])
}

function cabinet(): string[] {
  return ['--client-id', CLIENT_ID, '--api-key', 'any', '--base-url', simulator.url]
}

/** Every file below a folder with its text. */
async function filesIn(root: string): Promise<Record<string, string>> {
  const names = await readdir(root, { recursive: true, withFileTypes: true })
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    await Promise.all(files.sort().map(async (path) => [path.slice(root.length + 1), await readFile(path, 'utf8')])),
  ) as Record<string, string>
}

/** One pass of the service over the new project: what it sends once a person has approved. */
async function sent(): Promise<Map<string, { price?: unknown; stocks: number }>> {
  const settings = join(shop(), 'config', 'obmen.yaml')
  await writeFile(
    settings,
    (await readFile(settings, 'utf8')).replace('    timezone', '    settle: 40ms\n    timezone'),
  )
  const pass = async (): Promise<Service> => {
    const service = await Service.open({ root: shop(), env: {}, clock, random: () => 0.5, log: silentLog })
    expect(await service.runOnce()).toEqual([])
    return service
  }
  await (await pass()).close()
  expect((await obmen(['-C', shop(), 'approve', 'ozon-main'])).exitCode).toBe(0)
  await (await pass()).close()
  const held = new Map<string, { price?: unknown; stocks: number }>()
  for (const { aspect, offerId, value } of await controlOf(simulator.url).ledger()) {
    const { price, stocks } = held.get(offerId) ?? { stocks: 0 }
    if (aspect === 'prices') held.set(offerId, { price: (value as { price: string }).price, stocks })
    else held.set(offerId, { price, stocks: stocks + Number(value) })
  }
  return held
}

test.each(producers)('family %s: what the base exports becomes a project that is sound and works', async (producer) => {
  await exported(producer)
  const before = await filesIn(inbox())

  const result = await init(...cabinet())

  expect(result).toMatchObject({ exitCode: 0, err: '' })
  expect(await filesIn(inbox())).toEqual(before)
  expect((await loadProject(shop(), {})).diagnostics).toEqual([])
  expect((await stat(join(shop(), '.env'))).mode & 0o777).toBe(0o600)
  const check = await obmen(['-C', shop(), 'check'])
  expect(check).toMatchObject({ exitCode: 0, err: '' })
  const offerIds = ['НС-001', 'ФТ-001-M']
  await controlOf(simulator.url).send('POST', 'products', {
    clientId: CLIENT_ID,
    items: offerIds.map((offerId) => ({ offerId })),
  })
  expect([...(await sent())].sort(([a], [b]) => (a < b ? -1 : 1))).toEqual([
    ['НС-001', { price: '390', stocks: 160 }],
    ['ФТ-001-M', { price: '1490', stocks: 10 }],
  ])
})
