import type { NodeRun, Order } from '../core/order.ts'
import type { Namespace, Store } from './store.ts'

/** A run of 1C writes its files, then loads the order file: so long after its last file it may still be going. */
export const RUN_TAIL = 30_000

/** What ended so long ago is forgotten, clock milliseconds: 90 days. A marketplace may still list it; it is none of ours then. */
export const ORDERS_KEPT = 7_776_000_000

/** What one open order takes away from a stock that 1C has stated without knowing of it. */
export interface OpenLine {
  readonly quantity: number
  /** Name of the 1C warehouse; absent = unknown, it counts for every warehouse. */
  readonly warehouse?: string
}

/** All orders of one exchange, over all its accounts. Loaded once; every change is committed before it is seen. */
export class OrderBook {
  readonly exchange: string
  readonly #store: Store
  readonly #orders: Namespace<Order>
  readonly #byKey = new Map<string, Order>()
  /** Keys of the orders that name an item: a look asks for every item of the catalogue. */
  readonly #byItem = new Map<string, Set<string>>()
  #last: Promise<unknown> = Promise.resolve()

  constructor(store: Store, exchange: string) {
    this.exchange = exchange
    this.#store = store
    this.#orders = store.namespace(`orders.${exchange}`)
  }

  /** Reads the orders; call it once before anything else. */
  async load(): Promise<void> {
    for await (const [key, order] of this.#orders.entries()) this.#note(key, order)
  }

  /** Runs `work` alone: readings of postings and runs of 1C change the same orders. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#last.then(work, work)
    this.#last = run.catch(() => undefined)
    return run
  }

  get(account: string, posting: string): Order | undefined {
    return this.#byKey.get(orderKey(account, posting))
  }

  /** The order that bears this number in 1C. */
  byNumber(number: string): Order | undefined {
    return this.all().find((order) => order.number === number)
  }

  /** All orders, oldest posting first. */
  all(): Order[] {
    return [...this.#byKey.values()].sort(
      (a, b) => a.posting.placedAt - b.posting.placedAt || (a.posting.number < b.posting.number ? -1 : 1),
    )
  }

  async put(orders: readonly Order[]): Promise<void> {
    if (orders.length === 0) return
    const set = orders.map((order) => [orderKey(order.posting.account, order.posting.number), order] as const)
    await this.#store.commit([{ namespace: this.#orders.name, set }])
    for (const [key, order] of set) this.#note(key, order)
  }

  #note(key: string, order: Order): void {
    this.#drop(key)
    this.#byKey.set(key, order)
    for (const itemId of itemsOf(order)) {
      const keys = this.#byItem.get(itemId)
      if (keys === undefined) this.#byItem.set(itemId, new Set([key]))
      else keys.add(key)
    }
  }

  #drop(key: string): void {
    const order = this.#byKey.get(key)
    if (order === undefined) return
    this.#byKey.delete(key)
    for (const itemId of itemsOf(order)) {
      const keys = this.#byItem.get(itemId)
      keys?.delete(key)
      if (keys?.size === 0) this.#byItem.delete(itemId)
    }
  }

  /** Forgets orders that are over and have not changed for {@link ORDERS_KEPT}. Resolves to how many. */
  async prune(now: number): Promise<number> {
    const old = [...this.#byKey].filter(
      ([, { posting, changedAt }]) =>
        posting.phase !== 'open' && Math.max(changedAt, posting.placedAt) < now - ORDERS_KEPT,
    )
    if (old.length === 0) return 0
    await this.#store.commit([{ namespace: this.#orders.name, delete: old.map(([key]) => key) }])
    for (const [key] of old) this.#drop(key)
    return old.length
  }

  /**
   * What orders take away from the stock of an item as 1C stated it with `stamp`. `free`: until 1C stated the stock in a
   * run after the first one that could load the order. `balance`: until then and until the goods were handed over.
   */
  openLines(itemId: string, meaning: 'free' | 'balance', stamp: number): OpenLine[] {
    const open: OpenLine[] = []
    for (const key of this.#byItem.get(itemId) ?? []) {
      const order = this.#byKey.get(key) as Order
      if (order.posting.phase === 'cancelled') continue
      // The stamp tells while the file is being applied; `reserved` tells of statements that changed nothing.
      const known = order.reserved.includes(itemId) || (order.firstRun !== undefined && stamp > order.firstRun)
      if (known && (meaning === 'free' || order.posting.phase === 'handed')) continue
      for (const line of order.lines) {
        if (line.itemId !== itemId) continue
        open.push({ quantity: line.quantity, ...(order.warehouse === undefined ? {} : { warehouse: order.warehouse }) })
      }
    }
    return open
  }

  /**
   * Notes a file, seen at `fileAt`, of a run of the node that loads the order file: orders whose file was in place before
   * the run's first file appeared count the run once; the second one makes them presented. An order that came into the
   * file while the run was going may have been read by it all the same. Returns the orders that were presented.
   */
  async noteRun(run: NodeRun, fileAt = run.seenAt): Promise<Order[]> {
    const changed: Order[] = []
    const presented: Order[] = []
    for (const order of this.#byKey.values()) {
      let next = order
      if (order.firstRun === undefined && couldLoad(order, run)) next = { ...next, firstRun: run.stamp }
      if (next.firstRun === undefined && next.maybeRead !== true && isDuring(next.firstWrittenAt, run.seenAt, fileAt)) {
        next = { ...next, maybeRead: true }
      }
      const counts = order.writtenAt !== undefined && order.presentedAt === undefined && run.seenAt > order.writtenAt
      if (counts && !order.runs.some((known) => known.stamp === run.stamp)) {
        const runs = [...order.runs, run]
        next = { ...next, runs }
        if (runs.length >= 2) {
          next = { ...next, presentedAt: run.seenAt, everPresented: true }
          presented.push(next)
        }
      }
      if (next !== order) changed.push(next)
    }
    await this.put(changed)
    return presented
  }

  /**
   * Asks for every order that a run could have loaded whether 1C has stated its items' stock since. Returns the items
   * whose reserve is now in 1C's own stock.
   */
  async noteReserves(statedAfter: (itemId: string, stamp: number) => Promise<boolean>): Promise<string[]> {
    const changed: Order[] = []
    const items: string[] = []
    for (const order of this.#byKey.values()) {
      if (order.firstRun === undefined) continue
      const reserved = [...order.reserved]
      for (const line of order.lines) {
        if (line.itemId === undefined || reserved.includes(line.itemId)) continue
        if (await statedAfter(line.itemId, order.firstRun)) {
          reserved.push(line.itemId)
          items.push(line.itemId)
        }
      }
      if (reserved.length > order.reserved.length) changed.push({ ...order, reserved })
    }
    await this.put(changed)
    return items
  }
}

/** True when the order stood in the file when the first file of the run appeared. */
function couldLoad({ firstWrittenAt, leftAt }: Order, { seenAt }: NodeRun): boolean {
  return firstWrittenAt !== undefined && seenAt > firstWrittenAt && (leftAt === undefined || seenAt <= leftAt)
}

/** True when the order came into the file after the first file of a run and before the run was over for sure. */
function isDuring(writtenAt: number | undefined, firstFileAt: number, fileAt: number): boolean {
  return writtenAt !== undefined && writtenAt >= firstFileAt && writtenAt < fileAt + RUN_TAIL
}

function itemsOf(order: Order): Set<string> {
  return new Set(order.lines.flatMap((line) => line.itemId ?? []))
}

/** The key of an order: a posting number is unique in its account. */
export function orderKey(account: string, posting: string): string {
  return `${account}/${posting}`
}
