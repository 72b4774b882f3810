import type { Decimal } from './decimal.ts'

/**
 * The catalogue: what 1C says. One entry per product with its variants inside. Values are kept as stated (raw texts,
 * negative and fractional stock included); names and policies are resolved when read.
 */

/** When and where a facet was stated: `stamp` is the `ДатаФормирования` of its file in epoch milliseconds, `place` is `file:line`. */
export interface AsOf {
  readonly stamp: number
  readonly place: string
}

/** A facet in force: a part of an entry that is stated as a whole and replaced as a whole. */
export interface Facet<T> extends AsOf {
  readonly value: T
}

/** The unit in which 1C keeps a product. */
export interface UnitOfMeasure {
  /** ОКЕИ code, trimmed, for example `796`; empty when not stated. */
  readonly code: string
  readonly name: string
  /** Stated as a text alone: perhaps the id of a row of the dictionary of units, which may come in another file. */
  readonly id?: string
}

/** A pack or another unit of a product. Values as stated; empty when not stated. */
export interface Pack {
  /** Name, code or id of the unit. */
  readonly unit: string
  /** Base units in one. */
  readonly ratio: Decimal
  /** Gross weight of one, in the unit of 1C (mostly kilograms). */
  readonly weight?: Decimal
}

/** What a kit is made of. */
export interface KitPart {
  /** Id of a product or an offer. */
  readonly id: string
  readonly name: string
  readonly quantity: Decimal
}

/** What a product or an offer has for one property. */
export interface PropertyValue {
  /** Id of the property in the dictionary. */
  readonly propertyId: string
  /** Literal texts or ids of dictionary values, as stated; empty ones left out (empty means "not set"). */
  readonly values: readonly string[]
}

/** A named text of 1C, kept apart from properties. */
export interface Requisite {
  readonly name: string
  readonly values: readonly string[]
}

/** What 1C says of a product as such. */
export interface ProductFacts {
  readonly name: string
  readonly article: string
  readonly barcodes: readonly string[]
  readonly unit?: UnitOfMeasure
  /** Ids of groups. */
  readonly groups: readonly string[]
  readonly description: string
  readonly properties: readonly PropertyValue[]
  readonly requisites: readonly Requisite[]
  /** VAT rate as stated, for example `20`, `22`, `Без НДС`; empty when not stated. */
  readonly vat: string
  readonly manufacturer: string
  readonly brand: string
  /** The code of 1C, where it is an element of its own (УНФ); other bases state it as a requisite. */
  readonly code?: string
  readonly country?: string
  /** Net weight as stated, in the unit of 1C (mostly kilograms). */
  readonly weight?: Decimal
  readonly packs?: readonly Pack[]
  readonly kit?: readonly KitPart[]
  /** Paths as stated, relative to the exchange file. */
  readonly images: readonly string[]
  /** Ids of the catalogues (Каталог) whose files stated this product. */
  readonly catalogues: readonly string[]
  /** True only on an explicit sign of 1C (Статус "Удален", ПометкаУдаления). */
  readonly deleted: boolean
}

/** One thing that tells a variant apart, such as its size. */
export interface VariantAttribute {
  readonly name: string
  readonly value: string
}

/** What 1C says of an offer besides prices and stocks. */
export interface OfferFacts {
  readonly name: string
  readonly article: string
  readonly barcodes: readonly string[]
  readonly unit?: UnitOfMeasure
  readonly attributes: readonly VariantAttribute[]
  readonly properties: readonly PropertyValue[]
  readonly requisites: readonly Requisite[]
  readonly kit?: readonly KitPart[]
  readonly deleted: boolean
}

/** One price row as stated. */
export interface StatedPrice {
  readonly typeId: string
  /** As stated and normalised to a decimal; `"0"` stays `"0"` (the mapping treats it as no price). */
  readonly amount: Decimal
  /** As stated (`руб`, `643`, `RUB`); the exchange's table resolves it when read. */
  readonly currency: string
  /** Pack coefficient as stated. */
  readonly ratio: Decimal
}

/** The prices of one offer. Several rows of one type may stand here: two different ones reject the item, not the file. */
export type PricesFacet = readonly StatedPrice[]

/** The stock of one offer. */
export interface StocksFacet {
  /** Stated total; absent when only rows were stated. */
  readonly total?: Decimal
  /** Warehouse id → quantity as stated (negative and fractional kept). */
  readonly byWarehouse: Readonly<Record<string, Decimal>>
}

/** A variant (offer) of a product. Its key inside the product is the part of the offer id after the first `#`, `""` for a plain offer. */
export interface VariantEntry {
  readonly facts?: Facet<OfferFacts>
  readonly prices?: Facet<PricesFacet>
  readonly stocks?: Facet<StocksFacet>
  /** A complete full set of files left the offer out; gone with the next statement of the offer. */
  readonly removed?: AsOf
}

/** What the catalogue keeps of one product. */
export interface ProductEntry {
  readonly id: string
  /** Absent while 1C has stated offers of a product it has not described yet. */
  readonly facts?: Facet<ProductFacts>
  readonly variants: Readonly<Record<string, VariantEntry>>
  /** A complete full set of files left the product out; gone with the next statement of it or of one of its offers. */
  readonly removed?: AsOf
}

/** True on a sign that a variant is not for sale any more: 1C deleted it or its product, or left it out of a full set. */
export function isGone(entry: ProductEntry, variant: string): boolean {
  const own = entry.variants[variant]
  if (entry.facts?.value.deleted === true || own?.facts?.value.deleted === true) return true
  return entry.removed !== undefined || own?.removed !== undefined
}

/**
 * Of a dictionary row that 1C marked for deletion. It stays readable by its id (what was stated with it is still so),
 * but its name means nothing any more: a rule that names it finds no such name.
 */
export interface MaybeDeleted {
  readonly deleted?: true
}

/** Dictionaries of one 1C base, by id. Each row carries its statement, newer replaces older. */
export interface PriceType extends MaybeDeleted {
  readonly id: string
  readonly name: string
  readonly currency: string
}

/** A unit of measure of 1C; products of CommerceML 3.1 name it by its id. */
export interface Unit extends MaybeDeleted {
  readonly id: string
  /** ОКЕИ code, trimmed; empty when not stated. */
  readonly code: string
  /** The short name, else the full one. */
  readonly name: string
}

/** A warehouse of 1C. */
export interface Warehouse extends MaybeDeleted {
  readonly id: string
  readonly name: string
  readonly address: string
  readonly addressFields: readonly { readonly type: string; readonly value: string }[]
  readonly contacts: readonly { readonly type: string; readonly value: string }[]
}

/** A group of products in the tree of 1C. */
export interface Group extends MaybeDeleted {
  readonly id: string
  readonly name: string
  readonly parentId?: string
}

/** A property that products and offers may have. */
export interface Property extends MaybeDeleted {
  readonly id: string
  readonly name: string
  /** Dictionary value id → text; empty for literal properties. */
  readonly values: Readonly<Record<string, string>>
}

/** A catalogue of 1C: what its products belong to. */
export interface CatalogHeader {
  readonly id: string
  readonly name: string
}

/** What a dictionary row can be. `requisite` and `attribute` rows only remember that a name was ever seen (id = name). */
export type DictionaryRow =
  | { readonly kind: 'priceType'; readonly value: PriceType }
  | { readonly kind: 'warehouse'; readonly value: Warehouse }
  | { readonly kind: 'group'; readonly value: Group }
  | { readonly kind: 'property'; readonly value: Property }
  | { readonly kind: 'unit'; readonly value: Unit }
  | { readonly kind: 'catalogue'; readonly value: CatalogHeader }
  | { readonly kind: 'requisite'; readonly value: { readonly id: string } }
  | { readonly kind: 'attribute'; readonly value: { readonly id: string } }

/** What one record of an exchange file says, decoded. Only the facets that the record states are present. */
export interface Statement {
  readonly productId: string
  /** Absent for a product record; `""` for a plain offer. */
  readonly variant?: string
  readonly productFacts?: ProductFacts
  readonly offerFacts?: OfferFacts
  readonly prices?: PricesFacet
  readonly stocks?: StocksFacet
}

/** An offer id (`guid` or `guid#guid`) as product id and variant key; split at the first `#`. */
export function splitOfferId(offerId: string): { readonly productId: string; readonly variant: string } {
  const at = offerId.indexOf('#')
  return at < 0
    ? { productId: offerId, variant: '' }
    : { productId: offerId.slice(0, at), variant: offerId.slice(at + 1) }
}

/** The id of an item: the offer id as 1C states it, `product` or `product#variant`. */
export function itemId(productId: string, variant: string): string {
  return variant === '' ? productId : `${productId}#${variant}`
}
