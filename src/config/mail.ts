import { z } from 'zod'
import type { Secret } from '../core/secret.ts'
import { durationField, secretField, textField } from './fields.ts'
import { didYouMeanHint } from './issues.ts'
import type { MailConfig } from './model.ts'
import { addError, readFields, readMap, type Reader } from './read.ts'
import type { Path } from './yaml.ts'

const ADDRESS = 'a mail address is expected, such as shop@example.ru'

const addressField = z.string({ error: ADDRESS }).regex(/^[^\s@<>]+@[^\s@<>]+$/, ADDRESS)

const groupsField = z
  .union([textField(), z.array(textField())], { error: 'a group of people is expected, or a list of them' })
  .transform((groups) => (typeof groups === 'string' ? [groups] : groups))

/** Keys of `mail` in `config/obmen.yaml`. */
const mailShape = {
  smtp: secretField()
    .meta({ pattern: '^smtps?:' })
    .refine(isSmtpUrl, 'an URL of a mail server is expected, such as smtps://user:password@smtp.example.ru:465')
    .describe('Почтовый сервер одной строкой; пароль держите в .env: `${SMTP_URL}`.'),
  from: z
    .string()
    .regex(/^[^\s@<>]+@[^\s@<>]+$|^.+ <[^\s@<>]+@[^\s@<>]+>$/, ADDRESS)
    .describe('Отправитель писем: адрес или `Имя <адрес>`.'),
  people: z.record(z.string(), z.array(addressField).min(1)).describe('Группы людей: имя группы и адреса.'),
  send: z
    .strictObject({
      errors: groupsField
        .optional()
        .describe('Что требует администратора: битые файлы, отозванный ключ, остановленный просмотр.'),
      rejections: groupsField
        .optional()
        .describe('Что касается магазина: отклонённые товары и отправленные изменения.'),
      daily: groupsField.optional().describe('Отчёт за день.'),
      tables: groupsField
        .optional()
        .describe('Ошибки в таблицах config/mapping — тем, кто их правит. По умолчанию — тем же, кому `errors`.'),
    })
    .default({})
    .describe('Какая группа о чём узнаёт: имя группы из `people` или список имён.'),
  reportEvery: durationField().prefault('1h').describe('Не чаще одного отчёта об изменениях за это время.'),
}

/** `mail` as it stands in YAML. */
export const mailSchema = z.strictObject(mailShape)

/** Reads `mail`; undefined when a finding was added. */
export function readMail(reader: Reader, path: Path, value: unknown): MailConfig | undefined {
  const before = reader.findings.length
  const map = readMap(reader, path, value)
  if (map === undefined) return undefined
  const { smtp, from, people, send, reportEvery } = readFields(reader, path, map, mailShape)
  const groups = Object.keys(people ?? {})
  for (const [topic, names] of Object.entries(send ?? {})) {
    for (const name of people === undefined ? [] : (names ?? [])) {
      if (groups.includes(name)) continue
      const message = `no group ${JSON.stringify(name)} among people${didYouMeanHint(name, groups)}`
      addError(reader, reader.yaml.placeOf([...path, 'send', topic]), 'mail.unknown_group', message)
    }
  }
  if (reader.findings.length > before) return undefined
  return {
    smtp: smtp as Secret,
    from: from as string,
    people: new Map(Object.entries(people ?? {})),
    send: new Map(Object.entries({ ...tablesAsErrors(send?.errors), ...send })) as MailConfig['send'],
    reportEvery: reportEvery as number,
  }
}

/** Who hears of errors hears of tables that nobody else is named for. */
function tablesAsErrors(errors: readonly string[] | undefined): { readonly tables?: readonly string[] } {
  return errors === undefined ? {} : { tables: errors }
}

function isSmtpUrl(smtp: Secret): boolean {
  const text = smtp.reveal()
  return /^smtps?:/.test(text) && URL.canParse(text) && new URL(text).hostname !== ''
}
