import { readFile, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'

import type { Clock } from '../core/clock.ts'
import { isAbort, ObmenError } from '../core/errors.ts'
import { codeOf } from './disk.ts'

/** Who takes the files of an inbox, as its mark says. */
export interface InboxHolder {
  readonly pid: number
  readonly host: string
  /** The state folder: one project of one machine, also after a restart. */
  readonly state: string
}

/** The inboxes of a project, held until released. */
export interface InboxOwner {
  /** Whose an inbox is now: undefined = ours. */
  holderOf(inbox: string): Promise<InboxHolder | undefined>
  /** Takes further inboxes, all of them or none. @throws ObmenError fatal `files.inbox_owned` */
  take(inboxes: readonly string[]): Promise<void>
  /** Lets all inboxes go but these. */
  keepOnly(inboxes: readonly string[]): Promise<void>
  /** Stops renewing the marks and takes them away. Idempotent. */
  release(): Promise<void>
}

/** A file of this name in an inbox; it begins with a dot, so nobody takes it for an exchange file. */
export const OWNER_MARK = '.obmen-owner'

/** How often a mark is renewed, and after how long without renewal its owner counts as dead. Clock milliseconds. */
const BEAT = 5_000
const STALE = 20_000
/** Between two looks at a foreign mark. Clock milliseconds. */
const LOOK = 1_000

/**
 * Takes the inboxes for this project. The mark of another project is watched: while somebody renews it, the inbox is his;
 * one that nobody renewed for 20 s is taken over. Whether a process lives is not asked: it may run on another machine.
 * An inbox that cannot be reached or written to is held without a mark: there is nothing to move out of it either.
 *
 * @throws ObmenError fatal `files.inbox_owned`
 */
export async function ownInboxes(
  inboxes: readonly string[],
  options: { readonly state: string; readonly clock: Clock },
): Promise<InboxOwner> {
  const me: InboxHolder = { pid: process.pid, host: hostname(), state: resolve(options.state) }
  const { clock } = options
  const held: string[] = []
  const giveBackAll = async (those: readonly string[]): Promise<void> => {
    for (const inbox of those) {
      held.splice(held.indexOf(inbox), 1)
      await giveBack(join(inbox, OWNER_MARK), me)
    }
  }
  const takeAll = async (those: readonly string[]): Promise<void> => {
    const taken: string[] = []
    try {
      for (const inbox of those) {
        if (held.includes(inbox)) continue
        await take(join(inbox, OWNER_MARK), inbox, me, clock)
        held.push(inbox)
        taken.push(inbox)
      }
    } catch (error) {
      await giveBackAll(taken)
      throw error
    }
  }
  await takeAll(inboxes)
  const stop = new AbortController()
  const beating = beatForever(held, me, clock, stop.signal)
  return {
    async holderOf(inbox) {
      if (!held.includes(inbox)) return undefined
      const holder = parse((await look(join(inbox, OWNER_MARK))) ?? '')
      return holder === undefined || isSame(holder, me) ? undefined : holder
    },
    take: takeAll,
    keepOnly: (those) => giveBackAll(held.filter((inbox) => !those.includes(inbox))),
    async release() {
      stop.abort()
      await beating
      await giveBackAll([...held])
    },
  }
}

async function take(mark: string, inbox: string, me: InboxHolder, clock: Clock): Promise<void> {
  for (let first = await look(mark); ; first = await look(mark)) {
    const holder = parse(first ?? '')
    if (first === undefined) {
      if (await create(mark, me, clock)) return
      continue
    }
    if (holder !== undefined && isSame(holder, me)) return write(mark, me, clock)
    const next = await watch(mark, first, clock)
    if (next === undefined) continue
    if (next !== first) throw owned(inbox, parse(next) ?? holder)
    // Of several heirs the last one to write stays; the others find his mark.
    await write(mark, me, clock)
    await clock.sleep(LOOK)
    const found = parse((await look(mark)) ?? '')
    if (found === undefined || isSame(found, me)) return
    throw owned(inbox, found)
  }
}

/** The mark as soon as it changes, or as it still is when nobody renewed it; undefined when it was taken away. */
async function watch(mark: string, first: string, clock: Clock): Promise<string | undefined> {
  const until = clock.now() + STALE
  while (clock.now() < until) {
    await clock.sleep(LOOK)
    const now = await look(mark)
    if (now !== first) return now
  }
  return first
}

/** Renews the marks of the inboxes that are held at the time. One that another project took, while this process slept for long, is left to him until he dies. */
async function beatForever(
  inboxes: readonly string[],
  me: InboxHolder,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const foreign = new Map<string, { readonly text: string; readonly since: number }>()
  try {
    for (;;) {
      await clock.sleep(BEAT, signal)
      for (const inbox of inboxes) {
        const mark = join(inbox, OWNER_MARK)
        const text = await look(mark)
        const holder = parse(text ?? '')
        // Let go meanwhile.
        if (!inboxes.includes(inbox)) continue
        if (text === undefined || holder === undefined || isSame(holder, me)) {
          foreign.delete(inbox)
          await write(mark, me, clock)
          continue
        }
        const known = foreign.get(inbox)
        if (known?.text !== text) foreign.set(inbox, { text, since: clock.now() })
        else if (clock.now() - known.since >= STALE) await write(mark, me, clock)
      }
    }
  } catch (error) {
    if (!isAbort(error)) throw error
  }
}

/** False when another was faster. */
async function create(mark: string, me: InboxHolder, clock: Clock): Promise<boolean> {
  try {
    await writeFile(mark, textOf(me, clock), { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    // Not reachable or not writable: without the right to write no file can be moved out either.
    if (codeOf(error) !== '') return true
    throw error
  }
}

async function write(mark: string, me: InboxHolder, clock: Clock): Promise<void> {
  try {
    await writeFile(mark, textOf(me, clock))
  } catch (error) {
    if (codeOf(error) === '') throw error
  }
}

async function giveBack(mark: string, me: InboxHolder): Promise<void> {
  const holder = parse((await look(mark)) ?? '')
  if (holder === undefined || !isSame(holder, me)) return
  try {
    await rm(mark, { force: true })
  } catch (error) {
    if (codeOf(error) === '') throw error
  }
}

/** The mark's text; undefined when there is none, or none can be reached. */
async function look(mark: string): Promise<string | undefined> {
  try {
    return await readFile(mark, 'utf8')
  } catch (error) {
    if (codeOf(error) !== '') return undefined
    throw error
  }
}

/** Every renewal makes another text, also on shares that keep times of whole seconds. */
function textOf(me: InboxHolder, clock: Clock): string {
  return `${JSON.stringify({ ...me, beat: clock.now() })}\n`
}

/** Undefined for half a text: its owner is writing it. */
function parse(text: string): InboxHolder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<InboxHolder> | null
    return typeof holder?.pid === 'number' && typeof holder.state === 'string' ? (holder as InboxHolder) : undefined
  } catch {
    return undefined
  }
}

function isSame(a: InboxHolder, b: InboxHolder): boolean {
  return a.host === b.host && a.state === b.state
}

function owned(inbox: string, holder: InboxHolder | undefined): ObmenError {
  const who =
    holder === undefined
      ? 'somebody else'
      : `process ${holder.pid} on ${holder.host} with the state folder ${holder.state}`
  return new ObmenError('fatal', 'files.inbox_owned', `taking the inbox ${inbox}: its files are taken by ${who}`, {
    place: { file: inbox },
    remedy:
      'Stop that Obmen, or give each project an inbox of its own. Where several must read one folder, all of them need "take: copy".',
  })
}
