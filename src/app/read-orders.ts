import type { Config } from '../config/model.ts'
import { whyStuck, type Order } from '../core/order.ts'
import { OrderBook } from '../state/order-book.ts'
import { isCancelledInFile } from '../stages/write-orders/order-file.ts'
import type { OrderRow, OrderState } from '../views/orders.ts'
import { withStore } from './read-store.ts'

/** The orders of all exchanges, oldest first; none while no service has run. */
export async function readOrders(config: Config): Promise<readonly OrderRow[]> {
  const found = await withStore(config, async (store) => {
    const rows: OrderRow[] = []
    for (const exchange of config.exchanges.keys()) {
      const book = new OrderBook(store, exchange)
      await book.load()
      rows.push(...book.all().map((order) => rowOf(order, exchange)))
    }
    return rows
  })
  return found ?? []
}

function rowOf(order: Order, exchange: string): OrderRow {
  const { posting, number, warehouse } = order
  const state = stateOf(order)
  const problem = state === 'stuck' ? whyStuck(order) : undefined
  return {
    exchange,
    ...(number === undefined ? {} : { number }),
    posting: posting.number,
    account: posting.account,
    status: posting.status,
    handed: posting.phase === 'handed',
    warehouse: posting.warehouseName,
    ...(warehouse === undefined ? {} : { warehouse1c: warehouse }),
    placedAt: posting.placedAt,
    ...(posting.shipBy === undefined ? {} : { shipBy: posting.shipBy }),
    state,
    ...(problem === undefined ? {} : { problem }),
  }
}

function stateOf(order: Order): OrderState {
  if (order.doneAt !== undefined) return 'done'
  if (order.posting.phase === 'cancelled') return isCancelledInFile(order) ? 'cancelled' : 'withdrawn'
  if (whyStuck(order) !== undefined) return 'stuck'
  if (order.presentedAt !== undefined) return 'presented'
  return order.writtenAt === undefined ? 'waiting' : 'written'
}
