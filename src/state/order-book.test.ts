import { expect, test } from 'vitest'
import type { Order } from '../core/order.ts'
import { createMemoryStore } from './open.ts'
import { OrderBook, RUN_TAIL } from './order-book.ts'

const SOCKS = 'g1#c1'
const WRITTEN = 1_000_000

/** Two pieces of socks, first written at {@link WRITTEN}. */
function order(more: Partial<Order> = {}, phase: Order['posting']['phase'] = 'open'): Order {
  const line = { offerId: 'A-1', name: 'Носки', quantity: 2, price: '390', currency: 'RUB' }
  const posting = {
    account: 'a',
    number: '1-1',
    status: 'awaiting_packaging',
    phase,
    placedAt: 0,
    warehouseId: '7',
    warehouseName: 'FBS Москва',
    lines: [line],
  }
  return {
    posting,
    exchange: 'main',
    number: 'OZ000001',
    lines: [{ ...line, itemId: SOCKS }],
    warehouse: 'Основной склад',
    changedAt: 0,
    writtenAt: WRITTEN,
    firstWrittenAt: WRITTEN,
    runs: [],
    reserved: [],
    everPresented: false,
    ...more,
  }
}

async function bookWith(...orders: Order[]): Promise<OrderBook> {
  const book = new OrderBook(createMemoryStore(), 'main')
  await book.load()
  await book.put(orders)
  return book
}

const run = (stamp: number, seenAt: number) => ({ stamp, seenAt })

test('two runs whose first file came after the writing make an order presented, each counted once', async () => {
  const book = await bookWith(order())

  expect(await book.noteRun(run(10, WRITTEN))).toEqual([])
  expect(await book.noteRun(run(20, WRITTEN + 1))).toEqual([])
  expect(await book.noteRun(run(20, WRITTEN + 1), WRITTEN + 5000)).toEqual([])
  expect(book.get('a', '1-1')?.runs).toEqual([run(20, WRITTEN + 1)])
  expect((await book.noteRun(run(30, WRITTEN + 9))).map(({ number }) => number)).toEqual(['OZ000001'])
  expect(book.get('a', '1-1')).toMatchObject({ firstRun: 20, presentedAt: WRITTEN + 9, everPresented: true })
})

test('a run that was or may have been going when the order came into the file may have read it', async () => {
  const cases = [
    // Going for sure: a file of it came later.
    { first: WRITTEN - 60_000, file: WRITTEN + 1, maybeRead: true },
    // Perhaps still loading: its last file came just before.
    { first: WRITTEN - 60_000, file: WRITTEN - RUN_TAIL + 1, maybeRead: true },
    { first: WRITTEN - 60_000, file: WRITTEN - RUN_TAIL, maybeRead: undefined },
  ]
  for (const { first, file, maybeRead } of cases) {
    const book = await bookWith(order())
    await book.noteRun(run(10, first), file)
    expect(book.get('a', '1-1')?.maybeRead).toBe(maybeRead)
    expect(book.get('a', '1-1')?.firstRun).toBeUndefined()
  }
})

test('a run counts for an order that left the file only when it began before that', async () => {
  const cancelled = order({ leftAt: WRITTEN + 100 }, 'cancelled')
  const before = await bookWith(cancelled)
  const after = await bookWith(cancelled)

  await before.noteRun(run(10, WRITTEN + 100))
  await after.noteRun(run(10, WRITTEN + 101))

  expect([before.get('a', '1-1')?.firstRun, after.get('a', '1-1')?.firstRun]).toEqual([10, undefined])
})

test('free stock is lowered until 1C states it in a run after the first one that could load the order', async () => {
  const book = await bookWith(order())
  const open = [{ quantity: 2, warehouse: 'Основной склад' }]
  expect(book.openLines(SOCKS, 'free', 5)).toEqual(open)

  await book.noteRun(run(10, WRITTEN + 1))
  // The files of that run were written before it loaded the order.
  expect(book.openLines(SOCKS, 'free', 10)).toEqual(open)
  // A later statement is enough by itself, before anybody has noted it.
  expect(book.openLines(SOCKS, 'free', 11)).toEqual([])
  expect(await book.noteReserves(async (_, stamp) => stamp > 10)).toEqual([])
  expect(await book.noteReserves(async (item, stamp) => item === SOCKS && stamp === 10)).toEqual([SOCKS])
  // A statement that changed nothing leaves the older stamp with the stock.
  expect(book.openLines(SOCKS, 'free', 5)).toEqual([])
  expect(book.openLines('other', 'free', 5)).toEqual([])
})

test('a balance is lowered as long as the goods lie there, and no cancelled order lowers anything', async () => {
  const stated = { firstRun: 10, reserved: [SOCKS] }
  const open = [{ quantity: 2, warehouse: 'Основной склад' }]

  expect((await bookWith(order(stated))).openLines(SOCKS, 'balance', 20)).toEqual(open)
  expect((await bookWith(order({ firstRun: 10 }, 'handed'))).openLines(SOCKS, 'balance', 10)).toEqual(open)
  expect((await bookWith(order(stated, 'handed'))).openLines(SOCKS, 'balance', 20)).toEqual([])
  for (const meaning of ['free', 'balance'] as const) {
    expect((await bookWith(order({}, 'cancelled'))).openLines(SOCKS, meaning, 1)).toEqual([])
  }
})

test('orders outlive the process', async () => {
  const store = createMemoryStore()
  const first = new OrderBook(store, 'main')
  await first.put([order()])

  const second = new OrderBook(store, 'main')
  await second.load()

  expect(second.all()).toEqual([order()])
  expect(second.byNumber('OZ000001')).toEqual(order())
  expect(second.openLines(SOCKS, 'free', 1)).toEqual([{ quantity: 2, warehouse: 'Основной склад' }])
})
