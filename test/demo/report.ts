import { readCells } from '../../src/formats/xlsx/read-cells.ts'
import type { OzonState, OzonWrite } from './ozon.ts'

/** One row of a report's sheet by its headers. */
export type ReportRow = Readonly<Record<string, string>>

/** A report as a person reads it. */
export interface ReadReport {
  readonly changes: readonly ReportRow[]
  readonly rejections: readonly ReportRow[]
}

/** Reads a report back, cell by cell. */
export async function readReport(path: string): Promise<ReadReport> {
  const sheets = await readCells(path)
  const rowsOf = (name: string): ReportRow[] => {
    const [header = [], ...rows] = sheets.get(name) ?? []
    return rows.map((row) => Object.fromEntries(header.map((title, column) => [title, row[column] ?? ''])))
  }
  return { changes: rowsOf('Изменения'), rejections: rowsOf('Отклонённые товары') }
}

/** A value that the marketplace took, one cell each: `ФТ-001-S · Цена = 1870`. */
export type TakenValue = string

/** What the reports say was accepted, in their order. */
export function valuesOfReports(reports: readonly ReadReport[]): TakenValue[] {
  return reports.flatMap(({ changes }) =>
    changes.map((row) => {
      const isStock = row['Что']?.startsWith('Остаток') === true
      const what = isStock ? `Остаток ${row['Склад площадки'] ?? ''}` : (row['Что'] ?? '')
      return taken(row['Артикул на площадке'] ?? '', what, row['Стало'] ?? '')
    }),
  )
}

/**
 * What the local Ozon says it accepted, in its order. A price is always told, a price before the discount only when it
 * is another one than before, as in the report.
 */
export function valuesOfLedger(ledger: readonly OzonWrite[], { warehouses }: OzonState): TakenValue[] {
  const oldPrices = new Map<string, string>()
  const names = new Map(warehouses.map(({ warehouseId, name }) => [warehouseId, name]))
  return ledger.flatMap(({ offerId, warehouseId, value }) => {
    if (typeof value === 'number') {
      return [taken(offerId, `Остаток ${names.get(warehouseId ?? 0) ?? ''}`, String(value))]
    }
    const { price, old_price: oldPrice } = value
    const isNew = oldPrice !== undefined && oldPrices.get(offerId) !== oldPrice
    if (isNew) oldPrices.set(offerId, oldPrice)
    return [
      taken(offerId, 'Цена', String(Number(price))),
      ...(isNew ? [taken(offerId, 'Цена до скидки', String(Number(oldPrice)))] : []),
    ]
  })
}

function taken(offerId: string, what: string, value: string): TakenValue {
  return `${offerId} · ${what} = ${value}`
}

/** What one list has and the other has not, counted; both directions. Empty = the same values equally often. */
export function unequal(left: readonly TakenValue[], right: readonly TakenValue[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const value of left) counts.set(value, (counts.get(value) ?? 0) + 1)
  for (const value of right) counts.set(value, (counts.get(value) ?? 0) - 1)
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([value, count]) => `${count > 0 ? '+' : ''}${count} ${value}`)
}
