import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ExcelJS from 'exceljs'
import { afterEach, expect, test } from 'vitest'
import type { BaseModel } from '../../fixtures/ut-base.ts'
import { readCells } from '../../src/formats/xlsx/read-cells.ts'
import { commandsIn, type CommandResult } from './command-line.ts'
import { CLIENT_ID, createProject, until, type Project, type ProjectOptions } from './project.ts'
import { dropExport, PLAIN_PRICES, shopOf } from './shop-on-ozon.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
const GOODS = 40

let project: Project
let obmen: (...args: string[]) => Promise<CommandResult>
afterEach(() => project.close())

/** Goods without characteristics, each with a barcode of its own and a price by its index. */
function plainShop(): BaseModel {
  const base = shopOf(GOODS * 8, (i) => ({ price: 500 + i, main: 5, podolsk: 3 }))
  const goods = base.goods.slice(0, GOODS).map((good, i) => {
    const [{ characteristic: _, ...variant } = { prices: [], stocks: {}, deleted: false }] = good.variants
    return { ...good, barcode: `46000000000${String(i).padStart(2, '0')}`, variants: [variant] }
  })
  return { ...base, goods }
}

async function openProject(base: BaseModel, options: ProjectOptions = {}): Promise<void> {
  project = await createProject({ speed: 60, commandsOnly: true, files: PLAIN_PRICES, ...options })
  obmen = commandsIn(project)
  await dropExport(project, base)
}

async function putCards(items: readonly object[]): Promise<void> {
  await project.ozon.send('POST', 'products', { clientId: CLIENT_ID, items })
}

/** The journal of identity as article → id of 1C; undefined while there is none. */
function journal(): Map<string, string> | undefined {
  const state = join(project.root, 'state')
  const [name] = readdirSync(state).filter((each) => /^identity-.*\.csv$/.test(each))
  if (name === undefined) return undefined
  const lines = readFileSync(join(state, name), 'utf8').trim().split('\n').slice(1)
  return new Map(lines.map((line) => line.split(',').slice(2).toReversed() as [string, string]))
}

/** Files of matches that nobody has taken yet. */
function waiting(): string[] {
  const state = join(project.root, 'state')
  const folders = readdirSync(state).filter((name) => name.endsWith('.matches'))
  return folders.flatMap((name) => readdirSync(join(state, name)))
}

/** Writes into cells of the match sheet as a person does, by row number and header. */
async function fillIn(
  path: string,
  texts: readonly (readonly [row: number, header: string, text: string])[],
): Promise<void> {
  const book = new ExcelJS.Workbook()
  await book.xlsx.readFile(path)
  const sheet = book.getWorksheet('Сопоставить') as ExcelJS.Worksheet
  const headers = (sheet.getRow(1).values as unknown[]).map(String)
  for (const [row, header, text] of texts) sheet.getRow(row).getCell(headers.indexOf(header)).value = text
  await book.xlsx.writeFile(path)
}

test('a shop with half of its goods at Ozon is adopted: nothing is sent, then only what differs', async () => {
  const base = plainShop()
  await openProject(base)
  const { goods } = base
  const priceOf = (i: number): string => goods[i]?.variants[0]?.prices[0]?.amount ?? ''
  // By article; by barcode under an old name; half of the shop is not there.
  await putCards(
    goods.slice(0, GOODS / 2).map(({ article, barcode, name }, i) => ({
      offerId: i < 15 ? article : `OLD-${i}`,
      name,
      price: i === 0 ? '501' : priceOf(i),
      ...(i < 15 ? {} : { barcodes: [barcode] }),
    })),
  )
  await obmen('run')

  const shown = await obmen('match', 'ozon-main')
  expect([shown.exitCode, shown.err]).toEqual([0, ''])
  expect(shown.out).toContain('ozon-main: 20 cards at Ozon, 40 items of 1C marked for it\n')
  expect(shown.out).toMatch(/sure +20 +identity 15, barcode 5\n/)
  expect(shown.out).toContain('nothing was written')
  expect(journal()).toBeUndefined()

  const written = await obmen('match', 'ozon-main', '--yes')
  expect(written.out).toContain('20 pairs written for ever\n')
  expect(journal()).toEqual(
    new Map(goods.slice(0, 20).map(({ id, article }, i) => [i < 15 ? article : `OLD-${i}`, id])),
  )
  expect((await project.ozon.writes()).length).toBe(0)
  const renamed = await obmen('held', 'ls')
  expect(renamed.out).toContain('identity of ozon-main: 5 renamed in 1C; their cards keep their names')

  await obmen('approve', 'ozon-main')
  await obmen('run')
  const prices = (await project.ozon.ledger()).filter(({ aspect }) => aspect === 'prices')
  expect(prices.map(({ offerId, value }) => [offerId, value])).toEqual([[goods[0]?.article, { price: priceOf(0) }]])
  const again = await obmen('match', 'ozon-main', '--yes')
  expect(again.out).toMatch(/paired already +20\n/)
})

test('what is not sure goes through a workbook, with every fault at its cell, and to a running service', async () => {
  const base = plainShop()
  const [first, second, third, fourth, fifth, sixth] = base.goods as [
    BaseModel['goods'][number],
    ...BaseModel['goods'],
  ] & {
    length: 6
  }
  if (!second || !third || !fourth || !fifth || !sixth) throw new Error('the shop is too small')
  // The barcode of two goods, and an article whose card has the barcode of another good.
  third.barcode = second.barcode
  await openProject(base, { commandsOnly: false })
  await putCards([
    { offerId: first.article, name: first.name },
    { offerId: 'TWO', name: 'Два товара', barcodes: [second.barcode] },
    { offerId: fourth.article, name: fourth.name, barcodes: [fifth.barcode] },
    { offerId: 'SAMOVAR', name: 'Самовар' },
  ])
  const service = await project.open()
  await until('1C was read', () => service.items.every(({ pipeline }) => (pipeline.lastLook?.items ?? 0) === GOODS))
  const workbook = join(project.root, 'match.xlsx')

  const shown = await obmen('match', 'ozon-main', '--out', workbook)
  expect(shown.out).toMatch(/sure +1 +identity 1\n +to be decided +2 +conflicting 1, ambiguous 1\n +only at Ozon +1\n/)
  const sheets = await readCells(workbook)
  expect([...sheets.keys()]).toEqual(['Сопоставить', 'Пары', 'Нет на площадке', 'Справка'])
  const rows = (sheets.get('Сопоставить') ?? []).slice(1).map((row) => [row[0], row[4], row[8]])
  expect(rows.slice(0, 4)).toEqual([
    [fourth.article, fourth.id, 'артикул для площадки'],
    [fourth.article, fifth.id, 'штрихкод'],
    ['TWO', second.id, 'штрихкод'],
    ['TWO', third.id, 'штрихкод'],
  ])

  await fillIn(workbook, [
    [2, 'Решение', 'Да'],
    [4, 'Решение', 'да'],
    [5, 'Решение', 'ага'],
  ])
  const faulty = await obmen('match', 'ozon-main', '--from', workbook, '--yes')
  expect(faulty.exitCode).toBe(3)
  expect(faulty.err).toContain('match.xlsx:Сопоставить!K5 error match.no_decision: "ага" is no decision')
  expect(journal()).toBeUndefined()

  await fillIn(workbook, [
    [5, 'Решение', ''],
    [6, 'Ид 1С', ''],
    [6, 'Артикул 1С', sixth.article],
    [6, 'Решение', 'да'],
  ])
  const done = await obmen('match', 'ozon-main', '--from', workbook, '--yes')
  expect(done.err).toBe('')
  expect(done.out).toMatch(/decided in the table +3\n/)
  expect(done.out).toContain('4 pairs written for ever; the service takes them within seconds\n')
  await until('the service has them', () => journal()?.size === 4)
  expect(journal()).toEqual(
    new Map([
      [first.article, first.id],
      [fourth.article, fourth.id],
      ['TWO', second.id],
      ['SAMOVAR', sixth.id],
    ]),
  )
  await until('nothing waits to be taken', () => waiting().length === 0)

  // 1C gives the article of a good that has a card to another one, and a new one to the good itself.
  const before = first.article
  first.article = 'RENAMED'
  fifth.article = before
  await dropExport(project, base)
  await until('the new article is known', async () => (await obmen('held', 'ls')).out.includes('RENAMED'))
  const held = (await obmen('held', 'ls')).out.split('\n')
  expect(held[0]).toContain('identity of ozon-main: 3 renamed in 1C; their cards keep their names')
  expect(held.find((line) => line.includes('RENAMED'))).toContain(before)
  const taken = await obmen('match', 'ozon-main', '--yes')
  expect(taken.out).toMatch(/only in 1C +36 +article taken 1\n/)
  expect(journal()?.get(before)).toBe(first.id)
  expect(await project.ozon.ledger()).toEqual([])
})

test('killed while it writes, the pairs are in the journal whole or wait to be taken', async () => {
  const base = plainShop()
  await openProject(base)
  await putCards(base.goods.map(({ article }) => ({ offerId: article })))
  await obmen('run')
  // Two touches of the disk put the workbook in place, six the matches; then the journal is written.
  const env = { ...process.env, OBMEN_LOG: 'silent', OBMEN_FAILPOINT: 'kill:11' }
  const args = [...process.execArgv, '--import', 'tsx', MAIN, '-C', project.root, 'match', 'ozon-main', '--yes']
  const signal = await new Promise((resolve) => {
    spawn(process.execPath, args, { env, stdio: 'ignore' }).on('close', (_, by) => resolve(by))
  })
  expect(signal).toBe('SIGKILL')
  const after = journal()
  expect([undefined, 0, GOODS]).toContain(after?.size)

  const service = await project.open({ start: false })
  await service.close()
  expect(journal()).toEqual(new Map(base.goods.map(({ id, article }) => [article, id])))
  expect(existsSync(join(project.root, 'state', 'obmen.lock'))).toBe(false)
})
