import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config, ExchangeConfig } from '../config/model.ts'
import type { Aspect, LedgerEntry } from '../core/ledger.ts'
import type { Connector } from '../core/marketplace.ts'
import { whyStuck } from '../core/order.ts'
import type { Rejection } from '../pipeline/aspect.ts'
import { listQuarantine } from '../sources/files/quarantine.ts'
import { isApproved, readApprovals } from '../state/approvals.ts'
import { Catalogue } from '../state/catalogue.ts'
import { isLocked } from '../state/lock.ts'
import { OrderBook } from '../state/order-book.ts'
import { Sets, type FileSet } from '../state/sets.ts'
import type { Store } from '../state/store.ts'
import { isCancelledInFile } from '../stages/write-orders/order-file.ts'
import type { AccountRecord, ExchangeStatus, ExportRun, LedgerStatus, ServiceStatus, Status } from '../views/status.ts'
import { DECISIONS } from './decisions.ts'
import { connectorOf, ownershipOf } from './probe.ts'
import { readInboxes } from './read-sets.ts'
import { withStore } from './read-store.ts'
import { accountNamespace, factsKey, type AccountFacts } from './runtime.ts'
import { exceededSilence } from './watchdogs.ts'

/** Reads the state folder beside a running service, or without one. */
export async function readStatus(config: Config, now: number): Promise<Status> {
  const timezone = [...config.exchanges.values()][0]?.timezone ?? 'UTC'
  const service = await readService(config.folders.state)
  const stored = await withStore(config, async (store) => {
    const quarantined = await listQuarantine(config.folders.quarantine)
    const exchanges: ExchangeStatus[] = []
    for (const exchange of config.exchanges.values()) {
      const mine = quarantined.filter((each) => each.origin.exchange === exchange.name).length
      exchanges.push(await exchangeStatus(exchange, store, mine, now))
    }
    return { exchanges, ...(await accountStatus(config, store)) }
  })
  return {
    now,
    timezone,
    exchanges: [],
    accounts: [],
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
  return { now, timezone, exchanges: [], accounts: [], ledgers: [], service }
}

async function exchangeStatus(
  config: ExchangeConfig,
  store: Store,
  quarantined: number,
  now: number,
): Promise<ExchangeStatus> {
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
    ...runsOf(await new Sets(store, config.name).all()),
    ...silenceOf(config, lastAppliedAt, now),
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

/** The last run and how often one comes, by the inbox that saw a file last: several nodes have clocks of their own. */
function runsOf(sets: readonly FileSet[]): Pick<ExchangeStatus, 'lastRun' | 'runsEvery'> {
  const last = sets.reduce<FileSet | undefined>(
    (latest, set) => (latest === undefined || set.lastFileAt > latest.lastFileAt ? set : latest),
    undefined,
  )
  if (last === undefined) return {}
  const stamps = sets.filter(({ inbox, folder }) => inbox === last.inbox && folder === last.folder).map(({ to }) => to)
  const gaps = stamps.slice(1).map((stamp, i) => stamp - (stamps[i] as number))
  const every = gaps.toSorted((x, y) => x - y)[Math.floor(gaps.length / 2)]
  const is = last.closedAt === undefined ? 'open' : kindOf(last)
  const lastRun = { stamp: last.to, lastFileAt: last.lastFileAt, is } as const
  return { lastRun, ...(every === undefined ? {} : { runsEvery: every }) }
}

/** Of several catalogues in one run the least complete one counts. */
function kindOf({ verdicts = [] }: FileSet): ExportRun['is'] {
  const kinds = new Set(verdicts.map(({ is }) => is))
  return (['incomplete', 'unknown', 'delta', 'full'] as const).find((is) => kinds.has(is)) ?? 'unknown'
}

function silenceOf(
  { silence, timezone }: ExchangeConfig,
  since: number | undefined,
  now: number,
): Pick<ExchangeStatus, 'silent'> {
  if (silence === undefined || since === undefined) return {}
  const allowed = exceededSilence(silence, since, now, timezone)
  return allowed === undefined ? {} : { silent: { since, allowed } }
}

async function accountStatus(config: Config, store: Store): Promise<Pick<Status, 'accounts' | 'ledgers'>> {
  const approvals = await readApprovals(join(config.folders.state, DECISIONS.approvals))
  const facts = store.namespace<AccountFacts>('accounts')
  const accounts: AccountRecord[] = []
  const ledgers: LedgerStatus[] = []
  for (const account of config.accounts.values()) {
    const connector = connectorOf(account)
    await connector.close()
    const keyExpiresAt = (await facts.get(factsKey(connector)))?.keyExpiresAt
    accounts.push({
      name: account.name,
      exchange: account.exchange,
      approved: isApproved(approvals, ownershipOf(connector)),
      ...(keyExpiresAt === undefined ? {} : { keyExpiresAt }),
    })
    for (const aspect of ['prices', 'stocks'] as const) {
      ledgers.push({ account: account.name, aspect, ...(await ledgerStatus(connector, aspect, store)) })
    }
  }
  return { accounts, ledgers }
}

async function ledgerStatus(
  connector: Connector,
  aspect: Aspect,
  store: Store,
): Promise<Omit<LedgerStatus, 'account' | 'aspect'>> {
  let accepted = 0
  let newestAccepted: number | undefined
  const attempts: Record<string, number> = {}
  const codes: Record<string, Record<string, number>> = {}
  for await (const [, entry] of store.namespace<LedgerEntry>(accountNamespace('ledger', connector, aspect)).entries()) {
    if (entry.accepted !== undefined) {
      accepted++
      newestAccepted = Math.max(newestAccepted ?? 0, entry.accepted.since)
    }
    if (entry.attempt === undefined) continue
    const { state, reason } = entry.attempt
    attempts[state] = (attempts[state] ?? 0) + 1
    if (reason === undefined) continue
    const ofState = (codes[state] ??= {})
    ofState[reason.code] = (ofState[reason.code] ?? 0) + 1
  }
  const rejected: Record<string, number> = {}
  const rejections = store.namespace<Rejection>(accountNamespace('rejections', connector, aspect))
  for await (const [, { reason }] of rejections.entries()) rejected[reason.code] = (rejected[reason.code] ?? 0) + 1
  return { accepted, ...(newestAccepted === undefined ? {} : { newestAccepted }), attempts, codes, rejected }
}
