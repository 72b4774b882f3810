export { DECODER_VERSION } from './decode.ts'
export { KIND_OF_PRODUCT, requisiteSpellings } from './elements-aliases.ts'
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
