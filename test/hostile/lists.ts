import { createRandom } from '../../fixtures/random.ts'
import { zipOf } from '../../src/formats/zip/test-support.ts'
import type { Part } from './files.ts'

const MB = 1024 * 1024
const HEADER = 'Код;Цена\r\n'

/** How the lists of these cases are read. */
export const LIST_FIELDS = { id: 'Код', prices: { Розничная: 'Цена' } }

/** Tables as text that are too much of something. */
export const csvCases: readonly { readonly name: string; readonly parts: readonly Part[]; readonly code: string }[] = [
  {
    name: 'a cell of 40 MB whose quote never ends',
    parts: [HEADER, 'A-1;"', { times: 40 * MB, of: 'x' }],
    code: 'csv.open_quote',
  },
  {
    name: 'a row of forty million cells',
    parts: [HEADER, 'A-1', { times: 40 * MB, of: ';' }, '\r\n'],
    code: 'csv.row_too_large',
  },
  {
    name: 'a header of forty million columns',
    parts: ['Код;Цена', { times: 40 * MB, of: ';x' }, '\r\n'],
    code: 'csv.row_too_large',
  },
]

const TYPES = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'

/** A workbook of one sheet with these parts inside its sheet and its shared texts. */
function workbook(rows: string, texts: string): Buffer {
  const relation = (id: number, type: string, target: string): string =>
    `<Relationship Id="r${id}" Type="${TYPES}/${type}" Target="${target}"/>`
  const cell = (of: string): string => `<c t="inlineStr"><is><t>${of}</t></is></c>`
  const header = `<row r="1">${cell('Код')}${cell('Цена')}</row>`
  const part = (name: string, text: string): { name: string; text: string } => ({ name, text })
  return zipOf([
    part('_rels/.rels', `<Relationships>${relation(1, 'officeDocument', 'xl/workbook.xml')}</Relationships>`),
    part(
      'xl/workbook.xml',
      `<workbook xmlns="${MAIN}" xmlns:r="${TYPES}"><sheets><sheet name="Прайс" sheetId="1" r:id="r1"/></sheets></workbook>`,
    ),
    part(
      'xl/_rels/workbook.xml.rels',
      `<Relationships>${relation(1, 'worksheet', 'worksheets/sheet1.xml')}${relation(2, 'sharedStrings', 'sharedStrings.xml')}</Relationships>`,
    ),
    part('xl/sharedStrings.xml', `<sst xmlns="${MAIN}">${texts}</sst>`),
    part('xl/worksheets/sheet1.xml', `<worksheet xmlns="${MAIN}"><sheetData>${header}${rows}</sheetData></worksheet>`),
  ])
}

/** So many hundred thousand short texts; farther apart than packing looks back, so they make no bomb. */
function shortTexts(blocks: number): string {
  const random = createRandom(1)
  const text = (): string => `<si><t>${random.below(36 ** 6).toString(36)}</t></si>`
  return Array.from({ length: 100_000 }, text).join('').repeat(blocks)
}

/** A workbook is built when its case is tried: some take a while. */
export const xlsxCases: readonly { readonly name: string; readonly build: () => Buffer; readonly code: string }[] = [
  { name: 'three million short texts', build: () => workbook('', shortTexts(30)), code: 'xlsx.unreadable' },
  {
    name: 'a text of 100 MB',
    build: () => workbook('', `<si><t>${'x'.repeat(100 * MB)}</t></si>`),
    code: 'zip.too_large',
  },
  {
    name: 'a sheet of a million empty rows',
    build: () => workbook('<row/>'.repeat(20_000_000), ''),
    code: 'zip.too_large',
  },
]
