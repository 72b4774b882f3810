import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PipelineConfig } from '../../config/model.ts'
import type { DictionaryRow } from '../../core/catalogue.ts'
import type { Clock } from '../../core/clock.ts'
import { ObmenError } from '../../core/errors.ts'
import { silentLog } from '../../core/log.ts'
import type { Order, PostingLine } from '../../core/order.ts'
import type { OrderChange } from '../../pipeline/flows.ts'
import type { Exchange, Services } from '../../pipeline/services.ts'
import { runChain } from '../../pipeline/stage.ts'
import { createFiles } from '../../state/disk.ts'
import { Dictionary } from '../../state/dictionary.ts'
import { createMemoryStore } from '../../state/open.ts'
import { OrderBook } from '../../state/order-book.ts'
import { writeOrders, type OrdersWritten } from './index.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'obmen-write-orders-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const WAREHOUSE = { id: 'w1', name: 'Основной склад', address: '', addressFields: [], contacts: [] }

function line(more: Partial<PostingLine> = {}): PostingLine & { itemId: string } {
  return { offerId: 'A-1', name: 'Носки', quantity: 1, price: '390', currency: 'RUB', itemId: 'g1', ...more }
}

function order(number: string, more: Partial<Order> = {}, account = 'a'): Order {
  const lines = more.lines ?? [line()]
  const posting = {
    account,
    number,
    status: 'awaiting_packaging',
    phase: 'open',
    placedAt: 1_000,
    warehouseId: '7',
    warehouseName: 'FBS Москва',
    lines,
  } as const
  return {
    posting,
    exchange: 'main',
    lines,
    warehouse: 'Основной склад',
    changedAt: 0,
    runs: [],
    reserved: [],
    everPresented: false,
    ...more,
  }
}

/** The stage over an exchange that knows one warehouse and account `a`. */
function shop({ writeFails = false, profile = 'native' } = {}) {
  let now = 1_000_000
  let failing = writeFails
  const path = join(folder, 'orders.xml')
  const currency = new Map<string, string>()
  const clock: Clock = { now: () => now, sleep: () => Promise.resolve(), fromReal: (ms) => ms }
  const files = createFiles()
  const store = createMemoryStore()
  const given: string[] = []
  const dictionary: { rows: readonly DictionaryRow[] } = { rows: [{ kind: 'warehouse', value: WAREHOUSE }] }
  const book = new OrderBook(store, 'main')
  const exchange = {
    config: { name: 'main', orders: { file: path, node: folder }, timezone: 'Europe/Moscow', profile, currency },
    catalogue: {
      dictionary: () => Promise.resolve(Dictionary.of(dictionary.rows)),
      getMany: (ids: readonly string[]) => Promise.resolve(ids.map(() => undefined)),
    },
    orders: book,
    numbers: {
      numberOf: () => undefined,
      allocate: (account: string, posting: string) => {
        const key = `${account}/${posting}`
        if (!given.includes(key)) given.push(key)
        return Promise.resolve(`OZ00000${given.indexOf(key) + 1}`)
      },
    },
    lastNodeFileAt: () => undefined,
  } as unknown as Exchange
  const account = {
    parts: {
      config: { counterparty: { name: 'Ozon', kind: 'company' }, status: new Map(), marketplace: 'ozon' },
      connector: { title: 'Ozon' },
      aspects: new Map(),
    },
  }
  const services = {
    clock,
    files: {
      ...files,
      writeAtomic: (at: string, text: string) =>
        failing ? Promise.reject(new Error('the disk is full')) : files.writeAtomic(at, text),
    },
    exchange: () => exchange,
    account: (name: string) => {
      if (name === 'a') return account
      throw new ObmenError('config', 'config.unknown_account', 'no such account')
    },
    hint: () => {},
  } as unknown as Services
  const stage = writeOrders.create(
    { type: 'write-orders', options: {} } as never,
    { name: 'orders', to: { exchange: 'main' } } as unknown as PipelineConfig,
    services,
  )
  const write = async (...changes: OrderChange[]): Promise<OrdersWritten> => {
    now += 1_000
    const ctx = { clock, signal: new AbortController().signal, log: silentLog } as never
    async function* source(): AsyncIterable<readonly unknown[]> {
      yield await Promise.resolve(changes)
    }
    const [result] = await runChain<OrdersWritten>(source(), [stage], ctx)
    return result as OrdersWritten
  }
  return {
    book,
    currency,
    dictionary,
    write,
    place: (...orders: Order[]) => write(...orders.map((each) => ({ order: each, before: undefined }))),
    text: () => readFileSync(path, 'utf8'),
    numbers: () => [...readFileSync(path, 'utf8').matchAll(/<Номер>(.*?)</g)].map((match) => match[1]),
    diskIsFull: (full: boolean) => {
      failing = full
    },
    now: () => now,
  }
}

const stuckOf = ({ stuck }: OrdersWritten): unknown[] =>
  stuck.map(({ posting, problem, fault }) => [posting.number, (problem ?? fault)?.code])

test('the order file is written in the dialect of the exchange', async () => {
  const { place, text } = shop({ profile: 'bus-3.1' })

  await place(order('1-1'))

  expect(text()).toContain('<Контейнер>')
})

test('an account taken out of the configuration keeps its own orders out of the file, and no others', async () => {
  const { book, place, numbers } = shop()
  await book.put([order('1-1', { number: 'OZ000009' }, 'gone')])

  const result = await place(order('1-2'))

  expect(numbers()).toEqual(['OZ000001'])
  expect(stuckOf(result)).toEqual([['1-1', 'order.unknown_account']])
})

test('what keeps an order out is judged anew at every writing, and a mended order is told once', async () => {
  const { place, write, numbers, dictionary } = shop()
  const { rows } = dictionary
  dictionary.rows = []
  expect(stuckOf(await place(order('1-1')))).toEqual([['1-1', 'order.missing_warehouse']])
  expect(numbers()).toEqual([])
  expect((await write()).mended).toEqual([])

  dictionary.rows = rows
  const result = await write()
  expect(result.mended.map(({ order: { posting }, problem }) => [posting.number, problem.code])).toEqual([
    ['1-1', 'order.missing_warehouse'],
  ])
  expect([stuckOf(result), numbers()]).toEqual([[], ['OZ000001']])
  expect((await write()).mended).toEqual([])
})

test('an order goes in its own currency only when 1C has it, and never in two', async () => {
  const { place, write, numbers, currency, dictionary } = shop()
  const tenge = order('1-1', { lines: [line({ currency: 'KZT' })] })
  const mixed = order('1-2', { lines: [line(), line({ currency: 'KZT' })] })
  const dollars = order('1-3', { lines: [line({ currency: 'USD' })] })

  expect(stuckOf(await place(tenge, mixed, dollars))).toEqual([
    ['1-1', 'order.unknown_currency'],
    ['1-2', 'order.unknown_currency'],
    ['1-3', 'order.unknown_currency'],
  ])
  currency.set('тг', 'KZT')
  dictionary.rows = [...dictionary.rows, { kind: 'priceType', value: { id: 'p', name: 'Экспорт', currency: 'USD' } }]
  expect(stuckOf(await write())).toEqual([['1-2', 'order.unknown_currency']])
  expect(numbers()).toEqual(['OZ000001', 'OZ000003'])
})

test('killed between the file and its note, nothing says any more that 1C cannot have read the order', async () => {
  const { book, place, write, diskIsFull, now } = shop({ writeFails: true })
  await expect(place(order('1-1'))).rejects.toThrow('the disk is full')
  expect(book.get('a', '1-1')).toMatchObject({ maybeRead: true })
  expect(book.get('a', '1-1')?.firstWrittenAt).toBeUndefined()

  diskIsFull(false)
  await write()
  expect(book.get('a', '1-1')).toMatchObject({ maybeRead: true, firstWrittenAt: now() })
})

test('the file is left alone while nothing changed for 1C, and an order that left it is marked with the time', async () => {
  const { book, place, write, now } = shop()
  expect(await place(order('1-1'))).toMatchObject({ fileWritten: true, inFile: 1 })
  const written = book.get('a', '1-1') as Order
  expect(written.maybeRead).toBeUndefined()
  expect(await write()).toMatchObject({ fileWritten: false, inFile: 1 })

  const cancelled: Order = { ...written, posting: { ...written.posting, phase: 'cancelled' } }
  const result = await write({ order: cancelled, before: written })
  expect([result.fileWritten, result.inFile, result.cancelled]).toEqual([true, 0, []])
  expect(book.get('a', '1-1')?.leftAt).toBe(now())
})
