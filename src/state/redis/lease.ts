import { ObmenError } from '../../core/errors.ts'
import { lives, thisProcess, type Owner } from '../lock.ts'
import { textOf, type Connection } from './connection.ts'

/** Real milliseconds after which a lease that nobody renews ends: long enough for a service that renews every 10 s. */
const LEASE = 60_000

/** Who holds a store on Redis, as written in its lock. */
interface Holder extends Owner {
  /** The state folder he works with. */
  readonly folder: string
}

/** The one right to write to a store. The token stands in the store itself and is checked by every commit. */
export interface Lease {
  readonly token: string
  /** @throws ObmenError fatal `state.taken`; those of the connection */
  renew(): Promise<void>
  /** Gives it back, if it is still ours. Never throws: without Redis it ends by itself. */
  release(): Promise<void>
}

/** Where a lease lies. */
export interface LeaseKeys {
  readonly lock: string
  /** The hash whose field `owner` is the fencing token. */
  readonly meta: string
}

/**
 * Makes this process the one owner. To be called by who holds the lock of the state folder: another holder with that
 * folder is dead. A dead process of this machine is succeeded at once, one of another machine (it has a copy of our state
 * folder) when its lease ends.
 *
 * @throws ObmenError fatal `state.locked`; those of the connection
 */
export async function takeLease(connection: Connection, keys: LeaseKeys, folder: string): Promise<Lease> {
  const me: Holder = { ...thisProcess('obmen'), folder }
  const text = JSON.stringify(me)
  const put = ['SET', keys.lock, text, 'PX', String(LEASE)]
  const isTaken = await connection.exclusive(async (session) => {
    const [found] = await session.watch([keys.lock, keys.meta], [['GET', keys.lock]])
    const holder = parse(textOf(found))
    const isDead = holder?.host === me.host && holder.folder === folder
    if (holder !== undefined && !isDead && lives(holder)) throw locked(connection, holder)
    return session.transact([put, ['HSET', keys.meta, 'owner', me.id]])
  })
  // Two came at once: the other one has it.
  if (!isTaken) throw locked(connection, undefined)

  return {
    token: me.id,

    renew: () =>
      connection.exclusive(async (session) => {
        const [owner] = await session.watch([keys.meta], [['HGET', keys.meta, 'owner']])
        if (textOf(owner) !== me.id) throw taken(connection)
        await session.transact([put])
      }),

    async release() {
      await connection
        .exclusive(async (session) => {
          const [found] = await session.watch([keys.lock], [['GET', keys.lock]])
          if (textOf(found) === text) await session.transact([['DEL', keys.lock]])
        })
        .catch(() => {})
    },
  }
}

/** Another Obmen has become the owner of the store: what this one wants to write is not wanted any more. */
export function taken(connection: Connection): ObmenError {
  return new ObmenError('fatal', 'state.taken', `writing to Redis at ${connection.shown}: another Obmen took it over`, {
    remedy: 'Stop one of the two: one Obmen works on a store; each shop has its own redis.prefix.',
  })
}

function parse(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null
    return typeof holder?.pid === 'number' && typeof holder.host === 'string' ? (holder as Holder) : undefined
  } catch {
    return undefined
  }
}

function locked(connection: Connection, holder: Holder | undefined): ObmenError {
  const who =
    holder === undefined ? 'somebody else' : `"${holder.owner}" with process id ${holder.pid} on ${holder.host}`
  return new ObmenError(
    'fatal',
    'state.locked',
    `locking the state on Redis at ${connection.shown}: it belongs to ${who}`,
    {
      remedy: `Stop that process first, or give each shop its own redis.prefix in config/obmen.yaml. If it no longer runs, try again in ${LEASE / 1000} s.`,
    },
  )
}
