import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { access, constants, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'

import { ObmenError } from '../core/errors.ts'
import { codeOf, isAlive } from './disk.ts'

/** Who holds a state, as written in its lock. */
export interface Owner {
  readonly pid: number
  /** Tells two processes of one pid apart (boot and start time); absent where the system does not say. */
  readonly started?: string
  readonly host: string
  /** What it is, for people: `obmen start`. */
  readonly owner: string
  /** Tells two locks of one process apart. */
  readonly id: string
}

/** Takeovers in a row after which we stop: somebody else is faster every time. */
const TRIES = 20

/**
 * Makes this process the one owner of a state folder; resolves to the function that gives it back (idempotent).
 * The lock of a process that died is taken over. A lock of another machine is never: whether its owner lives cannot be seen.
 *
 * @throws ObmenError fatal `state.locked`, `state.not_writable`
 */
export async function lockFolder(folder: string, { owner }: { readonly owner: string }): Promise<() => Promise<void>> {
  await makeFolder(folder)
  const path = join(folder, 'obmen.lock')
  const me = thisProcess(owner)
  const text = `${JSON.stringify(me)}\n`
  for (let turn = 0; turn < TRIES; turn++) {
    if (await create(path, text, me.id)) return () => release(path, text)
    const found = await readIfThere(path)
    if (found === undefined) continue
    const holder = parse(found)
    if (holder !== undefined && lives(holder)) throw locked(folder, path, holder)
    await discard(path, found, me.id)
  }
  throw locked(folder, path, parse((await readIfThere(path)) ?? ''))
}

/** This process as the holder of a lock. `owner`: what it is, for people. */
export function thisProcess(owner: string): Owner {
  const started = startOf(process.pid)
  return { pid: process.pid, ...(started === undefined ? {} : { started }), host: hostname(), owner, id: randomUUID() }
}

/** True while a living process owns the state folder. */
export async function isLocked(folder: string): Promise<boolean> {
  const found = await readIfThere(join(folder, 'obmen.lock'))
  const holder = found === undefined ? undefined : parse(found)
  return holder !== undefined && lives(holder)
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
  } catch (error) {
    throw new ObmenError(
      'fatal',
      'state.not_writable',
      `opening the state folder ${folder}: it cannot be written (${codeOf(error)})`,
      {
        cause: error,
        remedy:
          'Give the account that runs Obmen the right to write there, or set another "state" in config/obmen.yaml.',
      },
    )
  }
}

/** Puts the lock in place, complete from its first moment; false when somebody holds one. */
async function create(path: string, text: string, id: string): Promise<boolean> {
  const draft = `${path}.${id}`
  await writeFile(draft, text, { flag: 'wx', flush: true })
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    // A file system without hard links (exFAT): the lock is created and filled in two steps.
    return await createPlainly(path, text)
  } finally {
    await rm(draft, { force: true })
  }
}

async function createPlainly(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', flush: true })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

/**
 * Takes the lock of a dead owner away. It is renamed before it is judged again, so that of two heirs one gets it; who
 * finds a living owner's lock in his hands puts it back.
 */
async function discard(path: string, dead: string, id: string): Promise<void> {
  const aside = `${path}.${id}.dead`
  try {
    await rename(path, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  if ((await readIfThere(aside)) !== dead) {
    try {
      await link(aside, path)
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
  }
  await rm(aside, { force: true })
}

async function release(path: string, text: string): Promise<void> {
  if ((await readIfThere(path)) === text) await rm(path, { force: true })
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Undefined when the text is no lock: only a file system without hard links can show a half-written one. */
function parse(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Partial<Owner> | null
    return typeof owner?.pid === 'number' && typeof owner.host === 'string' ? (owner as Owner) : undefined
  } catch {
    return undefined
  }
}

/** Whether the holder of a lock lives; of another machine that cannot be seen, and it counts as living. */
export function lives(holder: Owner): boolean {
  if (holder.host !== hostname()) return true
  if (!isAlive(holder.pid)) return false
  const started = startOf(holder.pid)
  if (started !== undefined && holder.started !== undefined) return started === holder.started
  // Where the start is unknown, our own pid can only be a leftover: in a container every run has the same one.
  return holder.pid !== process.pid
}

/** When a process began: boot id and clock ticks since boot (field 22 of /proc/<pid>/stat, proc(5)). Linux only. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    // The name of the program, field 2, stands in brackets and may hold anything.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return ticks === undefined ? undefined : `${boot}:${ticks}`
  } catch {
    return undefined
  }
}

function locked(folder: string, path: string, holder: Owner | undefined): ObmenError {
  const who =
    holder === undefined ? 'somebody else' : `"${holder.owner}" with process id ${holder.pid} on ${holder.host}`
  const remedy =
    holder === undefined || holder.host === hostname()
      ? 'Stop that process first (one Obmen works on a state folder), or set another "state" in config/obmen.yaml.'
      : `Stop it there; if that machine no longer runs Obmen, delete ${path}.`
  return new ObmenError('fatal', 'state.locked', `locking the state folder ${folder}: it belongs to ${who}`, {
    remedy,
    details: { path, ...(holder === undefined ? {} : { pid: holder.pid, host: holder.host }) },
  })
}
