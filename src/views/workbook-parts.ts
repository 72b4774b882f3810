import { Big, type Decimal } from '../core/decimal.ts'
import type { Cell, CellValue, Column, Row, Sheet, Tone } from '../formats/xlsx/sheet.ts'
import { grouped } from '../notify/plural.ts'
import type { ReportChange, ReportItem } from './report-data.ts'

/** The first columns of a row about an item, and the codes that stand further to the right. */
export const ITEM: readonly Column[] = [
  { header: 'Артикул', key: 'article', type: 'text' },
  { header: 'Наименование', key: 'name', type: 'text', wrap: true, width: 36 },
]

/** The codes of an item. */
export const ITEM_CODES: readonly Column[] = [
  { header: 'Артикул на площадке', key: 'offerId', type: 'text' },
  { header: 'Код 1С (Ид)', key: 'code1c', type: 'text', width: 38 },
]

/** Cells of {@link ITEM} and {@link ITEM_CODES}. */
export function itemCells({ article, name, offerId, code1c }: ReportItem): Row {
  return { article, name, offerId, code1c }
}

/** Columns of {@link changeCells}. */
export const CHANGE: readonly Column[] = [
  { header: 'Что', key: 'what', type: 'text' },
  { header: 'Склад площадки', key: 'warehouse', type: 'text' },
  { header: 'Было', key: 'before', type: 'int' },
  { header: 'Стало', key: 'after', type: 'int' },
  { header: 'Разница', key: 'difference', type: 'int' },
  { header: 'Разница, %', key: 'share', type: 'percent' },
]

const FIELDS = {
  price: 'Цена',
  oldPrice: 'Цена до скидки',
  minPrice: 'Мин. цена',
  netPrice: 'Себестоимость',
} as const

/** One value that changed: what, from what, to what, by how much. */
export interface ChangedCell extends Pick<ReportChange, 'aspect' | 'field' | 'warehouse' | 'before'> {
  /** Absent = taken away. */
  readonly after?: Decimal
}

/** Cells of {@link CHANGE}. */
export function changeCells(change: ChangedCell): Row {
  const isPrice = change.aspect === 'prices'
  const typed = (value: string | undefined, tone?: Tone): CellValue =>
    value === undefined
      ? undefined
      : { value, type: isPrice ? 'money' : 'int', ...(tone === undefined ? {} : { tone }) }
  const before = change.before === undefined ? undefined : new Big(change.before)
  const difference =
    before === undefined || change.after === undefined ? undefined : new Big(change.after).minus(before)
  const isZeroed = !isPrice && Number(change.after) === 0 && Number(change.before ?? 0) !== 0
  const share =
    !isPrice || before === undefined || difference === undefined || before.eq(0)
      ? undefined
      : difference.div(before.abs()).toNumber()
  return {
    what: isPrice
      ? FIELDS[change.field ?? 'price']
      : toned(isZeroed ? 'Остаток: обнулён' : 'Остаток', isZeroed ? 'warn' : undefined),
    warehouse: change.warehouse,
    before: typed(change.before),
    after: typed(change.after, isZeroed ? 'warn' : undefined),
    difference: typed(difference?.toFixed()),
    share,
  }
}

/** A row of a summary. */
export function line(name: CellValue, value: CellValue = '', note: CellValue = ''): Row {
  return { name, value, note }
}

/** A heading inside a summary. */
export function head(name: string): Row {
  return { name: { value: name, strong: true } }
}

/** The name of a sheet, by which one gets there. */
export function sheetLink(name: string): Cell {
  return { value: name, url: `#'${name}'!A1` }
}

/** The sheet that explains a workbook. */
export const HELP = 'Справка'

/** {@link HELP}: words of the workbook (`name`) and what they mean (`meaning`). */
export function helpSheet(rows: readonly Row[]): Sheet {
  return {
    name: HELP,
    filter: false,
    columns: [
      { header: 'Что', key: 'name', type: 'text', width: 30 },
      { header: 'Что значит', key: 'meaning', type: 'text', width: 110, wrap: true },
    ],
    rows,
  }
}

/** A number beside words. */
export function number(value: number, tone?: Tone): Cell {
  // As text, so that it stands on the left beside the words of the other rows.
  return { value: grouped(value), ...(tone === undefined ? {} : { tone }) }
}

/** How grave, in colour and word. */
export function severityCell(severity: 'error' | 'warn'): Cell {
  return severity === 'error' ? { value: 'Ошибка', tone: 'error' } : { value: 'Предупреждение', tone: 'warn' }
}

/** A text with a colour, or without. */
export function toned(value: string, tone: Tone | undefined): Cell {
  return tone === undefined ? { value } : { value, tone }
}

/** The gravest of some colours. */
export function worst(tones: readonly Tone[]): Tone {
  if (tones.includes('error')) return 'error'
  return tones.includes('warn') ? 'warn' : 'ok'
}

function* mappedNow<I, O>(rows: Iterable<I>, map: (row: I) => O): Generator<O> {
  for (const row of rows) yield map(row)
}

async function* mappedLater<I, O>(rows: AsyncIterable<I>, map: (row: I) => O): AsyncGenerator<O> {
  for await (const row of rows) yield map(row)
}

/** Rows made one by one while they are written. */
export function mapped<I, O>(rows: Iterable<I> | AsyncIterable<I>, map: (row: I) => O): Iterable<O> | AsyncIterable<O> {
  return Symbol.asyncIterator in rows ? mappedLater(rows, map) : mappedNow(rows, map)
}

/** Rows that are made when they are asked for. */
export function deferred(rows: () => Iterable<Row>): Iterable<Row> {
  return { [Symbol.iterator]: () => rows()[Symbol.iterator]() }
}
