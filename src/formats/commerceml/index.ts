export { DECODER_VERSION } from './decode.ts'
export {
  isLiteral,
  KIND_OF_ITEM,
  KIND_OF_PRODUCT,
  literals,
  requisiteSpellings,
  WEIGHT_OF_PRODUCT,
} from './elements-aliases.ts'
export {
  openExchangeFile,
  type ExchangeFile,
  type ExchangeHeader,
  type ExchangeSummary,
  type OpenOptions,
} from './exchange-file.ts'
export type { Family } from './family.ts'
export type { DecodedRecord, ExchangeRecord, RecordContext, RecordKind, RecordRef } from './record.ts'
export { parseStamp } from './stamp.ts'
export type { Element } from './tree.ts'
export type { FileWarning } from './warnings.ts'
