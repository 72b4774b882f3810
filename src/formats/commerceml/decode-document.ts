import type {
  DocumentCounterparty,
  DocumentDiscount,
  DocumentKind,
  DocumentLine,
  DocumentTax,
  OneCDocument,
} from '../../core/document.ts'
import type { Requisite } from '../../core/catalogue.ts'
import { parseDecimal, type Decimal } from '../../core/decimal.ts'
import { isDeleted, requisitesOf, unitIn, unitOf } from './decode-shared.ts'
import {
  documentRequisites,
  isLiteral,
  KIND_OF_ITEM,
  literals,
  moneyWords,
  requisiteSpellings,
} from './elements-aliases.ts'
import { orderEl as el } from './elements-orders.ts'
import { parseStamp } from './stamp.ts'
import type { Element } from './tree.ts'

/**
 * Документ in every dialect as one shape: 2.03 to 2.10 and 3.1, in Russian and in English, with payments and shipments
 * below it. Personal data of the buyer is left where it is. A number or date that cannot be read counts as not stated.
 */
export function decodeDocument(element: Element, timezone: string): OneCDocument {
  const requisites = requisitesOf(element)
  const named = (name: keyof typeof documentRequisites): string => requisite(requisites, documentRequisites[name])
  const operation = element.childText(el.operation)
  const kind = kindOf(operation)
  const paidAt = parseStamp(named('paymentDate'), timezone)
  const shippedAt = parseStamp(named('shipmentDate'), timezone)
  // A number or a date of a payment is written only once there is one.
  const paid = flag(named('paid')) ?? (named('paymentNumber') !== '' || paidAt !== undefined ? true : undefined)
  const shipped =
    flag(named('shipped')) ?? (named('shipmentNumber') !== '' || shippedAt !== undefined ? true : undefined)
  const counterparty = counterpartyOf(element)
  return {
    id: element.childText(el.id),
    number: element.childText(el.number),
    ...optional('placedAt', momentOf(element.childText(el.date), element.childText(el.time), timezone)),
    kind,
    operation,
    role: element.childText(el.role),
    currency: element.childText(el.currency),
    ...optional('rate', parseDecimal(element.childText(el.exchangeRate))),
    ...optional('amount', parseDecimal(element.childText(el.amount))),
    comment: element.childText(el.comment),
    version: element.childText(el.versionNumber),
    deleted: isDeleted(element) || flag(named('deletionMark')) === true,
    numberIn1c: element.childText(el.numberIn1c) || named('numberIn1c'),
    ...optional('dateIn1c', parseStamp(element.childText(el.dateIn1c) || named('dateIn1c'), timezone)),
    ...optional('posted', flag(named('posted'))),
    ...optional('cancelled', flag(named('cancelled'))),
    ...optional('paid', paid),
    ...optional('paidAt', paidAt),
    ...optional('shipped', shipped),
    ...optional('shippedAt', shippedAt),
    status: named('status'),
    statusId: named('statusId'),
    trackNumber: named('trackNumber'),
    requisites,
    warehouses: element.items(el.warehouses, el.warehouse).map((warehouse) => ({
      id: warehouse.childText(el.id),
      name: warehouse.childText(el.name),
    })),
    ...optional('counterparty', counterparty),
    taxes: taxesOf(element),
    discounts: discountsOf(element),
    lines: element.items(el.products, el.product).map(decodeLine),
    basis: basisOf(element),
    children: childrenOf(element, timezone),
  }
}

/** Nothing, when there is no value; so that what was not stated is not there. */
function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V }
}

/** Some programs write operations as the schema explains them, without blanks: `ЗаказТовара`. */
function kindOf(operation: string): DocumentKind {
  const word = withoutBlanks(operation)
  const isOne = (spellings: readonly string[]): boolean => spellings.some((each) => withoutBlanks(each) === word)
  if (isOne(literals.order)) return 'order'
  if (isOne(literals.shipment)) return 'shipment'
  if (moneyWords.refund.some((part) => word.includes(part))) return 'refund'
  return moneyWords.payment.some((part) => word.includes(part)) ? 'payment' : 'other'
}

function withoutBlanks(text: string): string {
  return text.replaceAll(/\s/g, '').toLowerCase()
}

/** The first filled value of a requisite, whichever of its spellings the base uses. */
function requisite(requisites: readonly Requisite[], spellings: readonly string[]): string {
  for (const { name, values } of requisites) {
    const [value] = values
    if (value !== undefined && isLiteral(name, spellings)) return value
  }
  return ''
}

/** Undefined when nothing is stated: `false` is an answer of its own. */
function flag(text: string): boolean | undefined {
  return text === '' ? undefined : isLiteral(text, literals.yes)
}

/** Дата with Время, which may stand in one; 1C's empty date is none. */
function momentOf(date: string, time: string, timezone: string): number | undefined {
  const joined = time === '' || /\d:\d/.test(date) ? undefined : parseStamp(`${date}T${time}`, timezone)
  return joined ?? parseStamp(date, timezone)
}

/** Only the first one is the buyer; names, addresses and telephones are nobody's business here. */
function counterpartyOf(element: Element): DocumentCounterparty | undefined {
  const [first] = element.items(el.counterparties, el.counterparty)
  if (first === undefined) return undefined
  return { id: first.childText(el.id), inn: first.childText(el.inn), kpp: first.childText(el.kpp) }
}

function decodeLine(element: Element): DocumentLine {
  const requisites = requisitesOf(element)
  const unitElement = element.child(el.unit)
  const kind = requisite(requisites, requisiteSpellings(KIND_OF_ITEM))
  return {
    id: element.childText(el.id),
    name: element.childText(el.name),
    article: element.childText(el.article),
    ...optional('quantity', parseDecimal(element.childText(el.quantity))),
    ...optional('unit', unitOf(element) ?? (unitElement === undefined ? undefined : unitIn(unitElement))),
    ratio: parseDecimal(element.childText(el.ratio)) ?? '1',
    ...optional('unitPrice', priceOf(element)),
    ...optional('amount', parseDecimal(element.childText(el.amount))),
    kind: isLiteral(kind, literals.service) ? 'service' : 'goods',
    discounts: discountsOf(element),
    taxes: lineTaxesOf(element),
    requisites,
  }
}

/** The schema of 3.1 calls it Цена, everything before and the module itself ЦенаЗаЕдиницу. */
function priceOf(element: Element): Decimal | undefined {
  return parseDecimal(element.childText(el.unitPrice) || element.childText(el.price))
}

function taxesOf(element: Element): readonly DocumentTax[] {
  return element.items(el.taxes, el.tax).map((tax) => ({
    name: tax.childText(el.name),
    rate: plainRate(tax.childText(el.rate)),
    ...optional('amount', parseDecimal(tax.childText(el.amount))),
    ...optional('included', flag(tax.childText(el.includedInAmount))),
  }))
}

/** What the line was taxed with; else the rates of the goods. */
function lineTaxesOf(element: Element): readonly DocumentTax[] {
  const taxes = taxesOf(element)
  const rates = element.items(el.taxRates, el.taxRate)
  const rateOf = (name: string): string => {
    const found = rates.find((rate) => rate.childText(el.name) === name)
    return plainRate(found?.childText(el.rate) ?? '')
  }
  if (taxes.length > 0) return taxes.map((tax) => (tax.rate === '' ? { ...tax, rate: rateOf(tax.name) } : tax))
  return rates.map((rate) => ({ name: rate.childText(el.name), rate: plainRate(rate.childText(el.rate)) }))
}

function plainRate(text: string): string {
  return text.replace(/\s*%$/, '')
}

function discountsOf(element: Element): readonly DocumentDiscount[] {
  return element.items(el.discounts, el.discount).map((discount) => ({
    name: discount.childText(el.name),
    ...optional('amount', parseDecimal(discount.childText(el.amount))),
    ...optional('percent', parseDecimal(discount.childText(el.percent))),
    ...optional('included', flag(discount.childText(el.includedInAmount))),
  }))
}

/** The id alone, or an element with it. */
function basisOf(element: Element): string {
  const basis = element.child(el.basis)
  return basis === undefined ? '' : basis.text() || basis.childText(el.id) || basis.childText(el.number)
}

/** ПодчиненныеДокументы of 2.10 and Оплаты of 2.09. */
function childrenOf(element: Element, timezone: string): readonly OneCDocument[] {
  const subordinates = element.items(el.subordinates, el.subordinate)
  const payments = element.items(el.payments, el.payment)
  return [
    ...subordinates.map((each) => decodeDocument(each, timezone)),
    ...payments.map((each): OneCDocument => ({ ...decodeDocument(each, timezone), kind: 'payment' })),
  ]
}
