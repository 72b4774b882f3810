import type { ItemError } from './faults.ts'
import { integer, invalid, text, type Message } from './fields.ts'
import type { Account, Product } from './state.ts'

// offer_id takes 50 characters: /v1/product/update/offer-id, https://docs.ozon.ru/api/seller/, 2026-06-11.
const OFFER_ID_LENGTH = 50

/** Which product a line of a write means; `offer_id` wins over `product_id`. */
export interface ProductRef {
  readonly offerId: string
  readonly productId: number
  readonly product: Product | undefined
}

/** Reads the product of a line. @throws ApiError 400 when neither id stands there */
export function productRef(account: Account, line: Message): ProductRef {
  const offerId = text(line, 'offer_id')
  const productId = integer(line, 'product_id')
  if (offerId === undefined && productId === undefined) throw invalid(line, 'offer_id', 'value is required')
  const product = offerId === undefined ? account.byProductId.get(productId as number) : account.byOfferId.get(offerId)
  return { offerId: product?.offerId ?? offerId ?? '', productId: product?.productId ?? productId ?? 0, product }
}

/** Why the product of a line cannot be written at all. */
export function refError(ref: ProductRef): ItemError | undefined {
  if (ref.offerId.length > OFFER_ID_LENGTH) {
    return { code: 'bad_request_error', message: `offer_id is longer than ${OFFER_ID_LENGTH} characters` }
  }
  return ref.product === undefined ? { code: 'NOT_FOUND', message: 'Product is not found' } : undefined
}
