import type { Reason } from '../core/item.ts'
import { columns } from './columns.ts'
import { moment } from './moments.ts'

/**
 * How far an order is towards 1C. `stuck`: a problem keeps it out of the file; `waiting`: not in the file yet; `written`:
 * in the file; `presented`: 1C has had it twice; `cancelled`: 1C may know it and a person must cancel it there; `done`:
 * ticked off; `withdrawn`: cancelled before 1C could know it.
 */
export type OrderState = 'stuck' | 'waiting' | 'written' | 'presented' | 'cancelled' | 'done' | 'withdrawn'

/** One order as `obmen orders ls` shows it. Times are epoch milliseconds. */
export interface OrderRow {
  readonly exchange: string
  readonly number?: string
  readonly posting: string
  readonly account: string
  /** The marketplace's own word. */
  readonly status: string
  /** Handed over to the carrier, or to the buyer. */
  readonly handed: boolean
  /** The warehouse of the marketplace and, when known, the one of 1C. */
  readonly warehouse: string
  readonly warehouse1c?: string
  readonly placedAt: number
  readonly shipBy?: number
  readonly state: OrderState
  readonly problem?: Reason
}

/** True for an order with which somebody still has something to do. */
export function isCurrent(order: OrderRow): boolean {
  if (order.state === 'done' || order.state === 'withdrawn') return false
  return !(order.handed && order.state === 'presented')
}

const STATES: Readonly<Record<OrderState, string>> = {
  stuck: 'STUCK, not in the file',
  waiting: 'not written yet',
  written: 'in the file',
  presented: 'seen by 1C',
  cancelled: 'CANCELLED, cancel it in 1C too',
  done: 'cancelled, ticked off',
  withdrawn: 'cancelled before 1C knew it',
}

/** Orders as a table. `hidden`: how many more there are. */
export function ordersText(orders: readonly OrderRow[], hidden: number, timezone: string): string {
  const rest = hidden === 0 ? '' : `${hidden} older ${hidden === 1 ? 'order' : 'orders'} not shown: --all\n`
  if (orders.length === 0) return `no orders\n${rest}`
  const rows = orders.map((order) => [
    order.number ?? '-',
    order.posting,
    order.account,
    order.status,
    order.warehouse1c === undefined ? order.warehouse : `${order.warehouse} → ${order.warehouse1c}`,
    order.shipBy === undefined ? '-' : moment(order.shipBy, timezone),
    order.problem === undefined ? STATES[order.state] : `${STATES[order.state]}: ${order.problem.message}`,
  ])
  const head = ['NUMBER', 'POSTING', 'ACCOUNT', 'STATUS', 'WAREHOUSE', 'SHIP BY', 'TOWARDS 1C']
  const cancelled = orders.find((order) => order.state === 'cancelled')
  const todo =
    cancelled === undefined ? '' : `when it is cancelled in 1C: obmen orders done ${cancelled.number ?? ''}\n`
  return `${columns([head, ...rows])}${todo}${rest}`
}
