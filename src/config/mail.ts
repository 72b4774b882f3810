import { z } from 'zod'
import { Secret } from '../core/secret.ts'
import { durationField, textField } from './fields.ts'
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
  smtp: z
    .instanceof(Secret)
    .refine(isSmtpUrl, 'an URL of a mail server is expected, such as smtps://user:password@smtp.example.ru:465')
    .describe('The mail server.'),
  from: z
    .string()
    .regex(/^[^\s@<>]+@[^\s@<>]+$|^.+ <[^\s@<>]+@[^\s@<>]+>$/, ADDRESS)
    .describe('The sender.'),
  people: z.record(z.string(), z.array(addressField).min(1)).describe('Groups of people and their addresses.'),
  send: z
    .strictObject({
      errors: groupsField.optional().describe('What needs the admin: broken files, a refused key, a held look.'),
      rejections: groupsField.optional().describe('What needs the shop: rejected goods, changes that were pushed.'),
      daily: groupsField.optional().describe('The report of the day.'),
    })
    .default({})
    .describe('Which groups hear of what.'),
  reportEvery: durationField().default(3_600_000).describe('At most one report of changes in this time.'),
}

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
    send: new Map(Object.entries(send ?? {})) as MailConfig['send'],
    reportEvery: reportEvery as number,
  }
}

function isSmtpUrl(smtp: Secret): boolean {
  const text = smtp.reveal()
  return /^smtps?:/.test(text) && URL.canParse(text) && new URL(text).hostname !== ''
}
