import { Big, canonicalDecimal, isZero, type Decimal } from '../core/decimal.ts'
import { itemId, type ProductEntry, type PropertyValue, type Requisite, type VariantEntry } from '../core/catalogue.ts'
import { MissingValue, UnusableValue, type ItemContext } from '../core/item.ts'
import { KIND_OF_PRODUCT, requisiteSpellings } from '../formats/commerceml/index.ts'
import { unitInWords, type Dictionary } from '../state/dictionary.ts'

/** A marketplace warehouse with the 1C warehouses its stock comes from. */
export interface WarehouseRule {
  /** Id at the marketplace. */
  readonly id: string
  /** Ids of 1C warehouses; `all` = everything that 1C states. */
  readonly from: readonly string[] | 'all'
  readonly buffer: number
  readonly hideBelow: number
}

/** What an account adds to an item: its tables, its warehouses, what is sold and not yet reserved in 1C. */
export interface AccountView {
  readonly dictionary: Dictionary
  /** Currency word of 1C → ISO code. */
  currencyOf(word: string): string | undefined
  /** The currency that prices are sent in. */
  readonly currency: string
  readonly warehouses: readonly WarehouseRule[]
  /** Pieces of the item in orders that 1C's stock, stated with `stamp`, does not know of, over these 1C warehouses or all. */
  openOrders(itemId: string, warehouseIds: readonly string[] | 'all', stamp: number): number
  lookup(table: string, key: string, column: string): string | undefined
  inTable(table: string, key: string): boolean
}

/** What expressions see of one variant without asking for a name of the base. */
export function itemTexts(
  entry: ProductEntry,
  variantKey: string,
  dictionary: Dictionary,
): Pick<ItemContext, 'product' | 'offer'> {
  const product = entry.facts?.value
  const offer = entry.variants[variantKey]?.facts?.value
  const name = offer?.name === undefined || offer.name === '' ? (product?.name ?? '') : offer.name
  return {
    product: {
      id: entry.id,
      article: product?.article ?? '',
      name: product?.name ?? '',
      barcode: product?.barcodes[0] ?? '',
      vat: product?.vat ?? '',
      unit: unitInWords(product?.unit, dictionary)?.name ?? '',
      kind: requisiteOf(product?.requisites, KIND_OF_PRODUCT),
      brand: product?.brand === undefined || product.brand === '' ? (product?.manufacturer ?? '') : product.brand,
      code: product?.code ?? '',
      country: product?.country ?? '',
      weight: product?.weight ?? '',
      packs: (product?.packs ?? []).map(({ unit, ratio }) => `${unit} ${ratio}`).join(', '),
      kit: (product?.kit ?? []).map(({ id: part, name, quantity }) => `${name || part} ${quantity}`).join(', '),
    },
    offer: {
      id: itemId(entry.id, variantKey),
      article: offer?.article === undefined || offer.article === '' ? (product?.article ?? '') : offer.article,
      name,
      barcode: offer?.barcodes[0] ?? product?.barcodes[0] ?? '',
      variantName: variantKey === '' ? '' : variantName(name, product?.name ?? '', offer?.attributes ?? []),
    },
  }
}

/** The value of a property in words: ids of dictionary values are looked up. */
export function propertyText({ propertyId, values }: PropertyValue, dictionary: Dictionary): string {
  const texts = dictionary.property(propertyId)?.values ?? {}
  return values.map((value) => valueAt(texts, value) ?? value).join(', ')
}

/** What expressions see of one variant of a product whose record is known. */
export function itemContext(entry: ProductEntry, variantKey: string, view: AccountView): ItemContext {
  const id = itemId(entry.id, variantKey)
  const variant: VariantEntry = entry.variants[variantKey] ?? {}
  const product = entry.facts?.value
  const offer = variant.facts?.value
  const { dictionary } = view

  const valuesOf = (properties: readonly PropertyValue[] | undefined, property: string): string => {
    const ids = new Set(dictionary.idsOf('property', property))
    const found = new Set<string>()
    for (const each of properties ?? []) {
      if (!ids.has(each.propertyId) || each.values.length === 0) continue
      found.add(propertyText(each, dictionary))
    }
    if (found.size > 1) {
      throw new UnusableValue({
        code: 'item.two_values',
        message: `property "${property}" has ${found.size} different values`,
        params: { name: property, values: [...found].join(' / ') },
      })
    }
    return [...found][0] ?? ''
  }
  const productProperty = (property: string): string => valuesOf(product?.properties, property)
  const offerProperty = (property: string): string => valuesOf(offer?.properties, property)

  const price = (type: string): Decimal => {
    const ids = new Set(dictionary.idsOf('priceType', type))
    const amounts = new Set<string>()
    for (const row of variant.prices?.value ?? []) {
      if (!ids.has(row.typeId) || isZero(row.amount)) continue
      const word = row.currency === '' ? (dictionary.priceType(row.typeId)?.currency ?? '') : row.currency
      const currency = view.currencyOf(word)
      if (currency !== view.currency) {
        throw new UnusableValue({
          code: 'item.currency',
          message: `price of type "${type}" is in "${word}", the account sells in ${view.currency}; a word of your own is mapped in config/obmen.yaml, currency of the exchange`,
          params: { type, currency: word, wanted: view.currency },
        })
      }
      amounts.add(perBaseUnit(row.amount, row.ratio))
    }
    if (amounts.size > 1) {
      throw new UnusableValue({
        code: 'item.two_prices',
        message: `two prices under one type "${type}": ${[...amounts].join(', ')}`,
        params: { type, prices: [...amounts].join(' / ') },
      })
    }
    const [amount] = amounts
    if (amount === undefined) {
      throw new MissingValue({ code: 'item.no_price', message: `no price of type "${type}"`, params: { type } })
    }
    return amount
  }

  const stocks = variant.stocks?.value
  const stocksStamp = variant.stocks?.stamp ?? 0
  const noStock = (): MissingValue => new MissingValue({ code: 'item.no_stock', message: '1C never stated a stock' })
  /** Σ max(0, stock) over 1C warehouses; a known warehouse without a row is 0. */
  const stockOf = (warehouseIds: readonly string[]): Big => {
    if (stocks === undefined) throw noStock()
    const rows = Object.keys(stocks.byWarehouse)
    if (rows.length === 0 && stocks.total !== undefined && new Big(stocks.total).gt(0)) {
      // A total without rows says nothing of single warehouses, unless there is only one.
      if (dictionary.names('warehouse').length > 1) throw noStock()
      return new Big(stocks.total)
    }
    return warehouseIds.reduce((sum, each) => {
      const quantity = new Big(valueAt(stocks.byWarehouse, each) ?? 0)
      return quantity.gt(0) ? sum.plus(quantity) : sum
    }, new Big(0))
  }
  /** Everything that 1C states, by warehouses or as one total. */
  const wholeStock = (): Big => {
    if (stocks === undefined) throw noStock()
    const rows = Object.keys(stocks.byWarehouse)
    // A warehouse that 1C marked for deletion sells nothing any more.
    if (rows.length > 0) return stockOf(rows.filter((id) => dictionary.warehouse(id)?.deleted !== true))
    const total = new Big(stocks.total ?? 0)
    return total.gt(0) ? total : new Big(0)
  }

  return {
    ...itemTexts(entry, variantKey, dictionary),
    price,
    hasPrice: (type) => {
      try {
        price(type)
        return true
      } catch (error) {
        if (error instanceof MissingValue) return false
        throw error
      }
    },
    stock: (...names) => {
      const ids = names.flatMap((each) => dictionary.idsOf('warehouse', each))
      return canonicalDecimal(names.length === 0 ? wholeStock() : stockOf(ids))
    },
    everInStock: () => stocks !== undefined,
    byWarehouse: () => {
      if (stocks === undefined) throw noStock()
      const result: Record<string, number> = {}
      for (const rule of view.warehouses) {
        const stated = rule.from === 'all' ? wholeStock() : stockOf(rule.from)
        const whole = Number(stated.round(0, Big.roundDown).toFixed())
        const free = Math.max(0, whole - view.openOrders(id, rule.from, stocksStamp) - rule.buffer)
        result[rule.id] = free < rule.hideBelow ? 0 : free
      }
      return result
    },
    property: (property) => {
      const own = offerProperty(property)
      return own === '' ? productProperty(property) : own
    },
    productProperty,
    offerProperty,
    requisite: (requisite) => requisiteOf(product?.requisites, requisite),
    group: (level) => groupPaths(product?.groups ?? [], dictionary)[0]?.[level - 1] ?? '',
    inGroup: (group) => groupPaths(product?.groups ?? [], dictionary).some((path) => path.includes(group)),
    inCatalogue: (catalogue) => {
      const ids = dictionary.idsOf('catalogue', catalogue)
      return (product?.catalogues ?? []).some((each) => ids.includes(each))
    },
    characteristic: (attribute) => offer?.attributes.find((each) => each.name === attribute)?.value ?? '',
    lookup: (table, key, column) => view.lookup(table, key, column),
    inTable: (table, key) => view.inTable(table, key),
  }
}

/** 1C states a price per pack of `ratio` base units; stock counts base units. */
function perBaseUnit(amount: Decimal, ratio: Decimal): Decimal {
  const units = new Big(ratio === '' ? 1 : ratio)
  return units.lte(0) || units.eq(1) ? canonicalDecimal(amount) : canonicalDecimal(new Big(amount).div(units))
}

/** A requisite by its name; the base may write the name in the language of its session. */
export function requisiteOf(requisites: readonly Requisite[] | undefined, name: string): string {
  if (requisites === undefined) return ''
  for (const spelling of requisiteSpellings(name)) {
    const found = requisites.find((each) => each.name === spelling)
    if (found !== undefined) return found.values.join(', ')
  }
  return ''
}

/** The value of a key that may be any text, `constructor` included. */
function valueAt<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

/** What tells a variant apart: its characteristics, else what its name has behind the product's, else its last bracket. */
function variantName(
  name: string,
  productName: string,
  attributes: readonly { readonly name: string; readonly value: string }[],
): string {
  const values = attributes.map((each) => each.value).filter((value) => value !== '')
  if (values.length > 0) return values.join(', ')
  const start = `${productName} (`
  if (productName !== '' && name.startsWith(start) && name.endsWith(')')) return name.slice(start.length, -1)
  return /\(([^()]*)\)\s*$/.exec(name)?.[1] ?? ''
}

/** Group names from the top down, one path per group of the product. */
function groupPaths(groupIds: readonly string[], dictionary: Dictionary): string[][] {
  return groupIds.map((groupId) => {
    const path: string[] = []
    const seen = new Set<string>()
    let id: string | undefined = groupId
    while (id !== undefined && !seen.has(id)) {
      seen.add(id)
      const group = dictionary.group(id)
      if (group === undefined) break
      path.unshift(group.name)
      id = group.parentId
    }
    return path
  })
}
