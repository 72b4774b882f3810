import type { DictionaryRow, OfferFacts, ProductEntry, ProductFacts } from '../../src/core/catalogue.ts'
import type { Catalogue } from '../../src/state/catalogue.ts'
import type { DictionaryEntry } from '../../src/state/dictionary.ts'
import type { Store } from '../../src/state/store.ts'
import type { Values } from './reading.ts'

/** Every value that the catalogue `exchange` holds, by the names of the independent reader. */
export async function heldValues(catalogue: Catalogue, store: Store): Promise<Values> {
  const values = new Map<string, string>()
  const state = (facet: string, rows: Readonly<Record<string, string>>): void => {
    values.set(facet, 'stated')
    for (const [name, value] of Object.entries(rows)) values.set(`${facet} ${name}`, value)
  }
  for await (const batch of catalogue.entries()) for (const entry of batch) stateEntry(entry, state)
  const dictionary = store.namespace<DictionaryEntry>(`dictionary.${catalogue.exchange}`)
  for await (const [, { row }] of dictionary.entries()) stateRow(row, state)
  return values
}

type State = (facet: string, rows: Readonly<Record<string, string>>) => void

function stateEntry({ id, facts, variants }: ProductEntry, state: State): void {
  if (facts !== undefined) {
    const { groups, vat, description, manufacturer, images, catalogues } = facts.value
    const more = { groups: joined(groups), vat, description, manufacturer, images: joined(images) }
    state(`product ${id} facts`, { ...ofBoth(facts.value), ...more })
    if (catalogues.length > 0) {
      state(`product ${id} catalogues`, Object.fromEntries(catalogues.map((each) => [each, 'named'])))
    }
  }
  for (const [variant, entry] of Object.entries(variants)) {
    const offer = variant === '' ? `offer ${id}` : `offer ${id}#${variant}`
    if (entry.facts !== undefined) {
      const attributes = joined(entry.facts.value.attributes.map(({ name, value }) => `${name}=${value}`))
      state(`${offer} facts`, { ...ofBoth(entry.facts.value), attributes })
    }
    if (entry.prices !== undefined) {
      const rows: Record<string, string> = {}
      for (const { typeId, amount, currency, ratio } of entry.prices.value) {
        const text = `${amount} ${currency} ×${ratio}`
        rows[typeId] = rows[typeId] === undefined ? text : `${rows[typeId]} | ${text}`
      }
      state(`${offer} prices`, rows)
    }
    if (entry.stocks !== undefined) {
      const { total, byWarehouse } = entry.stocks.value
      const rows = Object.entries(byWarehouse).map(([warehouse, quantity]) => [`warehouse ${warehouse}`, quantity])
      state(`${offer} stocks`, { ...Object.fromEntries(rows), ...(total === undefined ? {} : { total }) })
    }
  }
}

function ofBoth(facts: ProductFacts | OfferFacts): Record<string, string> {
  const rows: Record<string, string> = {
    name: facts.name,
    article: facts.article,
    barcodes: joined(facts.barcodes),
    deleted: facts.deleted ? 'yes' : 'no',
  }
  for (const { name, values } of facts.requisites) rows[`requisite ${name}`] = joined(values)
  for (const { propertyId, values } of facts.properties) {
    const name = `property ${propertyId}`
    rows[name] = rows[name] === undefined ? joined(values) : `${rows[name]} | ${joined(values)}`
  }
  return rows
}

function stateRow(row: DictionaryRow, state: State): void {
  const facet = `${row.kind} ${row.value.id}`
  switch (row.kind) {
    case 'priceType':
      return state(facet, { name: row.value.name, currency: row.value.currency })
    case 'warehouse':
      return state(facet, { name: row.value.name })
    case 'group':
      return state(facet, { name: row.value.name, parent: row.value.parentId ?? '' })
    case 'property': {
      const values = Object.entries(row.value.values).map(([id, text]) => [`value ${id}`, text])
      return state(facet, { name: row.value.name, ...Object.fromEntries(values) })
    }
    default:
  }
}

function joined(values: readonly string[]): string {
  return values.join(' | ')
}
