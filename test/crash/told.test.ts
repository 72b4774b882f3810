import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clothingShop, shopOfferId } from '../../fixtures/clothing-shop.ts'
import { writeExport } from '../../fixtures/ut-export.ts'
import { openPostOffice } from '../e2e/post-office.ts'
import { until } from '../e2e/project.ts'
import { buildProduct, type Product } from './product.ts'
import { makeProject } from './project-folder.ts'
import { Supervisor, type Kills } from './supervisor.ts'

let product: Product
beforeAll(async () => {
  product = await buildProduct()
})
afterAll(async () => {
  await product.remove()
})

const CHANGED = new Set([shopOfferId('НС-001')])
const DELTA = writeExport(clothingShop(), { stamp: '2026-11-22T10:00:00', scope: 'delta', changedOffers: CHANGED })
  .map(({ text }) => text)
  .join('')

test.each([
  ['a broken file', DELTA + DELTA, 'не загружен'],
  ['a first file that is a delta', DELTA, 'Первая выгрузка 1С неполная'],
])(
  'killed when %s has just left work, the service still tells of it',
  async (_, text, words) => {
    const folder = await mkdtemp(join(tmpdir(), 'obmen-crash-told-'))
    try {
      const hitsFile = join(folder, 'hits')
      expect(await killsUntilTold(join(folder, 'whole'), text, words, { OBMEN_FAILPOINT: `count:${hitsFile}` })).toBe(0)
      // The first removal is that of the file's folder in work; its second hit comes when it is gone.
      const left = (await readFile(hitsFile, 'utf8')).split('\n').indexOf('remove') + 2

      expect(await killsUntilTold(join(folder, 'killed'), text, words, {}, [{ atHit: left }])).toBe(1)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
  120_000,
)

/** Drops a file before a service starts, waits for a mail with these words in its subject; how often it was killed. */
async function killsUntilTold(
  root: string,
  text: string,
  words: string,
  env: Readonly<Record<string, string>>,
  kills: Kills = [],
): Promise<number> {
  const office = await openPostOffice()
  await makeProject(root, 'http://127.0.0.1:9', office.url)
  await writeFile(join(root, '1c', 'offers', 'webdata', 'offers0_1.xml'), text)
  const clock = { OBMEN_CLOCK_SPEED: '20', OBMEN_CLOCK_ORIGIN: String(Date.now()), OBMEN_LOG: 'error' }
  const service = new Supervisor(
    (extra) => product.start(root, { ...clock, ...env, ...extra }),
    kills,
    () => {},
  )
  try {
    service.start()
    await until(`a mail says "${words}"`, () => office.mails.some(({ subject }) => subject.includes(words)))
    return service.kills
  } finally {
    await service.destroy()
    await office.close()
  }
}
