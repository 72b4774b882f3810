import { speedOf, type Budget, type Figure, type Profile, type Results } from './results.ts'

/** A table of texts; the first row is the header. */
export type Table = readonly (readonly string[])[]

/** Every figure with its ratios to the first load and to the unchanged set, both of the same run. */
export function figureTable(figures: readonly Figure[]): Table {
  const first = figures.find(({ id }) => id === 'first')
  const unchanged = figures.find(({ id }) => id === 'unchanged')
  const header = ['', 'seconds', 'CPU s', 'MB/s', '× first load', '× unchanged', 'RssAnon, MB', 'remark']
  return [
    header,
    ...figures.map((figure) => [
      figure.title,
      figure.ms === undefined ? '–' : (figure.ms / 1_000).toFixed(2),
      figure.cpuMs === undefined ? '' : (figure.cpuMs / 1_000).toFixed(2),
      speedOf(figure)?.toFixed(speedOf(figure)! < 10 ? 1 : 0) ?? '',
      timesOf(figure, first),
      timesOf(figure, unchanged),
      figure.peakAnon === undefined ? '' : String(Math.round(figure.peakAnon)),
      figure.note,
    ]),
  ]
}

/** Every budget beside what was measured. */
export function budgetTable(budgets: readonly Budget[]): Table {
  return [
    ['budget', 'wanted', 'measured', 'met'],
    ...budgets.map(({ title, wanted, measured, met }) => [title, wanted, measured, met ? 'yes' : 'NO']),
  ]
}

/** Where the time of the first load went. */
export function profileTable({ top }: Profile): Table {
  return [
    ['function', 'place', 'own time'],
    ...top.map(({ name, place, share }) => [`\`${name}\``, place, `${(share * 100).toFixed(1)} %`]),
  ]
}

/** One line: when, where, on what. */
export function circumstances({ at, machine, goods, megabytes }: Results): string {
  const { cpu, cores, memoryGigabytes, system, node } = machine
  const set = `${goods} goods and ${goods} offers × 3 prices × 3 warehouses, ${Math.round(megabytes)} MB`
  return `${at.slice(0, 10)}, ${cpu}, ${cores} cores, ${memoryGigabytes} GB, ${system}, node ${node}; ${set}`
}

/** The table with columns of equal width, for a terminal. */
export function plain(table: Table): string {
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)))
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return lines.join('\n')
}

/** The table as Markdown, padded as prettier wants it. */
export function markdown(table: Table): string {
  const escaped = table.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = (escaped[0] ?? []).map((_, column) => Math.max(3, ...escaped.map((row) => (row[column] ?? '').length)))
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`
  const [header = [], ...rows] = escaped
  return [line(header), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...rows.map(line)].join('\n')
}

/** How many times as long as this figure the other one took. */
function timesOf({ megabytes, ms }: Figure, other: Figure | undefined): string {
  if (megabytes === undefined || ms === undefined || other?.ms === undefined || other.megabytes === undefined) return ''
  const ratio = ms / megabytes / (other.ms / other.megabytes)
  return ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2)
}
