import { z } from 'zod'
import { textField } from '../../config/fields.ts'
import { canonicalDecimal } from '../../core/decimal.ts'
import { cellAddress } from '../../formats/xlsx/address.ts'
import { parsePath, parseRecordPath } from '../../formats/xml/path.ts'

const COLUMN = 'Что в каком столбце: названия столбцов, как в заголовке.'
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
    id: value().describe('По чему товар узнаётся из списка в список. Строка без него считается и пропускается.'),
    article: optional('Артикул продавца: обычно он же на площадке.'),
    name: optional('Название товара.'),
    barcodes: optional('Штрихкоды; несколько в одном значении разделены пробелом, запятой или точкой с запятой.'),
    group: z
      .union([value(), z.array(value()).min(1)])
      .optional()
      .describe('Группа товара; список — группы сверху вниз.'),
    description: optional('Описание товара.'),
    brand: optional('Бренд.'),
    vat: optional('Ставка НДС, например `20` или `Без НДС`.'),
    unit: optional('Единица измерения.'),
    code: optional('Код товара; в выражениях `product.code`.'),
    country: optional('Страна происхождения; в выражениях `product.country`.'),
    weight: optional('Вес одной штуки, число; в выражениях `product.weight`. «кг» за числом допустимо.'),
    kit: optional('Состав набора: `A-1 x 2; A-2` — что и сколько штук; в выражениях `product.kit`.'),
    packs: named('Упаковка и где написано, сколько в ней штук; в выражениях `product.packs`.'),
    images: optional('Картинки; несколько в одном значении разделены пробелом или точкой с запятой.'),
    properties: named('Свойство и где его значение; в выражениях `product.property("Цвет")`.'),
    prices: named('Вид цены и где цена; в выражениях `price("Розничная")`. Пустое значение — цены этого вида нет.'),
    stocks: named(
      'Склад и где количество; в выражениях `stock("Основной склад")`, `byWarehouse()`. Пусто хотя бы одно из нескольких — остаток товара прежний.',
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
    .describe('Валюта всех цен.'),
  words: z
    .record(z.string(), quantity)
    .default({})
    .transform((words) => Object.fromEntries(Object.entries(words).map(([word, n]) => [word.trim().toLowerCase(), n])))
    .describe('Что значат слова в столбце остатка: `{ "нет": 0, ">10": 10 }`; "" — пустая ячейка.'),
  scope: z
    .enum(['full', 'changes'])
    .optional()
    .describe(
      'full — чего нет в списке, того больше нет; changes — список об остальном молчит. Не указано — из отсутствия ничего не следует.',
    ),
}

const cell = textField()
  .refine((text) => cellAddress(text) !== undefined, CELL)
  .optional()
  .describe('Ячейка над товарами с датой списка, например `A1`. Не указана — время изменения файла.')

const commerceml = z.strictObject({
  format: z.literal('commerceml').describe('Что за файлы: `commerceml` — формат обмена 1С.'),
})

const csv = z.strictObject({
  format: z.literal('csv').describe('Таблица текстом: кодировка, разделитель и заголовок определяются по файлу.'),
  fields: fieldsOf(column).describe(COLUMN),
  stamp: cell,
  ...shared,
})

const xlsx = z.strictObject({
  format: z.literal('xlsx').describe('Книга Excel; заголовок находится на листе.'),
  sheet: textField().optional().describe('Имя листа. Не указано — единственный видимый лист со всеми столбцами.'),
  fields: fieldsOf(column).describe(COLUMN),
  stamp: cell,
  ...shared,
})

const xml = z.strictObject({
  format: z.literal('xml').describe('XML, но не CommerceML.'),
  records: textField()
    .refine((text) => parseRecordPath(text) !== undefined, RECORDS)
    .describe('Путь элемента одного товара от корня: `/price/items/item`.'),
  fields: fieldsOf(path).describe('Что где стоит: пути внутри элемента товара.'),
  stamp: textField()
    .refine((text) => text.startsWith('/') && parsePath(text.slice(1)) !== undefined && !text.includes('['), {
      error: 'the path of the date from the root down is expected, such as /price/@date or /price/created',
    })
    .optional()
    .describe('Путь даты списка от корня: `/price/@date`. Не указан — время изменения файла.'),
  ...shared,
})

/** The options of `parse`: what the files of an exchange are, and what their columns or elements mean. */
export const parseOptions = z.discriminatedUnion('format', [commerceml, csv, xlsx, xml])

/** {@link parseOptions}, read. */
export type ParseOptions = z.output<typeof parseOptions>
