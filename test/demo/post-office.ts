import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'

/** A mail as it lies in its file. */
export interface TakenMail {
  readonly path: string
  readonly to: readonly string[]
  readonly subject: string
  /** The plain text a person reads. */
  readonly text: string
  /** The mail on one line, so that an attachment in base64 can be found in it. */
  readonly oneLine: string
}

/** A mail server that takes everything and keeps it as files. */
export interface PostOffice {
  readonly url: string
  readonly mails: readonly TakenMail[]
  close(): Promise<void>
}

/** Starts on a free port; mails are saved to `folder` as `01-shop.eml`, named after the first addressee. */
export async function openPostOffice(folder: string, onMail: (mail: TakenMail) => void): Promise<PostOffice> {
  mkdirSync(folder, { recursive: true })
  const mails: TakenMail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const raw = Buffer.concat(chunks)
        const to = session.envelope.rcptTo.map(({ address }) => address)
        const number = String(mails.length + 1).padStart(2, '0')
        const path = join(folder, `${number}-${to[0]?.split('@')[0] ?? 'nobody'}.eml`)
        writeFileSync(path, raw)
        const mail = { path, to, ...readMail(raw.toString('latin1')) }
        mails.push(mail)
        onMail(mail)
        done()
      })
    },
  })
  server.on('error', () => undefined)
  const listener = server.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** What is read of a mail, its bytes given as latin1. */
function readMail(raw: string): Omit<TakenMail, 'path' | 'to'> {
  const subject = /^Subject: ((?:.|\r\n[ \t])*)/im.exec(raw)?.[1] ?? ''
  const part = /Content-Type: text\/plain[^\r]*\r\nContent-Transfer-Encoding: (\S+)\r\n\r\n([\s\S]*?)\r\n--/i.exec(raw)
  const [, encoding = '', body = ''] = part ?? []
  const bytes =
    encoding === 'base64'
      ? Buffer.from(body, 'base64')
      : Buffer.from(fromQuotedPrintable(body.replaceAll('=\r\n', '')), 'latin1')
  return {
    subject: decodeWords(subject),
    text: bytes.toString().replaceAll('\r\n', '\n'),
    oneLine: raw.replaceAll('\r\n', ''),
  }
}

/** A header of encoded words (RFC 2047) as text. */
function decodeWords(header: string): string {
  const latin1 = header
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?UTF-8\?([BQ])\?(.*?)\?=/gi, (_, kind: string, word: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(word, 'base64').toString('latin1')
        : fromQuotedPrintable(word.replaceAll('_', ' ')),
    )
  return Buffer.from(latin1, 'latin1').toString()
}

function fromQuotedPrintable(text: string): string {
  return text.replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
