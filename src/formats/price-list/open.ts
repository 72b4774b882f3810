import { openCsvRows } from '../csv/rows.ts'
import { openXlsxRows } from '../xlsx/rows.ts'
import { openXmlRows } from '../xml/rows.ts'
import { PriceListFile } from './list-file.ts'
import { askedValues, type ListMapping } from './mapping.ts'
import type { RowSource } from './rows.ts'

/** How a price list is read; what belongs to one format alone is absent in the others. */
export interface ListFormat extends ListMapping {
  readonly format: 'xml' | 'csv' | 'xlsx'
  /** xml: path of the element of one item. */
  readonly records?: string | undefined
  /** xlsx: name of the sheet. */
  readonly sheet?: string | undefined
  /** Where the date of the list stands: a path (xml) or a cell (csv, xlsx). */
  readonly stamp?: string | undefined
}

/** What must be known of a price list besides its bytes. */
export interface OpenListOptions {
  readonly name: string
  readonly workFolder: string
  readonly timezone: string
  /** When the file was modified, clock milliseconds: the date of a list that states none. */
  readonly modifiedAt: number
}

/**
 * Opens a price list that is no CommerceML.
 * @throws ObmenError input `list.*`, `csv.*`, `xlsx.*`, `xml.*` when the beginning already shows a fault
 */
export async function openPriceList(
  path: string,
  list: ListFormat,
  options: OpenListOptions,
  signal: AbortSignal,
): Promise<PriceListFile> {
  const source = await openRows(path, list, options, signal)
  return new PriceListFile(options.name, source, list, options.modifiedAt)
}

function openRows(path: string, list: ListFormat, options: OpenListOptions, signal: AbortSignal): Promise<RowSource> {
  const { name, workFolder, timezone } = options
  const { stamp, sheet, records } = list
  const shared = { name, workFolder, timezone, asked: askedValues(list.fields), stamp }
  switch (list.format) {
    case 'csv':
      return openCsvRows(path, shared, signal)
    case 'xlsx':
      return openXlsxRows(path, { ...shared, sheet }, signal)
    default:
      return openXmlRows(path, { ...shared, records: records ?? '' }, signal)
  }
}
