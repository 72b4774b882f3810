import { mkdir, readdir, readFile, rename, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { GoodModel } from '../../fixtures/ut-base.ts'
import { writeExport } from '../../fixtures/ut-export.ts'
import { zipOf } from '../../src/formats/zip/test-support.ts'
import { PublishedPictures } from '../../src/state/pictures.ts'
import { until } from './project.ts'
import { openShop, type Shop } from './shop.ts'

const JPG = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
const PNG = Buffer.from('\u0089PNG\r\n\u001A\n and the rest of it', 'latin1')

let shop: Shop | undefined
afterEach(async () => {
  await shop?.close()
  shop = undefined
})

async function openPictureShop(): Promise<Shop> {
  const images = (text: string): string =>
    text.replace('settle:', 'images: { publish: ./public, baseUrl: "https://shop.example/pictures/" }\n    settle:')
  return openShop({ files: { 'config/obmen.yaml': images } })
}

/** The pictures of 1C lie beside its exchange files. */
async function putPicture(to: Shop, path: string, bytes: Buffer): Promise<string> {
  const full = join(to.project.inbox, 'webdata', path)
  await mkdir(join(full, '..'), { recursive: true })
  await writeFile(full, bytes)
  return full
}

function good(of: Shop, article: string): GoodModel {
  const found = of.ut.base.model.goods.find((each) => each.article === article)
  if (found === undefined) throw new Error(`no good ${article}`)
  return found
}

async function urls(of: Shop, id: string): Promise<string[]> {
  const { exchanges, store } = of.service().runtime
  const exchange = exchanges.get('main')
  const [entry] = (await exchange?.catalogue.getMany([id])) ?? []
  if (entry === undefined) return []
  return new PublishedPictures(store, 'main').urlsOf(entry, exchange?.config.images?.baseUrl ?? '')
}

test('pictures that goods name are published under names of their content, missing ones are told of until they come', async () => {
  shop = await openPictureShop()
  const of = shop
  const [shirt, socks] = [good(of, 'ФТ-001'), good(of, 'НС-001')]
  shirt.images.push(String.raw`import_files\AB\Front.JPG`, 'import_files/ab/back.png')
  socks.images.push('import_files/ab/gone.jpg', 'import_files/ab/setup.exe', '../../secret.jpg')
  await putPicture(of, 'import_files/ab/front.jpg', JPG)
  await putPicture(of, 'import_files/ab/back.png', PNG)
  await putPicture(of, 'import_files/ab/setup.exe', Buffer.from('MZ no picture'))
  await of.restart()

  await of.ut.runExchange()
  const mail = await of.mailOf('Нет картинок')
  await until('both pictures are published', async () => (await urls(of, shirt.id)).length === 2)
  const [front = '', back = ''] = await urls(of, shirt.id)
  await putPicture(of, 'import_files/ab/gone.jpg', JPG)
  socks.images.splice(1)
  await of.ut.runExchange()
  const resolved = await of.mailOf('Все картинки, на которые ссылается 1С, найдены')

  expect(front).toMatch(/^https:\/\/shop\.example\/pictures\/[0-9a-f]{2}\/[0-9a-f]{32}\.jpg$/)
  expect(back).toMatch(/\.png$/)
  expect(await readFile(join(of.project.root, 'public', new URL(front).pathname.replace('/pictures/', '')))).toEqual(
    JPG,
  )
  expect(mail).toContain('НС-001')
  expect(mail).toContain('import_files/ab/gone.jpg (файла нет)')
  expect(mail).toContain('import_files/ab/setup.exe (это не картинка)')
  expect(mail).toContain('../../secret.jpg (путь ведёт за пределы папки обмена)')
  expect(resolved).toContain('найдены')
  // The same content is there once, whoever names it.
  expect(await urls(of, socks.id)).toEqual([front])
  expect(
    (await readdir(join(of.project.root, 'public'), { recursive: true })).filter((name) => name.includes('.')),
  ).toHaveLength(2)
})

test('a picture with another content gets another address, one that 1C did not write again keeps its own', async () => {
  shop = await openPictureShop()
  const of = shop
  const [shirt, socks] = [good(of, 'ФТ-001'), good(of, 'НС-001')]
  shirt.images.push('import_files/ab/front.jpg')
  socks.images.push('import_files/cd/socks.jpg')
  await putPicture(of, 'import_files/ab/front.jpg', JPG)
  await putPicture(of, 'import_files/cd/socks.jpg', PNG)
  await of.restart()
  await of.ut.runExchange()
  await until(
    'both are published',
    async () => (await urls(of, shirt.id)).length + (await urls(of, socks.id)).length === 2,
  )
  const before = [await urls(of, shirt.id), await urls(of, socks.id)]

  const path = await putPicture(of, 'import_files/ab/front.jpg', Buffer.concat([JPG, Buffer.from('changed')]))
  await utimes(path, new Date(), new Date(Date.now() - 5_000))
  shirt.description = 'With another picture'
  socks.description = 'Its picture was not written again'
  await of.ut.runExchange()
  await until('the changed picture is published', async () => (await urls(of, shirt.id))[0] !== before[0]?.[0])

  expect(await urls(of, socks.id)).toEqual(before[1])
  expect(before[1]?.[0]).toMatch(/\.png$/)
})

test('pictures inside an archive are published before the archive is put away', async () => {
  shop = await openPictureShop()
  const of = shop
  const shirt = good(of, 'ФТ-001')
  shirt.images.push('import_files/ab/front.jpg')
  const files = writeExport(of.ut.base.model, { stamp: '2026-01-31T10:00:00', scope: 'full' })
  await of.restart()

  await mkdir(join(of.project.inbox, 'webdata'), { recursive: true })
  await writeFile(join(of.project.root, 'draft'), zipOf([...files, { name: 'import_files/ab/front.jpg', text: JPG }]))
  await rename(join(of.project.root, 'draft'), join(of.project.inbox, 'webdata', 'v8_2C7E_125d5b.zip'))
  await until('it is published', async () => (await urls(of, shirt.id)).length === 1)

  const [url = ''] = await urls(of, shirt.id)
  expect(await readFile(join(of.project.root, 'public', new URL(url).pathname.replace('/pictures/', '')))).toEqual(JPG)
  expect(of.post.mails.filter(({ subject }) => subject.includes('картинок'))).toEqual([])
})

test('a folder that takes no pictures is told of, and prices of an archive go out all the same', async () => {
  shop = await openPictureShop()
  const of = shop
  good(of, 'ФТ-001').images.push('import_files/ab/front.jpg')
  const stamp = new Date(of.project.clock.now() + 3 * 3_600_000).toISOString().slice(0, 19)
  const files = writeExport(of.ut.base.model, { stamp, scope: 'full' })
  // A file stands where the folder should be: also for root nothing can be written below it.
  await writeFile(join(of.project.root, 'public'), '')
  await of.restart()

  await mkdir(join(of.project.inbox, 'webdata'), { recursive: true })
  await writeFile(join(of.project.root, 'draft'), zipOf([...files, { name: 'import_files/ab/front.jpg', text: JPG }]))
  await rename(join(of.project.root, 'draft'), join(of.project.inbox, 'webdata', 'v8_2C7E_125d5b.zip'))
  await of.inStep()

  expect(await of.mailOf('Картинки из архива')).toContain('v8_2C7E_125d5b.zip')
})

test('a link out of the inbox is not followed', async () => {
  shop = await openPictureShop()
  const of = shop
  const shirt = good(of, 'ФТ-001')
  shirt.images.push('import_files/ab/link.jpg', 'import_files/out/secret.jpg')
  await writeFile(join(of.project.root, 'secret.jpg'), JPG)
  await mkdir(join(of.project.inbox, 'webdata/import_files/ab'), { recursive: true })
  await symlink(join(of.project.root, 'secret.jpg'), join(of.project.inbox, 'webdata/import_files/ab/link.jpg'))
  await symlink(of.project.root, join(of.project.inbox, 'webdata/import_files/out'))
  await of.restart()

  await of.ut.runExchange()
  const mail = await of.mailOf('Нет картинок')

  expect(mail).toContain('import_files/ab/link.jpg (файла нет)')
  expect(mail).toContain('import_files/out/secret.jpg (файла нет)')
  expect(await urls(of, shirt.id)).toEqual([])
})

test('pictures are looked at at once, too, when a file changed more items than are named one by one', async () => {
  shop = await openPictureShop()
  const of = shop
  await of.restart()
  await of.ut.runExchange()
  const folder = join(of.project.inbox, 'webdata')
  const stamp = new Date(of.project.clock.now()).toISOString().slice(0, 19)
  const file = (content: string): string =>
    `<КоммерческаяИнформация ВерсияСхемы="2.07" ДатаФормирования="${stamp}">${content}</КоммерческаяИнформация>`
  // Goods are items only once they have an offer: this file by itself names nothing to look at.
  const goods =
    '<Товар><Ид>pictured</Ид><Наименование>Mug</Наименование><Картинка>import_files/m.jpg</Картинка></Товар>'
  const offers = Array.from({ length: 20_001 }, (_, i) => {
    return `<Предложение><Ид>${i === 0 ? 'pictured' : `many-${i}`}</Ид><Количество>1</Количество></Предложение>`
  })
  await writeFile(
    join(folder, 'import7_1.xml'),
    file(
      `<Каталог СодержитТолькоИзменения="true"><Ид>many</Ид><Наименование>Many</Наименование><Товары>${goods}</Товары></Каталог>`,
    ),
  )
  const isKnown = async (variants: number): Promise<boolean> => {
    const [entry] = (await of.service().runtime.exchanges.get('main')?.catalogue.getMany(['pictured'])) ?? []
    return entry !== undefined && Object.keys(entry.variants).length === variants
  }
  await until('the good is known', () => isKnown(0))
  await putPicture(of, 'import_files/m.jpg', JPG)

  await writeFile(
    join(folder, 'offers7_1.xml'),
    file(
      `<ПакетПредложений СодержитТолькоИзменения="true"><Ид>many#</Ид><Наименование>Many</Наименование><ИдКаталога>many</ИдКаталога><Предложения>${offers.join('')}</Предложения></ПакетПредложений>`,
    ),
  )

  await until('the picture is published', async () => (await urls(of, 'pictured')).length === 1)
  expect(await isKnown(1)).toBe(true)
})
