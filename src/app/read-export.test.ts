import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { clothingShop } from '../../fixtures/clothing-shop.ts'
import { exportOf, producers, type Producer } from '../../fixtures/families.ts'
import { statedGoods } from '../../fixtures/stated.ts'
import { createClock } from '../core/clock.ts'
import { openExchangeFile } from '../formats/commerceml/index.ts'
import { zipOf } from '../formats/zip/test-support.ts'
import { lookInside } from '../sources/files/candidates.ts'
import { Catalogue } from '../state/catalogue.ts'
import { createFiles } from '../state/disk.ts'
import { createMemoryStore } from '../state/open.ts'
import { Sets } from '../state/sets.ts'
import { surveyBase } from '../views/survey.ts'
import { readExport, type LyingFile } from './read-export.ts'

const { signal } = new AbortController()
const STAMP = '2026-11-22T10:00:00'
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obmen-export-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

function texts(producer: Producer): { name: string; text: string }[] {
  const base = clothingShop()
  const stated = statedGoods(base, { scope: 'full' })
  return exportOf(producer, base, stated, { stamp: STAMP, scope: 'full' }).map(({ name, pieces }) => ({
    name,
    text: [...pieces].join(''),
  }))
}

async function drop(name: string, text: string | Uint8Array): Promise<void> {
  const path = join(folder, 'inbox', name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

async function read() {
  const inbox = join(folder, 'inbox')
  const store = createMemoryStore()
  const catalogue = new Catalogue(store, 'main')
  const sets = new Sets(store, 'main')
  const lying = (await lookInside(inbox)).candidates.map(({ path, name, mtimeMs }): LyingFile => ({
    path,
    name,
    inbox,
    modifiedAt: mtimeMs,
  }))
  const unread = await readExport(lying, {
    catalogue,
    sets,
    timezone: 'Europe/Moscow',
    open: (file, abort) => openExchangeFile(file.path, { ...file, timezone: 'Europe/Moscow' }, abort),
    workFolder: join(folder, 'work'),
    files: createFiles(),
    clock: createClock(),
    signal,
  })
  return { unread, sets: await sets.all(), survey: await surveyBase(catalogue.entries(), await catalogue.dictionary()) }
}

async function listed(): Promise<string[]> {
  const inbox = join(folder, 'inbox')
  const names = (await readdir(inbox, { recursive: true })).sort()
  return Promise.all(names.map(async (name) => `${name} ${(await stat(join(inbox, name))).mtimeMs}`))
}

test.each(producers)('an export of family %s is read where it lies', async (producer) => {
  for (const { name, text } of texts(producer)) await drop(name, text)
  const before = await listed()

  const { unread, sets, survey } = await read()

  expect(unread).toEqual([])
  expect(sets.map(({ family, version }) => ({ family, version }))).toEqual([
    { family: producer, version: { A: '2.07', B: '2.08', C: '3.1' }[producer] },
  ])
  expect(survey.priceTypes.map(({ name }) => name).toSorted()).toEqual(['Розничная', 'Цена до скидки'])
  expect(survey.warehouses.map(({ name }) => name).toSorted()).toEqual(['Основной склад', 'Склад Подольск'])
  expect(survey.products).toBe(11)
  expect(survey.marks).toMatchObject([{ name: 'Выгружать на Ozon' }])
  expect(await listed()).toEqual(before)
})

test('an archive is read like its files, and leaves nothing behind', async () => {
  await mkdir(join(folder, 'work'))
  await drop('webdata/packed.zip', zipOf(texts('A')))

  const { unread, survey } = await read()

  expect(unread).toEqual([])
  expect(survey.products).toBe(11)
  expect(await readdir(join(folder, 'work'))).toEqual([])
})

test('a broken file is told with its place, the others count', async () => {
  const [goods, offers] = texts('A')
  await drop('webdata/import0_1.xml', goods?.text ?? '')
  await drop('webdata/offers0_1.xml', (offers?.text ?? '').slice(0, 2000))

  const { unread, survey } = await read()

  expect(unread.map(({ name, error }) => [name, error.kind, error.place?.file])).toEqual([
    ['webdata/offers0_1.xml', 'input', 'webdata/offers0_1.xml'],
  ])
  expect([survey.products, survey.offers]).toEqual([11, 0])
})
