import type { Notice } from '../core/notice.ts'
import { plural } from './plural.ts'

/** A notice on its way to people. */
export interface Entry {
  readonly notice: Notice
  /** `repeat`: the cause still lasts. `resolved`: the cause of an earlier mail is gone. */
  readonly kind: 'first' | 'repeat' | 'resolved'
  /** What ended the cause before this mail could leave. */
  readonly resolved?: string
}

/** The readable part of a mail. */
export interface MailText {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Longest subject: mail programs show less, servers take at most 998 octets a line (RFC 5322 §2.1.1). */
const LONGEST_SUBJECT = 150

const FOOTER = 'Это письмо отправила программа Obmen. Отвечать на него не нужно.'

/** Words a mail of one notice, or a digest of several. `notes` are sentences about files that do not come along. */
export function wordMail(entries: readonly Entry[], notes: readonly string[]): MailText {
  return {
    subject: subjectOf(entries),
    text:
      [...entries.map((entry, index) => textOf(entry, numberOf(index, entries))), ...notes, FOOTER].join('\n\n') + '\n',
    html: [
      '<div style="font-family:Arial,sans-serif;font-size:14px;line-height:1.4;color:#222">',
      ...entries.map((entry, index) => htmlOf(entry, numberOf(index, entries))),
      ...notes.map((line) => `<p>${escapeHtml(line)}</p>`),
      `<p style="color:#888;font-size:12px">${FOOTER}</p>`,
      '</div>',
    ].join('\n'),
  }
}

/** The headline of an entry. */
export function headlineOf(entry: Entry): string {
  if (entry.kind === 'resolved' || entry.resolved !== undefined) return `Устранено: ${entry.notice.title}`
  return entry.kind === 'repeat' ? `Всё ещё: ${entry.notice.title}` : entry.notice.title
}

function subjectOf(entries: readonly Entry[]): string {
  const headline = headlineOf(entries[0] as Entry)
  const subject =
    entries.length === 1
      ? headline
      : `Obmen: ${plural(entries.length, ['сообщение', 'сообщения', 'сообщений'])}. ${headline}`
  const line = subject.replaceAll(/\s+/g, ' ').trim()
  return line.length <= LONGEST_SUBJECT ? line : `${line.slice(0, LONGEST_SUBJECT - 1)}…`
}

function numberOf(index: number, entries: readonly Entry[]): string {
  return entries.length === 1 ? '' : `${index + 1}. `
}

/** The filled parts of an entry, each with its heading. */
function partsOf(entry: Entry): readonly (readonly [heading: string, body: string])[] {
  const { notice } = entry
  const parts: (readonly [string, string])[] = [
    ['Что случилось', notice.what],
    ['Где', notice.where],
    ['Какие данные', notice.data],
    ['Что делать', notice.todo],
  ]
  if (entry.resolved !== undefined) parts.push(['Уже устранено', entry.resolved])
  return parts.filter(([, body]) => body.trim() !== '')
}

function textOf(entry: Entry, number: string): string {
  const body = partsOf(entry).map(([heading, text]) => `${heading}:\n${text}`)
  return [`${number}${headlineOf(entry)}`, ...body].join('\n\n')
}

function htmlOf(entry: Entry, number: string): string {
  const body = partsOf(entry).map(
    ([heading, text]) => `<p><b>${heading}</b><br><span style="white-space:pre-wrap">${escapeHtml(text)}</span></p>`,
  )
  return [`<h3 style="margin:16px 0 8px">${escapeHtml(number + headlineOf(entry))}</h3>`, ...body].join('\n')
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
