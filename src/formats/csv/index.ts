import { decodeText } from './decode.ts'
import { detectDelimiter, isFilled, split, type Csv } from './split.ts'

export type { Csv, CsvCell, CsvRow } from './split.ts'

/**
 * Reads a CSV file as people and programs write it: UTF-8 or windows-1251, `;`, tab or comma (told by the first rows, or
 * by Excel's own line `sep=;`), quotes doubled inside quotes, any line ends. Rows without any text are left out, the
 * rest is as stated: nothing is trimmed, cells are not counted.
 */
export function readCsv(bytes: Uint8Array): Csv {
  const text = decodeText(bytes)
  const stated = /^sep=(.)\r?\n/.exec(text)
  if (stated !== null) {
    const { rows, ...rest } = split(text.slice(stated[0].length), stated[1] as string, 2)
    return { rows: rows.filter(isFilled), ...rest }
  }
  const { rows, ...rest } = split(text, detectDelimiter(text))
  return { rows: rows.filter(isFilled), ...rest }
}
