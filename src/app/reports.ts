import { join } from 'node:path'
import { splitOfferId } from '../core/catalogue.ts'
import { Big, toFixed } from '../core/decimal.ts'
import type { Reason } from '../core/item.ts'
import type { PriceValue, StockValue } from '../core/marketplace.ts'
import { whyStuck, type Order } from '../core/order.ts'
import type { Account } from '../pipeline/account.ts'
import type { AspectRuntime } from '../pipeline/aspect.ts'
import { rulesOf } from '../pipeline/rules.ts'
import type { WriteRecord } from '../pipeline/write-record.ts'
import { isCancelledInFile } from '../stages/write-orders/order-file.ts'
import type { HistoryCursor, HistoryEntry } from '../state/history.ts'
import type { Namespace } from '../state/store.ts'
import type { ReportChange, ReportItem, ReportOrder, ReportRejection } from '../views/report-data.ts'
import { buildReport } from '../views/report.ts'
import { itemOf, placeOf, warehouseName } from './item-facts.ts'
import type { Runtime } from './runtime.ts'

/** What the last report of an account covered. */
interface Reported {
  /** Clock milliseconds; the next one comes at least `mail.reportEvery` later. */
  readonly at: number
  readonly cursor?: HistoryCursor
  /** Rejections that were open then. */
  readonly open: Readonly<Record<string, OpenRejection>>
}

interface OpenRejection extends ReportItem {
  readonly aspect: 'prices' | 'stocks'
  readonly warehouse?: string
  readonly reason: Reason
  readonly since: number
  readonly place?: string
}

/** Without mail a report is still made, so often. */
const DEFAULT_EVERY = 3_600_000
/** A plan that never empties does not keep the report back longer than this. */
const LONGEST_WAIT = 600_000

/**
 * The report of an account: what was pushed and what is rejected, to its subscribers, at most once in
 * `mail.reportEvery` and never for nothing. It covers the time since the last one, whatever happened in between.
 */
export class Reports {
  readonly #runtime: Runtime
  readonly #state: Namespace<Reported>
  #waitingSince: number | undefined

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.#state = runtime.store.namespace<Reported>('reports')
  }

  /** How often to ask whether a report is due, clock milliseconds. */
  get lookEvery(): number {
    return Math.min(60_000, (this.#runtime.config.mail?.reportEvery ?? DEFAULT_EVERY) / 4)
  }

  /** Makes the reports that are due. `idle`: nothing waits to be sent, so a report made now is whole. */
  async sendIfDue(idle: boolean): Promise<void> {
    const { clock, accounts, config } = this.#runtime
    if (idle) this.#waitingSince = undefined
    else this.#waitingSince ??= clock.now()
    if (this.#waitingSince !== undefined && clock.now() - this.#waitingSince < LONGEST_WAIT) return
    const every = config.mail?.reportEvery ?? DEFAULT_EVERY
    for (const account of accounts.values()) {
      const last = await this.#state.get(account.name)
      if (last !== undefined && clock.now() - last.at < every) continue
      await this.#send(account, last)
    }
  }

  async #send(account: Account, last: Reported | undefined): Promise<void> {
    const { clock, notifier, config, files, store } = this.#runtime
    const { exchange } = account.parts
    const now = clock.now()
    const end = await this.#countNews(account, last?.cursor)
    const open = await this.#openRejections(account)
    const known = last?.open ?? {}
    const changed = Object.keys(open).some((key) => known[key]?.reason.code !== open[key]?.reason.code)
    const fixed = Object.keys(known).filter((key) => open[key] === undefined)
    if (end.accepted === 0 && !changed && fixed.length === 0) return

    const facts = await account.parts.catalogue.facts()
    const path = join(
      config.folders.reports,
      account.name,
      `obmen-${account.name}-${fileStamp(now, exchange.timezone)}.xlsx`,
    )
    const report = await buildReport(
      {
        title: account.parts.connector.title,
        account: account.name,
        period: { from: last?.at ?? beginning(end.first ?? now, open), to: now },
        observing: !(await this.#runtime.isApproved(account)),
        timezone: exchange.timezone,
        ...(facts.newestStamp === undefined
          ? {}
          : { data: { stamp: facts.newestStamp, file: facts.newestFile ?? '' } }),
        changes: this.#changes(account, last?.cursor, end.cursor),
        rejections: [
          ...Object.entries(open).map(([key, row]): ReportRejection => {
            const before = known[key]
            const state = before?.reason.code === row.reason.code ? 'open' : 'new'
            return { ...row, state, last: now }
          }),
          ...fixed.map((key): ReportRejection => fixedRow(known[key] as OpenRejection, account, now)),
        ],
        orders: this.#orders(account, last?.at ?? 0),
      },
      path,
      files,
    )
    await notifier.raise({
      cause: `report:${account.name}:${now}`,
      topic: 'rejections',
      title: report.subject,
      what: report.body,
      where: `Кабинет ${account.name}`,
      data: `Таблица приложена к письму, на сервере она лежит здесь: ${path}`,
      todo: 'Подробности и что делать с каждым товаром — в приложенной таблице.',
      attachments: [{ filename: path.split(/[\\/]/).at(-1) ?? 'obmen.xlsx', path }],
    })
    const next: Reported = { at: now, open, ...(end.cursor === undefined ? {} : { cursor: end.cursor }) }
    await store.commit([{ namespace: this.#state.name, set: [[account.name, next]] }])
  }

  async #countNews(
    account: Account,
    from: HistoryCursor | undefined,
  ): Promise<{ accepted: number; cursor: HistoryCursor | undefined; first: number | undefined }> {
    let accepted = 0
    let first: number | undefined
    let cursor = from
    for (;;) {
      const page = await this.#runtime.history.readSince(cursor)
      for (const entry of page.entries) {
        if (!isWriteOf(account.name, entry)) continue
        first ??= entry.at
        if (isChange(entry)) accepted++
      }
      cursor = page.next
      if (!page.more) return { accepted, cursor, first }
    }
  }

  async *#changes(
    account: Account,
    from: HistoryCursor | undefined,
    until: HistoryCursor | undefined,
  ): AsyncGenerator<ReportChange> {
    const rules = this.#rules(account)
    let cursor = from
    for (;;) {
      const page = await this.#runtime.history.readSince(cursor)
      for (const entry of page.entries) {
        if (!isWriteOf(account.name, entry) || !isChange(entry)) continue
        for (const change of changesOf(entry, account)) yield withRule(change, rules)
      }
      cursor = page.next
      const reached =
        until !== undefined && cursor !== undefined && cursor.file === until.file && cursor.offset >= until.offset
      if (!page.more || reached) return
    }
  }

  /** Field → what computes it: `ozon-prices: roundUp(…)`. */
  #rules(account: Account): ReadonlyMap<string, string> {
    const rules = new Map<string, string>()
    for (const { config } of this.#runtime.itemPipelines) {
      if (config.to.account !== account.name) continue
      for (const [field, { text }] of rulesOf(config)) rules.set(field, `${config.name}: ${text}`)
    }
    return rules
  }

  /** Everything that stands rejected or held, by the mapping, by a guard or by the marketplace. */
  async #openRejections(account: Account): Promise<Record<string, OpenRejection>> {
    const rows: {
      key: string
      aspect: AspectRuntime
      itemId: string
      warehouseId?: string
      reason: Reason
      since: number
    }[] = []
    for (const aspect of account.parts.aspects.values()) {
      for await (const { itemId, reason, since } of aspect.rejections()) {
        rows.push({ key: `${aspect.aspect}/${itemId}`, aspect, itemId, reason, since })
      }
      for await (const [key, entry] of aspect.ledger.entries()) {
        const attempt = entry.attempt
        if (attempt?.reason === undefined) continue
        const stuck =
          attempt.state === 'rejected' || attempt.state === 'held' || attempt.reason.code.startsWith('identity.')
        if (!stuck) continue
        const { itemId, warehouseId } = entry
        const where = warehouseId === undefined ? {} : { warehouseId }
        rows.push({
          key: `${aspect.aspect}/${key}`,
          aspect,
          itemId,
          ...where,
          reason: attempt.reason,
          since: attempt.at,
        })
      }
    }
    const ids = [...new Set(rows.map((row) => splitOfferId(row.itemId).productId))]
    const entries = await account.parts.catalogue.getMany(ids)
    const products = new Map(ids.map((id, i) => [id, entries[i]]))
    const open: Record<string, OpenRejection> = {}
    for (const { key, aspect, itemId, warehouseId, reason, since } of rows) {
      if (aspect.aspect === 'cards') continue
      const { productId, variant } = splitOfferId(itemId)
      const product = products.get(productId)
      const place = placeOf(product, variant, aspect.aspect)
      open[key] = {
        ...itemOf(product, itemId, account),
        aspect: aspect.aspect,
        ...(warehouseId === undefined ? {} : { warehouse: warehouseName(account, warehouseId) }),
        reason,
        since,
        ...(place === undefined ? {} : { place }),
      }
    }
    return open
  }

  #orders(account: Account, from: number): ReportOrder[] {
    const exchange = this.#runtime.exchanges.get(account.parts.config.exchange)
    const mine = (exchange?.orders.all() ?? []).filter((order) => order.posting.account === account.name)
    return mine.flatMap((order) => {
      const row = orderRow(order, account)
      return isOfInterest(row, order, from) ? [row] : []
    })
  }
}

/** The first report covers the time since something was first sent or refused. */
function beginning(first: number, open: Readonly<Record<string, OpenRejection>>): number {
  return Object.values(open).reduce((earliest, { since }) => Math.min(earliest, since), first)
}

/** What was put right, with the article that it may have got since. */
function fixedRow(row: OpenRejection, account: Account, now: number): ReportRejection {
  return { ...row, offerId: account.offerIdOf(row.code1c) ?? row.offerId, state: 'fixed', last: now }
}

function isWriteOf(account: string, entry: HistoryEntry): entry is WriteRecord {
  return entry.event === 'write' && entry['account'] === account
}

/** True when the write changed what the marketplace holds. */
function isChange({ state, unchanged }: WriteRecord): boolean {
  return state === 'accepted' && unchanged !== true
}

/** One row per value that changed; a struck-out price beside the price has its own. */
function* changesOf(entry: WriteRecord, account: Account): Generator<ReportChange> {
  const { at: time, name, article, itemId: code1c, offerId, aspect, warehouseId } = entry
  const item = { time, name, article, code1c, offerId }
  if (aspect === 'stocks') {
    const before = (entry.before as StockValue | undefined)?.quantity
    const after = String((entry.value as StockValue).quantity)
    const warehouse = warehouseId === undefined ? {} : { warehouse: warehouseName(account, warehouseId) }
    yield { ...item, aspect, ...warehouse, ...(before === undefined ? {} : { before: String(before) }), after }
    return
  }
  if (aspect !== 'prices') return
  const before = entry.before as PriceValue | undefined
  const value = entry.value as PriceValue
  for (const field of ['price', 'oldPrice', 'minPrice', 'netPrice'] as const) {
    const after = value[field]
    if (after === undefined || (field !== 'price' && before?.[field] === after)) continue
    const known = before?.[field]
    yield { ...item, aspect, field, ...(known === undefined ? {} : { before: known }), after }
  }
}

/** A change with the rule that the configuration states for its field now. */
function withRule(change: ReportChange, rules: ReadonlyMap<string, string>): ReportChange {
  const field = change.aspect === 'stocks' ? 'stocks' : (change.field ?? 'price')
  const rule = rules.get(field)
  return rule === undefined ? change : { ...change, rule }
}

function orderRow(order: Order, account: Account): ReportOrder {
  const problem = whyStuck(order)
  const { posting, number } = order
  const amount = posting.lines.reduce((sum, line) => sum.plus(new Big(line.price).times(line.quantity)), new Big(0))
  return {
    ...(number === undefined ? {} : { number }),
    posting: posting.number,
    status: account.parts.config.status.get(posting.status) ?? posting.status,
    open: posting.phase === 'open',
    ...(posting.shipBy === undefined ? {} : { shipBy: posting.shipBy }),
    warehouse: posting.warehouseName,
    to1c: to1cOf(order, problem),
    ...(problem === undefined ? {} : { problem }),
    amount: toFixed(amount, 2),
  }
}

function to1cOf(order: Order, problem: Reason | undefined): ReportOrder['to1c'] {
  const { posting, doneAt, presentedAt, everPresented, writtenAt } = order
  if (doneAt !== undefined) return 'done'
  if (posting.phase === 'cancelled') return isCancelledInFile(order) ? 'cancelled' : 'withdrawn'
  if (problem !== undefined) return 'problem'
  if (presentedAt !== undefined || everPresented) return 'presented'
  return writtenAt === undefined ? 'waiting' : 'written'
}

/** True for an order with which somebody has something to do, or had since `from`. */
function isOfInterest({ to1c, open }: ReportOrder, { changedAt, doneAt }: Order, from: number): boolean {
  return open || to1c === 'cancelled' || Math.max(changedAt, doneAt ?? 0) >= from
}

/** The moment by the clock of the shop, for names of files: `2026-03-01-1405`. */
function fileStamp(now: number, timezone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'short' })
  return format.format(now).replaceAll(':', '').replace(' ', '-')
}
