import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import ExcelJS from 'exceljs'
import iconv from 'iconv-lite'
import { afterEach, expect, test } from 'vitest'
import { formatPlace } from '../../src/core/errors.ts'
import { zipOf } from '../../src/formats/zip/test-support.ts'
import { commandsIn } from './command-line.ts'
import { quarantined } from './on-disk.ts'
import { openPostOffice, type PostOffice } from './post-office.ts'
import { CLIENT_ID, createProject, until, type Project } from './project.ts'

let project: Project | undefined
let post: PostOffice | undefined
afterEach(async () => {
  await project?.close()
  await post?.close()
  project = undefined
  post = undefined
})

/** One row of a list: article, price, stock, as it is written. */
type Row = readonly [article: string, price: string, stock: string]

interface Format {
  readonly parse: string
  readonly file: string
  write(path: string, rows: readonly Row[], priceColumn?: string): Promise<void>
  /** A list that cannot be taken as a whole, and what is said of it. */
  readonly broken: { write(path: string): Promise<void>; readonly code: string; readonly place: string }
  /** What `obmen inspect` says of the first list. */
  readonly inspected: string
  /** What is said where a column has another name. */
  readonly renamed: RegExp
}

const TABLE =
  "id: Артикул, article: Артикул, name: Наименование, prices: { Розничная: 'Цена, руб' }, stocks: { Основной склад: Остаток, Склад Подольск: Подольск }"

function csv(rows: readonly Row[], priceColumn = 'Цена, руб'): string {
  const lines = rows.map(([article, price, stock]) => `${article};"Товар ""${article}""";${price};${stock};0`)
  return `Прайс-лист\r\nАртикул;Наименование;${priceColumn};Остаток;Подольск\r\n${lines.join('\r\n')}\r\n`
}

async function xlsx(path: string, rows: readonly Row[], priceColumn = 'Цена, руб'): Promise<ExcelJS.Worksheet> {
  const book = new ExcelJS.Workbook()
  const sheet = book.addWorksheet('Прайс')
  sheet.addRow(['ООО «Поставщик»'])
  sheet.addRow(['Артикул', 'Наименование', priceColumn, 'Остаток', 'Подольск'])
  for (const [article, price, stock] of rows) {
    sheet.addRow([article, `Товар ${article}`, Number(price.replace(',', '.')), Number(stock), 0])
  }
  await book.xlsx.writeFile(path)
  return sheet
}

function xml(rows: readonly Row[], priceElement = 'price'): string {
  const items = rows.map(
    ([article, price, stock]) =>
      `<item code="${article}"><name>Товар ${article}</name><${priceElement}>${price}</${priceElement}>\n<stock place="1">${stock}</stock><stock place="2">0</stock></item>`,
  )
  return `<?xml version="1.0" encoding="windows-1251"?>\n<list><items>\n${items.join('\n')}\n</items></list>\n`
}

const in1251 = (text: string): Buffer => iconv.encode(text, 'windows-1251')

const formats: Readonly<Record<'csv' | 'xlsx' | 'xml', Format>> = {
  csv: {
    parse: `{ format: csv, fields: { ${TABLE} } }`,
    file: 'price.csv',
    inspected:
      'draft-price.csv\n  price list, windows-1251\n  offers             2\n  prices             2\n  stock rows         4\n',
    write: (path, rows, column) => writeFile(path, in1251(csv(rows, column))),
    broken: {
      write: (path) => writeFile(path, in1251(`${csv([['A-1', '900', '9']])}A-2;Товар;1;200,50;9;0\r\n`)),
      code: 'csv.ragged_row',
      place: 'price.csv:4:',
    },
    renamed: /нет столбца «Цена, руб»\. Есть столбцы: «Артикул», «Наименование», «Цена новая»/,
  },
  xlsx: {
    parse: `{ format: xlsx, sheet: Прайс, fields: { ${TABLE} } }`,
    file: 'price.xlsx',
    inspected:
      'draft-price.xlsx\n  price list, xlsx\n  offers             2\n  prices             2\n  stock rows         4\n',
    write: async (path, rows, column) => void (await xlsx(path, rows, column)),
    broken: {
      write: async (path) => {
        const sheet = await xlsx(path, [['A-1', '900', '9']])
        sheet.addRow([{ error: '#N/A' }, 'Товар', 200, 9, 0])
        await sheet.workbook.xlsx.writeFile(path)
      },
      code: 'xlsx.error_value',
      place: 'price.xlsx:Прайс!A4',
    },
    renamed: /нет столбца «Цена, руб»\. Есть столбцы: «Артикул», «Наименование», «Цена новая»/,
  },
  xml: {
    parse: `{ format: xml, records: /list/items/item, fields: { id: '@code', article: '@code', name: name, prices: { Розничная: price }, stocks: { Основной склад: "stock[@place='1']", Склад Подольск: "stock[@place='2']" } } }`,
    file: 'price.xml',
    inspected:
      'draft-price.xml\n  price list, windows-1251\n  offers             2\n  prices             2\n  stock rows         4\n',
    write: (path, rows, column) => writeFile(path, in1251(xml(rows, column === undefined ? 'price' : 'cost'))),
    broken: {
      write: (path) => writeFile(path, in1251(xml([['A-1', '900', '9']]).replace('</price>', '</prise>'))),
      code: 'xml.malformed',
      place: 'price.xml:3:',
    },
    renamed: /Ни у одного товара прайс-листа нет «price»\. Есть: «@code», «name», «cost»/,
  },
}

interface Account {
  readonly warehouses: readonly { readonly warehouseId: number; readonly name: string }[]
  readonly products: Readonly<
    Record<
      string,
      {
        readonly price?: { readonly price?: string }
        readonly stocks: Readonly<Record<string, { readonly free: number }>>
      }
    >
  >
}

/** Price and stock in Moscow by article, as Ozon has them. */
async function atOzon({ ozon }: Project): Promise<Record<string, string>> {
  const account = (await ozon.json<Record<string, Account>>('state'))[CLIENT_ID] as Account
  const moscow = account.warehouses.find(({ name }) => name === 'FBS Москва')?.warehouseId
  const lines = (await ozon.ledger()).filter(({ aspect }) => aspect === 'prices')
  return Object.fromEntries(
    Object.entries(account.products).map(([id, { stocks }]) => {
      const price = lines.findLast(({ offerId }) => offerId === id)?.value as { price?: string } | undefined
      return [id, `${price?.price ?? '-'} × ${stocks[String(moscow)]?.free ?? '-'}`]
    }),
  )
}

for (const [name, format] of Object.entries(formats)) {
  test(`a price list as ${name}: its prices and stocks reach Ozon, one change is one request, a broken or renamed one changes nothing`, async () => {
    post = await openPostOffice()
    project = await createProject({
      speed: 60,
      smtp: post.url,
      files: {
        'pipelines/1c.yaml': (text) => text.replace('{ format: commerceml }', format.parse),
        'pipelines/ozon-prices.yaml': (text) =>
          text.replace(/ {2}- map:[\s\S]*?(?=\n {2}- diff)/, '  - map: { price: \'price("Розничная")\' }'),
        'config/marketplaces.yaml': (text) => text.replace(/ {4}select: \|\n.*\n/, ''),
      },
    })
    const { root, ozon } = project
    const inbox = join(project.inbox, 'supplier')
    await mkdir(inbox)
    const here = project
    // Written elsewhere and dropped as `cp` does.
    const drop = async (write: (path: string) => Promise<void>): Promise<void> => {
      const draft = join(root, `draft-${format.file}`)
      await write(draft)
      await copyFile(draft, join(inbox, format.file))
    }
    await ozon.send('POST', 'products', { clientId: CLIENT_ID, items: [{ offerId: 'A-1' }, { offerId: 'A-2' }] })
    await project.approve()
    const service = await project.open()
    await writeFile(join(inbox, '~$price.xlsx'), 'lock')

    await drop((path) =>
      format.write(path, [
        ['A-1', '1499,5', '5'],
        ['A-2', '200', '3'],
      ]),
    )
    await until('Ozon has what the list says', async () => {
      return JSON.stringify(await atOzon(here)) === JSON.stringify({ 'A-1': '1499.5 × 4', 'A-2': '200 × 2' })
    })
    const inspected = await commandsIn(here)('inspect', '--pipeline', '1c', join(root, `draft-${format.file}`))
    expect(inspected.out).toContain(format.inspected)
    const before = (await ozon.ledger()).at(-1)?.seq ?? 0

    // The next one comes in an archive.
    const draft = join(root, `later-${format.file}`)
    await format.write(draft, [
      ['A-1', '1499,5', '5'],
      ['A-2', '210', '3'],
    ])
    await writeFile(join(root, 'draft.zip'), zipOf([{ name: format.file, text: await readFile(draft) }]))
    await copyFile(join(root, 'draft.zip'), join(inbox, 'price.zip'))
    await until('Ozon has the new price', async () => (await atOzon(here))['A-2'] === '210 × 2')
    expect(
      (await ozon.ledger()).filter(({ seq }) => seq > before).map(({ aspect, offerId }) => [aspect, offerId]),
    ).toEqual([['prices', 'A-2']])

    await drop((path) => format.broken.write(path))
    await until('the broken list is in quarantine', async () => (await quarantined(root)).length === 1)
    await drop((path) => format.write(path, [['A-1', '777', '7']], 'Цена новая'))
    await until('the renamed list is in quarantine', async () => (await quarantined(root)).length === 2)
    await until('nothing is left in work', async () => (await readdir(join(root, 'work'))).length === 0)
    await until('everything was looked at once more', () =>
      service.items.every(({ pipeline: { aspect } }) => aspect.plan.size === 0),
    )

    const kept = await quarantined(root)
    expect(kept.map(({ reason }) => reason.code)).toContain(format.broken.code)
    expect(kept.map(({ reason }) => formatPlace(reason.place)).join('\n')).toContain(format.broken.place)
    expect(kept.map(({ text }) => text).join('\n')).toMatch(format.renamed)
    expect(await atOzon(project)).toEqual({ 'A-1': '1499.5 × 4', 'A-2': '210 × 2' })
    expect(await readdir(inbox)).toEqual(['~$price.xlsx'])
  })
}
