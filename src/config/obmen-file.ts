import { isAbsolute, relative, resolve, sep } from 'node:path'
import { z } from 'zod'
import type { Secret } from '../core/secret.ts'
import { durationField, nameField, secretField, textField } from './fields.ts'
import { exchangeSchema, readExchange } from './exchange.ts'
import { mailSchema, readMail } from './mail.ts'
import type { Config, ExchangeConfig } from './model.ts'
import { addError, readFields, readMap, type Reader } from './read.ts'
import type { Path } from './yaml.ts'

const archiveSchema = z.strictObject({
  folder: textField().describe('Папка обработанных файлов.'),
  keep: durationField().prefault('30d').describe('Сколько их хранить.'),
})

/** Keys of `config/obmen.yaml` that stand alone. */
const obmenShape = {
  locale: z.enum(['ru', 'en']).default('ru').describe('Язык писем и отчётов.'),
  state: textField()
    .default('./state')
    .describe('Папка состояния: что известно о товарах и площадках. Только локальный диск.'),
  work: textField().default('./work').describe('Папка файлов в обработке.'),
  archive: z
    .union([textField().transform((folder) => archiveSchema.parse({ folder })), archiveSchema], {
      error: 'a folder is expected, or { folder: ./archive, keep: 30d }',
    })
    .prefault('./archive')
    .describe('Архив: папка обработанных файлов, или папка и срок хранения.'),
  quarantine: textField()
    .default('./quarantine')
    .describe('Карантин: папка файлов, которые не удалось прочитать; рядом с каждым reason.txt.'),
  reports: textField().default('./reports').describe('Папка отчётов Excel.'),
}

const redisShape = {
  url: secretField()
    .meta({ pattern: '^rediss?:' })
    .refine(isRedisUrl, 'an URL of a Redis server is expected, such as redis://user:password@127.0.0.1:6379/0')
    .describe('Сервер Redis одной строкой, с TLS — `rediss://`; пароль держите в .env: `${REDIS_URL}`.'),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9._-]+$/, 'letters a-z, digits, dot, dash and underscore are expected')
    .default('obmen')
    .describe('Начало всех ключей: у каждого магазина на одном Redis своё.'),
}

const redisSchema = z.strictObject(redisShape)

/** `config/obmen.yaml` as it stands in YAML. */
export const obmenSchema = z.strictObject({
  ...obmenShape,
  redis: redisSchema
    .optional()
    .describe(
      'Хранилище на Redis вместо файлов LMDB; журналы и почта остаются в папке состояния. Нужны AOF и noeviction.',
    ),
  mail: mailSchema.optional().describe('Почта: сервер, люди и кто о чём узнаёт. Нет — писем нет.'),
  exchanges: z
    .record(nameField(), exchangeSchema)
    .meta({ minProperties: 1 })
    .describe('Базы 1С: имя базы (его называют конвейеры и кабинеты) и всё, что к ней относится.'),
})

/** What `config/obmen.yaml` says. */
export interface ObmenFile {
  /** All exchanges that are named, also those with findings. */
  readonly exchangeNames: readonly string[]
  readonly exchanges: ReadonlyMap<string, ExchangeConfig>
  /** Absent when a finding was added. */
  readonly general?: Pick<Config, 'locale' | 'folders' | 'heldPlaces' | 'archiveKeep' | 'mail' | 'redis'>
  /** Known also when another part of the file is broken. */
  readonly stateFolder?: string
}

/** Reads `config/obmen.yaml`, adding every finding about it. */
export function readObmenFile(reader: Reader, root: string, value: unknown): ObmenFile {
  const before = reader.findings.length
  const map = readMap(reader, [], value ?? {}) ?? {}
  const { locale, archive, ...written } = readFields(reader, [], map, obmenShape, ['redis', 'mail', 'exchanges'])
  const redis = map['redis'] === undefined ? undefined : readRedis(reader, ['redis'], map['redis'])
  const mail = map['mail'] === undefined ? undefined : readMail(reader, ['mail'], map['mail'])
  const exchangeMap = readMap(reader, ['exchanges'], map['exchanges']) ?? {}
  const exchanges = new Map<string, ExchangeConfig>()
  for (const [name, each] of Object.entries(exchangeMap)) {
    const path = ['exchanges', name]
    checkName(reader, path)
    const exchange = readExchange(reader, root, path, each)
    if (exchange !== undefined) exchanges.set(name, exchange)
  }
  if (reader.yaml.has(['exchanges']) && Object.keys(exchangeMap).length === 0) {
    addError(reader, reader.yaml.keyPlaceOf(['exchanges']), 'config.no_exchange', 'at least one exchange is expected')
  }
  const folders = absolute(root, { ...written, archive: archive?.folder })
  checkFolders(reader, folders, exchanges)
  const exchangeNames = Object.keys(exchangeMap)
  const stateFolder = folders.state === undefined ? {} : { stateFolder: folders.state }
  if (reader.findings.length > before) return { exchangeNames, exchanges, ...stateFolder }
  return {
    exchangeNames,
    exchanges,
    ...stateFolder,
    general: {
      locale: locale as Config['locale'],
      folders: folders as Config['folders'],
      heldPlaces: {
        state: reader.yaml.placeOf(['state']),
        work: reader.yaml.placeOf(['work']),
        redis: reader.yaml.placeOf(['redis']),
      },
      archiveKeep: archive?.keep as number,
      ...(mail === undefined ? {} : { mail }),
      ...(redis === undefined ? {} : { redis }),
    },
  }
}

/** Reads `redis`; undefined when a finding was added. */
function readRedis(reader: Reader, path: Path, value: unknown): Config['redis'] {
  const map = readMap(reader, path, value)
  if (map === undefined) return undefined
  const { url, prefix } = readFields(reader, path, map, redisShape)
  return url === undefined || prefix === undefined ? undefined : { url, prefix }
}

function isRedisUrl(redis: Secret): boolean {
  const text = redis.reveal()
  return /^rediss?:/.test(text) && URL.canParse(text) && /^(?:\/\d*)?$/.test(new URL(text).pathname)
}

/** Checks the last key of `path` as the name of an exchange or an account. */
export function checkName(reader: Reader, path: Path): void {
  const result = nameField().safeParse(path.at(-1))
  if (result.success) return
  const message = `${JSON.stringify(path.at(-1))}: ${result.error.issues[0]?.message}`
  addError(reader, reader.yaml.keyPlaceOf(path), 'config.invalid_name', message)
}

type Folders = { readonly [K in keyof Config['folders']]: string | undefined }

function absolute(root: string, folders: Folders): Folders {
  const entries = Object.entries(folders).map(([key, folder]) => [key, folder && resolve(root, folder)])
  return Object.fromEntries(entries) as Folders
}

/** Files move from folder to folder: one inside another would be taken for its content. */
function checkFolders(reader: Reader, folders: Folders, exchanges: ReadonlyMap<string, ExchangeConfig>): void {
  const named: { readonly folder: string; readonly path: Path }[] = Object.entries(folders).flatMap(([key, folder]) =>
    folder === undefined ? [] : [{ folder, path: reader.yaml.has([key, 'folder']) ? [key, 'folder'] : [key] }],
  )
  for (const { name, inboxes } of exchanges.values()) {
    named.push(...inboxes.map((folder, i) => ({ folder, path: ['exchanges', name, 'inboxes', i] })))
  }
  for (const [i, each] of named.entries()) {
    const other = named
      .slice(0, i)
      .find((earlier) => within(each.folder, earlier.folder) || within(earlier.folder, each.folder))
    if (other === undefined) continue
    const [what, where] = [each, other].map(({ path }) =>
      path.filter((part) => typeof part === 'string' && part !== 'folder').join('.'),
    )
    const message = `${what} and ${where} are one folder, or one lies inside the other; give each a folder of its own`
    addError(reader, reader.yaml.placeOf(each.path), 'config.folder_clash', message)
  }
}

function within(folder: string, parent: string): boolean {
  const path = relative(parent, folder)
  // Between two drives of Windows there is no relative path.
  return path !== '..' && !path.startsWith(`..${sep}`) && !isAbsolute(path)
}
