import { expect, test } from 'vitest'
import type { PipelineConfig } from '../../config/model.ts'
import type { Clock } from '../../core/clock.ts'
import type { Order, Posting } from '../../core/order.ts'
import type { OrderChange } from '../../pipeline/flows.ts'
import type { Services } from '../../pipeline/services.ts'
import { runChain } from '../../pipeline/stage.ts'
import { createMemoryStore } from '../../state/open.ts'
import { OrderBook, ORDERS_KEPT } from '../../state/order-book.ts'
import { diffPostings } from './postings.ts'

const NOW = ORDERS_KEPT * 2

function posting(more: Partial<Posting> = {}): Posting {
  return {
    account: 'a',
    number: '1-1',
    status: 'awaiting_packaging',
    phase: 'open',
    placedAt: NOW - 1_000,
    warehouseId: '7',
    warehouseName: 'FBS Москва',
    lines: [{ offerId: 'A-1', name: 'Носки', quantity: 1, price: '390', currency: 'RUB' }],
    ...more,
  }
}

/** The stage over an account that knows article A-1 and one warehouse. */
async function shop(...kept: Order[]) {
  const book = new OrderBook(createMemoryStore(), 'main')
  await book.put(kept)
  const items = new Map([['A-1', 'g1']])
  const warehouses = new Map([['7', 'Основной склад']])
  const numbers = new Map<string, string>()
  const account = {
    name: 'a',
    orderWarehouse: ({ warehouseId }: Posting) => warehouses.get(warehouseId),
    parts: { identity: { itemOf: (offerId: string) => items.get(offerId) } },
  }
  const exchange = {
    config: { name: 'main' },
    orders: book,
    numbers: { numberOf: (_: string, number: string) => numbers.get(number) },
  }
  const services = { account: () => account, exchange: () => exchange } as unknown as Services
  const pipeline = { name: 'orders', from: { kind: 'postings', account: 'a' }, to: { exchange: 'main' } }
  const stage = diffPostings(pipeline as unknown as PipelineConfig, services)
  const clock: Clock = { now: () => NOW, sleep: () => Promise.resolve(), fromReal: (ms) => ms }
  return {
    items,
    warehouses,
    numbers,
    diff: async (...postings: Posting[]): Promise<readonly OrderChange[]> => {
      async function* source(): AsyncIterable<readonly unknown[]> {
        yield await Promise.resolve(postings.map((each) => ({ posting: each, oursFrom: NOW })))
      }
      return runChain<OrderChange>(source(), [stage], { clock, signal: new AbortController().signal } as never)
    },
  }
}

/** An order as it is kept after 1C has seen it. */
async function presented(): Promise<Order> {
  const [change] = await (await shop()).diff(posting())
  if (change === undefined) throw new Error('a new posting made no order')
  return {
    ...change.order,
    number: 'OZ000001',
    writtenAt: 1,
    firstWrittenAt: 1,
    runs: [{ stamp: 10, seenAt: 2 }],
    presentedAt: 3,
    firstRun: 10,
    reserved: ['g1'],
    everPresented: true,
  }
}

test('a new posting becomes an order with the items and the warehouse of 1C', async () => {
  const [change, ...others] = await (await shop()).diff(posting())

  expect(others).toEqual([])
  expect(change).toEqual({
    before: undefined,
    order: {
      posting: posting(),
      exchange: 'main',
      lines: [{ ...posting().lines[0], itemId: 'g1' }],
      warehouse: 'Основной склад',
      changedAt: NOW,
      runs: [],
      reserved: [],
      everPresented: false,
    },
  })
})

test('the same posting again changes nothing; a new status must be presented anew and keeps what 1C knows', async () => {
  const before = await presented()
  const { diff, numbers } = await shop(before)
  numbers.set('1-1', 'OZ000001')

  expect(await diff(posting())).toEqual([])
  const [change] = await diff(posting({ status: 'delivering', phase: 'handed' }))
  const { writtenAt: _, presentedAt: __, ...kept } = before
  expect(change?.order).toEqual({
    ...kept,
    posting: posting({ status: 'delivering', phase: 'handed' }),
    changedAt: NOW,
    runs: [],
  })
})

test('what was over before it was seen is none of ours, unless 1C has its number', async () => {
  const { diff, numbers } = await shop()
  const cancelled = posting({ status: 'cancelled', phase: 'cancelled' })
  expect(await diff(cancelled)).toEqual([])

  numbers.set('1-1', 'OZ000007')
  const [change] = await diff(cancelled)
  // The store was lost: whether 1C read the order, nobody knows.
  expect(change?.order).toMatchObject({ number: 'OZ000007', everPresented: true })
})

test('an unknown article and an unmapped warehouse stop the order until they are known', async () => {
  const { diff, items, warehouses } = await shop()
  items.clear()
  expect((await diff(posting()))[0]?.order.problem).toMatchObject({
    code: 'order.unknown_offer',
    params: { offerId: 'A-1', posting: '1-1' },
  })
  items.set('A-1', 'g1')
  warehouses.clear()
  const [stopped] = await diff(posting())
  expect(stopped?.order.problem).toMatchObject({
    code: 'order.unknown_warehouse',
    params: { warehouse: 'FBS Москва', posting: '1-1' },
  })

  const later = await shop(stopped?.order as Order)
  const [change] = await later.diff(posting())
  expect([change?.order.problem, change?.order.warehouse]).toEqual([undefined, 'Основной склад'])
})
