import { ObmenError } from '../../core/errors.ts'
import { textOf, type Connection } from './connection.ts'

/**
 * Refuses a Redis that would forget what it was told: one without AOF loses everything since its last snapshot, one
 * that evicts throws values away when it is full, and a replica takes no writes.
 * `INFO` is asked rather than `CONFIG`: hosted servers forbid that.
 *
 * @throws ObmenError config `state.redis_unsafe`, naming everything that must be set; those of the connection
 */
export async function checkServer(connection: Connection): Promise<void> {
  const [answer] = await connection.ask([['INFO']])
  const info = new Map(
    textOf(answer)
      .split('\r\n')
      .map((line) => line.split(':', 2) as [string, string]),
  )
  const wanted: string[] = []
  if (info.get('role') === 'slave') wanted.push('name the master, not a replica, in redis.url of config/obmen.yaml')
  if (info.get('aof_enabled') !== '1') wanted.push('set "appendonly yes" (redis-cli CONFIG SET appendonly yes)')
  if (info.get('maxmemory_policy') !== 'noeviction') {
    wanted.push('set "maxmemory-policy noeviction" (redis-cli CONFIG SET maxmemory-policy noeviction)')
  }
  if (wanted.length === 0) return
  const message = `opening the state on Redis at ${connection.shown}: it may forget what it was told`
  throw new ObmenError('config', 'state.redis_unsafe', message, {
    remedy: `In redis.conf: ${wanted.join('; ')}. CONFIG REWRITE keeps what CONFIG SET changed.`,
  })
}
