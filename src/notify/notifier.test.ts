import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { MailConfig } from '../config/model.ts'
import { createClock, type Clock } from '../core/clock.ts'
import type { Files } from '../core/files.ts'
import { silentLog, type Log } from '../core/log.ts'
import type { Notice } from '../core/notice.ts'
import { Secret } from '../core/secret.ts'
import { createNotifier, type MailNotifier } from './notifier.ts'

let folder: string
let notifiers: MailNotifier[]
let post: PostOffice

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'obmen-notify-'))
  notifiers = []
  post = await openPostOffice()
})

afterEach(async () => {
  await Promise.all(notifiers.map((notifier) => notifier.close()))
  await post.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('createNotifier', () => {
  it('mails a notice once while its cause lasts, and once that it is resolved', async () => {
    const { notifier, clock } = open()
    notifier.start()

    await notifier.raise(notice('quarantine:a.xml'))
    await notifier.raise(notice('quarantine:a.xml'))
    await vi.waitFor(() => expect(post.mails).toHaveLength(1))
    await until(async () => (await notifier.waiting()) === 0)
    await notifier.resolve('quarantine:a.xml', 'Файл загружен повторно.')
    await notifier.resolve('quarantine:a.xml', 'Файл загружен повторно.')
    clock.advance(minutes(11))
    await vi.waitFor(() => expect(post.mails).toHaveLength(2))
    await notifier.flush()

    expect(post.mails.map((mail) => mail.subject)).toEqual([
      'Файл quarantine:a.xml в карантине',
      'Устранено: Файл quarantine:a.xml в карантине',
    ])
    expect(post.mails[0]?.to).toEqual(['admin@example.ru', 'second@example.ru'])
    expect(post.mails[0]?.body).toContain('Что случилось:\nФайл оборван.')
    expect(post.mails[0]?.body).toContain('Где:\noffers.xml:12:5')
    expect(post.mails[0]?.body).toContain('Какие данные:\nЦены')
    expect(post.mails[0]?.body).toContain('Что делать:\nВыгрузить заново.')
    expect(post.mails[1]?.body).toContain('Файл загружен повторно.')
  })

  it('collects what follows the first mail into one digest', async () => {
    const { notifier, clock } = open()
    notifier.start()

    await notifier.raise(notice('a'))
    await vi.waitFor(() => expect(post.mails).toHaveLength(1))
    for (const cause of ['b', 'c', 'd']) await notifier.raise(notice(cause))
    await notifier.raise({ ...notice('report'), topic: 'daily' })
    await vi.waitFor(() => expect(post.mails).toHaveLength(2))
    clock.advance(minutes(10))
    await vi.waitFor(() => expect(post.mails).toHaveLength(3))

    expect(post.mails.map((mail) => mail.subject)).toEqual([
      'Файл a в карантине',
      'Файл report в карантине',
      'Obmen: 3 сообщения. Файл b в карантине',
    ])
    expect(post.mails[2]?.body).toContain('3. Файл d в карантине')
  })

  it('mails a lasting cause again only after repeatAfter', async () => {
    const { notifier, clock } = open()
    const lasting = { ...notice('silence'), repeatAfter: minutes(60) }

    await notifier.raise(lasting)
    await notifier.flush()
    clock.advance(minutes(59))
    await notifier.raise(lasting)
    await notifier.flush()
    clock.advance(minutes(2))
    await notifier.raise(lasting)
    await notifier.flush()

    expect(post.mails.map((mail) => mail.subject)).toEqual([
      'Файл silence в карантине',
      'Всё ещё: Файл silence в карантине',
    ])
  })

  it('mails another edition of a lasting cause at once, in the place of one that still waits', async () => {
    const { notifier } = open()
    const edition = (name: string) => ({ ...notice('config'), title: `Ошибка ${name}`, edition: name })

    await notifier.raise(edition('a'))
    await notifier.flush()
    await notifier.raise(edition('a'))
    await notifier.raise(edition('b'))
    await notifier.raise(edition('c'))
    await notifier.flush()
    await notifier.resolve('config', 'Исправлено.')
    await notifier.flush()

    expect(post.mails.map((mail) => mail.subject)).toEqual(['Ошибка a', 'Ошибка c', 'Устранено: Ошибка c'])
  })

  it('says in the same mail that a cause ended before the mail could leave', async () => {
    const { notifier } = open()

    await notifier.raise(notice('a'))
    await notifier.resolve('a', 'Обмен возобновился.')
    await notifier.flush()

    expect(post.mails.map((mail) => mail.subject)).toEqual(['Устранено: Файл a в карантине'])
    expect(post.mails[0]?.body).toContain('Уже устранено:\nОбмен возобновился.')
  })

  it('says nothing of an end that did not last until the mail left', async () => {
    const { notifier } = open()

    await notifier.raise(notice('a'))
    await notifier.flush()
    await notifier.resolve('a', 'Связь есть.')
    await notifier.raise(notice('a'))
    await notifier.flush()
    await notifier.resolve('a', 'Связь есть.')
    await notifier.flush()

    expect(post.mails.map((mail) => mail.subject)).toEqual(['Файл a в карантине', 'Устранено: Файл a в карантине'])
  })

  it('waits longer and longer while the server is down and delivers when it is up', async () => {
    const waits: number[] = []
    const log: Log = { ...silentLog, warn: pushWait, error: pushWait }
    function pushWait(fields: Readonly<Record<string, unknown>>): void {
      if (typeof fields['waitMs'] === 'number') waits.push(fields['waitMs'])
    }
    const { port } = post
    await post.close()
    const { notifier, clock } = open({ port, log })
    notifier.start()

    await notifier.raise(notice('a'))
    for (let tries = 1; tries <= 9; tries++) {
      await vi.waitFor(() => expect(waits).toHaveLength(tries))
      clock.advance(waits.at(-1) as number)
    }
    post = await openPostOffice(port)
    await until(() => {
      clock.advance(minutes(5))
      return Promise.resolve(post.mails.length > 0)
    })
    await until(async () => (await notifier.waiting()) === 0)

    expect(waits.slice(0, 9)).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300].map((seconds) => seconds * 1000))
    expect(post.mails.map((mail) => mail.subject)).toEqual(['Файл a в карантине'])
  })

  it('keeps everything over a restart: notices, mails on their way with their Message-ID, causes', async () => {
    post.answerData = () => smtpError(451, 'greylisted')
    const first = open()
    await first.notifier.raise(notice('a'))
    await first.notifier.flush()
    await first.notifier.raise(notice('b'))
    await first.notifier.close()
    const refused = post.mails.splice(0)
    post.answerData = () => undefined

    const second = open()
    expect(await second.notifier.waiting()).toBe(2)
    await second.notifier.raise(notice('a'))
    await second.notifier.raise(notice('b'))
    await second.notifier.flush()
    await second.notifier.resolve('a', 'Готово.')
    await second.notifier.flush()

    expect(post.mails.map((mail) => mail.subject)).toEqual([
      'Файл a в карантине',
      'Файл b в карантине',
      'Устранено: Файл a в карантине',
    ])
    expect(post.mails[0]?.messageId).toBe(refused[0]?.messageId)
    expect(post.mails[0]?.messageId).toMatch(/^<[\w-]+@example\.ru>$/)
    expect(await second.notifier.waiting()).toBe(0)
    expect(readdirSync(join(folder, 'outbox', 'mails'))).toEqual([])
  })

  it('loses nothing when the process dies between the mail and its notices', async () => {
    const first = open()
    await first.notifier.raise(notice('a'))
    const [name] = readdirSync(join(folder, 'outbox', 'notices')) as [string]
    const kept = readFileSync(join(folder, 'outbox', 'notices', name))
    post.answerData = () => smtpError(451, 'later')
    await first.notifier.flush()
    writeFileSync(join(folder, 'outbox', 'notices', name), kept)
    rmSync(join(folder, 'outbox', 'causes.json'))
    post.mails.length = 0
    post.answerData = () => undefined

    const { notifier } = open()
    await notifier.flush()

    expect(post.mails).toHaveLength(1)
    expect(readdirSync(join(folder, 'outbox', 'notices'))).toEqual([])
  })

  it('mails without the attachment when the server finds it too large', async () => {
    const path = join(folder, 'report.xlsx')
    writeFileSync(path, Buffer.alloc(50_000, 7))
    post.answerData = (raw) => (raw.length > 40_000 ? smtpError(552, 'message size exceeds limit') : undefined)
    const { notifier } = open()

    await notifier.raise({ ...notice('a'), attachments: [{ filename: 'Отчёт.xlsx', path }] })
    await notifier.flush()

    const [refused, taken] = post.mails
    expect(post.mails).toHaveLength(2)
    expect(refused?.raw).toContain('Content-Disposition: attachment')
    expect(taken?.raw).not.toContain('Content-Disposition: attachment')
    expect(taken?.messageId).toBe(refused?.messageId)
    expect(taken?.body).toContain(`Файл Отчёт.xlsx слишком велик для письма. Он лежит здесь: ${path}`)
    expect(await notifier.waiting()).toBe(0)
  })

  it('attaches files, and says so when one is gone or too large for any server', async () => {
    const path = join(folder, 'report.xlsx')
    const large = join(folder, 'large.xlsx')
    writeFileSync(path, 'cells')
    writeFileSync(large, Buffer.alloc(11_000_000))
    const { notifier } = open()

    await notifier.raise({
      ...notice('a'),
      attachments: [
        { filename: 'report.xlsx', path },
        { filename: 'large.xlsx', path: large },
        { filename: 'gone.xlsx', path: join(folder, 'gone.xlsx') },
      ],
    })
    await notifier.flush()

    expect(post.mails[0]?.raw).toContain(Buffer.from('cells').toString('base64'))
    expect(post.mails[0]?.body).toContain(`Файл large.xlsx слишком велик для письма. Он лежит здесь: ${large}`)
    expect(post.mails[0]?.body).toContain('Файл gone.xlsx не приложен')
  })

  it('keeps an address that is refused for good in sight and delivers to the others', async () => {
    post.answerRecipient = (address) => (address === 'second@example.ru' ? smtpError(550, 'no such user') : undefined)
    const { notifier } = open()

    await notifier.raise(notice('a'))
    await notifier.flush()
    await notifier.flush()

    expect(post.mails.map((mail) => mail.to)).toEqual([['admin@example.ru']])
    expect(await notifier.waiting()).toBe(0)
    const [failed] = readdirSync(join(folder, 'outbox', 'failed'))
    expect(JSON.parse(readFileSync(join(folder, 'outbox', 'failed', failed as string), 'utf8'))).toMatchObject({
      refused: [{ address: 'second@example.ru', answer: expect.stringContaining('no such user') as string }],
      entries: [{ notice: { cause: 'a' } }],
    })
  })

  it('tries an address again that the server puts off, and only that one', async () => {
    let busy = true
    post.answerRecipient = (address) => (address === 'second@example.ru' && busy ? smtpError(450, 'busy') : undefined)
    const { notifier } = open()

    await notifier.raise(notice('a'))
    await notifier.flush()
    busy = false
    await notifier.flush()

    expect(post.mails.map((mail) => mail.to)).toEqual([['admin@example.ru'], ['second@example.ru']])
    expect(post.mails[1]?.messageId).toBe(post.mails[0]?.messageId)
  })

  it('keeps a mail that nobody may get instead of trying for ever', async () => {
    post.answerData = () => smtpError(554, 'spam')
    const { notifier } = open()

    await notifier.raise(notice('a'))
    await notifier.flush()

    expect(await notifier.waiting()).toBe(0)
    expect(readdirSync(join(folder, 'outbox', 'failed'))).toHaveLength(1)
  })

  it('logs and journals once per cause when no mail is configured', async () => {
    const logged: string[] = []
    const log: Log = {
      ...silentLog,
      error: (_, message) => logged.push(message),
      info: (_, message) => logged.push(message),
    }
    const { notifier } = open({ mail: undefined, log })

    await notifier.raise(notice('a'))
    await notifier.raise(notice('a'))
    await notifier.resolve('a', 'Готово.')
    await notifier.flush()

    expect(logged).toEqual(['Файл a в карантине', 'Устранено: Файл a в карантине'])
    const lines = readFileSync(join(folder, 'notices.ndjson'), 'utf8').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { headline: 'Файл a в карантине', cause: 'a', what: 'Файл оборван.' },
      { headline: 'Устранено: Файл a в карантине', what: 'Готово.' },
    ])
  })

  it('only logs a topic to which nobody is subscribed', async () => {
    const logged: string[] = []
    const { notifier } = open({ log: { ...silentLog, error: (_, message) => logged.push(message) } })

    await notifier.raise({ ...notice('a'), topic: 'rejections' })
    await notifier.flush()

    expect(logged).toEqual(['Файл a в карантине'])
    expect(post.mails).toEqual([])
    expect(existsSync(join(folder, 'notices.ndjson'))).toBe(false)
  })

  it('still mails when the disk is full', async () => {
    const full: Files = { ...files, writeAtomic: () => Promise.reject(new Error('ENOSPC')) }
    const { notifier } = open({ files: full })

    await notifier.raise(notice('a'))
    await notifier.flush()

    expect(post.mails).toHaveLength(1)
  })
})

function notice(cause: string): Notice {
  return {
    cause,
    topic: 'errors',
    title: `Файл ${cause} в карантине`,
    what: 'Файл оборван.',
    where: 'offers.xml:12:5',
    data: 'Цены',
    todo: 'Выгрузить заново.',
  }
}

function minutes(count: number): number {
  return count * 60_000
}

const files: Files = {
  writeAtomic: async (path, data) => {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(`${path}.tmp`, data)
    await rename(`${path}.tmp`, path)
  },
  append: (path, text) => appendFile(path, text),
  move: rename,
  copy: () => Promise.reject(new Error('not used')),
  remove: (path) => rm(path, { recursive: true, force: true }),
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true })
  },
}

interface Opening {
  readonly port?: number
  readonly log?: Log
  readonly files?: Files
  readonly mail?: MailConfig | undefined
}

function open(opening: Opening = {}): { notifier: MailNotifier; clock: HandClock } {
  const clock = handClock()
  const mail: MailConfig = {
    smtp: new Secret(`smtp://127.0.0.1:${opening.port ?? post.port}`),
    from: 'Obmen <obmen@example.ru>',
    people: new Map([
      ['admins', ['admin@example.ru', 'second@example.ru']],
      ['managers', ['shop@example.ru']],
    ]),
    send: new Map([
      ['errors', ['admins']],
      ['daily', ['managers']],
    ]),
    reportEvery: minutes(60),
  }
  const notifier = createNotifier({
    mail: 'mail' in opening ? opening.mail : mail,
    outbox: join(folder, 'outbox'),
    files: opening.files ?? files,
    clock,
    log: opening.log ?? silentLog,
  })
  notifiers.push(notifier)
  return { notifier, clock }
}

interface HandClock extends Clock {
  advance(ms: number): void
}

/** A clock that stands still until it is moved. */
function handClock(): HandClock {
  const start = Date.UTC(2026, 2, 1, 9)
  const base = createClock()
  let now = start
  const sleepers = new Set<{ until: number; wake: () => void }>()
  return {
    now: () => now,
    fromReal: (real) => base.fromReal(real),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { until: now + ms, wake: resolve }
        const stop = (): void => {
          sleepers.delete(sleeper)
          reject(signal?.reason as Error)
        }
        if (signal?.aborted) stop()
        else {
          sleepers.add(sleeper)
          signal?.addEventListener('abort', stop, { once: true })
        }
      }),
    advance(ms) {
      now += ms
      for (const sleeper of sleepers) {
        if (sleeper.until <= now) {
          sleepers.delete(sleeper)
          sleeper.wake()
        }
      }
    },
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  await vi.waitFor(async () => expect(await holds()).toBe(true), { timeout: 10_000 })
}

interface TakenMail {
  readonly to: readonly string[]
  readonly subject: string
  readonly messageId: string
  /** The plain text part, decoded. */
  readonly body: string
  readonly raw: string
}

interface PostOffice {
  readonly port: number
  /** Every mail whose data arrived, taken or not. */
  readonly mails: TakenMail[]
  answerRecipient: (address: string) => Error | undefined
  answerData: (raw: string) => Error | undefined
  close(): Promise<void>
}

async function openPostOffice(port = 0): Promise<PostOffice> {
  const office: { -readonly [K in keyof PostOffice]: PostOffice[K] } = {
    port,
    mails: [],
    answerRecipient: () => undefined,
    answerData: () => undefined,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: ({ address }, _, callback) => callback(office.answerRecipient(address)),
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const raw = Buffer.concat(chunks).toString('latin1')
        office.mails.push(
          readMail(
            raw,
            session.envelope.rcptTo.map(({ address }) => address),
          ),
        )
        callback(office.answerData(raw))
      })
    },
  })
  server.on('error', () => undefined)
  const listener = server.listen(port, '127.0.0.1')
  await once(listener, 'listening')
  office.port = (listener.address() as AddressInfo).port
  return office
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode })
}

function readMail(raw: string, to: string[]): TakenMail {
  const header = (name: string): string => new RegExp(`^${name}: ((?:.|\r\n[ \t])*)`, 'mi').exec(raw)?.[1] ?? ''
  const part = /Content-Type: text\/plain[^\r]*\r\nContent-Transfer-Encoding: (\S+)\r\n\r\n([\s\S]*?)\r\n--/.exec(raw)
  return {
    to,
    subject: decodeWords(header('Subject')),
    messageId: header('Message-ID'),
    body: decodePart(part?.[1] ?? '', part?.[2] ?? ''),
    raw,
  }
}

function decodeWords(text: string): string {
  return text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?UTF-8\?([BQ])\?(.*?)\?=/gi, (_, kind: string, word: string) =>
      kind.toUpperCase() === 'B' ? Buffer.from(word, 'base64').toString('latin1') : unquote(word.replaceAll('_', ' ')),
    )
    .replaceAll(/[\u0080-\u00FF]+/g, (bytes) => Buffer.from(bytes, 'latin1').toString())
}

function decodePart(encoding: string, body: string): string {
  const bytes =
    encoding === 'base64' ? Buffer.from(body, 'base64') : Buffer.from(unquote(body.replaceAll('=\r\n', '')), 'latin1')
  return bytes.toString('utf8').replaceAll('\r\n', '\n')
}

function unquote(text: string): string {
  return text.replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
