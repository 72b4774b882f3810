import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { shopOfferId } from '../../fixtures/clothing-shop.ts'
import { writeExport } from '../../fixtures/ut-export.ts'
import { deflatedZeros, zipOf, type Packed } from '../../src/formats/zip/test-support.ts'
import { catalogueOf, quarantined } from './on-disk.ts'
import { until } from './project.ts'
import { offersOf, openShop, openShopInStep, shortId, type Shop } from './shop.ts'

let shop: Shop | undefined
afterEach(async () => {
  await shop?.close()
  shop = undefined
})

/** «выгрузка» and «Предложения» as archivers of Russian Windows write them: in cp866, and unmarked. */
const FOLDER = Buffer.from([0xa2, 0xeb, 0xa3, 0xe0, 0xe3, 0xa7, 0xaa, 0xa0])
const OFFERS = Buffer.from([0x8f, 0xe0, 0xa5, 0xa4, 0xab, 0xae, 0xa6, 0xa5, 0xad, 0xa8, 0xef])

/** Writes an archive elsewhere and drops it as `cp` does. */
async function drop({ project }: Shop, name: string, packed: readonly Packed[]): Promise<void> {
  const draft = join(project.root, 'draft')
  await writeFile(draft, zipOf(packed))
  await mkdir(join(project.inbox, 'webdata'), { recursive: true })
  await copyFile(draft, join(project.inbox, 'webdata', name))
}

/** Everything the shop's base exports now; `at` is the time of the run. */
function exported({ ut }: Shop, at: string): ReturnType<typeof writeExport> {
  return writeExport(ut.base.model, { stamp: at, scope: 'full', portionSize: 3 })
}

test('an archive is a file like any other: prices and stocks of its members reach Ozon, and it is archived whole', async () => {
  shop = await openShop({ speed: 200 })
  await shop.restart()
  const moscow = new Date(shop.project.clock.now() + 3 * 3_600_000)
  const files = exported(shop, moscow.toISOString().slice(0, 19))

  await drop(
    shop,
    'v8_2C7E_125d5b.zip',
    files.toReversed().map(({ name, text }) => ({ name: `webdata/${name}`, text })),
  )
  await shop.inStep()
  const work = join(shop.project.root, 'work')
  await until('nothing is left in work', async () => (await readdir(work)).length === 0)

  expect(files.length).toBeGreaterThan(4)
  expect(await namesIn(join(shop.project.root, 'archive'))).toEqual(['claim.json', 'v8_2C7E_125d5b.zip'])
  expect(await readdir(join(shop.project.inbox, 'webdata'))).toEqual([])
})

test('names in cp866 are read, and what stood in the catalogue moves on', async () => {
  shop = await openShopInStep({ speed: 200 })
  shop.ut.base.setStock(shopOfferId('НС-001'), 'Основной склад', 50)
  const offers = exported(shop, '2030-01-01T10:00:00').filter(({ name }) => name.startsWith('offers'))

  const packed = offers.map(({ text }, i) => ({
    name: Buffer.concat([FOLDER, Buffer.from('\\'), OFFERS, Buffer.from(`${i}.xml`)]),
    text,
  }))
  await drop(shop, 'обмен.zip', packed)
  await shop.inStep()

  expect((await shop.stocks())[shortId(shopOfferId('НС-001'))]).toEqual({ 'FBS Москва': 49, 'FBS Подольск': 40 })
  const [, entry] =
    Object.entries(await catalogueOf(shop.project.root)).find(([key]) => key.endsWith(shopOfferId('НС-001'))) ?? []
  expect(JSON.stringify(entry)).toContain('"place":"webdata/обмен.zip!выгрузка/Предложения2.xml:')
})

test('one broken member, a hostile name or a bomb keeps the whole archive out, with a reason; nothing lies elsewhere', async () => {
  shop = await openShopInStep({ speed: 200 })
  const { project, ut } = shop
  const catalogue = await catalogueOf(project.root)
  const outside = await namesIn(project.root, /^(?:state|reports|quarantine)/)
  for (const { variant } of offersOf(ut.base.model))
    variant.prices = variant.prices.map((row) => ({ ...row, amount: '1' }))
  const files = exported(shop, '2030-01-01T10:00:00').map(({ name, text }) => ({ name: `webdata/${name}`, text }))
  const last = files.at(-1) as { name: string; text: string }
  const lines = last.text.split('\n')
  const line = lines.findLastIndex((each) => each.includes('</ЦенаЗаЕдиницу>'))
  const wrong = lines.with(line, (lines[line] ?? '').replace('</ЦенаЗаЕдиницу>', '</Цена>')).join('\n')
  const hostile = (name: string): readonly Packed[] => [...files, { name, text: 'x' }]
  const archives: Readonly<Record<string, readonly [readonly Packed[], string]>> = {
    'member.zip': [[...files.slice(0, -1), { ...last, text: wrong }], 'xml.malformed'],
    'cut-member.zip': [[...files.slice(0, -1), { ...last, text: last.text.slice(0, -30) }], 'xml.truncated'],
    'sum.zip': [[...files.slice(0, -1), { ...last, lie: { crc: 1 } }], 'zip.broken'],
    'password.zip': [[...files.slice(0, -1), { ...last, encrypted: true }], 'zip.encrypted'],
    'nested.zip': [hostile('webdata/more.zip'), 'zip.nested'],
    'up.zip': [hostile('../../up.xml'), 'zip.escaping_name'],
    'up-windows.zip': [hostile('..\\..\\up.xml'), 'zip.escaping_name'],
    'root.zip': [hostile('/tmp/obmen-escaped.xml'), 'zip.escaping_name'],
    'drive.zip': [hostile('C:\\obmen-escaped.xml'), 'zip.escaping_name'],
    'unc.zip': [hostile('\\\\server\\share\\a.xml'), 'zip.escaping_name'],
    'device.zip': [hostile('CON.xml'), 'zip.forbidden_name'],
    'nul.zip': [hostile('a\0.xml'), 'zip.forbidden_name'],
    'long.zip': [hostile(`${'x'.repeat(252)}.xml`), 'zip.forbidden_name'],
    'right-to-left.zip': [hostile('a\u202elmx.exe'), 'zip.forbidden_name'],
    'case.zip': [hostile(last.name.toUpperCase()), 'zip.same_name'],
    'link.zip': [[...files, { name: 'link.xml', text: '/etc/passwd', mode: 0o120777 }], 'zip.special_entry'],
    'bomb.zip': [[...files, { name: 'b.xml', text: deflatedZeros(1024), deflatedFrom: 1024 ** 3 }], 'zip.too_large'],
    'shared.zip': [[...files, { name: 'b.xml', text: 'x', sharesBytes: true }], 'zip.overlapping'],
    'many.zip': [Array.from({ length: 50_001 }, (_, i) => ({ name: `${i}.xml`, text: '' })), 'zip.too_large'],
    'empty.zip': [[], 'zip.empty'],
    'words.zip': [[{ name: 'a.txt', text: 'x' }], 'zip.without_exchange_files'],
  }

  for (const [name, [packed]] of Object.entries(archives)) await drop(shop, name, packed)
  await until('every archive is in quarantine', async () => {
    return (await quarantined(project.root)).length === Object.keys(archives).length
  })
  await shop.lookedOver()

  const kept = await quarantined(project.root)
  const codes = Object.fromEntries(kept.map(({ name, reason }) => [name, reason.code]))
  expect(codes).toEqual(Object.fromEntries(Object.entries(archives).map(([name, [, code]]) => [name, code])))
  for (const { name, text } of kept) {
    expect(text, name).toMatch(/Что случилось: [А-Я][^\n]*\r\n/)
    expect(text, name).not.toContain('Файл не удалось прочитать')
  }
  const [broken] = kept.filter(({ name }) => name === 'member.zip')
  const place = { file: `webdata/member.zip!${last.name}`, line: line + 1, column: expect.any(Number) }
  expect(broken?.reason.place).toEqual(place)
  expect(broken?.text).toContain(`Где: файл webdata/member.zip!${last.name}, строка ${line + 1}, позиция`)
  expect(await catalogueOf(project.root)).toEqual(catalogue)
  expect(await namesIn(project.root, /^(?:state|reports|quarantine)/)).toEqual(outside)

  ut.base.setStock(shopOfferId('НС-001'), 'Основной склад', 50)
  await drop(shop, 'member.zip', exported(shop, '2030-01-01T11:00:00'))
  await shop.mailOf('Устранено: Файл webdata/member.zip не загружен')
  await shop.inStep()
})

test('an archive that is cut off goes to quarantine as a broken archive', async () => {
  shop = await openShopInStep({ speed: 1000 })
  const { project } = shop
  const whole = zipOf(exported(shop, '2030-01-01T10:00:00'))

  await mkdir(join(project.inbox, 'webdata'), { recursive: true })
  await writeFile(join(project.inbox, 'webdata', 'cut.zip'), whole.subarray(0, -10))
  await until('it is given up', async () => (await quarantined(project.root)).length === 1)

  expect((await quarantined(project.root)).map(({ name, reason }) => [name, reason.code])).toEqual([
    ['cut.zip', 'zip.broken'],
  ])
})

/** Names of the files below a folder, sorted; folders and what `skipped` matches are left out. */
async function namesIn(folder: string, skipped = /^$/): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !skipped.test(path) && path !== 'draft')
    .map((path) => (skipped.source === '^$' ? basename(path) : path))
    .sort()
}
