import { createClient } from '@keyv/redis'

import { createClock } from '../../core/clock.ts'
import { ObmenError } from '../../core/errors.ts'
import type { Secret } from '../../core/secret.ts'

/** What Redis answers; texts come as bytes. */
export type Reply = Buffer | number | string | null | readonly Reply[]
/** A command with its arguments. */
export type Command = readonly (string | Buffer)[]

/** Reads under a watch, and a transaction that holds only while nothing of it changed. */
export interface Session {
  /** Watches keys from here to the end of the work, then sends commands; answers in their order. */
  watch(keys: readonly string[], commands: readonly Command[]): Promise<Reply[]>
  /** MULTI … EXEC: all or nothing. False when a watched key was changed meanwhile. */
  transact(commands: readonly Command[]): Promise<boolean>
}

/** A server that is asked when somebody needs it: a connection that broke is made anew by the next call. */
export interface Connection {
  /** Host, port and database, without the password. */
  readonly shown: string
  /**
   * Sends commands at once, without a transaction; answers in their order. What is sent first is carried out first.
   * @throws ObmenError transient `state.unreachable`, `state.full`; fatal `state.refused`, `state.corrupt`
   */
  ask(commands: readonly Command[]): Promise<Reply[]>
  /** Work with a transaction, one after the other. Throws as {@link ask}. */
  exclusive<T>(work: (session: Session) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Real milliseconds that a call may take, connecting included. */
const TIMEOUT = 10_000
/** The RESP type of texts and bytes (`$`), for the mapping to `Buffer`; `@keyv/redis` does not pass on its name. */
const BLOB = 36

/** An answer as text; empty when there is none. */
export function textOf(reply: Reply | undefined): string {
  return reply === undefined || Array.isArray(reply) ? '' : String(reply ?? '')
}

/** Opens no socket before the first call. */
export function connectRedis(url: Secret, timeout = TIMEOUT): Connection {
  // A server lives in real time, whatever time the service lives in.
  const clock = createClock()
  const shown = withoutPassword(url.reveal())
  let client: Client | undefined
  let ready: Promise<Client> | undefined
  let turn: Promise<unknown> = Promise.resolve()

  function connected(): Promise<Client> {
    if (client?.isReady === true && ready !== undefined) return ready
    if (client !== undefined) drop(client)
    const made = makeClient(url, timeout)
    client = made
    ready = made.connect().then(() => made)
    ready.catch(() => drop(made))
    return ready
  }

  function drop(broken: Client): void {
    if (client === broken) client = ready = undefined
    if (broken.isOpen) broken.destroy()
  }

  async function call<T>(work: (client: Client) => Promise<T>): Promise<T> {
    let using: Client | undefined
    const answered = new AbortController()
    const tooLate = clock.sleep(timeout, answered.signal).then(() => {
      // What was sent may still be carried out; nothing else goes through this connection.
      const broken = using ?? client
      if (broken !== undefined) drop(broken)
      throw new Error(`no answer in ${timeout / 1000} s`)
    })
    const done = (async () => {
      using = await connected()
      return work(using)
    })()
    try {
      return await Promise.race([done, tooLate])
    } catch (error) {
      throw explained(error, shown)
    } finally {
      for (const unheard of [done, tooLate]) unheard.catch(() => {})
      answered.abort()
    }
  }

  return {
    shown,
    ask: (commands) => call((using) => send(using, commands)),

    exclusive(work) {
      const result = turn.then(() =>
        call(async (using) => {
          const session = sessionOf(using)
          try {
            return await work(session)
          } finally {
            if (using.isReady) await session.end()
          }
        }),
      )
      turn = result.catch(() => {})
      return result
    },

    async close() {
      const closing = client
      client = ready = undefined
      if (closing?.isOpen === true) closing.destroy()
    },
  }
}

type Client = ReturnType<typeof makeClient>

function makeClient(url: Secret, timeout: number) {
  const client = createClient({
    url: url.reveal(),
    disableOfflineQueue: true,
    // Whoever needs the server next connects anew: nothing waits in a queue that nobody sees.
    socket: { connectTimeout: timeout, reconnectStrategy: false },
    commandOptions: { typeMapping: { [BLOB]: Buffer } },
  })
  // Every call learns of its failure by itself.
  client.on('error', () => {})
  return client
}

function send(client: Client, commands: readonly Command[]): Promise<Reply[]> {
  return Promise.all(commands.map((command) => client.sendCommand<Reply>([...command])))
}

function sessionOf(client: Client): Session & { end(): Promise<void> } {
  let isWatching = false
  return {
    async watch(keys, commands) {
      isWatching = true
      const [, answers] = await Promise.all([client.watch([...keys]), send(client, commands)])
      return answers
    },
    async transact(commands) {
      isWatching = false
      const multi = client.multi()
      for (const command of commands) multi.addCommand([...command])
      try {
        await multi.exec()
        return true
      } catch (error) {
        if (error instanceof Error && error.constructor.name === 'WatchError') return false
        throw error
      }
    },
    /** Without a transaction the watch would reach into the next work. */
    async end() {
      if (isWatching) await client.unwatch()
    },
  }
}

/** A failure in our words, by the first word of the server's answer. It holds neither the URL nor values. */
function explained(error: unknown, shown: string): unknown {
  if (error instanceof ObmenError) return error
  const message = error instanceof Error ? error.message || error.constructor.name : String(error)
  const about = (kind: 'transient' | 'fatal', code: string, fault: string, remedy: string): ObmenError =>
    new ObmenError(kind, code, `asking Redis at ${shown}: ${fault}`, { cause: error, remedy })
  const isCrowded = message.includes('max number of clients')
  switch (isCrowded ? undefined : /^[A-Z]+/.exec(message)?.[0]) {
    case 'OOM':
    case 'MISCONF':
      return about('transient', 'state.full', message, 'Give Redis more memory (maxmemory) or room on its disk.')
    case 'WRONGPASS':
    case 'NOAUTH':
    case 'NOPERM':
    case 'ERR':
    case 'READONLY':
    case 'MOVED':
      return about(
        'fatal',
        'state.refused',
        message,
        'Look at redis.url in config/obmen.yaml: user, password, database; a plain Redis that may be written is needed.',
      )
    case 'WRONGTYPE':
      return about(
        'fatal',
        'state.corrupt',
        `a key of ours holds something else (${message})`,
        'Somebody else writes under our prefix: give each its own redis.prefix in config/obmen.yaml.',
      )
    default:
      return about('transient', 'state.unreachable', message, 'Look whether Redis runs and is reachable.')
  }
}

function withoutPassword(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`
}
