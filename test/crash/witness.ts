import { readFileSync } from 'node:fs'
import { all, needText, parseXml, textOf, type XmlElement } from '../scripted-1c/xml-tree.ts'

/** A write to Ozon as the simulator got it. */
export interface WriteRequest {
  /** From 0, in the order of arrival, over all requests. */
  readonly index: number
  readonly aspect: 'prices' | 'stocks'
  /** Which process of the service sent it, from 0. */
  readonly process: number
  readonly items: readonly WrittenItem[]
}

export interface WrittenItem {
  /** Article; stocks: article and warehouse. */
  readonly key: string
  readonly value: number
}

const PATHS: Readonly<Record<string, 'prices' | 'stocks'>> = {
  '/v1/product/import/prices': 'prices',
  '/v2/products/stocks': 'stocks',
}

/** Sees every request that the simulator executes. */
export class RequestWitness {
  readonly writes: WriteRequest[] = []
  #count = 0
  /** Which process of the service runs now. */
  process = 0
  /** Called with every write after it took effect, before it is answered. */
  onWrite: (write: WriteRequest) => void = () => {}

  /** For the simulator: called with every request, after it took effect. */
  readonly see = (path: string, body: unknown): readonly string[] => {
    const aspect = PATHS[path]
    const index = this.#count++
    if (aspect === undefined) return []
    const write = { index, aspect, process: this.process, items: itemsOf(aspect, body) }
    this.writes.push(write)
    this.onWrite(write)
    return []
  }

  /** True when a value of a key was sent at least once. */
  sent(aspect: WriteRequest['aspect'], key: string, value: number): boolean {
    return this.writes.some(
      (write) => write.aspect === aspect && write.items.some((item) => item.key === key && item.value === value),
    )
  }

  /** Index of the last request that stated a key; -1 when none did. */
  lastOf(aspect: WriteRequest['aspect'], key: string): number {
    const write = this.writes.findLast((each) => each.aspect === aspect && each.items.some((item) => item.key === key))
    return write?.index ?? -1
  }
}

function itemsOf(aspect: WriteRequest['aspect'], body: unknown): WrittenItem[] {
  const { prices, stocks } = body as {
    readonly prices?: readonly { offer_id: string; price: string }[]
    readonly stocks?: readonly { offer_id: string; warehouse_id: number; stock: number }[]
  }
  if (aspect === 'prices') return (prices ?? []).map(({ offer_id, price }) => ({ key: offer_id, value: Number(price) }))
  return (stocks ?? []).map(({ offer_id, warehouse_id, stock }) => ({
    key: `${offer_id} ${warehouse_id}`,
    value: stock,
  }))
}

/** An order as it stands in the order file. */
export interface FiledOrder {
  readonly id: string
  readonly number: string
  readonly cancelled: boolean
}

/** Milliseconds between two readings of the order file. */
const EVERY = 4

/** Reads the order file all the time, as a 1C with very many nodes would. */
export class OrderFileWitness {
  readonly #path: string
  readonly #timer: NodeJS.Timeout
  readonly #numbers = new Map<string, string>()
  #text: string | undefined
  orders: readonly FiledOrder[] = []
  /** Different contents seen. */
  versions = 0
  readonly violations: string[] = []

  constructor(path: string) {
    this.#path = path
    this.#timer = setInterval(() => this.look(), EVERY)
  }

  look(): void {
    let text: string
    try {
      text = readFileSync(this.#path, 'utf8')
    } catch (error) {
      if (this.#text !== undefined) this.violations.push(`orders.xml is missing: ${(error as Error).message}`)
      return
    }
    if (text === this.#text) return
    this.#text = text
    this.versions++
    try {
      this.orders = filedOrders(text)
    } catch (error) {
      this.violations.push(`orders.xml is no whole document: ${(error as Error).message}`)
      return
    }
    for (const { id, number } of this.orders) this.#note(id, number)
  }

  #note(id: string, number: string): void {
    for (const [a, b] of [
      [`order ${id}`, `number ${number}`],
      [`number ${number}`, `order ${id}`],
    ] as const) {
      const known = this.#numbers.get(a)
      if (known !== undefined && known !== b)
        this.violations.push(`orders.xml: ${a} stood with ${known}, now with ${b}`)
      this.#numbers.set(a, b)
    }
  }

  close(): void {
    clearInterval(this.#timer)
    this.look()
  }
}

/** The orders of an order file. @throws Error when it is no whole document */
export function filedOrders(text: string): FiledOrder[] {
  return all(parseXml(text), 'Документ').map(orderOf)
}

function orderOf(document: XmlElement): FiledOrder {
  const rows = all(document, 'ЗначенияРеквизитов').flatMap((block) => all(block, 'ЗначениеРеквизита'))
  return {
    id: needText(document, 'Ид'),
    number: needText(document, 'Номер'),
    cancelled: rows.some((row) => textOf(row, 'Наименование') === 'Отменен' && textOf(row, 'Значение') === 'true'),
  }
}
