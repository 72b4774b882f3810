import type { Requisite, UnitOfMeasure } from './catalogue.ts'
import type { Decimal } from './decimal.ts'

/** What a document of 1C is about: an order, money that came, money given back, goods that left, anything else. */
export type DocumentKind = 'order' | 'payment' | 'refund' | 'shipment' | 'other'

/**
 * A document as 1C states it, whatever dialect it came in. Texts are empty when they were not stated, everything else
 * is absent then. Times are epoch milliseconds, 1C's empty date is none. Comment and requisites may hold personal data:
 * a document is never logged.
 */
export interface OneCDocument {
  /** As stated: the reference of 1C (families A and B), the id of the site (family C); often missing there. */
  readonly id: string
  /** The number that the site gave: what orders are found again by. */
  readonly number: string
  /** Date and time of the site's order. */
  readonly placedAt?: number
  readonly kind: DocumentKind
  /** The operation in the words of 1C: `Заказ товара`. */
  readonly operation: string
  readonly role: string
  /** As stated (`руб`, `643`, `RUB`). */
  readonly currency: string
  readonly rate?: Decimal
  readonly amount?: Decimal
  readonly comment: string
  /** Changes with every change of the document in 1C; compared, never read. */
  readonly version: string
  /** Marked for deletion. */
  readonly deleted: boolean
  readonly numberIn1c: string
  readonly dateIn1c?: number
  /** 1C's answers; absent = it does not say. */
  readonly posted?: boolean
  readonly cancelled?: boolean
  readonly paid?: boolean
  readonly paidAt?: number
  readonly shipped?: boolean
  readonly shippedAt?: number
  /** Text of the node's status table. */
  readonly status: string
  /** Id of that status at the site. */
  readonly statusId: string
  readonly trackNumber: string
  /** Everything that was named so, the requisites above included. */
  readonly requisites: readonly Requisite[]
  readonly warehouses: readonly { readonly id: string; readonly name: string }[]
  readonly counterparty?: DocumentCounterparty
  readonly taxes: readonly DocumentTax[]
  readonly discounts: readonly DocumentDiscount[]
  readonly lines: readonly DocumentLine[]
  /** Id or number of the document that this one belongs to. */
  readonly basis: string
  /** Payments and shipments of an order. */
  readonly children: readonly OneCDocument[]
}

/** Who the document names as the buyer, without anything personal. */
export interface DocumentCounterparty {
  readonly id: string
  readonly inn: string
  readonly kpp: string
}

/** A tax of a document or of a line. */
export interface DocumentTax {
  readonly name: string
  /** As stated, without the percent sign: `20`, `20/120`, `Без НДС`; empty when not stated. */
  readonly rate: string
  readonly amount?: Decimal
  readonly included?: boolean
}

/** A discount of a document or of a line. */
export interface DocumentDiscount {
  readonly name: string
  readonly amount?: Decimal
  readonly percent?: Decimal
  readonly included?: boolean
}

/** One position of a document. */
export interface DocumentLine {
  /** `guid` or `guid#guid`, as 1C knows the item; `ORDER_DELIVERY` and the like for services. */
  readonly id: string
  readonly name: string
  readonly article: string
  readonly quantity?: Decimal
  readonly unit?: UnitOfMeasure
  /** Pack coefficient as stated, `1` when not. */
  readonly ratio: Decimal
  readonly unitPrice?: Decimal
  readonly amount?: Decimal
  readonly kind: 'goods' | 'service'
  readonly discounts: readonly DocumentDiscount[]
  readonly taxes: readonly DocumentTax[]
  readonly requisites: readonly Requisite[]
}

const REFERENCE = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

/**
 * True when 1C has the document: it gives its own reference or number, or says whether it is posted. Files of a site,
 * such as our own order file put back by mistake, do none of this.
 */
export function isAnswerOf1c({ id, numberIn1c, dateIn1c, posted }: OneCDocument): boolean {
  return REFERENCE.test(id) || numberIn1c !== '' || dateIn1c !== undefined || posted !== undefined
}

/**
 * Puts payments and shipments that stand beside their order (family C) where families A and B have them: below it. One
 * whose order is not in the list stays.
 */
export function withChildren(documents: readonly OneCDocument[]): readonly OneCDocument[] {
  const orders = new Map<string, OneCDocument>()
  for (const document of documents) {
    if (document.basis !== '') continue
    if (document.number !== '') orders.set(document.number, document)
    if (document.id !== '') orders.set(document.id, document)
  }
  const children = new Map<OneCDocument, OneCDocument[]>()
  const rest: OneCDocument[] = []
  for (const document of documents) {
    const order = document.basis === '' ? undefined : orders.get(document.basis)
    if (order === undefined) rest.push(document)
    else children.set(order, [...(children.get(order) ?? []), document])
  }
  return rest.map((document) => {
    const own = children.get(document)
    return own === undefined ? document : { ...document, children: [...document.children, ...own] }
  })
}
