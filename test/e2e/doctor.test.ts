import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { clothingShop } from '../../fixtures/clothing-shop.ts'
import { writeExport } from '../../fixtures/ut-export.ts'
import { readCells } from '../../src/formats/xlsx/read-cells.ts'
import type { Diagnosis } from '../../src/views/doctor.ts'
import { commandsIn } from './command-line.ts'
import { createProject, until, type Project } from './project.ts'

let project: Project | undefined
afterEach(async () => {
  await project?.close()
  project = undefined
})

/** A run of the clothing shop in the inbox, ten minutes old by the clock of the machine. */
async function drop(to: Project): Promise<void> {
  const stamp = new Date(Date.now() - 600_000 + 3 * 3_600_000).toISOString().slice(0, 19)
  for (const { name, text } of writeExport(clothingShop(), { stamp, scope: 'full' })) {
    const path = join(to.inbox, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
}

/** What differs from run to run: times and the folder. */
function steady(text: string, { root }: Project): string {
  return text
    .replaceAll(root, '/shop')
    .replaceAll(/\d\d\.\d\d\.\d{4} \d\d:\d\d/g, '22.11.2026 10:00')
    .replaceAll(/\((?:\d+ \S+ ?)+ назад\)/g, '(10 минут назад)')
}

test('before the service ever ran: says how to begin, then reads the files where they lie', async () => {
  project = await createProject({ commandsOnly: true })
  const command = commandsIn(project)

  const nothing = await command('doctor', 'main')
  await drop(project)
  const before = await readdir(project.inbox, { recursive: true })
  const text = await command('doctor', 'main')
  const json = await command('doctor', 'main', '--json')

  expect(nothing.exitCode).toBe(1)
  expect(nothing.out).toContain('БЛОКИРУЕТ: От 1С ещё не пришло ни одного файла')
  expect(text.exitCode).toBe(0)
  await expect(steady(text.out, project)).toMatchFileSnapshot('../golden/doctor/clothing-shop.txt')
  const { survey, findings, runs, ...rest } = JSON.parse(json.out) as Diagnosis
  expect(rest).toMatchObject({
    exchange: 'main',
    timezone: 'Europe/Moscow',
    source: 'inboxes',
    service: 'never',
    producer: { family: 'A', version: '2.07' },
    inboxes: [{ waiting: 0 }, { waiting: 2 }],
    full: [{ catalogue: expect.any(String), stamp: expect.any(Number) }],
    verdict: 'gaps',
  })
  expect(Object.keys(survey)).toEqual([
    'products',
    'offers',
    'variants',
    'gone',
    'services',
    'withoutOffers',
    'pictures',
    'priceTypes',
    'warehouses',
    'currencies',
    'totalsOnly',
    'marks',
    'groups',
    'catalogues',
    'vat',
    'gaps',
    'repeatedArticles',
    'repeatedCodes',
    'repeatedBarcodes',
  ])
  expect(runs.map(({ parts }) => parts.map(({ is }) => is))).toEqual([['full', 'full']])
  expect(findings.map(({ severity, code }) => `${severity} ${code}`)).toEqual([
    'loss no_article',
    'loss no_price',
    'loss two_prices',
    'note no_picture',
    'note no_weight',
    'note no_dimensions',
    'note out_of_stock',
    'note negative_stock',
    'note no_barcode',
    'note bad_barcode',
  ])
  expect(await readdir(project.inbox, { recursive: true })).toEqual(before)
  expect(await readdir(project.root)).not.toContain('state')
})

test('beside a running service: reads what it has loaded, and writes the workbook', async () => {
  project = await createProject()
  const command = commandsIn(project)
  await project.open()
  await drop(project)
  await until('the files are archived', async () => {
    const archived = await readdir(join((project as Project).root, 'archive'), { recursive: true }).catch(() => [])
    return archived.filter((path) => path.endsWith('.xml')).length === 2
  })
  const path = join(project.root, 'doctor.xlsx')

  const result = await command('doctor', 'main', '--json', '--excel', path)
  const unknown = await command('doctor', 'mian')

  expect(result.exitCode).toBe(0)
  const { source, service, inboxes, verdict } = JSON.parse(result.out) as Diagnosis
  expect({ source, service, inboxes: inboxes.map(({ waiting }) => waiting), verdict }).toEqual({
    source: 'state',
    service: 'running',
    inboxes: [0, 0],
    verdict: 'gaps',
  })
  const sheets = await readCells(path)
  expect([...sheets.keys()]).toEqual(['Сводка', 'Что сделать', 'Виды цен', 'Склады', 'Отметки', 'Группы', 'Товары'])
  expect(sheets.get('Сводка')?.[1]?.slice(0, 2)).toEqual(['Итог', 'Продавать можно, есть на что обратить внимание'])
  expect(sheets.get('Что сделать')?.map((row) => [row[0], row[2], row[3], row[7]])).toEqual([
    ['Важность', 'Сколько', 'Из скольких', 'Код'],
    ['Внимание', '1', '11', 'no_article'],
    ['Внимание', '1', '29', 'no_price'],
    ['Внимание', '1', '29', 'two_prices'],
    ['К сведению', '11', '11', 'no_picture'],
    ['К сведению', '11', '11', 'no_weight'],
    ['К сведению', '11', '11', 'no_dimensions'],
    ['К сведению', '1', '29', 'out_of_stock'],
    ['К сведению', '1', '29', 'negative_stock'],
    ['К сведению', '25', '29', 'no_barcode'],
    ['К сведению', '4', '29', 'bad_barcode'],
  ])
  expect(sheets.get('Отметки')?.slice(1)).toEqual([
    ['Выгружать на Ozon', '10', '0', 'товар', 'flag(product.property("Выгружать на Ozon"))'],
  ])
  expect(sheets.get('Виды цен')?.map((row) => row.slice(0, 4))).toEqual([
    ['Вид цен', 'Предложений с ценой', 'Нулевых цен', 'Валюта'],
    ['Розничная', '28', '1', 'RUB'],
    ['Цена до скидки', '27', '2', 'RUB'],
  ])
  const items = sheets.get('Товары')?.slice(1) ?? []
  expect(items[0]?.slice(0, 6)).toEqual([
    'НС-002',
    'Носки подарочные (3 пары)',
    'Внимание',
    'Две разные цены одного вида; Отрицательный остаток; Штрихкод не EAN/UPC',
    '',
    '4601465034686',
  ])
  expect(items.map((row) => row[2])).toEqual([
    ...Array(3).fill('Внимание'),
    ...Array(items.length - 3).fill('К сведению'),
  ])
  expect(unknown.exitCode).toBe(2)
  expect(unknown.err).toContain('Name one of config/obmen.yaml: main.')
})

const SAMPLES = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shared', 'samples')
const samples = [
  {
    folder: 'AlexMobiCraft+FREESPORT-B2B',
    producer: { family: 'C', version: '3.1' },
    names: { priceTypes: 6, warehouses: 2 },
    grave: ['undescribed', 'no_variant_text', 'no_price', 'repeated_codes'],
  },
  {
    folder: 'bogutski+1C-CommerceML-to-JSON',
    producer: { family: 'B', version: '2.08' },
    names: { priceTypes: 1, warehouses: 0 },
    grave: ['no_warehouses', 'out_of_stock', 'repeated_articles'],
  },
]
for (const { folder, producer, names, grave } of samples) {
  const source = join(SAMPLES, folder)
  test.skipIf(!existsSync(source))(`${folder}: a real base is read, its gaps are found`, async () => {
    project = await createProject({ commandsOnly: true })
    await cp(source, project.inbox, { recursive: true })
    await rm(join(project.root, '1c', 'goods'), { recursive: true })

    const { out, exitCode } = await commandsIn(project)('doctor', 'main', '--json')

    const { survey, findings, ...found } = JSON.parse(out) as Diagnosis
    expect(exitCode).toBe(0)
    expect(found.producer).toEqual(producer)
    expect({ priceTypes: survey.priceTypes.length, warehouses: survey.warehouses.length }).toEqual(names)
    const codes = findings.filter(({ severity }) => severity === 'loss').map(({ code }) => code)
    expect(codes).toEqual(['inbox_unreadable', ...grave])
  })
}
