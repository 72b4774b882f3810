import XMLBuilder from 'fast-xml-builder'
import { orderEl as el, orderWord as word } from './elements-orders.ts'
import { documentAmount, documentVat, lineAmount, vatRate } from './orders-amounts.ts'
import { localTime } from './orders-local-time.ts'
import type { OrderCounterparty, OrderDocument, OrderDocumentLine, OrderWarehouse } from './orders-model.ts'
import { toFixed } from '../../core/decimal.ts'
import { fingerprintValue } from '../../core/fingerprint.ts'

/** How an order file is written. */
export interface RenderOptions {
  /** Epoch milliseconds; becomes `ДатаФормирования`. */
  readonly generatedAt: number
  /** IANA zone of the base: 1C reads local time without a zone. */
  readonly timezone: string
  readonly profile: OrderProfile
}

/**
 * Who reads the file. `native`: УТ 11, КА 2, ERP 2. `unf`: УНФ, which takes the warehouse by its name from a requisite.
 * `bus-3.1`: the 1C-Bitrix module, which wants every order in a container, a version that changes with the order, units
 * as objects and the status as an id; it calls a file without containers one without orders.
 */
export type OrderProfile = 'native' | 'unf' | 'bus-3.1'

/**
 * The order file of one exchange: one `Документ` per order, in the order given; without orders an empty root, which 1C
 * takes for success. Starts with `<?xml`, has no BOM, no namespace (1C would switch to strict typing) and no empty
 * element (1C would read an object where it expects a text). Check every order with `checkOrder` first: 1C rolls the
 * whole file back for one bad document.
 */
export function renderOrders(orders: readonly OrderDocument[], options: RenderOptions): string {
  const { generatedAt, timezone, profile } = options
  const { date, time } = localTime(generatedAt, timezone)
  const inContainers = profile === 'bus-3.1'
  const documents = orders.map((order) => documentNode(order, timezone, profile))
  const root = element(
    el.exchangeDocument,
    inContainers ? documents.map((document) => element(el.container, [document])) : documents,
    { [el.schemaVersion]: inContainers ? '3.1' : '2.07', [el.generatedAt]: `${date}T${time}` },
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

function documentNode(order: OrderDocument, timezone: string, profile: OrderProfile): Node {
  const placed = localTime(order.placedAt, timezone)
  const forModule = profile === 'bus-3.1'
  return element(el.document, [
    text(el.id, order.id),
    // The module takes a document for unchanged as long as this is what it was.
    text(el.versionNumber, forModule ? fingerprintValue(order) : undefined),
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
    element(
      el.products,
      order.lines.map((line) => lineNode(line, forModule ? unitObject(line) : unitNode(line))),
    ),
    element(el.requisites, [
      requisite(word.status, order.status),
      requisite(word.statusId, forModule ? order.status : undefined),
      requisite(word.warehouse, profile === 'unf' ? order.warehouse.name : undefined),
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

function lineNode(line: OrderDocumentLine, unit: Node | undefined): Node {
  return element(el.product, [
    text(el.id, line.itemId),
    text(el.name, line.name.slice(0, NAME_LENGTH)),
    unit,
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

function unitObject({ unit }: OrderDocumentLine): Node | undefined {
  if (unit === undefined) return undefined
  const name = unit.name || unit.code
  return element(el.unit, [
    text(el.code, unit.code),
    text(el.unitFullName, name),
    text(el.unitShortName, name.slice(0, SHORT_UNIT_LENGTH)),
  ])
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
const SHORT_UNIT_LENGTH = 4

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
