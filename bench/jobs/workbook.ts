import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import ExcelJS from 'exceljs'
import type { Column, Row } from '../../src/formats/xlsx/sheet.ts'
import { writeWorkbook } from '../../src/formats/xlsx/write-workbook.ts'
import { createFiles } from '../../src/state/disk.ts'
import { job, stopwatch, type Elapsed } from './job.ts'

/** Writes a workbook of `rows` × 12 cells: through `formats/xlsx`, or with nothing but the library. */
export interface WorkbookInput {
  readonly folder: string
  readonly rows: number
  readonly writer: 'ours' | 'bare'
}

const NOW = Date.parse('2026-01-31T13:00:00+03:00')

const columns: readonly Column[] = [
  { header: 'Артикул', key: 'article', type: 'text' },
  { header: 'Наименование', key: 'name', type: 'text' },
  { header: 'Время', key: 'time', type: 'datetime' },
  { header: 'Что', key: 'what', type: 'text' },
  { header: 'Склад', key: 'warehouse', type: 'text' },
  { header: 'Было', key: 'before', type: 'int' },
  { header: 'Стало', key: 'after', type: 'int' },
  { header: 'Разница', key: 'difference', type: 'int' },
  { header: 'Цена', key: 'price', type: 'money' },
  { header: 'Код', key: 'code', type: 'text' },
  { header: 'Штрихкод', key: 'barcode', type: 'text' },
  { header: 'Правило', key: 'rule', type: 'text' },
]

await job(async ({ folder, rows, writer }: WorkbookInput): Promise<Elapsed> => {
  const elapsed = stopwatch()
  const path = join(folder, `${writer}.xlsx`)
  await (writer === 'ours' ? writeOurs(path, rows) : writeBare(path, rows))
  return elapsed()
})

function rowAt(index: number): Row {
  return {
    article: `G-${String(index).padStart(6, '0')}`,
    name: `Футболка «хлопок» ${index} (XL)`,
    time: NOW + index * 1_000,
    what: 'Остаток',
    warehouse: 'FBS Москва',
    before: index % 50,
    after: (index * 7) % 50,
    difference: ((index * 7) % 50) - (index % 50),
    price: 490 + 10 * (index % 1_000),
    code: `00-${String(index).padStart(8, '0')}`,
    barcode: String(4_600_000_000_000 + index),
    rule: 'pipelines/ozon-stocks.yaml:5 byWarehouse()',
  }
}

async function writeOurs(path: string, rows: number): Promise<void> {
  const generated = (function* () {
    for (let index = 0; index < rows; index++) yield rowAt(index)
  })()
  const sheet = { name: 'Изменения', columns, rows: generated }
  await writeWorkbook(path, [sheet], { files: createFiles(), timezone: 'Europe/Moscow', createdAt: NOW })
}

/** The same cells without styles, widths or a filter: the least that a workbook costs. */
async function writeBare(path: string, rows: number): Promise<void> {
  const output = createWriteStream(path)
  const book = new ExcelJS.stream.xlsx.WorkbookWriter({ stream: output, useStyles: false, useSharedStrings: false })
  const sheet = book.addWorksheet('Изменения')
  sheet.addRow(columns.map(({ header }) => header)).commit()
  for (let index = 0; index < rows; index++) {
    const row = rowAt(index)
    sheet.addRow(columns.map(({ key }) => row[key])).commit()
  }
  sheet.commit()
  const closed = once(output, 'close')
  await book.commit()
  await closed
}
