import type { Decimal } from './decimal.ts'

/** A reason with a stable code; people's words for it stand in the error catalogue of `views/`, keyed by `code`. */
export interface Reason {
  /** `area.snake_case`, for example `item.no_price`, `ozon.NOT_FOUND`. */
  readonly code: string
  /** English, for logs and `explain`; the marketplace's own words where it spoke. */
  readonly message: string
  /** Values for the Russian text: `{ type: "Розничная" }`. */
  readonly params?: Readonly<Record<string, string>>
}

/** Thrown inside an expression when a value is missing: the item is rejected with `reason`, `first` and `optional` catch it. */
export class MissingValue extends Error {
  readonly reason: Reason
  constructor(reason: Reason) {
    super(reason.message)
    this.name = 'MissingValue'
    this.reason = reason
  }
}

/** Thrown inside an expression when a value is contradictory or unusable: the item is rejected, nothing catches it. */
export class UnusableValue extends Error {
  readonly reason: Reason
  constructor(reason: Reason) {
    super(reason.message)
    this.name = 'UnusableValue'
    this.reason = reason
  }
}

/**
 * What an expression sees of one item. Texts are never null: what 1C did not state is `""`.
 * Methods throw {@link MissingValue} or {@link UnusableValue}; names were checked before the look.
 */
export interface ItemContext {
  readonly product: {
    readonly id: string
    readonly article: string
    readonly name: string
    readonly barcode: string
    readonly vat: string
    readonly unit: string
    readonly kind: string
    readonly brand: string
    /** The code of 1C, where it is stated as such; else it is a requisite. */
    readonly code: string
    readonly country: string
    /** Net weight as stated, mostly kilograms. */
    readonly weight: string
    /** `уп 10, кор 40`: units and how many base units are in one. */
    readonly packs: string
    /** `Чашка 2, Блюдце 2`: what the kit is made of; "" when it is none. */
    readonly kit: string
  }
  readonly offer: {
    readonly id: string
    readonly article: string
    readonly name: string
    readonly barcode: string
    /** The part that tells variants apart: characteristics joined, else the last bracket of the name, else "". */
    readonly variantName: string
  }
  /** Price of a type by name, per pack ratio as stated. @throws MissingValue item.no_price (absent or 0), UnusableValue item.two_prices */
  price(type: string): Decimal
  hasPrice(type: string): boolean
  /** Sum of max(0, stock) over the named warehouses of 1C (all when none is named). @throws MissingValue item.no_stock */
  stock(...warehouses: string[]): Decimal
  /** True once a stock statement of this offer was ever applied. */
  everInStock(): boolean
  /** Marketplace warehouse id → quantity to state. @throws MissingValue item.no_stock */
  byWarehouse(): Readonly<Record<string, number>>
  /** The value of a property: offer first, then product; "" when not set. @throws UnusableValue item.two_values */
  property(name: string): string
  productProperty(name: string): string
  offerProperty(name: string): string
  requisite(name: string): string
  /** Group name by level, 1 = top; "" beyond. */
  group(level: number): string
  /** True when the product lies in the group of this name or below it. */
  inGroup(name: string): boolean
  inCatalogue(name: string): boolean
  characteristic(name: string): string
  /** Cell of a table by key and column; undefined when the key or the cell is missing. */
  lookup(table: string, key: string, column: string): string | undefined
  inTable(table: string, key: string): boolean
}
