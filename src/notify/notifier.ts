import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { domainToASCII } from 'node:url'
import type { MailConfig } from '../config/model.ts'
import type { Clock } from '../core/clock.ts'
import type { Files } from '../core/files.ts'
import { fingerprintText } from '../core/fingerprint.ts'
import type { Log } from '../core/log.ts'
import type { Attachment, Notice, Notifier, Topic } from '../core/notice.ts'
import { headlineOf, wordMail } from './mail-text.ts'
import { keptNotice, openOutbox, type OpenCause, type Outbox, type QueuedMail, type QueuedNotice } from './outbox.ts'
import { createSmtp, type Delivery, type Smtp } from './smtp.ts'

/** After a mail of a topic, further notices of it are collected for so long into one digest; clock milliseconds. */
const WINDOW = 600_000
/** First and longest wait before trying again, clock milliseconds. */
const FIRST_RETRY = 5_000
const LONGEST_RETRY = 300_000
/** A cause nobody has raised or resolved for so long is forgotten, clock milliseconds: 30 days. */
const FORGET = 2_592_000_000
/** How exactly it is remembered when a cause was last raised, clock milliseconds. */
const HOUR = 3_600_000
/** Larger files are not attached: many servers take 20–25 MB a mail, and base64 adds a third. */
const LARGEST_ATTACHMENTS = 10_000_000
/** How long `close` waits for a mail that is just leaving, clock milliseconds. */
const CLOSING = 5_000

/** What a notifier needs: who gets what, the outbox, the way out. */
export interface NotifierOptions {
  /** Absent: notices are logged and kept in `notices.ndjson` beside the outbox. */
  readonly mail: MailConfig | undefined
  /** Folder `state/outbox`. */
  readonly outbox: string
  readonly files: Files
  readonly clock: Clock
  readonly log: Log
  /** Ends the delivery, as `close` does. */
  readonly signal?: AbortSignal
}

/** The notifier of the service: one mail per cause while it lasts, kept on disk until the server has taken it. */
export interface MailNotifier extends Notifier {
  /** Starts delivering in the background; what earlier runs left goes first. */
  start(): void
  /**
   * Puts everything that waits into mails and tries them once, without regard to windows and waits; gives up at the
   * first sign that the server is not there.
   */
  flush(): Promise<void>
  /** How many notices have not reached everybody they are meant for. */
  waiting(): Promise<number>
  /** Stops delivering; a mail that is just leaving gets a moment. What waits stays on disk. Idempotent. */
  close(): Promise<void>
}

/** Creates the notifier. It touches the disk at the first call, the server not before `start` or `flush`. */
export function createNotifier(options: NotifierOptions): MailNotifier {
  const { mail, files, clock, log } = options
  const journal = join(options.outbox, '..', 'notices.ndjson')
  const smtp = mail === undefined ? undefined : createSmtp(mail.smtp)
  const stopping = new AbortController()
  const cutting = new AbortController()
  const stop = options.signal === undefined ? stopping.signal : AbortSignal.any([stopping.signal, options.signal])
  const retries = new Map<string, Retry>()
  const oneChange = createQueue()
  const onePass = createQueue()
  let opening: Promise<Outbox> | undefined
  let wake = new AbortController()
  let loop: Promise<void> | undefined

  const outbox = (): Promise<Outbox> => {
    opening ??= openOutbox(options.outbox, files, log).then(async (opened) => {
      await recover(opened, clock.now())
      return opened
    })
    opening.catch(() => {
      opening = undefined
    })
    return opening
  }

  const recipients = (topic: Topic): string[] => {
    const groups = mail?.send.get(topic) ?? []
    return [...new Set(groups.flatMap((group) => mail?.people.get(group) ?? []))]
  }

  /** Puts an entry into the outbox, or logs it where nobody is to be mailed. */
  const enqueue = async (box: Outbox, notice: Notice, kind: QueuedNotice['kind']): Promise<void> => {
    const headline = headlineOf({ notice, kind })
    const fields = { cause: notice.cause, topic: notice.topic, where: notice.where, what: notice.what }
    if (mail === undefined) {
      log[kind === 'resolved' ? 'info' : 'error']({ code: 'notify.no_mail', ...fields }, headline)
      const line = JSON.stringify({ time: new Date(clock.now()).toISOString(), headline, ...keptNotice(notice) })
      try {
        await files.append(journal, `${line}\n`)
      } catch (err) {
        log.error(
          { code: 'notify.journal_not_written', file: journal, err },
          'the journal of notices cannot be written',
        )
      }
      return
    }
    if (recipients(notice.topic).length === 0) {
      log[kind === 'resolved' ? 'info' : 'error']({ code: 'notify.nobody_subscribed', ...fields }, headline)
      return
    }
    const at = clock.now()
    const id = `${String(at).padStart(15, '0')}-${fingerprintText(`${kind}\n${notice.cause}`)}`
    await box.putNotice({ id, at, notice: keptNotice(notice), kind })
    wake.abort()
  }

  const raise = async (notice: Notice): Promise<void> => {
    const box = await outbox()
    await oneChange(async () => {
      const now = clock.now()
      const open = box.causes.get(notice.cause)
      if (open === undefined) {
        const told = await takeBack(box, notice.cause)
        if (told === undefined) await enqueue(box, notice, 'first')
        box.causes.set(notice.cause, { ...opened(notice, now), ...(told === 'mailed' ? { mailedAt: now } : {}) })
        await box.saveCauses()
        return
      }
      if (open.edition !== notice.edition) {
        for (const { id, notice: waiting } of box.notices.values()) {
          if (waiting.cause === notice.cause) await box.dropNotice(id)
        }
        await enqueue(box, notice, 'first')
        const { openedAt, mailedAt } = open
        box.causes.set(notice.cause, {
          ...opened(notice, now),
          openedAt,
          ...(mailedAt === undefined ? {} : { mailedAt }),
        })
        await box.saveCauses()
        return
      }
      const due = notice.repeatAfter !== undefined && now - open.queuedAt >= notice.repeatAfter
      if (due && !isUnderWay(box, notice.cause)) {
        await enqueue(box, notice, 'repeat')
        box.causes.set(notice.cause, { ...open, ...opened(notice, now), openedAt: open.openedAt })
        await box.saveCauses()
      } else if (now - open.raisedAt >= HOUR) {
        box.causes.set(notice.cause, { ...open, raisedAt: now })
        await box.saveCauses()
      }
    })
  }

  const resolve = async (cause: string, what: string): Promise<void> => {
    const box = await outbox()
    await oneChange(async () => {
      const open = box.causes.get(cause)
      if (open === undefined) return
      const pending = [...box.notices.values()].find(
        (queued) => queued.notice.cause === cause && queued.kind !== 'resolved',
      )
      const told = open.mailedAt !== undefined || isInMail(box, cause) || mail === undefined
      if (pending !== undefined) {
        await box.putNotice({ ...pending, resolved: what })
      } else if (told) {
        const { topic, title, where, data } = open
        await enqueue(
          box,
          { cause, topic, title, what, where, data, todo: 'Ничего, это сообщение для сведения.' },
          'resolved',
        )
      }
      box.causes.delete(cause)
      await box.saveCauses()
    })
  }

  /** Puts the notices of each topic whose window is over into one mail. The clock time of the next one. */
  const compose = async (box: Outbox, force: boolean): Promise<number | undefined> => {
    let next: number | undefined
    const topics = new Set([...box.notices.values()].map(({ notice }) => notice.topic))
    for (const topic of topics) {
      const entries = [...box.notices.values()].filter(({ notice }) => notice.topic === topic)
      const opens = (box.lastMail.get(topic) ?? -Infinity) + WINDOW
      const now = clock.now()
      if (!force && opens > now) {
        next = Math.min(next ?? Infinity, opens)
        continue
      }
      const to = recipients(topic)
      if (to.length === 0) {
        log.error(
          { code: 'notify.nobody_subscribed', topic, count: entries.length },
          'nobody is subscribed any more, notices are dropped',
        )
        for (const { id } of entries) await box.dropNotice(id)
        continue
      }
      const id = `${String(now).padStart(15, '0')}-${fingerprintText(entries.map(({ id }) => id).join('\n'))}`
      await box.putMail({ id, at: now, topic, to, left: to, entries, bare: false })
      box.lastMail.set(topic, now)
      await box.saveCauses()
    }
    return next
  }

  /** One round over everything that waits. The clock time at which the next one is due. */
  const pass = (force: boolean): Promise<number | undefined> =>
    onePass(async () => {
      const box = await outbox()
      if (smtp === undefined || mail === undefined) return undefined
      let next = await oneChange(() => compose(box, force))
      for (const queued of [...box.mails.values()].sort((a, b) => a.at - b.at)) {
        if (stop.aborted) return undefined
        const wait = Math.max(retries.get(SERVER)?.due ?? 0, retries.get(queued.id)?.due ?? 0)
        if (!force && wait > clock.now()) {
          next = Math.min(next ?? Infinity, wait)
          continue
        }
        const due = await send(box, smtp, mail, queued)
        if (due !== undefined) next = Math.min(next ?? Infinity, due)
        // Nobody answers: the mails behind this one would only wait for the same timeout.
        if (due !== undefined && (retries.get(SERVER)?.due ?? 0) > clock.now()) break
      }
      return next
    })

  /** One attempt at one mail; undefined when it is done with, else the clock time of the next attempt. */
  const send = async (box: Outbox, smtp: Smtp, mail: MailConfig, queued: QueuedMail): Promise<number | undefined> => {
    const { attached, notes } = await sortAttachments(queued)
    const outgoing = {
      ...wordMail(queued.entries, notes),
      from: mail.from,
      to: queued.to,
      recipients: queued.left,
      messageId: `<${queued.id}@${domainOf(mail.from)}>`,
      date: queued.at,
      attachments: attached,
    }
    const delivery = await smtp.deliver(outgoing, cutting.signal)
    if (delivery.state !== 'tooLarge') return oneChange(() => settle(box, queued, delivery))
    log.warn(
      { code: 'notify.attachment_too_large', mail: queued.id, answer: delivery.answer },
      'the mail server refused the attachments, mailing without them',
    )
    const bare = { ...queued, bare: true }
    await box.putMail(bare)
    return send(box, smtp, mail, bare)
  }

  /** Records what became of an attempt. */
  const settle = async (box: Outbox, queued: QueuedMail, delivery: Answered): Promise<number | undefined> => {
    const fields = { mail: queued.id, topic: queued.topic, answer: delivery.answer }
    if (delivery.state === 'later') {
      if (!delivery.server) retries.delete(SERVER)
      const retry = postpone(retries, delivery.server ? SERVER : queued.id, clock.now())
      log[retry.tries < 3 ? 'warn' : 'error'](
        { code: 'notify.not_delivered', attempt: retry.tries, waitMs: retry.due - clock.now(), ...fields },
        'the mail server did not take a mail, it will be tried again',
      )
      return retry.due
    }
    retries.delete(SERVER)
    const accepted = delivery.state === 'parted' ? delivery.accepted : []
    const refused =
      delivery.state === 'parted'
        ? delivery.refused
        : queued.left.map((address) => ({ address, answer: delivery.answer }))
    if (refused.length > 0) {
      log.error(
        { code: 'notify.refused', count: refused.length, ...fields },
        'the mail server refused a mail for good, see the folder failed in the outbox',
      )
      await box.keepFailed(`${queued.id}-${fingerprintText(refused.map(({ address }) => address).join())}`, {
        at: new Date(clock.now()).toISOString(),
        refused,
        entries: queued.entries,
      })
    }
    if (accepted.length > 0) await markMailed(box, queued, clock.now())
    const gone = new Set(
      [...accepted, ...refused.map(({ address }) => address)].map((address) => address.toLowerCase()),
    )
    const left = queued.left.filter((address) => !gone.has(bareAddress(address)))
    if (left.length === 0) {
      retries.delete(queued.id)
      await box.dropMail(queued.id)
      return undefined
    }
    if (left.length < queued.left.length) await box.putMail({ ...queued, left })
    const retry = postpone(retries, queued.id, clock.now())
    log.warn({ code: 'notify.not_delivered', attempt: retry.tries, ...fields }, 'some addresses will be tried again')
    return retry.due
  }

  const run = async (): Promise<void> => {
    while (!stop.aborted) {
      wake = new AbortController()
      const interrupted = AbortSignal.any([stop, wake.signal])
      let next: number | undefined
      try {
        next = await pass(false)
      } catch (err) {
        if (stop.aborted) return
        log.error({ code: 'notify.pass_failed', err }, 'delivering mails failed, it will be tried again')
        next = clock.now() + LONGEST_RETRY
      }
      await clock.sleep(Math.max(0, (next ?? Infinity) - clock.now()), interrupted).catch(interruption)
    }
  }

  return {
    raise,
    resolve,
    start() {
      loop ??= run()
    },
    async flush() {
      await pass(true)
    },
    async waiting() {
      const box = await outbox()
      return box.notices.size + [...box.mails.values()].reduce((sum, queued) => sum + queued.entries.length, 0)
    },
    async close() {
      stopping.abort()
      const idle = Promise.allSettled([loop, onePass(() => Promise.resolve())])
      const done = new AbortController()
      await Promise.race([idle, clock.sleep(CLOSING, done.signal).catch(interruption)])
      done.abort()
      cutting.abort()
      await idle
      smtp?.close()
    },
  }
}

/** An attempt the server (or its absence) has decided. */
type Answered = Exclude<Delivery, { readonly state: 'tooLarge' }>

interface Retry {
  readonly tries: number
  readonly due: number
}

/** The key of waits that concern every mail: the server cannot be reached or lets nobody in. */
const SERVER = ''

function postpone(retries: Map<string, Retry>, key: string, now: number): Retry {
  const tries = (retries.get(key)?.tries ?? 0) + 1
  const retry = { tries, due: now + Math.min(FIRST_RETRY * 2 ** (tries - 1), LONGEST_RETRY) }
  retries.set(key, retry)
  return retry
}

/** Runs one piece of work after the other, in the order in which they were asked for. */
function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let tail: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = tail.then(work)
    tail = result.catch(() => undefined)
    return result
  }
}

/** Forgets what nobody speaks of any more, and opens the causes of notices that a crash kept from being noted. */
async function recover(box: Outbox, now: number): Promise<void> {
  for (const [cause, open] of box.causes) {
    if (now - open.raisedAt > FORGET && !isUnderWay(box, cause)) box.causes.delete(cause)
  }
  for (const { notice, at, kind, resolved } of box.notices.values()) {
    if (kind !== 'resolved' && resolved === undefined && !box.causes.has(notice.cause)) {
      box.causes.set(notice.cause, opened(notice, at))
    }
  }
}

function opened(notice: QueuedNotice['notice'] | Notice, now: number): OpenCause {
  const { topic, title, where, data, edition } = notice
  return {
    topic,
    title,
    where,
    data,
    ...(edition === undefined ? {} : { edition }),
    openedAt: now,
    raisedAt: now,
    queuedAt: now,
  }
}

/**
 * A cause comes back while its end still waits to be mailed: people need not hear of the interval. `mailed`: they
 * know of the cause; `queued`: its notice still waits; undefined: nothing of it waits.
 */
async function takeBack(box: Outbox, cause: string): Promise<'mailed' | 'queued' | undefined> {
  const queued = [...box.notices.values()].find(({ notice }) => notice.cause === cause)
  if (queued === undefined) return undefined
  if (queued.kind === 'resolved') {
    await box.dropNotice(queued.id)
    return 'mailed'
  }
  const { resolved: _, ...lasting } = queued
  await box.putNotice(lasting)
  return 'queued'
}

async function markMailed(box: Outbox, mail: QueuedMail, now: number): Promise<void> {
  for (const { notice } of mail.entries) {
    const open = box.causes.get(notice.cause)
    if (open !== undefined) box.causes.set(notice.cause, { ...open, mailedAt: now })
  }
  await box.saveCauses()
}

function isUnderWay(box: Outbox, cause: string): boolean {
  return isInMail(box, cause) || [...box.notices.values()].some(({ notice }) => notice.cause === cause)
}

function isInMail(box: Outbox, cause: string): boolean {
  return [...box.mails.values()].some(({ entries }) => entries.some(({ notice }) => notice.cause === cause))
}

/** Which files come along, and a sentence for each that does not. */
async function sortAttachments(mail: QueuedMail): Promise<{ attached: Attachment[]; notes: string[] }> {
  const attached: Attachment[] = []
  const notes: string[] = []
  let room = LARGEST_ATTACHMENTS
  for (const file of mail.entries.flatMap(({ notice }) => notice.attachments ?? [])) {
    const size = await stat(file.path).then(
      (found) => found.size,
      () => undefined,
    )
    if (size === undefined) {
      notes.push(`Файл ${file.filename} не приложен: его уже нет на месте (${file.path}).`)
    } else if (mail.bare || size > room) {
      notes.push(`Файл ${file.filename} слишком велик для письма. Он лежит здесь: ${file.path}`)
    } else {
      room -= size
      attached.push(file)
    }
  }
  return { attached, notes }
}

/** `Имя <a@Пример.рф>` as the envelope spells it. */
function bareAddress(address: string): string {
  const plain = /<([^>]*)>/.exec(address)?.[1] ?? address
  const at = plain.lastIndexOf('@')
  return `${plain.slice(0, at)}@${domainToASCII(plain.slice(at + 1))}`.trim().toLowerCase()
}

function domainOf(from: string): string {
  return bareAddress(from).split('@').at(-1) || 'obmen.invalid'
}

/** A sleep rejects only when it is interrupted. */
function interruption(): void {}
