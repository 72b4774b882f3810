import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import ExcelJS from 'exceljs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Files } from '../../core/files.ts'
import { cleanText } from './cell.ts'
import { readCells } from './read-cells.ts'
import type { Row, Sheet } from './sheet.ts'
import { writeWorkbook } from './write-workbook.ts'

const MOMENT = Date.UTC(2026, 2, 1, 11, 5, 30)

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'obmen-xlsx-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const files: Files = {
  writeAtomic: async (path, data) => {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, data)
  },
  append: (path, text) => writeFile(path, text, { flag: 'a' }),
  move: rename,
  copy: copyFile,
  remove: (path) => rm(path, { recursive: true, force: true }),
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true })
  },
}

async function write(
  sheets: readonly Sheet[],
  more: { sheetRows?: number; signal?: AbortSignal } = {},
): Promise<string> {
  const path = join(folder, 'reports', 'отчёт.xlsx')
  await writeWorkbook(path, sheets, { files, timezone: 'Europe/Moscow', createdAt: MOMENT, ...more })
  return path
}

async function open(path: string): Promise<ExcelJS.Workbook> {
  const book = new ExcelJS.Workbook()
  await book.xlsx.readFile(path)
  return book
}

const GOODS: Sheet = {
  name: 'Изменения',
  tab: 'warn',
  frozenColumns: 2,
  columns: [
    { header: 'Артикул', key: 'article', type: 'text' },
    { header: 'Наименование', key: 'name', type: 'text', wrap: true },
    { header: 'Остаток', key: 'stock', type: 'int' },
    { header: 'Цена', key: 'price', type: 'money' },
    { header: 'Разница', key: 'share', type: 'percent' },
    { header: 'Время', key: 'time', type: 'datetime' },
    { header: 'На площадке', key: 'link', type: 'link' },
  ],
  rows: [
    {
      article: '00042',
      name: 'Платье "Лето" <42>',
      stock: '12500',
      price: '1499.5',
      share: -0.125,
      time: MOMENT,
      link: { value: '777', url: 'https://www.ozon.ru/product/777' },
    },
    { article: '4600000000017', name: '=1+1', stock: { value: 0, tone: 'error' }, price: 'нет' },
  ],
}

describe('writeWorkbook', () => {
  it('writes every cell so that it reads back as meant', async () => {
    const path = await write([GOODS])

    expect(await readCells(path)).toEqual(
      new Map([
        [
          'Изменения',
          [
            ['Артикул', 'Наименование', 'Остаток', 'Цена', 'Разница', 'Время', 'На площадке'],
            ['00042', 'Платье "Лето" <42>', '12500', '1499.5', '-0.125', '2026-03-01 14:05:30', '777'],
            ['4600000000017', '=1+1', '0', 'нет'],
          ],
        ],
      ]),
    )
  })

  it('gives cells their formats, colours and links', async () => {
    const sheet = (await open(await write([GOODS]))).getWorksheet('Изменения') as ExcelJS.Worksheet

    expect(['A2', 'C2', 'D2', 'E2', 'F2'].map((at) => sheet.getCell(at).numFmt)).toEqual([
      '@',
      '#,##0',
      '#,##0.00" ₽"',
      '0.0%',
      'dd.mm.yyyy hh:mm',
    ])
    expect(sheet.getCell('A3').type).toBe(ExcelJS.ValueType.String)
    expect(sheet.getCell('G2').formula).toBe('HYPERLINK("https://www.ozon.ru/product/777","777")')
    expect(sheet.getCell('C3').fill).toMatchObject({ fgColor: { argb: 'FFFFC7CE' } })
    expect(sheet.getCell('B2').alignment.wrapText).toBe(true)
    expect(sheet.getCell('A1').font.bold).toBe(true)
  })

  it('freezes the header, filters, prints in landscape with the header on every page', async () => {
    const sheet = (await open(await write([GOODS]))).getWorksheet('Изменения') as ExcelJS.Worksheet

    expect(sheet.views[0]).toMatchObject({ state: 'frozen', xSplit: 2, ySplit: 1 })
    expect(sheet.autoFilter).toBe('A1:G3')
    expect(sheet.properties.tabColor).toEqual({ argb: 'FFFFC000' })
    expect(sheet.pageSetup).toMatchObject({
      orientation: 'landscape',
      fitToWidth: 1,
      fitToHeight: 0,
      printTitlesRow: '1:1',
    })
  })

  it('fits widths to what stands in the column, within bounds', async () => {
    const sheet = (
      await open(
        await write([
          {
            name: 'Ширина',
            columns: [
              { header: 'А', key: 'a', type: 'text' },
              { header: 'Б', key: 'b', type: 'text' },
              { header: 'В', key: 'c', type: 'text', width: 17 },
              { header: 'Г', key: 'd', type: 'text' },
            ],
            rows: [{ a: '1', b: 'x'.repeat(20), c: 'y'.repeat(40), d: 'z'.repeat(500) }],
          },
        ]),
      )
    ).getWorksheet('Ширина') as ExcelJS.Worksheet

    expect([1, 2, 3, 4].map((n) => sheet.getColumn(n).width)).toEqual([8, 22, 17, 60])
  })

  it('makes rows as high as their broken lines', async () => {
    const columns = [{ header: 'Почему', key: 'why', type: 'text', width: 20, wrap: true }] as const
    const rows = [{ why: 'кратко' }, { why: 'слово '.repeat(15) }, { why: 'слово '.repeat(9000) }]

    const sheet = (await open(await write([{ name: 'Тексты', columns, rows }]))).getWorksheet(
      'Тексты',
    ) as ExcelJS.Worksheet

    expect([3, 4].map((n) => sheet.getRow(n).height)).toEqual([75, 409])
    expect(sheet.getRow(2).height ?? 15).toBe(15)
  })

  it('leaves out what a workbook cannot hold', async () => {
    const path = await write([
      {
        name: 'Тексты',
        columns: [{ header: 'Текст', key: 'text', type: 'text' }],
        rows: [
          { text: 'а\u0000б\u000Bв\uFFFE\uD800г' },
          { text: 'emoji 😀' },
          { text: 'д'.repeat(40_000) },
          { text: 'строка\r\nвторая' },
          { text: { value: 'ссылка', url: `https://x.ru/${'y'.repeat(300)}` } },
        ],
      },
    ])

    const rows = (await readCells(path)).get('Тексты')?.map((row) => row[0] ?? '') ?? []

    expect(rows.slice(0, 3)).toEqual(['Текст', 'абвг', 'emoji 😀'])
    expect(rows[3]).toHaveLength(32_767)
    expect(rows.slice(4)).toEqual(['строка\nвторая', 'ссылка'])
  })

  it('keeps a text that looks like an escape of the format', () => {
    expect(cleanText('_x0041_ и _x_')).toBe('_x005F_x0041_ и _x_')
  })

  it('asks a summary for its rows last and still shows it first', async () => {
    let counted = 0
    const rows = function* (): Generator<Row> {
      for (const n of [1, 2, 3]) {
        counted++
        yield { n }
      }
    }
    const summary = function* (): Generator<Row> {
      yield { count: counted }
    }

    const path = await write([
      { name: 'Сводка', columns: [{ header: 'Всего', key: 'count', type: 'int' }], rows: summary(), last: true },
      { name: 'Строки', columns: [{ header: '№', key: 'n', type: 'int' }], rows: rows() },
    ])

    expect([...(await readCells(path))]).toEqual([
      ['Сводка', [['Всего'], ['3']]],
      ['Строки', [['№'], ['1'], ['2'], ['3']]],
    ])
  })

  it('goes on in a further sheet when one is full', async () => {
    const rows = [1, 2, 3, 4, 5].map((n) => ({ n }))

    const path = await write([{ name: 'Строки', columns: [{ header: '№', key: 'n', type: 'int' }], rows }], {
      sheetRows: 3,
    })

    expect([...(await readCells(path))]).toEqual([
      ['Строки', [['№'], ['1'], ['2']]],
      ['Строки 2', [['№'], ['3'], ['4']]],
      ['Строки 3', [['№'], ['5']]],
    ])
  })

  it('leaves nothing behind when the rows fail or the work is aborted', async () => {
    const column = { header: '№', key: 'n', type: 'int' } as const
    const failing = async function* (): AsyncGenerator<Row> {
      yield { n: 1 }
      throw new Error('the store is gone')
    }
    const endless = function* (): Generator<Row> {
      for (let n = 0; ; n++) {
        if (n === 1000) abort.abort(new Error('stopping'))
        yield { n }
      }
    }
    const abort = new AbortController()

    await expect(write([{ name: 'Строки', columns: [column], rows: failing() }])).rejects.toThrow('the store is gone')
    await expect(
      write([{ name: 'Строки', columns: [column], rows: endless() }], { signal: abort.signal }),
    ).rejects.toThrow('stopping')

    expect(readdirSync(join(folder, 'reports'))).toEqual([])
  })

  it('fails, and does not hang, when the disk does', async () => {
    const rows = function* (): Generator<Row> {
      for (let n = 0; n < 100_000; n++) yield { n }
    }
    const path = join(folder, 'отчёт.xlsx')
    await mkdir(join(folder, '.отчёт.xlsx.tmp'))

    const writing = writeWorkbook(
      path,
      [{ name: 'Строки', columns: [{ header: '№', key: 'n', type: 'int' }], rows: rows() }],
      { files, timezone: 'Europe/Moscow', createdAt: MOMENT },
    )

    await expect(writing).rejects.toThrow('EISDIR')
  })

  it('keeps memory flat over 50,000 rows and never runs far ahead of the file', async () => {
    const script = `
      import { writeWorkbook } from ${JSON.stringify(join(import.meta.dirname, 'write-workbook.ts'))}
      import { rename, rm, mkdir } from 'node:fs/promises'
      const files = { move: rename, remove: (p) => rm(p, { force: true }), makeFolder: (p) => mkdir(p, { recursive: true }) }
      const keys = 'abcdefghijkl'.split('')
      async function* rows() {
        for (let n = 0; n < 50000; n++) yield Object.fromEntries(keys.map((k, i) => [k, i % 2 ? n * i : 'значение ' + n + k]))
      }
      const columns = keys.map((key, i) => ({ header: key, key, type: i % 2 ? 'int' : 'text' }))
      await writeWorkbook(${JSON.stringify(join(folder, 'big.xlsx'))}, [{ name: 'Строки', columns, rows: rows() }],
        { files, timezone: 'Europe/Moscow', createdAt: 0 })
      console.log(process.resourceUsage().maxRSS)
    `
    await writeFile(join(folder, 'big.mjs'), script)

    const peak = Number(
      execFileSync(process.execPath, ['--import', 'tsx', join(folder, 'big.mjs')], { encoding: 'utf8' }),
    )

    let rows = 0
    for await (const sheet of new ExcelJS.stream.xlsx.WorkbookReader(join(folder, 'big.xlsx'), {})) {
      for await (const _ of sheet) rows++
    }
    expect(rows).toBe(50_001)
    expect(peak / 1024).toBeLessThan(260)
  })
})

describe('readCells', () => {
  it('shows what a person sees in a table made by hand', async () => {
    const book = new ExcelJS.Workbook()
    const sheet = book.addWorksheet('Наценки')
    sheet.addRow(['код', 'коэффициент', 'с', 'формула', 'текст'])
    sheet.addRow([
      42,
      1.25,
      new Date(Date.UTC(2026, 0, 9)),
      { formula: 'B2*2', result: 2.5 },
      { richText: [{ text: 'жи' }, { text: 'рный' }] },
    ])
    sheet.getCell('A2').numFmt = '00000'
    sheet.getCell('B2').numFmt = '0%'
    sheet.addRow([])
    sheet.addRow([4600000000017, 0.1 + 0.2, null, true, { text: 'сайт', hyperlink: 'https://x.ru' }])
    sheet.addRow(['объединено', 'нет'])
    sheet.mergeCells('A5:B5')
    const path = join(folder, 'table.xlsx')
    await book.xlsx.writeFile(path)

    expect(await readCells(path)).toEqual(
      new Map([
        [
          'Наценки',
          [
            ['код', 'коэффициент', 'с', 'формула', 'текст'],
            ['00042', '1.25', '2026-01-09', '2.5', 'жирный'],
            [],
            ['4600000000017', '0.3', '', 'ИСТИНА', 'сайт'],
            ['объединено'],
          ],
        ],
      ]),
    )
  })

  it('says what to do with a file that is no workbook', async () => {
    const path = join(folder, 'old.xls')
    await writeFile(path, 'not a zip')

    await expect(readCells(path)).rejects.toMatchObject({
      kind: 'input',
      code: 'xlsx.unreadable',
      place: { file: path },
    })
  })
})
