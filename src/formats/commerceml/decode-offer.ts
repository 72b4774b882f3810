import {
  splitOfferId,
  type DictionaryRow,
  type OfferFacts,
  type StatedPrice,
  type Statement,
  type StocksFacet,
} from '../../core/catalogue.ts'
import { parseDecimal, type Decimal } from '../../core/decimal.ts'
import type { DecodeContext, DecodeRules } from './decode-context.ts'
import { barcodesOf, isDeleted, kitOf, nameRows, propertiesOf, requisitesOf, unitOf } from './decode-shared.ts'
import { el } from './elements.ts'
import type { RecordRef } from './record.ts'
import type { Element } from './tree.ts'

/** Elements whose presence makes an offer state its facts; prices and stocks files of family C have none of them. */
const FACTS = [el.name, el.article, el.barcode, el.barcodeOld, el.baseUnit, el.variantAttributes, el.propertyValues]

/** Предложение of a package or of its changes. Silence is not an order: only what the record states is in the statement. */
export function decodeOffer(
  record: RecordRef,
  element: Element,
  { rules, warnings, known }: DecodeContext,
): {
  readonly statement: Statement
  readonly rows: readonly DictionaryRow[]
  readonly written: { readonly prices: number; readonly stockRows: number }
} {
  const isChange = record.kind === 'offerChange'
  const facts = isChange ? undefined : factsOf(element)
  const prices = pricesOf(element, !isChange && absentMeansNone(record, rules))
  const stocks = stocksOf(element)
  if (prices === 'unreadable') warnings.add('commerceml.unreadable_price', record.line)
  if (stocks === 'unreadable') warnings.add('commerceml.unreadable_quantity', record.line)

  const statement: Statement = {
    ...splitOfferId(record.id),
    ...(facts === undefined ? {} : { offerFacts: facts }),
    ...(Array.isArray(prices) ? { prices } : {}),
    ...(typeof stocks === 'object' ? { stocks } : {}),
  }
  const rows = [
    ...nameRows('attribute', facts?.attributes.map(({ name }) => name) ?? [], known),
    ...nameRows('requisite', facts?.requisites.map(({ name }) => name) ?? [], known),
  ]
  const written = { prices: element.items(el.prices, el.price).length, stockRows: stockRowsOf(element).length }
  return { statement, rows, written }
}

function factsOf(element: Element): OfferFacts | undefined {
  const deleted = isDeleted(element)
  if (!deleted && element.child(...FACTS) === undefined) return undefined
  const unit = unitOf(element)
  const kit = kitOf(element)
  return {
    name: element.childText(el.name),
    article: element.childText(el.article),
    barcodes: barcodesOf(element),
    ...(unit === undefined ? {} : { unit }),
    attributes: element.items(el.variantAttributes, el.variantAttribute).flatMap((attribute) => {
      const name = attribute.childText(el.name)
      const value = attribute.childText(el.value)
      return name === '' || value === '' ? [] : [{ name, value }]
    }),
    properties: propertiesOf(element),
    requisites: requisitesOf(element),
    ...(kit === undefined ? {} : { kit }),
    deleted,
  }
}

function absentMeansNone({ context }: RecordRef, { absentPricesMeanNone }: DecodeRules): boolean {
  return (
    absentPricesMeanNone === 'always' || (absentPricesMeanNone === 'whenListed' && context.listsPriceTypes === true)
  )
}

/** Undefined when nothing is stated. One unreadable number makes the whole facet unknown: half of it would be a lie. */
function pricesOf(element: Element, alwaysStated: boolean): readonly StatedPrice[] | 'unreadable' | undefined {
  if (element.child(el.prices) === undefined) return alwaysStated ? [] : undefined
  const prices: StatedPrice[] = []
  for (const price of element.items(el.prices, el.price)) {
    const text = price.childText(el.unitPrice)
    const typeId = price.childText(el.priceTypeId)
    // An empty price element is how some bases write "no price".
    if (text === '') continue
    const amount = parseDecimal(text)
    const ratioText = price.childText(el.ratio)
    const ratio = ratioText === '' ? '1' : parseDecimal(ratioText)
    if (amount === undefined || ratio === undefined || typeId === '') return 'unreadable'
    prices.push({ typeId, amount, currency: price.childText(el.currency), ratio })
  }
  return prices
}

/** A stock row as written: without a warehouse it is the total. */
interface StockRow {
  readonly warehouseId: string
  readonly quantity: string
}

/** All rows that name a warehouse or stand in a stock container, in every spelling that is known. */
function stockRowsOf(element: Element): readonly StockRow[] {
  // 2.06+: Склад with attributes; the plural is what ИзмененияПакетаПредложений writes.
  const byAttributes = element.children(el.warehouse, el.warehouses).map((row) => ({
    warehouseId: row.attribute(el.warehouseId),
    quantity: row.attribute(el.warehouseQuantity),
  }))
  // 3.1: the schema puts Количество into Остаток, real files put it into Остаток/Склад.
  const levels = element.items(el.stockLevels, el.stockLevel).flatMap((level): StockRow[] => {
    const warehouses = level.children(el.warehouse)
    if (warehouses.length === 0) return [{ warehouseId: '', quantity: level.childText(el.quantity) }]
    return warehouses.map((warehouse) => ({
      warehouseId: warehouse.childText(el.id) || warehouse.text(),
      quantity: warehouse.childText(el.quantity) || level.childText(el.quantity),
    }))
  })
  const byElements = element.items(el.warehouseQuantities, el.warehouseQuantity).map((row) => ({
    warehouseId: row.childText(el.warehouseId),
    quantity: row.childText(el.quantity),
  }))
  return [...byAttributes.filter(({ warehouseId }) => warehouseId !== ''), ...levels, ...byElements]
}

function stocksOf(element: Element): StocksFacet | 'unreadable' | undefined {
  const totalText = element.childText(el.quantity)
  const rows = stockRowsOf(element)
  const isStated =
    totalText !== '' || rows.length > 0 || element.child(el.stockLevels, el.warehouseQuantities) !== undefined
  if (!isStated) return undefined

  let total = totalText === '' ? undefined : parseDecimal(totalText)
  if (totalText !== '' && total === undefined) return 'unreadable'
  const byWarehouse = new Map<string, Decimal>()
  for (const { warehouseId, quantity } of rows) {
    const amount = parseDecimal(quantity)
    if (amount === undefined) return 'unreadable'
    if (warehouseId === '') total ??= amount
    else byWarehouse.set(warehouseId, amount)
  }
  return { ...(total === undefined ? {} : { total }), byWarehouse: Object.fromEntries(byWarehouse) }
}
