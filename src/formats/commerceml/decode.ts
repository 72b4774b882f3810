import type { DecodeContext } from './decode-context.ts'
import { decodeDocument } from './decode-document.ts'
import { decodeGroups, decodePriceType, decodeProperty, decodeUnit, decodeWarehouse } from './decode-dictionary.ts'
import { decodeOffer } from './decode-offer.ts'
import { decodeProduct } from './decode-product.ts'
import type { DecodedRecord, RecordRef } from './record.ts'
import type { Element } from './tree.ts'

/** Grows with every change of what a record decodes to: all fingerprints change with it, so everything is read again. */
export const DECODER_VERSION = 4

const NOTHING_WRITTEN = { prices: 0, stockRows: 0 } as const

/** Decodes one record from its tree. */
export function decodeRecord<R extends RecordRef>(
  record: R,
  element: Element,
  context: DecodeContext,
): DecodedRecord<R> {
  switch (record.kind) {
    case 'product':
      return { record, ...decodeProduct(record, element, context), written: NOTHING_WRITTEN }
    case 'offer':
    case 'offerChange':
      return { record, ...decodeOffer(record, element, context) }
    case 'priceType':
      return { record, rows: [decodePriceType(record.id, element)], written: NOTHING_WRITTEN }
    case 'warehouse':
      return { record, rows: [decodeWarehouse(record.id, element)], written: NOTHING_WRITTEN }
    case 'property':
      return { record, rows: [decodeProperty(record.id, element)], written: NOTHING_WRITTEN }
    case 'unit':
      return { record, rows: [decodeUnit(record.id, element)], written: NOTHING_WRITTEN }
    case 'group':
      return { record, rows: decodeGroups(element), written: NOTHING_WRITTEN }
    default:
      return { record, document: decodeDocument(element, context.timezone), written: NOTHING_WRITTEN }
  }
}
