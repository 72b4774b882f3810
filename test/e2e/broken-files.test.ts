import { cp, mkdir, readdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { shopOfferId } from '../../fixtures/clothing-shop.ts'
import { writeExport } from '../../fixtures/ut-export.ts'
import { catalogueOf, quarantined, type Kept } from './on-disk.ts'
import { until } from './project.ts'
import { offersOf, openShopInStep, shortId, type Shop } from './shop.ts'

const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'fixtures', 'broken')

let shop: Shop | undefined
afterEach(async () => {
  await shop?.close()
  shop = undefined
})

interface Broken {
  readonly bytes: Buffer
  readonly code: string
  /** Where exactly, when the test knows. */
  readonly line?: number
}

/** Broken in every way from one file that would change every price and every stock if a part of it were taken. */
function variantsOf(whole: string): Record<string, Broken> {
  const bytes = Buffer.from(whole)
  const middle = Math.floor(bytes.length / 2)
  const lines = whole.split('\n')
  const last = lines.findLastIndex((line) => line.includes('<ЦенаЗаЕдиницу>'))
  const broken = (change: (line: string) => string): Buffer =>
    Buffer.from(lines.with(last, change(lines[last] ?? '')).join('\n'))
  return {
    'cut.xml': { bytes: bytes.subarray(0, middle), code: 'xml.truncated' },
    'cut-behind-a-record.xml': {
      bytes: bytes.subarray(0, bytes.lastIndexOf('</Предложение>') + Buffer.byteLength('</Предложение>')),
      code: 'xml.truncated',
      line: lines.findLastIndex((line) => line.includes('</Предложение>')) + 1,
    },
    'nul-in-the-middle.xml': {
      bytes: Buffer.concat([bytes.subarray(0, middle), Buffer.alloc(4096), bytes.subarray(middle + 4096)]),
      code: 'xml.nul_bytes',
    },
    'nul-behind-the-end.xml': {
      bytes: Buffer.concat([bytes, Buffer.alloc(64)]),
      code: 'xml.nul_bytes',
      line: lines.length,
    },
    'twice.xml': { bytes: Buffer.concat([bytes, bytes]), code: 'xml.trailing_content', line: lines.length },
    'wrong-end-tag.xml': {
      bytes: broken((line) => line.replace('</ЦенаЗаЕдиницу>', '</Цена>')),
      code: 'xml.malformed',
      line: last + 1,
    },
    'unknown-entity.xml': {
      bytes: broken((line) => line.replace('<ЦенаЗаЕдиницу>', '<ЦенаЗаЕдиницу>&nbsp;')),
      code: 'xml.malformed',
      line: last + 1,
    },
  }
}

const FROM_FIXTURES: Readonly<Record<string, string>> = {
  'truncated.xml': 'xml.truncated',
  'nul-padded.xml': 'xml.nul_bytes',
  'glued.xml': 'xml.trailing_content',
}

test('broken files go to quarantine with line and column, change nothing and are mailed; the next good file is taken', async () => {
  // Ten minutes, after which an unfinished file is given up, and the digest of mails: a few seconds.
  shop = await openShopInStep({ speed: 200 })
  const { project, ut, post } = shop
  const webdata = join(project.inbox, 'webdata')
  const catalogue = await catalogueOf(project.root)
  const ozon = await project.ozon.json('state')
  const model = structuredClone(ut.base.model)
  for (const { variant } of offersOf(model)) {
    variant.prices = variant.prices.map((row) => ({ ...row, amount: String(Number(row.amount) * 1.1) }))
    variant.stocks = Object.fromEntries(Object.keys(variant.stocks).map((id) => [id, '3']))
  }
  const files = writeExport(model, { stamp: '2030-01-01T10:00:00', scope: 'full' })
  const broken = variantsOf(files.find(({ name }) => name === 'offers0_1.xml')?.text ?? '')

  await mkdir(webdata, { recursive: true })
  for (const [name, { bytes }] of Object.entries(broken)) await writeFile(join(webdata, name), bytes)
  for (const name of await readdir(FIXTURES)) await cp(join(FIXTURES, name), join(webdata, name))
  const expected = [...Object.keys(broken), ...(await readdir(FIXTURES))].sort()
  let kept: readonly Kept[] = []
  await until('every file is in quarantine', async () => {
    kept = await quarantined(project.root)
    return kept.length === expected.length
  })
  await until('every file is told of', () => expected.every((name) => sectionsOf(name) > 0))
  await shop.lookedOver()

  expect(kept.map(({ name }) => name)).toEqual(expected)
  for (const { name, reason, text } of kept) {
    const { code, line } = broken[name] ?? { code: FROM_FIXTURES[name] ?? reason.code }
    expect([name, reason.code]).toEqual([name, code])
    expect(reason.place, name).toEqual({
      file: `webdata/${name}`,
      line: expect.any(Number),
      column: expect.any(Number),
    })
    if (line !== undefined) expect([name, reason.place?.line]).toEqual([name, line])
    expect(text, name).toContain(
      `Где: файл webdata/${name}, строка ${reason.place?.line}, позиция ${reason.place?.column}`,
    )
    expect(text, name).toMatch(/Что случилось: [А-Я][^a-z]*/)
    expect(sectionsOf(name), name).toBe(1)
    expect(mailText(), name).toContain(`webdata/${name}:${reason.place?.line}:${reason.place?.column}\n`)
  }
  expect(await readdir(webdata)).toEqual([])
  expect(await catalogueOf(project.root)).toEqual(catalogue)
  expect(await project.ozon.json('state')).toEqual(ozon)

  ut.base.setStock(shopOfferId('НС-001'), 'Основной склад', 50)
  await ut.runExchange()
  await shop.inStep()
  expect((await shop.stocks())[shortId(shopOfferId('НС-001'))]).toEqual({ 'FBS Москва': 49, 'FBS Подольск': 40 })

  function mailText(): string {
    return post.mails.map(({ text }) => text).join('\n')
  }
  function sectionsOf(name: string): number {
    return mailText().split(`Файл webdata/${name} не загружен\n`).length - 1
  }
})

test('a file that was broken and comes again whole is taken, and the mail says that it is settled', async () => {
  shop = await openShopInStep({ speed: 200 })
  const { project, ut } = shop
  const { files } = await ut.runExchange()
  await shop.lookedOver()
  const path = files.find((file) => basename(file) === 'offers0_1.xml') ?? ''
  const text = writeExport(ut.base.model, { stamp: '2030-01-01T10:00:00', scope: 'full' }).at(-1)?.text ?? ''

  await writeFile(path, text.replace('</Предложения>', '</Предложение>'))
  await shop.mailOf('Файл webdata/offers0_1.xml не загружен')
  ut.base.setStock(shopOfferId('НС-001'), 'Основной склад', 50)
  await ut.runExchange()
  await shop.inStep()

  expect(await shop.mailOf('Устранено: Файл webdata/offers0_1.xml не загружен')).toContain('загружен')
  expect((await quarantined(project.root)).map(({ name }) => name)).toEqual(['offers0_1.xml'])
})
