import type {
  DictionaryRow,
  KitPart,
  Pack,
  ProductFacts,
  PropertyValue,
  StatedPrice,
  Statement,
} from '../../core/catalogue.ts'
import { parseDecimal, type Decimal } from '../../core/decimal.ts'
import { isTooLongId } from '../commerceml/limits.ts'
import type { Warnings } from '../commerceml/warnings.ts'
import { groupSources, type ListMapping } from './mapping.ts'
import type { Values } from './rows.ts'

/** Grows with every change of what a row decodes to: all fingerprints change with it, so everything is read again. */
export const LIST_DECODER_VERSION = 2

/** Levels of groups that are kept. */
const MOST_GROUPS = 16

/** What people write behind an amount. */
const CURRENCY_WORD = /\s*(?:₽|руб\.?|р\.|rub)$/iu

/** What people write behind a weight, where a column has no other unit. */
const WEIGHT_WORD = /\s*(?:кг|kg)\.?$/iu

/** What one row says. */
export interface DecodedRow {
  readonly statement: Statement
  /** Names of the mapping and groups, those not in `known` yet. */
  readonly rows: readonly DictionaryRow[]
  readonly written: { readonly prices: number; readonly stockRows: number }
}

/**
 * Decodes one row. Every row describes its item; prices and stocks are stated only where the row has them: silence is
 * not an order.
 */
export function decodeRow(
  id: string,
  line: number,
  values: Values,
  mapping: ListMapping,
  context: { readonly warnings: Warnings; readonly known: Set<string> },
): DecodedRow {
  const { fields } = mapping
  const facts = factsOf(values, mapping, () => context.warnings.add('list.unreadable_number', line))
  const prices = pricesOf(values, mapping)
  const stocks = stocksOf(values, mapping)
  if (prices.facet === 'unreadable') context.warnings.add('list.unreadable_price', line)
  if (stocks.facet === 'unreadable') context.warnings.add('list.unreadable_quantity', line)
  if (stocks.facet === 'partial') context.warnings.add('list.partial_stocks', line)
  const { name, article, barcodes } = facts.product
  return {
    statement: {
      productId: id,
      variant: '',
      productFacts: facts.product,
      offerFacts: { name, article, barcodes, attributes: [], properties: [], requisites: [], deleted: false },
      ...(typeof prices.facet === 'object' ? { prices: prices.facet } : {}),
      ...(typeof stocks.facet === 'object' ? { stocks: { byWarehouse: stocks.facet } } : {}),
    },
    rows: [...nameRows(fields, mapping.currency), ...facts.groups].filter((row) => isNew(row, context.known)),
    written: { prices: prices.written, stockRows: stocks.written },
  }
}

function factsOf(
  values: Values,
  { fields }: ListMapping,
  unreadable: () => void,
): { readonly product: ProductFacts; readonly groups: readonly DictionaryRow[] } {
  const text = (source: string | undefined): string => (source === undefined ? '' : (values(source)[0] ?? ''))
  const several = (source: string | undefined, separator: RegExp): string[] => {
    const texts = source === undefined ? [] : values(source).flatMap((value) => value.split(separator))
    return [...new Set(texts)].filter((each) => each !== '')
  }
  const groups = groupsOf(groupSources(fields.group).map(text))
  const group = groups.at(-1)
  const unit = text(fields.unit)
  const [code, country] = [text(fields.code), text(fields.country)]
  /** Undefined for an empty text, and for one that is no number. */
  const number = (source: string | undefined): Decimal | undefined => {
    const written = text(source).replace(WEIGHT_WORD, '')
    const found = written === '' ? undefined : parseDecimal(written)
    if (written !== '' && found === undefined) unreadable()
    return found
  }
  const weight = number(fields.weight)
  const packs = Object.entries(fields.packs ?? {}).flatMap(([name, source]): Pack[] => {
    const ratio = number(source)
    return ratio === undefined ? [] : [{ unit: name, ratio }]
  })
  const kit = kitOf(several(fields.kit, /[;\n]+/))
  const properties = Object.entries(fields.properties ?? {}).flatMap(([propertyId, source]): PropertyValue[] => {
    const stated = values(source).filter((value) => value !== '')
    return stated.length === 0 ? [] : [{ propertyId, values: stated }]
  })
  return {
    product: {
      name: text(fields.name),
      article: text(fields.article),
      barcodes: several(fields.barcodes, /[\s,;]+/),
      ...(unit === '' ? {} : { unit: { code: '', name: unit } }),
      groups: group === undefined ? [] : [group.value.id],
      description: text(fields.description),
      properties,
      requisites: [],
      vat: text(fields.vat).replace(/\s*%$/, ''),
      manufacturer: '',
      brand: text(fields.brand),
      ...(code === '' ? {} : { code }),
      ...(country === '' ? {} : { country }),
      ...(weight === undefined ? {} : { weight }),
      ...(packs.length === 0 ? {} : { packs }),
      ...(kit.length === 0 ? {} : { kit }),
      images: several(fields.images, /[\s;]+/),
      catalogues: [],
      deleted: false,
    },
    groups,
  }
}

/** `A-1 x 2`: the id of a part and how many of it are in the kit; one where nothing is said. */
function kitOf(texts: readonly string[]): KitPart[] {
  return texts.flatMap((text): KitPart[] => {
    const [, id = '', quantity = '1'] = /^(.*?)(?:\s+[xх×*]\s*(\d+(?:[.,]\d+)?))?$/iu.exec(text.trim()) ?? []
    return id === '' ? [] : [{ id, name: '', quantity: parseDecimal(quantity) ?? '1' }]
  })
}

/**
 * A group is known by its whole path: two departments may have a group of one name. What lies below a path that nothing
 * can be kept under belongs to the last one that can.
 */
function groupsOf(names: readonly string[]): readonly (DictionaryRow & { readonly kind: 'group' })[] {
  const path: string[] = []
  return names
    .filter((name) => name !== '')
    .slice(0, MOST_GROUPS)
    .flatMap((name) => {
      if (isTooLongId([...path, name].join('/'))) return []
      const parentId = path.join('/')
      path.push(name)
      return [{ kind: 'group' as const, value: { id: path.join('/'), name, ...(parentId === '' ? {} : { parentId }) } }]
    })
}

/** An empty price among filled ones is "no price of this type"; a row without any price says nothing of prices. */
function pricesOf(
  values: Values,
  { fields, currency }: ListMapping,
): { readonly facet: readonly StatedPrice[] | 'unreadable' | undefined; readonly written: number } {
  const prices: StatedPrice[] = []
  let written = 0
  let unreadable = false
  for (const [typeId, source] of Object.entries(fields.prices ?? {})) {
    const text = (values(source)[0] ?? '').replace(CURRENCY_WORD, '')
    if (text === '') continue
    written++
    const amount = parseDecimal(text)
    if (amount === undefined) unreadable = true
    else prices.push({ typeId, amount, currency, ratio: '1' })
  }
  // Half of a facet would be a lie: what was in force stays.
  const facet = unreadable ? 'unreadable' : prices.length === 0 ? undefined : prices
  return { facet, written }
}

/** Stocks are stated as a whole: a warehouse left out would count as empty, and nobody said so. */
function stocksOf(
  values: Values,
  { fields, words }: ListMapping,
): {
  readonly facet: Readonly<Record<string, Decimal>> | 'unreadable' | 'partial' | undefined
  readonly written: number
} {
  const byWarehouse: Record<string, Decimal> = {}
  const sources = Object.entries(fields.stocks ?? {})
  let written = 0
  let empty = 0
  let unreadable = false
  for (const [warehouse, source] of sources) {
    const text = values(source)[0] ?? ''
    if (text !== '') written++
    const quantity = words[text.toLowerCase()] ?? (text === '' ? '' : parseDecimal(text))
    if (quantity === undefined) unreadable = true
    else if (quantity === '') empty++
    else byWarehouse[warehouse] = quantity
  }
  if (unreadable) return { facet: 'unreadable', written }
  if (empty === sources.length) return { facet: undefined, written }
  return { facet: empty > 0 ? 'partial' : byWarehouse, written }
}

/** Price types, warehouses and properties of the mapping, by which expressions name them. */
function nameRows({ prices, stocks, properties }: ListMapping['fields'], currency: string): DictionaryRow[] {
  const names = (record: Readonly<Record<string, string>> | undefined): string[] => Object.keys(record ?? {})
  return [
    ...names(prices).map((id) => ({ kind: 'priceType', value: { id, name: id, currency } }) as const),
    ...names(stocks).map(
      (id) => ({ kind: 'warehouse', value: { id, name: id, address: '', addressFields: [], contacts: [] } }) as const,
    ),
    ...names(properties).map((id) => ({ kind: 'property', value: { id, name: id, values: {} } }) as const),
  ]
}

function isNew(row: DictionaryRow, known: Set<string>): boolean {
  const key = `${row.kind} ${row.value.id}`
  if (known.has(key)) return false
  known.add(key)
  return true
}
