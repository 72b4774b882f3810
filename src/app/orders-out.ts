import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { PipelineConfig } from '../config/model.ts'
import { isAbort } from '../core/errors.ts'
import { whyStuck } from '../core/order.ts'
import type { Account } from '../pipeline/account.ts'
import type { PostingInFlow } from '../pipeline/flows.ts'
import { runChain, type RunContext, type Stage } from '../pipeline/stage.ts'
import { postingsSince } from '../sources/postings/index.ts'
import { readTicks } from '../state/orders-done.ts'
import type { OrdersWritten } from '../stages/write-orders/index.ts'
import * as notices from '../views/notices.ts'
import { remember } from './accounts.ts'
import { DECISIONS } from './decisions.ts'
import { accountKey, type ExchangeRuntime, type Runtime } from './runtime.ts'

/** The first reading goes so far back: cancellations of postings that 1C may know must be seen (design §9). */
const FIRST_READING = 30 * 86_400_000

/** Reads the postings of one account and keeps the order file of its exchange. */
export class OrdersOut {
  readonly config: PipelineConfig
  readonly account: Account
  readonly exchange: ExchangeRuntime
  readonly #stages: readonly Stage[]
  readonly #runtime: Runtime
  lastRead: number | undefined

  constructor(
    pipeline: { readonly config: PipelineConfig; readonly stages: readonly Stage[] },
    account: Account,
    exchange: ExchangeRuntime,
    runtime: Runtime,
  ) {
    this.config = pipeline.config
    this.account = account
    this.exchange = exchange
    this.#stages = pipeline.stages
    this.#runtime = runtime
  }

  /** Reads what changed since the last good reading and writes the order file. @throws ObmenError of the connector */
  async read(signal: AbortSignal): Promise<OrdersWritten | undefined> {
    const { clock, accountFacts } = this.#runtime
    const started = clock.now()
    const key = accountKey(this.account)
    const known = await accountFacts.get(key)
    const since = known?.postingsSince ?? started - FIRST_READING
    const ordersFrom = known?.ordersFrom ?? started
    if (known?.ordersFrom === undefined) await remember(this.account, this.#runtime, { ordersFrom })
    // Everything is read before anything is compared: the exclusive part must not wait for the network.
    const batches: (readonly unknown[])[] = []
    let fault: unknown
    try {
      for await (const batch of postingsSince(this.account, since, ordersFrom, signal)) batches.push(batch)
    } catch (error) {
      // What was read is sound: a posting that cannot be read must not keep its neighbours from 1C.
      if (signal.aborted || isAbort(error)) throw error
      fault = error
    }
    const result = await this.#write(fromList([this.#stuck(ordersFrom), ...batches]), signal)
    if (fault !== undefined) throw fault
    await remember(this.account, this.#runtime, { postingsSince: started })
    this.lastRead = started
    return result
  }

  /** Postings that a problem kept from 1C until they were handed over: no list shows them any more, the problem may be mended. */
  #stuck(oursFrom: number): readonly PostingInFlow[] {
    return this.exchange.orders.all().flatMap(({ posting, problem }) => {
      const mine = posting.account === this.account.name && posting.phase === 'handed' && problem !== undefined
      return mine ? [{ posting, oursFrom }] : []
    })
  }

  /** Writes the order file from the orders as they are kept: at the start, after a run of 1C, after a decision. */
  rewrite(signal: AbortSignal): Promise<OrdersWritten | undefined> {
    return this.#write(fromList([]), signal)
  }

  async #write(source: AsyncIterable<readonly unknown[]>, signal: AbortSignal): Promise<OrdersWritten | undefined> {
    const { orders } = this.exchange
    const { clock, log } = this.#runtime
    const ctx: RunContext = {
      runId: randomUUID(),
      purpose: 'orders',
      complete: false,
      clock,
      signal,
      log,
      reject: () => {},
    }
    const result = await orders.exclusive(async () => {
      await this.#tickOff()
      const [first] = await runChain<OrdersWritten>(source, this.#stages, ctx)
      // A cancelled order that came back after the store was lost may be ticked off already.
      if (first === undefined || !(await this.#tickOff())) return first
      const [second] = await runChain<OrdersWritten>(fromList([]), this.#stages, ctx)
      return second === undefined ? first : { ...second, changed: first.changed }
    })
    if (result !== undefined) await this.#tell(result)
    return result
  }

  /** Ends the cancelled orders that a person has ticked off; true when there were any. */
  async #tickOff(): Promise<boolean> {
    const { orders, config } = this.exchange
    const ticks = await readTicks(join(this.#runtime.config.folders.state, DECISIONS.orders))
    const done = ticks.flatMap(({ exchange, account, posting, at }) => {
      const order = exchange === config.name ? orders.get(account, posting) : undefined
      return order?.posting.phase === 'cancelled' && order.doneAt === undefined ? [{ ...order, doneAt: at }] : []
    })
    await orders.put(done)
    return done.length > 0
  }

  async #tell(result: OrdersWritten): Promise<void> {
    const { log, notifier } = this.#runtime
    const { timezone, name } = this.exchange.config
    if (result.fileWritten || result.changed.length > 0) {
      const { changed, fileWritten, inFile } = result
      log.info({ exchange: name, changed: changed.length, fileWritten, inFile }, 'orders written')
    }
    for (const { order, problem } of result.mended) {
      const { account, number: posting } = order.posting
      const { cause } = notices.orderStopped({ account, posting, reason: problem, subject: '', timezone })
      await notifier.resolve(cause, `Заказ ${posting} больше не задержан.`)
    }
    for (const order of result.stuck) {
      const { posting, lines } = order
      const problem = whyStuck(order)
      if (problem === undefined) continue
      const subject = lines.find((line) => line.itemId === undefined)?.offerId ?? posting.warehouseName
      const { account, number, shipBy } = posting
      const stopped = { account, posting: number, reason: problem, subject, timezone }
      await notifier.raise(notices.orderStopped({ ...stopped, ...(shipBy === undefined ? {} : { shipBy }) }))
    }
    for (const order of result.cancelled) {
      const { account, number: posting } = order.posting
      const { number = '', changedAt: cancelledAt } = order
      await notifier.raise(notices.orderCancelled({ number, posting, account, cancelledAt, timezone }))
    }
    for (const order of this.exchange.orders.all()) {
      if (order.doneAt === undefined) continue
      const { account, number: posting } = order.posting
      const { cause } = notices.orderCancelled({ number: '', posting, account, cancelledAt: 0, timezone })
      await notifier.resolve(cause, 'Отмена в 1С отмечена.')
    }
  }
}

async function* fromList(batches: readonly (readonly unknown[])[]): AsyncIterable<readonly unknown[]> {
  for (const batch of batches) yield await Promise.resolve(batch)
}
