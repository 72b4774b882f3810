import { splitOfferId, type DictionaryRow, type Pack, type ProductFacts, type Statement } from '../../core/catalogue.ts'
import { isZero, parseDecimal } from '../../core/decimal.ts'
import type { DecodeContext } from './decode-context.ts'
import { barcodesOf, isDeleted, kitOf, nameRows, propertiesOf, requisitesOf, textsOf, unitOf } from './decode-shared.ts'
import { isLiteral, literals } from './elements-aliases.ts'
import { el } from './elements.ts'
import { isTooLongId } from './limits.ts'
import type { RecordRef } from './record.ts'
import type { Element } from './tree.ts'

/**
 * Товар of a catalogue. Where 1C exports goods per characteristic, several records state one product: neither the mark
 * nor the barcode of one characteristic is the product's, its offer states them.
 */
export function decodeProduct(
  record: RecordRef,
  element: Element,
  { known }: DecodeContext,
): { readonly statement: Statement; readonly rows: readonly DictionaryRow[] } {
  const { catalogueId, catalogueName } = record.context
  const unit = unitOf(element)
  const requisites = requisitesOf(element)
  const { productId, variant } = splitOfferId(record.id)
  const facts: ProductFacts = {
    name: element.childText(el.name),
    article: element.childText(el.article),
    barcodes: variant === '' ? barcodesOf(element) : [],
    ...(unit === undefined ? {} : { unit }),
    groups: textsOf(element.items(el.groups, el.id)),
    description: element.childText(el.description),
    properties: propertiesOf(element),
    requisites,
    vat: vatOf(element),
    manufacturer: nameOf(element.child(el.manufacturer)),
    brand: nameOf(element.child(el.brand)),
    ...moreFacts(element),
    images: textsOf(element.children(el.image)),
    catalogues: catalogueId === '' ? [] : [catalogueId],
    deleted: variant === '' && isDeleted(element),
  }
  const rows = nameRows(
    'requisite',
    requisites.map(({ name }) => name),
    known,
  )
  if (catalogueId !== '' && !isTooLongId(catalogueId) && !known.has(`catalogue ${catalogueId}`)) {
    known.add(`catalogue ${catalogueId}`)
    rows.push({ kind: 'catalogue', value: { id: catalogueId, name: catalogueName } })
  }
  return { statement: { productId, productFacts: facts }, rows }
}

/** What few bases state; nothing stands there for what was not stated. */
function moreFacts(element: Element): Partial<ProductFacts> {
  const code = element.childText(el.code)
  const country = nameOf(element.child(el.country))
  const weight = parseDecimal(element.childText(el.netWeight) || element.childText(el.weight))
  // 1C writes 0 where nothing was weighed.
  const isWeighed = weight !== undefined && !isZero(weight)
  const packs = packsOf(element)
  const kit = kitOf(element)
  return {
    ...(code === '' ? {} : { code }),
    ...(country === '' ? {} : { country }),
    ...(isWeighed ? { weight } : {}),
    ...(packs.length === 0 ? {} : { packs }),
    ...(kit === undefined ? {} : { kit }),
  }
}

/** Пересчет of the base unit (2.x) and Единицы (3.1); without a readable coefficient a pack tells nothing. */
function packsOf(element: Element): readonly Pack[] {
  const conversions = element.child(el.baseUnit)?.children(el.conversion) ?? []
  return [...conversions, ...element.items(el.packs, el.unit)].flatMap((pack): Pack[] => {
    const unit = pack.childText(el.unit, el.unitOfMeasure)
    const ratio = parseDecimal(pack.childText(el.ratio))
    const weight = parseDecimal(pack.childText(el.grossWeight))
    if (unit === '' || ratio === undefined) return []
    return [{ unit, ratio, ...(weight === undefined ? {} : { weight }) }]
  })
}

function vatOf(element: Element): string {
  const rate = element
    .items(el.taxRates, el.taxRate)
    .find((candidate) => isLiteral(candidate.childText(el.name), literals.vat))
  return rate?.childText(el.rate).replace(/\s*%$/, '') ?? ''
}

/** Изготовитель is an element with a name; other programs write the name alone. */
function nameOf(element: Element | undefined): string {
  if (element === undefined) return ''
  return element.childText(el.name) || element.text()
}
