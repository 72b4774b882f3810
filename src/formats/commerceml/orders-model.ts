import type { UnitOfMeasure } from '../../core/catalogue.ts'
import type { Decimal } from '../../core/decimal.ts'

/** One order as the order file states it to 1C: a posting with everything resolved against the base. */
export interface OrderDocument {
  /** Stable for ever, at most 40 characters. */
  readonly id: string
  /** Our number in 1C, at most 11 characters: 1C looks an order up by it alone. */
  readonly number: string
  readonly postingNumber: string
  /** Epoch milliseconds. */
  readonly placedAt: number
  /** Epoch milliseconds; the deadline of the marketplace. */
  readonly shipBy?: number
  /** ISO 4217. */
  readonly currency: string
  readonly counterparty: OrderCounterparty
  readonly warehouse: OrderWarehouse
  /** Text of the node's status table; absent = 1C takes its default. */
  readonly status?: string
  readonly cancelled: boolean
  readonly lines: readonly OrderDocumentLine[]
  /** The marketplace as people name it (`Ozon`) and its own warehouse; they stand in the comment. */
  readonly marketplace: string
  readonly marketplaceWarehouse: string
  /** More for the comment, part by part. */
  readonly comment?: readonly string[]
}

/** Whom 1C shows as the buyer. A company is told from a person by the element that holds its name. */
export interface OrderCounterparty {
  readonly name: string
  readonly kind: 'company' | 'person'
  readonly inn?: string
  readonly kpp?: string
}

/** The warehouse of the base that ships, as 1C's own classifier stated it; only the first field and contact are written. */
export interface OrderWarehouse {
  /** 1C's Ид. */
  readonly id: string
  readonly name: string
  readonly addressFields: readonly { readonly type: string; readonly value: string }[]
  readonly contacts: readonly { readonly type: string; readonly value: string }[]
}

/** One position of an order towards 1C. */
export interface OrderDocumentLine {
  /** 1C's Ид exactly as stated, `guid` or `guid#guid`. */
  readonly itemId: string
  readonly name: string
  readonly quantity: number
  /** Of one piece, VAT included. */
  readonly price: Decimal
  readonly unit?: UnitOfMeasure
  /** Rate of the product as 1C stated it (`22`, `Без НДС`); empty when not stated. */
  readonly vat: string
}
