import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Files } from '../core/files.ts'
import type { Log } from '../core/log.ts'
import type { Notice, Topic } from '../core/notice.ts'

/**
 * What waits to be mailed, as files that survive the process: `notices/` (one per notice that is in no mail yet),
 * `mails/` (one per mail on its way), `failed/` (mails and addresses that were refused for good, for a person to look
 * at), `causes.json` (what lasts, so that it is mailed once).
 */

const topic = z.enum(['errors', 'rejections', 'daily', 'tables'])

const notice = z.object({
  cause: z.string(),
  topic,
  title: z.string(),
  what: z.string(),
  where: z.string(),
  data: z.string(),
  todo: z.string(),
  edition: z.string().exactOptional(),
  repeatAfter: z.number().exactOptional(),
  attachments: z.array(z.object({ filename: z.string(), path: z.string() })).exactOptional(),
})

const queuedNotice = z.object({
  id: z.string(),
  /** Clock milliseconds. */
  at: z.number(),
  notice,
  kind: z.enum(['first', 'repeat', 'resolved']),
  /** What ended the cause while the notice still waited here. */
  resolved: z.string().exactOptional(),
})

/** A notice that is in no mail yet. */
export type QueuedNotice = z.infer<typeof queuedNotice>

const queuedMail = z.object({
  id: z.string(),
  /** Clock milliseconds at which it was put together; its date. */
  at: z.number(),
  topic,
  /** Everybody it is meant for. */
  to: z.array(z.string()),
  /** Those who have not got it yet. */
  left: z.array(z.string()),
  entries: z.array(queuedNotice),
  /** The server refused the attachments: without them from now on. */
  bare: z.boolean(),
})

/** A mail on its way. */
export type QueuedMail = z.infer<typeof queuedMail>

const openCause = z.object({
  topic,
  title: z.string(),
  where: z.string(),
  data: z.string(),
  edition: z.string().exactOptional(),
  /** Clock milliseconds: first raised, last raised (to the hour), last put into the outbox, last delivered. */
  openedAt: z.number(),
  raisedAt: z.number(),
  queuedAt: z.number(),
  mailedAt: z.number().exactOptional(),
})

/** A cause that lasts. */
export type OpenCause = z.infer<typeof openCause>

const ledger = z.object({
  causes: z.record(z.string(), openCause),
  /** When the last mail of a topic was put together, clock milliseconds. */
  lastMail: z.partialRecord(topic, z.number()),
})

/** The outbox in memory, each change written through. */
export interface Outbox {
  readonly notices: ReadonlyMap<string, QueuedNotice>
  readonly mails: ReadonlyMap<string, QueuedMail>
  readonly causes: Map<string, OpenCause>
  readonly lastMail: Map<Topic, number>
  putNotice(queued: QueuedNotice): Promise<void>
  dropNotice(id: string): Promise<void>
  /** Puts a mail in the place of its notices: the mail first, so that a crash in between loses nothing. */
  putMail(mail: QueuedMail): Promise<void>
  dropMail(id: string): Promise<void>
  /** Keeps what was refused for good where a person finds it. */
  keepFailed(name: string, record: unknown): Promise<void>
  /** Writes `causes` and `lastMail`. */
  saveCauses(): Promise<void>
}

/**
 * Reads the outbox. A disk that cannot be written is logged and the outbox goes on in memory: the mail that says so
 * must still leave.
 */
export async function openOutbox(folder: string, files: Files, log: Log): Promise<Outbox> {
  const paths = {
    notice: (id: string) => join(folder, 'notices', `${id}.json`),
    mail: (id: string) => join(folder, 'mails', `${id}.json`),
    causes: join(folder, 'causes.json'),
  }
  const written = async (change: () => Promise<void>): Promise<void> => {
    try {
      await change()
    } catch (err) {
      log.error(
        { code: 'notify.outbox_not_written', err },
        'the outbox cannot be written, notices are kept in memory only',
      )
    }
  }
  const write = (path: string, value: unknown): Promise<void> =>
    written(() => files.writeAtomic(path, `${JSON.stringify(value, undefined, 2)}\n`))

  const notices = await readFolder(join(folder, 'notices'), queuedNotice, log)
  const mails = await readFolder(join(folder, 'mails'), queuedMail, log)
  const state = (await readOne(paths.causes, ledger, log)) ?? { causes: {}, lastMail: {} }
  const dropNotice = async (id: string): Promise<void> => {
    if (notices.delete(id)) await written(() => files.remove(paths.notice(id)))
  }
  // A crash may have left notices that a mail already carries.
  for (const mail of mails.values()) {
    for (const { id } of mail.entries) await dropNotice(id)
  }

  const causes = new Map(Object.entries(state.causes))
  const lastMail = new Map(Object.entries(state.lastMail) as [Topic, number][])
  return {
    notices,
    mails,
    causes,
    lastMail,
    async putNotice(queued) {
      notices.set(queued.id, queued)
      await write(paths.notice(queued.id), queued)
    },
    dropNotice,
    async putMail(mail) {
      mails.set(mail.id, mail)
      await write(paths.mail(mail.id), mail)
      for (const { id } of mail.entries) await dropNotice(id)
    },
    async dropMail(id) {
      mails.delete(id)
      await written(() => files.remove(paths.mail(id)))
    },
    keepFailed: (name, record) => write(join(folder, 'failed', `${name}.json`), record),
    saveCauses: () =>
      write(paths.causes, { causes: Object.fromEntries(causes), lastMail: Object.fromEntries(lastMail) }),
  }
}

async function readFolder<T extends { readonly id: string }>(
  folder: string,
  schema: z.ZodType<T>,
  log: Log,
): Promise<Map<string, T>> {
  const found = new Map<string, T>()
  const names = await readdir(folder).catch(ifMissing([]))
  for (const name of names.filter((name) => name.endsWith('.json')).sort()) {
    const value = await readOne(join(folder, name), schema, log)
    if (value !== undefined) found.set(value.id, value)
  }
  return found
}

/** A file's value; undefined when there is none or it is damaged (it then stays where it is, and the log says so). */
async function readOne<T>(path: string, schema: z.ZodType<T>, log: Log): Promise<T | undefined> {
  const text = await readFile(path, 'utf8').catch(ifMissing(undefined))
  if (text === undefined) return undefined
  try {
    return schema.parse(JSON.parse(text))
  } catch (err) {
    log.error({ code: 'notify.outbox_damaged', file: path, err }, 'a file of the outbox is damaged and is passed over')
    return undefined
  }
}

function ifMissing<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return value
    throw error
  }
}

/** A notice as it is kept, copied: what the caller does with its object later changes nothing. */
export function keptNotice(given: Notice): QueuedNotice['notice'] {
  return notice.parse(given)
}
