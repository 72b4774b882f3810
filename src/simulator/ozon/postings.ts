import type { Decimal } from '../../core/decimal.ts'
import { stockOf, type Account, type Posting, type Product, type Warehouse, type World } from './state.ts'

// Ozon sets these per warehouse; a day and a day and a half are plausible, no more.
const SHIP_WITHIN = 24 * 3_600_000

/** A buyer's order as the control API states it. */
export interface OrderedLine {
  readonly product: Product
  readonly quantity: number
  readonly price: Decimal
}

/** A buyer orders: the goods leave the free stock (as far as there is any) and are reserved. */
export function createPosting(
  world: World,
  account: Account,
  warehouse: Warehouse,
  ordered: readonly OrderedLine[],
): Posting {
  const now = world.clock.now()
  const ordinal = world.orders++
  const orderNumber = `${String(world.orderBase).padStart(10, '0')}-${String(101 + ordinal).padStart(4, '0')}`
  const posting: Posting = {
    account,
    postingNumber: `${orderNumber}-1`,
    orderNumber,
    orderId: 33_301_885_134 + ordinal,
    warehouse,
    lines: ordered.map((line) => ({ ...line, reserved: reserve(line, warehouse.warehouseId) })),
    createdAt: now,
    shipBy: now + SHIP_WITHIN,
    status: 'awaiting_packaging',
    substatus: 'posting_created',
    statusChangedAt: now,
    cancelledAfterShip: false,
  }
  account.postings.push(posting)
  world.postings.set(posting.postingNumber, posting)
  return posting
}

/** The buyer cancels; goods that have not left yet are free again. False when it is cancelled already. */
export function cancelPosting(world: World, posting: Posting): boolean {
  if (posting.status === 'cancelled') return false
  posting.cancelledAfterShip = posting.status !== 'awaiting_packaging'
  if (posting.status !== 'delivering') {
    for (const line of posting.lines) {
      const stock = stockOf(line.product, posting.warehouse.warehouseId)
      stock.free += line.reserved
      stock.reserved -= line.reserved
    }
  }
  setStatus(world, posting, 'cancelled', 'posting_canceled')
  return true
}

/** The seller's next step: packed, then handed over, which writes the reserve off. False when there is none. */
export function shipPosting(world: World, posting: Posting): boolean {
  if (posting.status === 'awaiting_packaging') {
    setStatus(world, posting, 'awaiting_deliver', 'posting_in_carriage')
    return true
  }
  if (posting.status !== 'awaiting_deliver') return false
  for (const line of posting.lines) {
    stockOf(line.product, posting.warehouse.warehouseId).reserved -= line.reserved
  }
  posting.deliveringAt = world.clock.now()
  setStatus(world, posting, 'delivering', 'posting_on_way_to_city')
  return true
}

function reserve({ product, quantity }: OrderedLine, warehouseId: number): number {
  const stock = stockOf(product, warehouseId)
  const taken = Math.min(stock.free, quantity)
  stock.free -= taken
  stock.reserved += taken
  return taken
}

function setStatus(world: World, posting: Posting, status: Posting['status'], substatus: string): void {
  posting.status = status
  posting.substatus = substatus
  posting.statusChangedAt = world.clock.now()
}
