import { resolve } from 'node:path'
import { z } from 'zod'
import { durationField, textField, workingHoursField } from './fields.ts'
import type { ExchangeConfig } from './model.ts'
import { addError, readFields, readMap, type Reader } from './read.ts'
import type { Path } from './yaml.ts'

const TIME_ZONE = 'an IANA time zone is expected, such as Europe/Moscow or Asia/Yekaterinburg'

const CURRENCY = 'an ISO code of three capital letters is expected, such as RUB'

/** One word without folders and wildcards, but for the star in front that stands for the file's name. */
const MARKER_FORM = /^(?!.*\.(?:[xX][mM][lL]|[zZ][iI][pP])$)(?:\*\.[^\\/*?"<>|:]+|[^\\/*?"<>|:.][^\\/*?"<>|:]*)$/

const MARKER =
  'a name is expected that no exchange file has: "*.done" for a marker per file, "ready.flag" for one per folder'

/** Keys of an exchange in `config/obmen.yaml`. */
const exchangeShape = {
  inboxes: z.array(textField()).min(1).describe('Папки, в которые выгружают узлы этой базы 1С.'),
  orders: z
    .strictObject({
      file: textField().describe(
        'Файл заказов, который загружает 1С: «Файл загрузки» в настройке узла, полный путь вне папки webdata.',
      ),
      node: textField().describe('Папка из `inboxes` — того узла, который загружает заказы.'),
    })
    .optional()
    .describe('Куда писать заказы. Нет — заказы в эту базу не передаются.'),
  profile: z
    .enum(['native', 'unf', 'bus-3.1'])
    .default('native')
    .describe('Диалект файла заказов: native — УТ, КА, ERP; unf — УНФ; bus-3.1 — модуль обмена 1С-Битрикс.'),
  numbers: z
    .strictObject({
      prefix: z
        .string()
        .regex(/^\S*$/, 'a prefix without spaces is expected')
        .default('OZ')
        .describe('Начало номера; вместе с цифрами не длиннее 11 знаков.'),
      digits: z.int().min(1).max(11).default(6).describe('Сколько цифр в номере.'),
      start: z.int().min(1).default(1).describe('С какого числа начинать счёт.'),
    })
    .default({ prefix: 'OZ', digits: 6, start: 1 })
    .describe('Номера заказов в 1С: один счётчик на базу. УНФ: `{ prefix: "", digits: 6, start: 1 }`.'),
  take: z
    .enum(['move', 'copy'])
    .default('move')
    .describe('move забирает файлы из папки, copy оставляет их для другой программы.'),
  timezone: z
    .string()
    .refine(isTimeZone, TIME_ZONE)
    .default('Europe/Moscow')
    .describe('Часовой пояс местного времени, которое пишет 1С.'),
  stock: z
    .enum(['free', 'balance'])
    .default('free')
    .describe('Что значит количество из 1С: free — свободный остаток (УТ, КА, ERP), balance — весь остаток (УНФ).'),
  currency: z
    .record(z.string(), z.string().regex(/^[A-Z]{3}$/, CURRENCY))
    .default({})
    .describe('Как эта база называет валюты, кроме общепринятых слов: слово из 1С и код ISO.'),
  silence: z
    .strictObject({
      hours: workingHoursField().describe('Рабочие дни и часы в поясе базы.'),
      work: durationField().describe('Сколько молчать можно в рабочее время.'),
      off: durationField().describe('Сколько молчать можно в остальное время.'),
    })
    .optional()
    .describe('Тревога, если 1С столько времени ничего не выгружала.'),
  images: z
    .strictObject({
      publish: textField().describe('Папка веб-сервера: картинки копируются в неё под именами по содержимому.'),
      baseUrl: z
        .string()
        .meta({ pattern: '^[hH][tT]{2}[pP][sS]?://' })
        .refine(isWebUrl, 'an address on the web is expected, such as https://shop.example.ru/pictures')
        .describe('Адрес, по которому эта папка видна в интернете.'),
    })
    .optional()
    .describe('Публикует картинки из 1С: площадки забирают их по ссылке.'),
  settle: durationField().prefault('2s').describe('Файл берётся, когда он столько времени не меняется.'),
  poll: durationField()
    .optional()
    .describe('Как часто заглядывать в папки самим: для сетевых папок (SMB, NFS), которые не сообщают об изменениях.'),
  marker: z
    .string()
    .regex(MARKER_FORM, MARKER)
    .optional()
    .describe(
      'Файл берётся, только когда рядом лежит его метка: `*.done` — offers.xml.done для offers.xml, простое имя вроде ready.flag — одна метка на все файлы папки. Метку пишут после файлов; забирается она вместе с файлом (метка папки — с последним). Файл, изменённый позже, требует новой метки.',
    ),
  incomplete: durationField()
    .prefault('10m')
    .describe('Недописанный файл, который столько не меняется, уходит в карантин.'),
  setQuiet: durationField()
    .prefault('10m')
    .describe('Выгрузка считается законченной, когда в папке столько времени тихо или пришла следующая.'),
  removed: z
    .enum(['ignore', 'mark'])
    .default('ignore')
    .describe(
      'Товара нет в полной законченной выгрузке, а раньше был: ignore — оставить как есть, mark — считать удалённым; если пропало больше maxRemoved стража (guard), решает человек.',
    ),
}

/** One exchange as it stands in YAML. */
export const exchangeSchema = z.strictObject(exchangeShape)

/** Length of an order number that УТ 11 looks up («Номер» has 11 characters). */
const NUMBER_LENGTH = 11

/** Reads one exchange; undefined when a finding was added. Folders become absolute. */
export function readExchange(reader: Reader, root: string, path: Path, value: unknown): ExchangeConfig | undefined {
  const before = reader.findings.length
  const map = readMap(reader, path, value)
  if (map === undefined) return undefined
  const fields = readFields(reader, path, map, exchangeShape)
  const { orders, inboxes, numbers, profile, currency, poll, marker, silence, images } = fields
  const folders = inboxes?.map((inbox) => resolve(root, inbox))
  const node = orders === undefined ? undefined : resolve(root, orders.node)
  if (node !== undefined && folders !== undefined && !folders.includes(node)) {
    const message = `the node ${JSON.stringify(orders?.node)} is none of the inboxes; write the one that loads the order file`
    addError(reader, reader.yaml.placeOf([...path, 'orders', 'node']), 'exchange.unknown_node', message)
  }
  if (numbers !== undefined && profile !== undefined) checkNumbers(reader, [...path, 'numbers'], numbers, profile)
  if (reader.findings.length > before) return undefined
  return {
    name: String(path.at(-1)),
    place: reader.yaml.keyPlaceOf(path),
    inboxes: folders as string[],
    ...(orders === undefined || node === undefined ? {} : { orders: { file: resolve(root, orders.file), node } }),
    profile: profile as ExchangeConfig['profile'],
    numbers: numbers as ExchangeConfig['numbers'],
    take: fields.take as ExchangeConfig['take'],
    timezone: fields.timezone as string,
    stock: fields.stock as ExchangeConfig['stock'],
    settle: fields.settle as number,
    incomplete: fields.incomplete as number,
    setQuiet: fields.setQuiet as number,
    removed: fields.removed as ExchangeConfig['removed'],
    currency: new Map(Object.entries(currency ?? {})),
    ...(poll === undefined ? {} : { poll }),
    ...(marker === undefined ? {} : { marker }),
    ...(silence === undefined ? {} : { silence }),
    ...(images === undefined
      ? {}
      : { images: { publish: resolve(root, images.publish), baseUrl: images.baseUrl.replace(/\/+$/, '') } }),
  }
}

function checkNumbers(
  reader: Reader,
  path: Path,
  numbers: ExchangeConfig['numbers'],
  profile: ExchangeConfig['profile'],
): void {
  const add = (message: string): void => addError(reader, reader.yaml.placeOf(path), 'exchange.numbers', message)
  const { prefix, digits, start } = numbers
  if (profile === 'unf' && (prefix !== '' || digits !== 6)) {
    add('УНФ keeps numbers of 6 digits; write { prefix: "", digits: 6, start: 1 }')
  } else if (prefix.length + digits > NUMBER_LENGTH) {
    add(`prefix and digits make ${prefix.length + digits} characters, 1C keeps ${NUMBER_LENGTH}; shorten one of them`)
  }
  if (String(start).length > digits) add(`the number ${start} has more than ${digits} digits`)
}

function isWebUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text)
}

/** True for a zone of the IANA table. */
export function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
