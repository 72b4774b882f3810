import { join } from 'node:path'
import { didYouMeanHint } from '../config/issues.ts'
import type { AccountConfig, Config } from '../config/model.ts'
import { createClock } from '../core/clock.ts'
import { exitCodeOf, ObmenError } from '../core/errors.ts'
import { silentLog } from '../core/log.ts'
import type { Connector } from '../core/marketplace.ts'
import type { OzonSettings } from '../marketplaces/ozon/index.ts'
import { isApproved, readApprovals, type OwnershipMark } from '../state/approvals.ts'
import { probeRedis } from '../state/redis/open.ts'
import { marketplaces } from './registry.ts'

/** One line about an account for a terminal. */
export interface ProbeLine {
  /** 0 when nothing is wrong; else what the process should end with. */
  readonly exitCode: number
  readonly text: string
}

/** A connector for a question from the command line; it opens no socket before its first request. */
export function connectorOf(account: Pick<AccountConfig, 'name' | 'marketplace' | 'baseUrl' | 'settings'>): Connector {
  const marketplace = marketplaces.get(account.marketplace)
  if (marketplace === undefined) {
    throw new ObmenError(
      'config',
      'config.unknown_marketplace',
      `opening ${account.name}: there is no marketplace "${account.marketplace}"`,
    )
  }
  const settings = account.settings as OzonSettings
  // One question from one terminal needs no jitter.
  const deps = { clock: createClock(), random: () => 0.5, log: silentLog }
  return marketplace.create({ name: account.name, baseUrl: account.baseUrl, settings }, deps)
}

/** What an approval of this account is for. */
export function ownershipOf(connector: Connector): OwnershipMark {
  const { account, marketplace, baseUrl, ownId } = connector
  return { account, marketplace, baseUrl, ownId }
}

/** Asks the Redis that keeps the store, where there is one, whether it keeps what it is told. */
export async function* probeStore({ redis }: Config): AsyncGenerator<ProbeLine> {
  if (redis === undefined) return
  try {
    const where = await probeRedis(redis.url)
    yield { exitCode: 0, text: `state on Redis: ${where}, keys begin with "${redis.prefix}"` }
  } catch (error) {
    yield { exitCode: exitCodeOf(error), text: `error state on Redis: ${textOf(error)}` }
  }
}

/** Asks every account whether its key works, what it may not do, and which warehouses it has. */
export async function* probeAccounts(config: Config): AsyncGenerator<ProbeLine> {
  const approvals = await readApprovals(join(config.folders.state, 'approvals.csv'))
  for (const account of config.accounts.values()) {
    const connector = connectorOf(account)
    const mode = isApproved(approvals, ownershipOf(connector)) ? 'approved' : 'observing'
    try {
      const { warehouses, missingMethods, keyExpiresAt } = await connector.check(new AbortController().signal)
      const names = warehouses.map((warehouse) => `"${warehouse.name}"`).join(', ')
      const key = keyExpiresAt === undefined ? '' : `; key dies ${new Date(keyExpiresAt).toISOString().slice(0, 10)}`
      yield { exitCode: 0, text: `account ${account.name}: ${mode}; warehouses ${names === '' ? 'none' : names}${key}` }
      for (const name of account.warehouses.keys()) {
        const hits = warehouses.filter((warehouse) => warehouse.id === name || warehouse.name === name)
        if (hits.length !== 1) {
          const fault =
            hits.length > 0
              ? 'is the name of several warehouses: write the id'
              : `does not exist${didYouMeanHint(
                  name,
                  warehouses.map((warehouse) => warehouse.name),
                )}`
          yield { exitCode: 2, text: `error account ${account.name}: warehouse "${name}" ${fault}` }
        }
      }
      if (missingMethods.length > 0) {
        yield {
          exitCode: 2,
          text: `error account ${account.name}: the key may not call ${missingMethods.join(', ')}; give it the roles for products, prices, stocks and orders in the cabinet`,
        }
      }
    } catch (error) {
      yield { exitCode: exitCodeOf(error), text: `error account ${account.name}: ${mode}; ${textOf(error)}` }
    } finally {
      await connector.close()
    }
  }
}

/** A failure and what to do about it. @throws what is none of ours */
function textOf(error: unknown): string {
  if (!(error instanceof ObmenError)) throw error
  const remedy = error.remedy === undefined ? '' : `\n  ${error.remedy}`
  return `${error.code}: ${error.message}${remedy}`
}
