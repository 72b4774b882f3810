import XMLBuilder from 'fast-xml-builder'
import { orderEl as el, orderWord as word } from './elements-orders.ts'
import { documentAmount, documentVat, lineAmount, vatRate } from './orders-amounts.ts'
import { localTime } from './orders-local-time.ts'
import type { OrderCounterparty, OrderDocument, OrderDocumentLine, OrderWarehouse } from './orders-model.ts'
import { toFixed } from '../../core/decimal.ts'

/** How an order file is written. */
export interface RenderOptions {
  /** Epoch milliseconds; becomes `ДатаФормирования`. */
  readonly generatedAt: number
  /** IANA zone of the base: 1C reads local time without a zone. */
  readonly timezone: string
  /** `native`: УТ 11, КА 2, ERP 2. */
  readonly profile: 'native'
}

/**
 * The order file of one exchange: one `Документ` per order, in the order given; without orders an empty root, which 1C
 * takes for success. Starts with `<?xml`, has no BOM, no namespace (1C would switch to strict typing) and no empty
 * element (1C would read an object where it expects a text). Check every order with `checkOrder` first: 1C rolls the
 * whole file back for one bad document.
 */
export function renderOrders(orders: readonly OrderDocument[], options: RenderOptions): string {
  const { date, time } = localTime(options.generatedAt, options.timezone)
  const root = element(
    el.exchangeDocument,
    orders.map((order) => documentNode(order, options.timezone)),
    { [el.schemaVersion]: '2.07', [el.generatedAt]: `${date}T${time}` },
  )
  const builder = new XMLBuilder({
    preserveOrder: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    format: true,
    indentBy: '\t',
    suppressEmptyNode: true,
  })
  return `${builder.build([xmlDeclaration(), root])}\n`
}

/** The numbers of the orders in an order file of our own making. */
export function numbersIn(xml: string): string[] {
  return [...xml.matchAll(new RegExp(`<${el.number}>([^<]*)</${el.number}>`, 'g'))].map((match) => match[1] as string)
}

function documentNode(order: OrderDocument, timezone: string): Node {
  const placed = localTime(order.placedAt, timezone)
  return element(el.document, [
    text(el.id, order.id),
    text(el.number, order.number),
    text(el.date, placed.date),
    text(el.operation, word.orderOperation),
    text(el.role, word.seller),
    text(el.currency, order.currency),
    text(el.exchangeRate, '1'),
    text(el.amount, documentAmount(order.lines)),
    element(el.counterparties, [counterpartyNode(order.counterparty)]),
    text(el.time, placed.time),
    text(el.comment, commentOf(order, timezone).slice(0, COMMENT_LENGTH)),
    element(el.taxes, [
      element(el.tax, [
        text(el.name, word.vat),
        text(el.includedInAmount, 'true'),
        text(el.amount, documentVat(order.lines)),
      ]),
    ]),
    element(el.warehouses, [warehouseNode(order.warehouse)]),
    element(el.products, order.lines.map(lineNode)),
    element(el.requisites, [
      requisite(word.status, order.status),
      requisite(word.shipDate, order.shipBy === undefined ? undefined : localTime(order.shipBy, timezone).date),
      requisite(word.cancelled, order.cancelled ? 'true' : undefined),
    ]),
  ])
}

function counterpartyNode(counterparty: OrderCounterparty): Node {
  return element(el.counterparty, [
    text(el.id, counterparty.inn || counterparty.name.slice(0, ID_LENGTH)),
    text(el.name, counterparty.name),
    // 1C makes a company as soon as the official name exists at all, so only one of the two may be written.
    text(counterparty.kind === 'company' ? el.officialName : el.fullName, counterparty.name),
    text(el.inn, counterparty.inn),
    text(el.kpp, counterparty.kpp),
    text(el.role, word.buyer),
  ])
}

/** 1C reads the one address field and the one contact unchecked: both are always there, and never twice. */
function warehouseNode(warehouse: OrderWarehouse): Node {
  const field = warehouse.addressFields.find(isFilled) ?? { type: word.country, value: word.russia }
  const contact = warehouse.contacts.find(isFilled) ?? { type: word.otherContact, value: '-' }
  return element(el.warehouse, [
    text(el.id, warehouse.id),
    text(el.name, warehouse.name),
    element(el.address, [text(el.presentation, field.value), typed(el.addressField, field)]),
    element(el.contacts, [typed(el.contact, contact)]),
  ])
}

function lineNode(line: OrderDocumentLine): Node {
  return element(el.product, [
    text(el.id, line.itemId),
    text(el.name, line.name.slice(0, NAME_LENGTH)),
    unitNode(line),
    element(el.taxRates, rateNodes(line)),
    element(el.requisites, [requisite(word.goodsKindRequisite, word.goodsKind)]),
    text(el.unitPrice, toFixed(line.price, 2)),
    text(el.quantity, String(line.quantity)),
    text(el.amount, lineAmount(line)),
    text(el.ratio, '1'),
  ])
}

function unitNode(line: OrderDocumentLine): Node | undefined {
  if (line.unit === undefined) return undefined
  const code = line.unit.code.trim()
  return text(el.baseUnit, line.unit.name || code, code === '' ? undefined : { [el.code]: code })
}

function rateNodes(line: OrderDocumentLine): readonly (Node | undefined)[] {
  const rate = vatRate(line.vat)
  return rate === '' ? [] : [element(el.taxRate, [text(el.name, word.vat), text(el.rate, rate)])]
}

function commentOf(order: OrderDocument, timezone: string): string {
  const parts = [`${order.marketplace}: отправление ${order.postingNumber}`]
  if (order.marketplaceWarehouse !== '') parts.push(`склад ${order.marketplaceWarehouse}`)
  if (order.shipBy !== undefined) {
    const { date, time } = localTime(order.shipBy, timezone)
    parts.push(`отгрузить до ${date.split('-').toReversed().join('.')} ${time.slice(0, 5)}`)
  }
  return [...parts, ...(order.comment ?? [])].join('; ')
}

/** A text without the characters that XML cannot hold at all (1C refuses the file) and without blanks around it. */
export function cleanText(value: string): string {
  return value.replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '').trim()
}

/** What the public schema and 1C's own fields hold. */
const ID_LENGTH = 40
const NAME_LENGTH = 250
const COMMENT_LENGTH = 3000

/** A node as the builder takes it in document order. */
type Node = Readonly<Record<string, unknown>>

function element(
  name: string,
  children: readonly (Node | undefined)[],
  attributes?: Readonly<Record<string, string>>,
): Node {
  const present = children.filter((child) => child !== undefined && !isEmpty(child))
  return { [name]: present, ...(attributes === undefined ? {} : { ':@': attributes }) }
}

/** An element with a text; undefined (no element) when the text is empty. */
function text(
  name: string,
  value: string | undefined,
  attributes?: Readonly<Record<string, string>>,
): Node | undefined {
  const clean = cleanText(value ?? '')
  return clean === ''
    ? undefined
    : { [name]: [{ '#text': clean }], ...(attributes === undefined ? {} : { ':@': attributes }) }
}

function typed(name: string, pair: { readonly type: string; readonly value: string }): Node {
  return element(name, [text(el.type, pair.type), text(el.value, pair.value)])
}

function requisite(name: string, value: string | undefined): Node | undefined {
  if (value === undefined || cleanText(value) === '') return undefined
  return element(el.requisite, [text(el.name, name), text(el.value, value)])
}

function xmlDeclaration(): Node {
  return { '?xml': [], ':@': { version: '1.0', encoding: 'UTF-8' } }
}

function isEmpty(node: Node): boolean {
  return Object.entries(node).every(([name, value]) => name === ':@' || (Array.isArray(value) && value.length === 0))
}

function isFilled(pair: { readonly type: string; readonly value: string }): boolean {
  return cleanText(pair.type) !== '' && cleanText(pair.value) !== ''
}
