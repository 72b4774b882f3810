import { Big, isDecimal } from '../../core/decimal.ts'
import { cleanText } from './orders.ts'
import { documentAmount } from './orders-amounts.ts'
import type { OrderDocument, OrderDocumentLine } from './orders-model.ts'

/**
 * What would make 1C refuse, misread or silently skip this order, one English sentence each; empty when it may be
 * written. An order with a finding must stay out of the file: 1C rolls the whole file back for one bad document.
 */
export function checkOrder(order: OrderDocument): string[] {
  return [...headFindings(order), ...counterpartyFindings(order), ...warehouseFindings(order), ...lineFindings(order)]
}

function headFindings(order: OrderDocument): string[] {
  return [
    ...idFindings('order id', order.id),
    ...(/^\S{1,11}$/.test(order.number)
      ? []
      : [`number must have 1 to 11 characters without blanks, got ${quote(order.number)}`]),
    ...(/^[A-Z]{3}$/.test(order.currency)
      ? []
      : [`currency must be three capital letters, got ${quote(order.currency)}`]),
    ...nameFindings('posting number', order.postingNumber),
    ...(Number.isFinite(order.placedAt) ? [] : ['date of the order is missing']),
    ...(order.status !== undefined && cleanText(order.status) === '' ? ['status text is empty'] : []),
  ]
}

function counterpartyFindings({ counterparty }: OrderDocument): string[] {
  return [
    ...nameFindings('counterparty name', counterparty.name),
    ...(counterparty.inn === undefined || /^(\d{10}|\d{12})$/.test(counterparty.inn)
      ? []
      : ['counterparty inn must have 10 or 12 digits']),
    ...(counterparty.kpp === undefined || /^\d{9}$/.test(counterparty.kpp)
      ? []
      : ['counterparty kpp must have 9 digits']),
  ]
}

function warehouseFindings({ warehouse }: OrderDocument): string[] {
  return [...idFindings('warehouse id', warehouse.id), ...nameFindings('warehouse name', warehouse.name)]
}

function lineFindings(order: OrderDocument): string[] {
  if (order.lines.length === 0) return ['order has no line']
  const findings = order.lines.flatMap((line, index) =>
    oneLineFindings(line).map((finding) => `line ${index + 1}: ${finding}`),
  )
  if (findings.length > 0) return findings
  // Eighteen digits in all is what 1C's amount field and the public schema hold.
  return new Big(documentAmount(order.lines)).gte('1e16') ? ['sum of the order is too large for 1C'] : []
}

function oneLineFindings(line: OrderDocumentLine): string[] {
  return [
    ...(cleanText(line.itemId) === '' ? ['item id is empty'] : []),
    ...nameFindings('name', line.name),
    // 1C skips a line without a quantity and says nothing.
    ...(Number.isFinite(line.quantity) && line.quantity > 0
      ? []
      : [`quantity must be above 0, got ${String(line.quantity)}`]),
    ...priceFindings(line.price),
  ]
}

/** Parts of a kopeck would make price × quantity differ from the sum that is written. */
function priceFindings(price: string): string[] {
  if (!isDecimal(price) || price.startsWith('-')) return [`price must be a decimal of at least 0, got ${quote(price)}`]
  return new Big(price).round(2).eq(price) ? [] : [`price must have at most two decimals, got ${quote(price)}`]
}

function idFindings(what: string, id: string): string[] {
  const length = cleanText(id).length
  if (length === 0) return [`${what} is empty`]
  return length > 40 ? [`${what} is longer than 40 characters: ${quote(id)}`] : []
}

function nameFindings(what: string, name: string): string[] {
  const length = cleanText(name).length
  if (length === 0) return [`${what} is empty`]
  return []
}

function quote(text: string): string {
  return JSON.stringify(text)
}
