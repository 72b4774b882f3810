import { hostname } from 'node:os'

import { ObmenError } from '../../core/errors.ts'
import type { Files } from '../../core/files.ts'
import type { Secret } from '../../core/secret.ts'
import type { Engine } from '../engine.ts'
import { connectRedis, textOf, type Connection } from './connection.ts'
import { RedisEngine, type Owned } from './engine.ts'
import { Layout, MARK } from './layout.ts'
import { takeLease } from './lease.ts'
import { parseMeta, settle, type StoreMeta } from './meta.ts'
import { checkServer } from './server.ts'
import { newWitness, readWitness, writeWitness } from './witness.ts'

/** Where a store on Redis lies. */
export interface RedisOptions {
  readonly url: Secret
  /** First part of every key, so that several shops share a server. */
  readonly prefix: string
  /** The state folder beside it, whose lock the writer holds. */
  readonly folder: string
  readonly readOnly: boolean
  readonly files: Files
  /** Real milliseconds a call may take. */
  readonly timeout?: number | undefined
}

/**
 * Opens a store on Redis, as its owner or as a reader beside him.
 *
 * @throws ObmenError config `state.redis_unsafe`; fatal `state.locked`, `state.foreign`, `state.missing`,
 * `state.wrong_version`, `state.corrupt`, `state.refused`; transient `state.unreachable`, `state.full`
 */
export async function openRedisEngine(options: RedisOptions): Promise<Engine> {
  const connection = connectRedis(options.url, options.timeout)
  try {
    return options.readOnly ? await openReader(connection, options) : await openWriter(connection, options)
  } catch (error) {
    await connection.close()
    throw error
  }
}

/**
 * Asks whether a server can be reached and keeps what it is told; changes nothing. Resolves to where it is, for people.
 * @throws ObmenError config `state.redis_unsafe`; fatal `state.refused`; transient `state.unreachable`
 */
export async function probeRedis(url: Secret, timeout?: number): Promise<string> {
  const connection = connectRedis(url, timeout)
  try {
    await checkServer(connection)
    return connection.shown
  } finally {
    await connection.close()
  }
}

async function openReader(connection: Connection, { prefix, folder }: RedisOptions): Promise<Engine> {
  const layout = new Layout(prefix)
  const [answer] = await connection.ask([['HGETALL', layout.meta]])
  const meta = parseMeta(answer)
  const witness = await readWitness(folder)
  if (meta === undefined || witness === undefined || meta.folder !== witness.folder) {
    const message = `opening the state on Redis at ${connection.shown}: there is none of this project under "${prefix}"`
    throw new ObmenError('fatal', 'state.missing', message, {
      remedy: 'Run "obmen start" or "obmen run" first, or look at redis in config/obmen.yaml.',
    })
  }
  return new RedisEngine({ connection, layout, meta, commits: 0 })
}

async function openWriter(connection: Connection, { prefix, folder, files }: RedisOptions): Promise<Engine> {
  const layout = new Layout(prefix)
  const key = layout.meta
  await checkServer(connection)
  let witness = await readWitness(folder)
  if (witness === undefined) {
    witness = newWitness()
    await writeWitness(folder, witness, files)
  }
  const look = async (): Promise<StoreMeta | undefined> => parseMeta((await connection.ask([['HGETALL', key]]))[0])
  const where = { key, place: `${hostname()}:${folder}`, connection }
  // Before anything is touched: it may be somebody else's.
  settle(await look(), witness, where)
  const lease = await takeLease(connection, { lock: `${prefix}:lock`, meta: key }, folder)
  try {
    const found = await look()
    // What was taken out of the store while nobody looked makes all of it doubtful.
    const doubted = found !== undefined && !(await isWhole(found, connection, layout))
    const { command, meta, witness: mine } = settle(found, doubted ? { ...witness, generation: '' } : witness, where)
    if (command !== undefined) {
      await connection.exclusive((session) => session.transact([command]))
      await writeWitness(folder, mine, files)
    }
    const owned: Owned = { lease, witness: mine, keep: (next) => writeWitness(folder, next, files) }
    const [commits] = await connection.ask([['HGET', key, 'commits']])
    return new RedisEngine({ connection, layout, meta, commits: Number(textOf(commits)), owned })
  } catch (error) {
    await lease.release()
    throw error
  }
}

/** True when every namespace that should be there bears the mark of the store. */
async function isWhole(
  { namespaces, generation }: StoreMeta,
  connection: Connection,
  layout: Layout,
): Promise<boolean> {
  const wanted = [...namespaces].filter(([, { isLost }]) => !isLost)
  const marks = await connection.ask(wanted.map(([name, { kind }]) => ['HGET', layout.hash(name, kind), MARK]))
  return marks.every((mark) => textOf(mark) === generation)
}
