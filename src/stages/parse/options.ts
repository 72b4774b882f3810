import { z } from 'zod'
import { textField } from '../../config/fields.ts'
import { canonicalDecimal } from '../../core/decimal.ts'
import { cellAddress } from '../../formats/xlsx/address.ts'
import { parsePath, parseRecordPath } from '../../formats/xml/path.ts'

const COLUMN = 'Name of the column, as its header has it.'
const PATH = "a path below the item is expected, such as name, @id, prices/price[@type='retail'] or param[@name='Цвет']"
const RECORDS = 'the path of the element of one item from the root down is expected, such as /price/items/item'
const CELL = 'the cell that holds the date is expected, such as A1'

const column = (): z.ZodType<string, string> => textField()
const path = (): z.ZodType<string, string> => textField().refine((text) => parsePath(text) !== undefined, PATH)

/** What `fields` may name; `value` is what stands for a column or a path. */
function fieldsOf(value: () => z.ZodType<string, string>) {
  const optional = (text: string) => value().optional().describe(text)
  const named = (text: string) => z.record(textField(), value()).optional().describe(text)
  return z.strictObject({
    id: value().describe(
      'What an item is known by from one list to the next. A row without it is counted and left out.',
    ),
    article: optional('The article of the seller: the usual identity at a marketplace.'),
    name: optional('The name of the item.'),
    barcodes: optional('Barcodes; several in one value are parted by blanks, commas or semicolons.'),
    group: z
      .union([value(), z.array(value()).min(1)])
      .optional()
      .describe('The group of the item; a list names groups from the top down, each known by its whole path.'),
    description: optional('The description of the item.'),
    brand: optional('The brand.'),
    vat: optional('The VAT rate, such as `20` or `Без НДС`.'),
    unit: optional('The unit of measure.'),
    images: optional('Pictures; several in one value are parted by blanks or semicolons.'),
    properties: named('Property → where its value stands: `product.property("Цвет")`.'),
    prices: named('Price type → where the price stands: `price("Розничная")`. An empty price is none of this type.'),
    stocks: named(
      'Warehouse → where the quantity stands: `stock("Основной склад")`, `byWarehouse()`. Where one of several is empty, the stock of the item stays as it was.',
    ),
  })
}

const quantity = z
  .number({ error: 'a number is expected, such as 0 or 10' })
  .transform((number) => canonicalDecimal(number))

/** Options that every price list has. */
const shared = {
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'an ISO code of three capital letters is expected, such as RUB')
    .default('RUB')
    .describe('The currency of all prices.'),
  words: z
    .record(z.string(), quantity)
    .default({})
    .transform((words) => Object.fromEntries(Object.entries(words).map(([word, n]) => [word.trim().toLowerCase(), n])))
    .describe('What words in a stock column mean: `{ "нет": 0, ">10": 10 }`; "" is an empty cell.'),
  scope: z
    .enum(['full', 'changes'])
    .optional()
    .describe('full: what a list leaves out is gone; changes: it says nothing of it. Absent: nothing is concluded.'),
}

const cell = textField()
  .refine((text) => cellAddress(text) !== undefined, CELL)
  .optional()
  .describe('Cell above the items that holds the date of the list, such as `A1`. Absent: when the file was modified.')

const commerceml = z.strictObject({
  format: z.literal('commerceml').describe('What the files are: `commerceml`, the exchange format of 1C.'),
})

const csv = z.strictObject({
  format: z.literal('csv').describe('A table as text; encoding, delimiter and header are found in the file.'),
  fields: fieldsOf(column).describe(COLUMN),
  stamp: cell,
  ...shared,
})

const xlsx = z.strictObject({
  format: z.literal('xlsx').describe('An Excel workbook; the header is found in the sheet.'),
  sheet: textField().optional().describe('Name of the sheet. Absent: the one visible sheet that has all columns.'),
  fields: fieldsOf(column).describe(COLUMN),
  stamp: cell,
  ...shared,
})

const xml = z.strictObject({
  format: z.literal('xml').describe('XML that is no CommerceML.'),
  records: textField()
    .refine((text) => parseRecordPath(text) !== undefined, RECORDS)
    .describe('Path of the element of one item, from the root down: `/price/items/item`.'),
  fields: fieldsOf(path).describe('Path below the element of an item.'),
  stamp: textField()
    .refine((text) => text.startsWith('/') && parsePath(text.slice(1)) !== undefined && !text.includes('['), {
      error: 'the path of the date from the root down is expected, such as /price/@date or /price/created',
    })
    .optional()
    .describe('Path of the date of the list, from the root down: `/price/@date`. Absent: when the file was modified.'),
  ...shared,
})

/** The options of `parse`: what the files of an exchange are, and what their columns or elements mean. */
export const parseOptions = z.discriminatedUnion('format', [commerceml, csv, xlsx, xml])

/** {@link parseOptions}, read. */
export type ParseOptions = z.output<typeof parseOptions>
