import type { Style } from 'exceljs'
import type { Cell, CellValue, ColumnType, Tone } from './sheet.ts'

/** Longest text a cell holds. Source: Excel specifications and limits, https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3 */
export const LONGEST_TEXT = 32_767

/** Longest text literal in a formula, same source; a longer link is written as plain text. */
const LONGEST_LITERAL = 255

const CUT = ' … (обрезано)'

// Excel spells formats the American way inside the file and shows them in the reader's own (`# ##0,00 ₽`).
const FORMATS: Readonly<Record<ColumnType, string>> = {
  text: '@',
  int: '#,##0',
  money: '#,##0.00" ₽"',
  percent: '0.0%',
  datetime: 'dd.mm.yyyy hh:mm',
  link: '@',
}

/** Fill and text colour by severity: the pairs Excel itself offers as good, neutral and bad. */
const TONES: Readonly<Record<Tone, { readonly fill: string; readonly font: string; readonly tab: string }>> = {
  ok: { fill: 'FFE2F0D9', font: 'FF1E5C2E', tab: 'FF70AD47' },
  warn: { fill: 'FFFFEB9C', font: 'FF7F5F00', tab: 'FFFFC000' },
  error: { fill: 'FFFFC7CE', font: 'FF9C0006', tab: 'FFC00000' },
}

/** The colour of a sheet's tab. */
export function tabColour(tone: Tone): string {
  return TONES[tone].tab
}

// Named in every style: a font without a name is shown in whatever the program thinks fit.
const FONT = { name: 'Calibri', size: 11, family: 2 } as const

/** A header cell, standing over its values. */
export function headerStyle(type: ColumnType): Partial<Style> {
  return {
    numFmt: '@',
    font: { ...FONT, bold: true, color: { argb: 'FFFFFFFF' } },
    fill: { type: 'pattern', pattern: 'solid', fgColor: { argb: 'FF44546A' } },
    alignment: { vertical: 'middle', wrapText: true, ...sideOf(type) },
  }
}

// Numbers keep a distance to a text in the next column.
function sideOf(type: ColumnType): { horizontal: 'left' } | { horizontal: 'right'; indent: number } {
  const isText = type === 'text' || type === 'link' || type === 'datetime'
  return isText ? { horizontal: 'left' } : { horizontal: 'right', indent: 1 }
}

/** What a cell of a sheet looks like. */
export interface Look {
  readonly type: ColumnType
  readonly tone?: Tone
  readonly wrap?: boolean
  readonly link?: boolean
  readonly strong?: boolean
}

/** Styles by look, each made once: the writer recognises an object it has already seen. */
export function createStyles(): (look: Look) => Partial<Style> {
  const made = new Map<string, Partial<Style>>()
  return (look) => {
    const key = `${look.type} ${look.tone} ${look.wrap} ${look.link} ${look.strong}`
    let style = made.get(key)
    if (style === undefined) {
      style = styleOf(look)
      made.set(key, style)
    }
    return style
  }
}

function styleOf(look: Look): Partial<Style> {
  const tone = look.tone === undefined ? undefined : TONES[look.tone]
  const colour = tone?.font ?? (look.link ? 'FF0563C1' : undefined)
  return {
    numFmt: FORMATS[look.type],
    alignment: { vertical: 'top', ...sideOf(look.type), ...(look.wrap ? { wrapText: true } : {}) },
    font: {
      ...FONT,
      ...(colour === undefined ? {} : { color: { argb: colour } }),
      ...(look.link ? { underline: true } : {}),
      ...(look.strong ? { bold: true } : {}),
    },
    ...(tone === undefined
      ? {}
      : { fill: { type: 'pattern', pattern: 'solid', fgColor: { argb: tone.fill } } as const }),
  }
}

/** A value as the file holds it: a text, a number (dates are serial days) or a link formula; null = empty. */
export type Stored = string | number | { readonly formula: string; readonly result: string } | null

/** A cell's value made ready for the file. A number that is none is written as the text it is. */
export function storedValue(cell: Cell, type: ColumnType, serialDay: (epochMs: number) => number): Stored {
  if (cell.value === '') return null
  if (cell.url !== undefined) return linkFormula(cell.url, cleanText(String(cell.value)))
  if (type === 'text' || type === 'link') return cleanText(String(cell.value))
  const number = Number(cell.value)
  if (!Number.isFinite(number)) return cleanText(String(cell.value))
  return type === 'datetime' ? serialDay(number) : number
}

// A formula instead of a hyperlink record: those are kept in memory and limited to 65,530 a sheet.
function linkFormula(url: string, text: string): Stored {
  if (url.length > LONGEST_LITERAL || text.length > LONGEST_LITERAL) return text
  return { formula: `HYPERLINK(${literal(url)},${literal(text)})`, result: text }
}

function literal(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}

/** A text without what a workbook cannot hold: control characters go, `_x0041_` stays literal, the length is capped. */
export function cleanText(text: string): string {
  let clean = text
    .replaceAll('\r\n', '\n')
    .replaceAll(UNWRITABLE, '')
    .replaceAll(/_(?=x[0-9A-Fa-f]{4}_)/g, '_x005F_')
  if (clean.length > LONGEST_TEXT)
    clean = clean.slice(0, LONGEST_TEXT - CUT.length).replace(/[\uD800-\uDBFF]$/, '') + CUT
  return clean
}

// What XML 1.0 does not allow: control characters but tab and line feed, lone surrogates, the two non-characters.
const UNWRITABLE = /(?![\t\n])\p{Cc}|\p{Cs}|[\uFFFE\uFFFF]/gu

/** A row's value as a cell. */
export function asCell(value: CellValue): Cell {
  return typeof value === 'object' ? value : { value: value ?? '' }
}

/** About how many characters wide a value is shown. */
export function shownWidth(cell: Cell, type: ColumnType): number {
  if (cell.value === '') return 0
  if (type === 'datetime') return 'дд.мм.гггг чч:мм'.length
  const text = String(cell.value)
  if (type === 'text' || type === 'link')
    return text.split('\n').reduce((widest, line) => Math.max(widest, line.length), 0)
  const whole = text.replace(/[-.].*$/, '').length + (text.startsWith('-') ? 1 : 0)
  return whole + Math.floor(whole / 3) + (type === 'money' ? ',00 ₽'.length : 2)
}

/** Into how many lines a text breaks in a column so many characters wide; rather one too many. */
export function brokenLines(text: string, width: number): number {
  return text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / (width * 0.95))), 0)
}
