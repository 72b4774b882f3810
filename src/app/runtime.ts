import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AccountConfig, Config, ExchangeConfig, PipelineConfig } from '../config/model.ts'
import type { Clock } from '../core/clock.ts'
import { ObmenError } from '../core/errors.ts'
import type { CompiledExpression, ResultType } from '../core/expression.ts'
import { fingerprintText } from '../core/fingerprint.ts'
import type { Files } from '../core/files.ts'
import type { Aspect } from '../core/ledger.ts'
import type { Log } from '../core/log.ts'
import type { Connector, MarketplaceWarehouse, Writer } from '../core/marketplace.ts'
import { wallClock } from '../core/wall-clock.ts'
import type { ExpressionSource } from '../config/model.ts'
import { compileExpression } from '../expression/index.ts'
import { numbersIn } from '../formats/commerceml/orders.ts'
import type { OzonSettings } from '../marketplaces/ozon/index.ts'
import { createNotifier, type MailNotifier } from '../notify/notifier.ts'
import { Account } from '../pipeline/account.ts'
import { AspectRuntime, type HeldDecision } from '../pipeline/aspect.ts'
import { ReadBack } from '../pipeline/read-back.ts'
import { ItemPipeline } from '../pipeline/item-pipeline.ts'
import type { Exchange, OrderNumbers, Services } from '../pipeline/services.ts'
import type { Stage } from '../pipeline/stage.ts'
import { catalogueItems } from '../sources/catalogue/index.ts'
import { isApproved, readApprovals, type OwnershipMark } from '../state/approvals.ts'
import { readDecisions } from '../state/decisions.ts'
import { openHistory, type History } from '../state/history.ts'
import { openIdentity } from '../state/identity.ts'
import { Ledger } from '../state/ledger.ts'
import { openNumbers, type Numbers } from '../state/numbers.ts'
import type { OrderBook } from '../state/order-book.ts'
import type { Namespace, Store } from '../state/store.ts'
import type { Tables } from '../tables/index.ts'
import { openExchangeState, type ExchangeState } from './exchange-state.ts'
import { madeFrom, type PartsClaim } from './lasting-parts.ts'
import { marketplaces, stages } from './registry.ts'

/** One exchange with what only `app` needs of it. */
export type ExchangeRuntime = Exchange & ExchangeState

/** Facts of an account that outlive the process. Times are clock milliseconds. */
export interface AccountFacts {
  /** Since when postings must be read again. */
  readonly postingsSince?: number
  /** When postings were read the first time. */
  readonly ordersFrom?: number
  readonly warehouses?: readonly MarketplaceWarehouse[]
  readonly keyExpiresAt?: number
}

/** Everything a configuration needs at run time, wired; nothing moves by itself yet. */
export interface Runtime {
  readonly config: Config
  readonly tables: Tables
  readonly store: Store
  readonly clock: Clock
  readonly files: Files
  readonly log: Log
  readonly notifier: MailNotifier
  readonly history: History
  readonly exchanges: ReadonlyMap<string, ExchangeRuntime>
  readonly accounts: ReadonlyMap<string, Account>
  readonly itemPipelines: readonly ItemPipeline[]
  readonly filePipelines: readonly { readonly config: PipelineConfig; readonly stages: readonly Stage[] }[]
  readonly orderPipelines: readonly { readonly config: PipelineConfig; readonly stages: readonly Stage[] }[]
  readonly accountFacts: Namespace<AccountFacts>
  readonly lasting: PartsClaim
  markOf(account: Account): OwnershipMark
  isApproved(account: Account): Promise<boolean>
  /** Reads what people decided on held values. */
  readDecisions(): Promise<void>
}

/** What a runtime is built from. */
export interface RuntimeParts {
  readonly config: Config
  readonly tables: Tables
  readonly store: Store
  readonly clock: Clock
  readonly files: Files
  readonly log: Log
  readonly random: () => number
  /** What this runtime takes over from the one before it, and hands on. */
  readonly lasting: PartsClaim
  /** Items of an exchange changed. */
  readonly onHint: (exchange: string, itemIds: readonly string[]) => void
}

/**
 * Wires a configuration. Opens journals and connectors (which open no socket before their first request). It may be done
 * beside a runtime that works: what both are made of is one and the same, nothing of it moves.
 * @throws ObmenError fatal `state.journal_broken`, `orders.numbers_lost`
 */
export async function buildRuntime(parts: RuntimeParts): Promise<Runtime> {
  const { config, store, clock, files, log, lasting } = parts
  const { state } = config.folders
  const notifier = await lasting.use(
    `notifier ${madeFrom(config.mail ?? null)}`,
    () => createNotifier({ mail: config.mail, outbox: join(state, 'outbox'), files, clock, log }),
    (each) => each.close(),
  )
  const history = await lasting.use('history', () => openHistory(join(state, 'history'), files))
  const numbersFile = join(state, 'numbers.csv')
  const formats = new Map([...config.exchanges].map(([name, exchange]) => [name, exchange.numbers]))
  const journal = await lasting.use('numbers', () => openNumbers(numbersFile, files, formats))
  const numbers = journal.withFormats(formats)

  const exchanges = new Map<string, ExchangeRuntime>()
  for (const exchange of config.exchanges.values()) {
    const orderNumbers: OrderNumbers = {
      numberOf: (account, posting) => numbers.numberOf(exchange.name, account, posting),
      allocate: (account, posting) => numbers.allocate(exchange.name, account, posting, clock.now()),
    }
    const { name } = exchange
    const kept = await lasting.use(`exchange ${name}`, () => openExchangeState(name, store, clock.now()))
    exchanges.set(name, { ...kept, config: exchange, numbers: orderNumbers })
  }
  const approvalsFile = join(state, 'approvals.csv')
  const everApproved = (await readApprovals(approvalsFile)).length > 0
  for (const { config: exchange, orders } of exchanges.values()) {
    const sign = await signOfLostNumbers(numbers, exchange, orders, everApproved)
    if (sign !== undefined) throw numbersLost(numbersFile, exchange, sign)
  }

  const accounts = new Map<string, Account>()
  const services: Services = {
    clock,
    files,
    log,
    notifier,
    history,
    expression: (leaf) => compiled(leaf.source, leaf.expects),
    exchange: (name) => known(exchanges, name, 'exchange'),
    account: (name) => known(accounts, name, 'account'),
    hint: parts.onHint,
  }
  const markOf = (account: Account): OwnershipMark => {
    const { connector } = account.parts
    return {
      account: account.name,
      marketplace: connector.marketplace,
      baseUrl: connector.baseUrl,
      ownId: connector.ownId,
    }
  }
  const approved = async (mark: OwnershipMark): Promise<boolean> => isApproved(await readApprovals(approvalsFile), mark)

  const accountFacts = store.namespace<AccountFacts>('accounts')
  for (const account of config.accounts.values()) {
    const opened = await openAccount(account, parts, exchanges, approved)
    const facts = await accountFacts.get(accountKey(opened))
    if (facts?.warehouses !== undefined) opened.setWarehouses(facts.warehouses)
    accounts.set(account.name, opened)
  }

  const build = (pipeline: PipelineConfig): Stage[] =>
    pipeline.stages.map((use) => known(stages, use.type, 'stage').create(use, pipeline, services))
  const withStages = (kind: PipelineConfig['from']['kind']) =>
    config.pipelines.filter((p) => p.from.kind === kind).map((p) => ({ config: p, stages: build(p) }))

  return {
    config,
    tables: parts.tables,
    store,
    clock,
    files,
    log,
    notifier,
    history,
    exchanges,
    accounts,
    accountFacts,
    lasting,
    filePipelines: withStages('exchange'),
    orderPipelines: withStages('postings'),
    itemPipelines: withStages('catalogue').map(({ config: pipeline, stages: built }) => {
      const account = known(accounts, pipeline.to.account ?? '', 'account')
      return new ItemPipeline(pipeline, {
        account,
        aspect: account.aspect(pipeline.to.aspect ?? 'prices'),
        exchange: known(exchanges, account.parts.config.exchange, 'exchange'),
        stages: built,
        source: catalogueItems,
        services,
      })
    }),
    markOf,
    isApproved: (account) => approved(markOf(account)),
    readDecisions: () => applyDecisions(join(state, 'decisions.csv'), accounts),
  }
}

/** The key of an account's facts: another cabinet behind the same name starts anew. */
export function accountKey(account: Account): string {
  return factsKey(account.parts.connector)
}

/** As {@link accountKey}, for who has no more than a connector. */
export function factsKey(connector: Connector): string {
  return `${connector.account}.${ownershipId(connector)}`
}

/** The journal of an account's identity inside the state folder. */
export function identityFile(stateFolder: string, connector: Connector): string {
  return join(stateFolder, `identity-${connector.account}.${ownershipId(connector)}.csv`)
}

/** A short name for (marketplace, base URL, the account's own id): ledger, identity and facts belong to it. */
function ownershipId(connector: Connector): string {
  return fingerprintText(`${connector.marketplace}\n${connector.baseUrl}\n${connector.ownId}`).slice(0, 8)
}

/** The namespace of something that belongs to an account and aspect, for example `ledger.ozon-main.prices.1f2e3d4c`. */
export function accountNamespace(
  kind: 'ledger' | 'read-back' | 'rejections',
  connector: Connector,
  aspect: Aspect,
): string {
  return `${kind}.${connector.account}.${aspect}.${ownershipId(connector)}`
}

/** What shows that numbers were given which the journal does not know; undefined when nothing does. */
async function signOfLostNumbers(
  numbers: Numbers,
  { name, orders: output }: ExchangeConfig,
  orders: OrderBook,
  everApproved: boolean,
): Promise<string | undefined> {
  if (!numbers.existed && everApproved) return 'the journal of order numbers is gone, but an account was approved'
  const lost = orders.all().find(({ number, posting }) => {
    return number !== undefined && numbers.numberOf(name, posting.account, posting.number) !== number
  })
  if (lost !== undefined) return `the journal of order numbers does not have ${lost.number}, an order of ${name}`
  if (output === undefined || !existsSync(output.file)) return undefined
  const shown = numbersIn(await readFile(output.file, 'utf8')).find((number) => numbers.isToCome(name, number))
  return shown === undefined ? undefined : `the journal of order numbers does not have ${shown} of ${output.file}`
}

/** Numbers that nobody remembers would be given again, and 1C would take new orders for ones it has in work. */
function numbersLost(file: string, { name, orders }: ExchangeConfig, sign: string): ObmenError {
  const remedy =
    `Restore numbers.csv from a backup of the state folder. Without one: set numbers.start of exchange ${name} in ` +
    `config/obmen.yaml above the highest number that 1C has, delete ${orders?.file ?? 'the order file'} and the folder ` +
    `store of the state folder, and make numbers.csv with the one line at,exchange,account,posting,number,counter`
  return new ObmenError('fatal', 'orders.numbers_lost', `opening ${file}: ${sign}`, { place: { file }, remedy })
}

async function openAccount(
  config: AccountConfig,
  { tables, store, clock, files, log, random, config: all, lasting }: RuntimeParts,
  exchanges: ReadonlyMap<string, ExchangeRuntime>,
  approved: (mark: OwnershipMark) => Promise<boolean>,
): Promise<Account> {
  const exchange = known(exchanges, config.exchange, 'exchange')
  const marketplace = known(marketplaces, config.marketplace, 'marketplace')
  const { name, baseUrl } = config
  const settings = config.settings as OzonSettings
  const { connector, aspects } = await lasting.use(
    `account ${name} ${madeFrom([config.marketplace, baseUrl, settings])}`,
    () => {
      const opened = marketplace.create({ name, baseUrl, settings }, { clock, random, log })
      return { connector: opened, aspects: aspectsOf(opened, store) }
    },
    (each) => each.connector.close(),
  )
  const mark = {
    account: config.name,
    marketplace: connector.marketplace,
    baseUrl: connector.baseUrl,
    ownId: connector.ownId,
  }
  const wall = wallClock(exchange.config.timezone)
  const identityPath = identityFile(all.folders.state, connector)
  return new Account({
    config,
    exchange: exchange.config,
    connector,
    catalogue: exchange.catalogue,
    aspects,
    identity: await lasting.use(`identity ${identityPath}`, () => openIdentity(identityPath, files)),
    select: config.select === undefined ? undefined : compiled(config.select, 'boolean'),
    identityExpressions: config.identity.map((source) => compiled(source, 'text')),
    tables: () => tables.at(wall(clock.now())),
    openLines: (itemId, stamp) => exchange.orders.openLines(itemId, exchange.config.stock, stamp),
    isApproved: () => approved(mark),
    now: () => clock.now(),
  })
}

/** What is known of an account by aspect: how fast it was written to is as much a part of it as the connector's limits. */
function aspectsOf(connector: Connector, store: Store): ReadonlyMap<Aspect, AspectRuntime> {
  const aspects = new Map<Aspect, AspectRuntime>()
  for (const [aspect, writer] of writersOf(connector)) {
    const ledger = new Ledger(store, accountNamespace('ledger', connector, aspect))
    const rejections = accountNamespace('rejections', connector, aspect)
    const namespace = accountNamespace('read-back', connector, aspect)
    const readBack = new ReadBack({ aspect, store, namespace, ledger, listing: connector.listing })
    aspects.set(aspect, new AspectRuntime(aspect, store, ledger, rejections, writer, readBack))
  }
  return aspects
}

/** The capabilities of a connector by the aspect they serve; values are erased here, each writer gets its own. */
function writersOf(connector: Connector): [Aspect, Writer<unknown>][] {
  const writers: [Aspect, Writer<unknown>][] = []
  if (connector.prices !== undefined) writers.push(['prices', connector.prices])
  if (connector.stocks !== undefined) writers.push(['stocks', connector.stocks])
  return writers
}

function compiled(source: ExpressionSource, expects: ResultType): CompiledExpression {
  const result = compileExpression(source.text, source.place, expects)
  if (result.ok) return result.expression
  throw new ObmenError(
    'config',
    'expression.invalid',
    `compiling "${source.text}": ${result.diagnostics[0]?.message ?? ''}`,
    {
      place: source.place,
    },
  )
}

function known<V>(map: ReadonlyMap<string, V>, name: string, what: string): V {
  const value = map.get(name)
  if (value !== undefined) return value
  throw new ObmenError('config', `config.unknown_${what}`, `wiring: there is no ${what} "${name}"`)
}

async function applyDecisions(file: string, accounts: ReadonlyMap<string, Account>): Promise<void> {
  const { decisions } = await readDecisions(file)
  const latest = new Map<AspectRuntime, Map<string, HeldDecision>>()
  for (const { account, aspect: name, key, ...decision } of decisions) {
    const aspect = accounts.get(account)?.parts.aspects.get(name)
    if (aspect !== undefined) latest.set(aspect, (latest.get(aspect) ?? new Map()).set(key, decision))
  }
  for (const [aspect, known] of latest) aspect.decisions = known
}
