import { speedOf, type Budget, type Figure } from './results.ts'

/** Anonymous memory of the ingest pipeline, megabytes, whatever the size. */
const MOST_MEMORY = 300
const MOST_EXCEL_MEMORY = 250

/** The budgets of the design (§12) that these figures can judge; a figure that failed misses its budget. */
export function budgetsOf(figures: readonly Figure[]): Budget[] {
  const byId = new Map(figures.map((figure) => [figure.id, figure]))
  const budgets: Budget[] = []

  const unchanged = byId.get('unchanged')
  if (unchanged !== undefined) {
    budgets.push(atLeast('Unchanged set through the ingest pipeline', speedOf(unchanged), 300, ' MB/s'))
  }
  if (byId.has('commerceml-parser')) {
    const ratio = ratioOf(byId.get('commerceml-parser'), unchanged)
    budgets.push(atLeast('Unchanged set beside commerceml-parser', ratio, 50, '×'))
  }
  if (byId.has('fast-xml-parser')) {
    const ratio = ratioOf(byId.get('fast-xml-parser'), byId.get('first'))
    budgets.push(atLeast('First load beside whole-file fast-xml-parser', ratio, 1.5, '×'))
  }
  for (const id of ['first', 'unchanged', 'changed']) {
    const figure = byId.get(id)
    if (figure === undefined) continue
    const peak = figure.ms === undefined ? undefined : figure.peakAnon
    budgets.push(atMost(`RssAnon: ${figure.title.toLowerCase()}`, peak, MOST_MEMORY, ' MB'))
  }
  const request = byId.get('request')
  if (request !== undefined) budgets.push(atMost(request.title, seconds(request), 3, ' s'))
  for (const id of ['look-prices-settled', 'look-stocks-settled', 'look-prices-first', 'look-stocks-first']) {
    const look = byId.get(id)
    if (look !== undefined) budgets.push(atMost(look.title, seconds(look), 3, ' s'))
  }
  const excel = byId.get('excel-ours')
  if (excel !== undefined) {
    budgets.push(atMost('Excel beside the bare writer', ratioOf(excel, byId.get('excel-bare')), 1.3, '×'))
    budgets.push(atMost('RssAnon: Excel', excel.peakAnon, MOST_EXCEL_MEMORY, ' MB'))
  }
  return budgets
}

function ratioOf(slow: Figure | undefined, fast: Figure | undefined): number | undefined {
  if (slow?.ms === undefined || slow.isPart === true || fast?.ms === undefined) return undefined
  return slow.ms / fast.ms
}

function seconds({ ms }: Figure): number | undefined {
  return ms === undefined ? undefined : ms / 1_000
}

function atLeast(title: string, value: number | undefined, limit: number, unit: string): Budget {
  const met = value !== undefined && value >= limit
  return { title, wanted: `≥ ${limit}${unit}`, measured: shown(value, unit), met }
}

function atMost(title: string, value: number | undefined, limit: number, unit: string): Budget {
  const met = value !== undefined && value <= limit
  return { title, wanted: `≤ ${limit}${unit}`, measured: shown(value, unit), met }
}

function shown(value: number | undefined, unit: string): string {
  return value === undefined ? 'not measured' : `${value >= 100 ? Math.round(value) : value.toFixed(2)}${unit}`
}
