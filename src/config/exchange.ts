import { resolve } from 'node:path'
import { z } from 'zod'
import { durationField, textField, workingHoursField } from './fields.ts'
import type { ExchangeConfig } from './model.ts'
import { addError, readFields, readMap, type Reader } from './read.ts'
import type { Path } from './yaml.ts'

const TIME_ZONE = 'an IANA time zone is expected, such as Europe/Moscow or Asia/Yekaterinburg'

const CURRENCY = 'an ISO code of three capital letters is expected, such as RUB'

const MARKER =
  'a name is expected that no exchange file has: "*.done" for a marker per file, "ready.flag" for one per folder'

/** Keys of an exchange in `config/obmen.yaml`. */
const exchangeShape = {
  inboxes: z.array(textField()).min(1).describe('Folders that nodes of this 1C base export to.'),
  orders: z
    .strictObject({
      file: textField().describe('The order file that 1C loads («Файл загрузки»), one full path.'),
      node: textField().describe('The inbox of the node that loads the order file.'),
    })
    .optional(),
  profile: z.enum(['native', 'unf', 'bus-3.1']).default('native').describe('The dialect of the order file.'),
  numbers: z
    .strictObject({
      prefix: z.string().regex(/^\S*$/, 'a prefix without spaces is expected').default('OZ'),
      digits: z.int().min(1).max(11).default(6),
      start: z.int().min(1).default(1),
    })
    .default({ prefix: 'OZ', digits: 6, start: 1 })
    .describe('Numbers of orders in 1C: one counter per exchange.'),
  take: z.enum(['move', 'copy']).default('move').describe('copy leaves the files for another program.'),
  timezone: z
    .string()
    .refine(isTimeZone, TIME_ZONE)
    .default('Europe/Moscow')
    .describe('The zone of the local times that 1C writes.'),
  stock: z.enum(['free', 'balance']).default('free').describe('What the quantity of 1C means.'),
  currency: z
    .record(z.string(), z.string().regex(/^[A-Z]{3}$/, CURRENCY))
    .default({})
    .describe('Currency words of this base, besides the common ones.'),
  silence: z
    .strictObject({ hours: workingHoursField(), work: durationField(), off: durationField() })
    .optional()
    .describe('Raises an alarm when 1C drops nothing for so long, in working hours and outside them.'),
  images: z
    .strictObject({
      publish: textField().describe(
        'Folder that a web server serves; pictures are copied there under names of their content.',
      ),
      baseUrl: z
        .string()
        .refine(isWebUrl, 'an address on the web is expected, such as https://shop.example.ru/pictures')
        .describe('Address under which the folder is served.'),
    })
    .optional()
    .describe('Publishes the pictures of 1C: marketplaces fetch them by URL.'),
  settle: durationField().default(2000).describe('A file is taken when it has not changed for so long.'),
  poll: durationField().optional().describe('Looks into the inboxes this often; for network folders without events.'),
  marker: z
    .string()
    .refine(isMarker, MARKER)
    .optional()
    .describe(
      'Files are taken only once their marker stands beside them: `*.done` means offers.xml.done for offers.xml, a plain name such as ready.flag one marker for all files of its folder. The marker is removed with the file (of a folder: with the last one). Write it after the files; a file that changes later needs it written anew.',
    ),
  incomplete: durationField().default(600_000).describe('A still but unfinished file goes to quarantine after this.'),
  setQuiet: durationField()
    .default(600_000)
    .describe('An export run counts as over when its inbox has been quiet for so long, or a newer run has come.'),
  removed: z
    .enum(['ignore', 'mark'])
    .default('ignore')
    .describe(
      'What becomes of goods that a complete full export leaves out: ignore keeps them, mark takes them for deleted; beyond maxRemoved of the guard a person decides.',
    ),
}

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

/** One word without folders and wildcards, but for the star in front that stands for the file's name. */
function isMarker(marker: string): boolean {
  return /^(?:\*\.[^\\/*?"<>|:]+|[^\\/*?"<>|:.][^\\/*?"<>|:]*)$/.test(marker) && !/\.(?:xml|zip)$/i.test(marker)
}

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
