import type { AccountOutline } from './accounts-file.ts'
import { didYouMeanHint } from './issues.ts'
import type { MarketplaceSchema } from './marketplace-schema.ts'
import type { PipelineSource, PipelineTarget } from './model.ts'
import { addError, type Reader } from './read.ts'

/** What a pipeline's ends may name. A set is undefined while its file could not be read. */
export interface KnownNames {
  readonly exchanges: readonly string[] | undefined
  /** Exchanges that have an order file; undefined while the exchange has findings. */
  readonly orderFiles: ReadonlyMap<string, boolean>
  readonly accounts: ReadonlyMap<string, AccountOutline> | undefined
  readonly marketplaces: ReadonlyMap<string, MarketplaceSchema>
}

/** Adds what does not fit between the ends of a pipeline and the exchanges and accounts they name. */
export function checkLinks(
  reader: Reader,
  source: PipelineSource | undefined,
  target: PipelineTarget | undefined,
  known: KnownNames,
): void {
  const from = source === undefined ? undefined : nameOf(source)
  const fromIsExchange = source?.kind === 'exchange' || source?.kind === 'catalogue'
  const begins =
    source !== undefined && fromIsExchange ? exchangeNamed(reader, ['from', source.kind], from, known) : undefined
  const reads =
    source === undefined || fromIsExchange ? undefined : accountNamed(reader, ['from', source.kind], from, known)
  const fills = exchangeNamed(reader, ['to', 'catalogue'], target?.catalogue, known)
  const serves = exchangeNamed(reader, ['to', 'exchange'], target?.exchange, known)
  const writes = accountNamed(reader, ['to', 'account'], target?.account, known)

  const must = (path: string[], name: string | undefined, wanted: string | undefined, rule: string): void => {
    if (name === undefined || wanted === undefined || name === wanted) return
    const message = `${rule}: ${JSON.stringify(wanted)} is expected instead of ${JSON.stringify(name)}`
    addError(reader, reader.yaml.placeOf(path), 'pipeline.mismatch', message)
  }
  must(['to', 'catalogue'], fills, begins, 'an exchange fills the catalogue of its own name')
  must(['from', 'catalogue'], begins, writes?.exchange, 'an account sells the goods of its exchange')
  must(['to', 'exchange'], serves, reads?.exchange, 'orders go to the exchange of their account')
  if (source?.kind === 'listing') {
    must(['to', 'account'], target?.account, source.account, 'a listing is compared with its own account')
  }
  if (source?.kind === 'postings') checkOrders(reader, serves, reads, known)
  if (target !== undefined && writes !== undefined) checkAspect(reader, target, writes, known.marketplaces)
}

function nameOf(source: PipelineSource): string {
  if (source.kind === 'exchange') return source.exchange
  return source.kind === 'catalogue' ? source.catalogue : source.account
}

/** The name when there is such an exchange; adds that there is none. */
function exchangeNamed(
  reader: Reader,
  path: string[],
  name: string | undefined,
  known: KnownNames,
): string | undefined {
  if (name === undefined || known.exchanges === undefined) return undefined
  if (known.exchanges.includes(name)) return name
  const message = `no exchange ${JSON.stringify(name)}${didYouMeanHint(name, known.exchanges)}`
  addError(reader, reader.yaml.placeOf(path), 'pipeline.unknown_exchange', message)
  return undefined
}

/** What is known of the account; adds that there is none. */
function accountNamed(
  reader: Reader,
  path: string[],
  name: string | undefined,
  known: KnownNames,
): AccountOutline | undefined {
  if (name === undefined || known.accounts === undefined) return undefined
  const outline = known.accounts.get(name)
  if (outline === undefined) {
    const message = `no account ${JSON.stringify(name)}${didYouMeanHint(name, [...known.accounts.keys()])}`
    addError(reader, reader.yaml.placeOf(path), 'pipeline.unknown_account', message)
  }
  return outline
}

function checkOrders(
  reader: Reader,
  exchange: string | undefined,
  account: AccountOutline | undefined,
  known: KnownNames,
): void {
  if (exchange !== undefined && known.orderFiles.get(exchange) === false) {
    const message = `the exchange ${JSON.stringify(exchange)} has no order file; add orders: { file: …, node: … } to it`
    addError(reader, reader.yaml.placeOf(['to', 'exchange']), 'pipeline.no_order_file', message)
  }
  if (account?.hasCounterparty === false) {
    const message =
      'the account has no counterparty, and 1C takes no order without a buyer; add counterparty to the account'
    addError(reader, reader.yaml.placeOf(['from', 'postings']), 'pipeline.no_counterparty', message)
  }
}

/** What can be done with goods that are no longer sold, besides ignoring them. */
const RETIRE = { cards: 'archive', prices: undefined, stocks: 'zero' } as const

function checkAspect(
  reader: Reader,
  { aspect, absent }: PipelineTarget,
  account: AccountOutline,
  marketplaces: ReadonlyMap<string, MarketplaceSchema>,
): void {
  if (aspect === undefined) return
  const add = (key: string, code: string, message: string): void =>
    addError(reader, reader.yaml.placeOf(['to', key]), code, message)
  const aspects = account.marketplace === undefined ? undefined : marketplaces.get(account.marketplace)?.aspects
  if (aspects !== undefined && !aspects.includes(aspect)) {
    const message = `${account.marketplace} takes no ${aspect} in this version; known here: ${aspects.join(', ')}`
    add('aspect', 'pipeline.aspect_not_supported', message)
  }
  if (absent !== 'ignore' && absent !== RETIRE[aspect]) {
    const allowed = ['ignore', RETIRE[aspect]].filter((each) => each !== undefined).join(' or ')
    add('absent', 'pipeline.absent', `"${absent}" has no meaning for ${aspect}; write ${allowed}`)
  }
  if (aspect === 'stocks' && !account.hasWarehouses) {
    const message = 'the account has no warehouses to state stock for; add warehouses to the account'
    add('aspect', 'pipeline.no_warehouses', message)
  }
}
