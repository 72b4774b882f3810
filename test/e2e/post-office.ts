import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A mail as its reader sees it. */
export interface Mail {
  readonly to: readonly string[]
  readonly subject: string
  /** The plain text. */
  readonly text: string
}

/** A mail server of the tests that takes everything. */
export interface PostOffice {
  /** For `SMTP_URL`. */
  readonly url: string
  readonly mails: readonly Mail[]
  close(): Promise<void>
}

/** Opens a mail server on a free port. */
export async function openPostOffice(): Promise<PostOffice> {
  const mails: Mail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const to = session.envelope.rcptTo.map(({ address }) => address)
        mails.push(readMail(Buffer.concat(chunks).toString('latin1'), to))
        callback()
      })
    },
  })
  server.on('error', () => undefined)
  const listener = server.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    url: `smtp://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function readMail(raw: string, to: readonly string[]): Mail {
  const subject = /^Subject: ((?:.|\r\n[ \t])*)/im.exec(raw)?.[1] ?? ''
  const part = /Content-Type: text\/plain[^\r]*\r\nContent-Transfer-Encoding: (\S+)\r\n\r\n([\s\S]*?)\r\n--/.exec(raw)
  return { to, subject: decodeWords(subject), text: decodePart(part?.[1] ?? '', part?.[2] ?? '') }
}

function decodeWords(header: string): string {
  const bytes = header
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?UTF-8\?([BQ])\?(.*?)\?=/gi, (_, kind: string, word: string) =>
      kind.toUpperCase() === 'B' ? Buffer.from(word, 'base64').toString('latin1') : unquote(word.replaceAll('_', ' ')),
    )
  return Buffer.from(bytes, 'latin1').toString()
}

function decodePart(encoding: string, body: string): string {
  const bytes =
    encoding === 'base64'
      ? Buffer.from(body, 'base64')
      : Buffer.from(encoding === 'quoted-printable' ? unquote(body.replaceAll('=\r\n', '')) : body, 'latin1')
  return bytes.toString().replaceAll('\r\n', '\n')
}

function unquote(text: string): string {
  return text.replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
