import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config, ExchangeConfig } from '../config/model.ts'
import type { LedgerEntry } from '../core/ledger.ts'
import { whyStuck } from '../core/order.ts'
import { listQuarantine } from '../sources/files/quarantine.ts'
import { Catalogue } from '../state/catalogue.ts'
import { isLocked } from '../state/lock.ts'
import { OrderBook } from '../state/order-book.ts'
import type { Store } from '../state/store.ts'
import { isCancelledInFile } from '../stages/write-orders/order-file.ts'
import type { ExchangeStatus, LedgerStatus, ServiceStatus, Status } from '../views/status.ts'
import { accountNamespace } from './runtime.ts'
import { connectorOf } from './probe.ts'
import { readInboxes } from './read-sets.ts'
import { withStore } from './read-store.ts'

/** Reads the state folder beside a running service, or without one. */
export async function readStatus(config: Config, now: number): Promise<Status> {
  const timezone = [...config.exchanges.values()][0]?.timezone ?? 'UTC'
  const service = await readService(config.folders.state)
  const stored = await withStore(config, async (store) => {
    const quarantined = await listQuarantine(config.folders.quarantine)
    const exchanges: ExchangeStatus[] = []
    for (const exchange of config.exchanges.values()) {
      const mine = quarantined.filter((each) => each.origin.exchange === exchange.name).length
      exchanges.push(await exchangeStatus(exchange, store, mine))
    }
    return { exchanges, ledgers: await ledgerStatus(config, store) }
  })
  return {
    now,
    timezone,
    exchanges: [],
    ledgers: [],
    ...stored,
    ...(service === undefined ? {} : { service }),
  }
}

/** What the last service on this state folder said of itself; undefined when none ever ran. */
export async function readService(stateFolder: string): Promise<(ServiceStatus & { running: boolean }) | undefined> {
  const file = join(stateFolder, 'status.json')
  if (!existsSync(file)) return undefined
  const status = JSON.parse(await readFile(file, 'utf8')) as ServiceStatus
  return { ...status, running: await isLocked(stateFolder) }
}

/**
 * What a service that runs says of itself while the configuration in the folder is not sound: it works by an earlier one.
 * Undefined when none runs.
 */
export async function readStatusOfService(stateFolder: string, now: number): Promise<Status | undefined> {
  const service = await readService(stateFolder)
  if (service?.running !== true) return undefined
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone
  return { now, timezone, exchanges: [], ledgers: [], service }
}

async function exchangeStatus(config: ExchangeConfig, store: Store, quarantined: number): Promise<ExchangeStatus> {
  const catalogue = new Catalogue(store, config.name)
  const book = new OrderBook(store, config.name)
  await book.load()
  const orders = book.all()
  const open = orders.filter((order) => order.posting.phase === 'open')
  const { newestStamp, newestFile, lastAppliedAt, fullStamp } = await catalogue.facts()
  return {
    name: config.name,
    products: await catalogue.count(),
    ...(newestStamp === undefined ? {} : { newestStamp }),
    ...(newestFile === undefined ? {} : { newestFile }),
    ...(lastAppliedAt === undefined ? {} : { lastAppliedAt }),
    ...(fullStamp === undefined ? {} : { fullStamp }),
    orders: {
      open: open.length,
      waiting: open.filter((order) => order.presentedAt === undefined).length,
      stuck: open.filter((order) => whyStuck(order) !== undefined).length,
      cancelled: orders.filter(isCancelledInFile).length,
    },
    quarantined,
    inboxes: await readInboxes(config, store),
  }
}

async function ledgerStatus(config: Config, store: Store): Promise<LedgerStatus[]> {
  const result: LedgerStatus[] = []
  for (const account of config.accounts.values()) {
    const connector = connectorOf(account)
    for (const aspect of ['prices', 'stocks'] as const) {
      const entries = store.namespace<LedgerEntry>(accountNamespace('ledger', connector, aspect)).entries()
      let accepted = 0
      const attempts: Record<string, number> = {}
      for await (const [, entry] of entries) {
        if (entry.accepted !== undefined) accepted++
        if (entry.attempt !== undefined) attempts[entry.attempt.state] = (attempts[entry.attempt.state] ?? 0) + 1
      }
      result.push({ account: account.name, aspect, accepted, attempts })
    }
    await connector.close()
  }
  return result
}
