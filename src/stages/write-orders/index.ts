import { z } from 'zod'
import { ObmenError } from '../../core/errors.ts'
import { ledgerKey } from '../../core/ledger.ts'
import type { Reason } from '../../core/item.ts'
import { whyStuck, type Order } from '../../core/order.ts'
import type { AspectRuntime } from '../../pipeline/aspect.ts'
import type { OrderChange } from '../../pipeline/flows.ts'
import type { Exchange, Services } from '../../pipeline/services.ts'
import { stage, type StageDefinition } from '../../pipeline/stage.ts'
import { asUnknown } from '../../state/ledger.ts'
import { isCancelledInFile, OrderFile } from './order-file.ts'

/** What a run of the orders pipeline did. */
export interface OrdersWritten {
  /** Orders that are new or changed. */
  readonly changed: readonly Order[]
  /** Orders that a problem keeps out of the file. */
  readonly stuck: readonly Order[]
  /** Orders that a problem kept out of the file and no longer does, with that problem. */
  readonly mended: readonly { readonly order: Order; readonly problem: Reason }[]
  /** Cancelled orders that 1C may know: a person must see to them. */
  readonly cancelled: readonly Order[]
  /** True when a new order file is in place. */
  readonly fileWritten: boolean
  /** Orders in the file. */
  readonly inFile: number
}

const WEEK = 7 * 86_400_000

/** `write-orders` keeps the orders of an exchange and renders its one order file from those of all accounts. */
export const writeOrders: StageDefinition = {
  type: 'write-orders',
  summary: 'Пишет заказы всех кабинетов базы в один файл, который загружает 1С.',
  role: 'commit',
  options: () => z.strictObject({}),
  flows: { 'order-change': 'order-file' },
  examples: ['write-orders'],
  create(_use, pipeline, services) {
    if (pipeline.to.exchange === undefined) {
      throw new ObmenError('config', 'stage.orders_target', `building ${pipeline.name}: orders go to an exchange`)
    }
    const exchange = services.exchange(pipeline.to.exchange)
    const file = new OrderFile(exchange, services)
    return stage<OrderChange, OrdersWritten>(async function* (input, ctx) {
      const changes: OrderChange[] = []
      for await (const batch of input) changes.push(...batch)
      ctx.signal.throwIfAborted()
      const before = stuckOrders(exchange, ctx.clock.now())
      const changed = await keep(changes, exchange, services)
      const result = await file.write(ctx.clock.now())
      const stuck = stuckOrders(exchange, ctx.clock.now())
      yield [
        {
          changed,
          stuck,
          mended: mendedOrders(before, stuck),
          cancelled: exchange.orders.all().filter((o) => isCancelledInFile(o)),
          ...result,
        },
      ]
    })
  },
}

/** Orders that do not reach 1C. One that is handed over is told of for a week: then somebody entered it by hand. */
function stuckOrders(exchange: Exchange, now: number): Order[] {
  return exchange.orders.all().filter((order) => {
    if (whyStuck(order) === undefined || order.posting.phase === 'cancelled') return false
    return order.posting.phase === 'open' || (!order.everPresented && now - order.changedAt < WEEK)
  })
}

function mendedOrders(before: readonly Order[], after: readonly Order[]): OrdersWritten['mended'] {
  const still = new Set(
    after.map((order) => `${whyStuck(order)?.code}\n${order.posting.account}\n${order.posting.number}`),
  )
  return before.flatMap((order) => {
    const problem = whyStuck(order)
    const { account, number } = order.posting
    return problem === undefined || still.has(`${problem.code}\n${account}\n${number}`) ? [] : [{ order, problem }]
  })
}

/**
 * Numbers first (journal), then the stocks that the marketplace moved by itself become `unknown`, then the orders:
 * killed anywhere in between, the next reading of the postings does the rest. No sender computes a stock between the
 * last two, for it would take the old number for the one that is wanted after the posting.
 */
async function keep(changes: readonly OrderChange[], exchange: Exchange, services: Services): Promise<Order[]> {
  if (changes.length === 0) return []
  const orders: Order[] = []
  const moved = new Map<string, Order[]>()
  for (const { order, before } of changes) {
    // Also when it was handed over meanwhile: what was sold must reach 1C.
    const due = order.number === undefined && order.problem === undefined && order.posting.phase !== 'cancelled'
    const number = due ? await exchange.numbers.allocate(order.posting.account, order.posting.number) : order.number
    const kept = number === undefined ? order : { ...order, number }
    orders.push(kept)
    if (before === undefined || (before.posting.phase !== 'cancelled' && order.posting.phase === 'cancelled')) {
      const { account } = order.posting
      moved.set(account, [...(moved.get(account) ?? []), kept])
    }
  }
  await withForgottenStocks([...moved], services, () => exchange.orders.put(orders))
  const items = new Set(orders.flatMap((order) => order.lines.flatMap((line) => line.itemId ?? [])))
  services.hint(exchange.config.name, [...items])
  return orders
}

/**
 * A posting or a cancellation moves the marketplace's stock by itself: what the ledger knows of it is worth nothing.
 * `then` runs before any sender of these accounts goes on.
 */
async function withForgottenStocks(
  moved: readonly (readonly [account: string, orders: readonly Order[]])[],
  services: Services,
  then: () => Promise<void>,
): Promise<void> {
  const [first, ...others] = moved
  if (first === undefined) return then()
  const rest = (): Promise<void> => withForgottenStocks(others, services, then)
  const [account, orders] = first
  const aspect = services.account(account).parts.aspects.get('stocks')
  if (aspect === undefined) return rest()
  return aspect.plan.exclusive(async () => {
    for (const order of orders) await forgetStocks(order, aspect, services.clock.now())
    await rest()
  })
}

async function forgetStocks({ posting, lines }: Order, { ledger }: AspectRuntime, now: number): Promise<void> {
  const items = new Set(lines.flatMap((line) => line.itemId ?? []))
  const entries = await ledger.getMany([...items].map((itemId) => ledgerKey(itemId, posting.warehouseId)))
  const known = entries.filter((entry) => entry !== undefined)
  const why = posting.phase === 'cancelled' ? 'order.cancelled' : 'order.placed'
  await ledger.put(known.map((entry) => asUnknown(entry, now, why, `posting ${posting.number} moved the stock`)))
}
