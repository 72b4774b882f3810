import { existsSync, readFileSync } from 'node:fs'
import { splitOfferId, type ProductEntry } from '../../core/catalogue.ts'
import { ObmenError } from '../../core/errors.ts'
import type { Reason } from '../../core/item.ts'
import type { Order, Posting } from '../../core/order.ts'
import { checkOrder } from '../../formats/commerceml/orders-check.ts'
import type { OrderDocument } from '../../formats/commerceml/orders-model.ts'
import { renderOrders } from '../../formats/commerceml/orders.ts'
import type { Account } from '../../pipeline/account.ts'
import type { Exchange, Services } from '../../pipeline/services.ts'
import { unitInWords, type Dictionary } from '../../state/dictionary.ts'
import { orderKey, RUN_TAIL } from '../../state/order-book.ts'

/** The one order file of an exchange. It always exists; it is replaced atomically, only when its orders changed. */
export class OrderFile {
  readonly #exchange: Exchange
  readonly #services: Services

  constructor(exchange: Exchange, services: Services) {
    this.#exchange = exchange
    this.#services = services
  }

  /** Renders the file from the orders of all accounts and puts it in place when it differs from what stands there. */
  async write(now: number): Promise<{ readonly fileWritten: boolean; readonly inFile: number }> {
    const { config, orders } = this.#exchange
    if (config.orders === undefined) return { fileWritten: false, inFile: 0 }
    const documents = await this.#documents(orders.all().filter(belongsInFile))
    const { timezone, profile } = config
    const render = (generatedAt: number): string =>
      renderOrders([...documents.values()], { generatedAt, timezone, profile })
    const path = config.orders.file
    const differs = !existsSync(path) || withoutStamp(readFileSync(path, 'utf8')) !== withoutStamp(render(now))
    // Killed before the writing is noted, 1C may read an order of which nothing says that it ever stood in the file.
    const newcomers = [...documents.keys()].filter(isNewInFile)
    if (differs) {
      await orders.put(newcomers.map((order) => ({ ...order, maybeRead: true })))
      await this.#services.files.writeAtomic(path, render(now))
    }
    await this.#noteWritten(new Set(documents.keys()))
    return { fileWritten: differs, inFile: documents.size }
  }

  /** The file is in place: from now on a run of the node can see the last change of these orders, and no others. */
  async #noteWritten(listed: ReadonlySet<Order>): Promise<void> {
    const { orders } = this.#exchange
    const now = this.#services.clock.now()
    const lastFile = this.#exchange.lastNodeFileAt()
    const duringRun = lastFile !== undefined && now - lastFile < RUN_TAIL
    const keys = new Set([...listed].map(keyOf))
    const noted: Order[] = []
    for (const order of listed) {
      if (isNewInFile(order)) {
        const { leftAt: _, ...rest } = order
        const maybeRead = duringRun || order.maybeRead === true ? { maybeRead: true } : {}
        noted.push({ ...rest, writtenAt: now, firstWrittenAt: now, ...maybeRead })
      } else if (order.writtenAt === undefined) noted.push({ ...order, writtenAt: now })
    }
    for (const order of orders.all()) {
      const { firstWrittenAt, firstRun, leftAt } = order
      const unread = firstWrittenAt !== undefined && firstRun === undefined && leftAt === undefined
      if (unread && !keys.has(keyOf(order))) noted.push({ ...order, leftAt: now })
    }
    await orders.put(noted)
  }

  /** The documents of orders that 1C can load; what speaks against one is kept with its order, and taken back when mended. */
  async #documents(listed: readonly Order[]): Promise<Map<Order, OrderDocument>> {
    const { catalogue } = this.#exchange
    const dictionary = await catalogue.dictionary()
    const productIds = [...new Set(listed.flatMap((o) => o.lines.map((l) => splitOfferId(l.itemId ?? '').productId)))]
    const entries = await catalogue.getMany(productIds)
    const products = new Map(productIds.map((id, i) => [id, entries[i]]))
    const documents = new Map<Order, OrderDocument>()
    const changed: Order[] = []
    for (const order of listed) {
      const document = this.#document(order, dictionary, products)
      const fault = 'code' in document ? document : faultOf(document)
      const { fault: before, ...rest } = order
      const judged: Order = fault === undefined ? rest : { ...rest, fault }
      if (JSON.stringify(fault) !== JSON.stringify(before)) changed.push(judged)
      if (fault === undefined) documents.set(judged, document as OrderDocument)
    }
    await this.#exchange.orders.put(changed)
    return documents
  }

  #document(
    order: Order,
    dictionary: Dictionary,
    products: ReadonlyMap<string, ProductEntry | undefined>,
  ): OrderDocument | Reason {
    const { posting, number } = order
    const account = this.#accountOf(posting)
    if (account === undefined) {
      return {
        code: 'order.unknown_account',
        message: `posting ${posting.number} belongs to account ${posting.account}, which the configuration does not name`,
        params: { account: posting.account, posting: posting.number },
      }
    }
    const { counterparty, status, marketplace } = account.parts.config
    const [warehouseId] = order.warehouse === undefined ? [] : dictionary.idsOf('warehouse', order.warehouse)
    const warehouse = warehouseId === undefined ? undefined : dictionary.warehouse(warehouseId)
    if (warehouse === undefined) {
      return {
        code: 'order.missing_warehouse',
        message: `1C has no warehouse "${order.warehouse ?? ''}" for posting ${posting.number}`,
        params: { warehouse: order.warehouse ?? '', posting: posting.number },
      }
    }
    const currencies = [...new Set(posting.lines.map((line) => line.currency))]
    const currency = currencies[0] ?? 'RUB'
    if (currencies.length > 1 || !this.#knowsCurrency(currency, dictionary)) {
      // 1C takes a currency that it does not find for its own: 1,000 tenge would become 1,000 roubles.
      return {
        code: 'order.unknown_currency',
        message: `posting ${posting.number} is in ${currencies.join(' and ')}, which 1C has not named`,
        params: { currency: currencies.join(', '), posting: posting.number },
      }
    }
    if (counterparty === undefined || number === undefined) {
      throw new ObmenError(
        'config',
        'orders.no_counterparty',
        `writing orders of ${account.name}: it names no counterparty`,
        {
          remedy: 'Add counterparty: { name, kind, inn } to the account in config/marketplaces.yaml.',
        },
      )
    }
    const text = status.get(posting.status)
    return {
      id: `${marketplace}-${posting.number}`,
      number,
      postingNumber: posting.number,
      placedAt: posting.placedAt,
      ...(posting.shipBy === undefined ? {} : { shipBy: posting.shipBy }),
      currency,
      counterparty,
      warehouse,
      ...(text === undefined ? {} : { status: text }),
      cancelled: posting.phase === 'cancelled',
      lines: order.lines.map((line) => {
        const { productId, variant } = splitOfferId(line.itemId ?? '')
        const entry = products.get(productId)
        const offer = entry?.variants[variant]?.facts?.value
        const unit = unitInWords(offer?.unit ?? entry?.facts?.value.unit, dictionary)
        return {
          itemId: line.itemId ?? '',
          name: offer?.name ?? entry?.facts?.value.name ?? line.name,
          quantity: line.quantity,
          price: line.price,
          ...(unit === undefined ? {} : { unit }),
          vat: entry?.facts?.value.vat ?? '',
        }
      }),
      marketplace: account.parts.connector.title,
      marketplaceWarehouse: posting.warehouseName,
    }
  }

  /** The account of a posting; undefined when it was taken out of the configuration: only its own orders wait then. */
  #accountOf(posting: Posting): Account | undefined {
    try {
      return this.#services.account(posting.account)
    } catch (error) {
      if (error instanceof ObmenError && error.code === 'config.unknown_account') return undefined
      throw error
    }
  }

  /** The rouble, a currency of the exchange's table, or one in which 1C states prices. */
  #knowsCurrency(currency: string, dictionary: Dictionary): boolean {
    if (currency === 'RUB' || [...this.#exchange.config.currency.values()].includes(currency)) return true
    const types = dictionary.names('priceType').flatMap((name) => dictionary.idsOf('priceType', name))
    return types.some((id) => dictionary.priceType(id)?.currency === currency)
  }
}

function keyOf({ posting }: Order): string {
  return orderKey(posting.account, posting.number)
}

/** True for an order that no file showed before, or that a run can have seen in none of them. */
function isNewInFile({ firstWrittenAt, firstRun, leftAt }: Order): boolean {
  return firstWrittenAt === undefined || (firstRun === undefined && leftAt !== undefined)
}

/** One bad document would make 1C roll the whole file back: it stays out, in a visible place. */
function faultOf(document: OrderDocument): Reason | undefined {
  const faults = checkOrder(document)
  if (faults.length === 0) return undefined
  return {
    code: 'order.unusable',
    message: `posting ${document.postingNumber}: ${faults.join('; ')}`,
    params: { posting: document.postingNumber, faults: faults.join('; ') },
  }
}

/** Open orders, orders whose last change was not presented yet, and cancelled ones that 1C may know. */
function belongsInFile(order: Order): boolean {
  if (order.number === undefined || order.problem !== undefined) return false
  if (order.posting.phase === 'cancelled') return isCancelledInFile(order)
  return order.posting.phase === 'open' || order.presentedAt === undefined
}

/** The file without the time of its making: what 1C would do differently is all that counts. */
function withoutStamp(xml: string): string {
  const end = xml.indexOf('>', xml.indexOf('?>') + 2)
  return xml.slice(end)
}

/** Cancelled at the marketplace, possibly known to 1C and not ticked off. */
export function isCancelledInFile(order: Order): boolean {
  const { posting, everPresented, firstRun, maybeRead, doneAt, number } = order
  const known = everPresented || firstRun !== undefined || maybeRead === true
  return posting.phase === 'cancelled' && number !== undefined && known && doneAt === undefined
}
