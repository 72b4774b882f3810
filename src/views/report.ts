import type { Files } from '../core/files.ts'
import { writeWorkbook } from '../formats/xlsx/write-workbook.ts'
import { plural, pluralForm } from '../notify/plural.ts'
import { moment, shortMoment } from './moments.ts'
import { describeReason } from './reasons.ts'
import type { ReportInput } from './report-data.ts'
import {
  countRejections,
  groupErrors,
  noChanges,
  severityOf,
  sortRejections,
  type ChangeCounts,
} from './report-summary.ts'
import { reportSheets } from './report-workbook.ts'

/** How many errors and items the mail names; the rest stands in the workbook. */
const TOP = 10

/** A report that lies in its file. */
export interface BuiltReport {
  readonly path: string
  /** The verdict. */
  readonly subject: string
  readonly body: string
  readonly counts: ChangeCounts
}

/**
 * Writes the workbook and words the mail that carries it. Memory does not grow with the changes.
 * @throws what the changes or the disk throw; nothing is left at `path` then
 */
export async function buildReport(
  input: ReportInput,
  path: string,
  files: Files,
  signal?: AbortSignal,
): Promise<BuiltReport> {
  const counts = noChanges()
  await writeWorkbook(path, await reportSheets(input, counts), {
    files,
    timezone: input.timezone,
    createdAt: input.period.to,
    ...(signal === undefined ? {} : { signal }),
  })
  return { path, subject: reportSubject(input, counts), body: reportBody(input, counts), counts }
}

/** The verdict in one line: «Ozon: 3 ошибки (1 новая), 12 изменений, данные 14:05». */
export function reportSubject(input: ReportInput, counts: ChangeCounts): string {
  const { errors, warnings } = countRejections(input.rejections)
  const fresh = countRejections(
    input.rejections.filter((row) => row.state === 'new' && severityOf(row) === 'error'),
  ).errors
  const parts = [
    errors === 0
      ? 'ошибок нет'
      : plural(errors, ['ошибка', 'ошибки', 'ошибок']) +
        (fresh === 0 ? '' : ` (${plural(fresh, ['новая', 'новые', 'новых'])})`),
  ]
  if (warnings > 0) parts.push(plural(warnings, ['предупреждение', 'предупреждения', 'предупреждений']))
  const changes = counts.prices + counts.stocks
  parts.push(changes === 0 ? 'изменений нет' : plural(changes, ['изменение', 'изменения', 'изменений']))
  parts.push(
    input.data === undefined
      ? 'данных 1С нет'
      : `данные ${shortMoment(input.data.stamp, input.period.to, input.timezone)}`,
  )
  return `${input.title}: ${parts.join(', ')}`
}

/** What the report comes to, in lines of text: the counts, the errors, the items that are newly rejected. */
export function reportBody(input: ReportInput, counts: ChangeCounts): string {
  const { fresh, open, fixed } = countRejections(input.rejections)
  const { from, to } = input.period
  const lines = [
    `Период: ${moment(from, input.timezone)} — ${moment(to, input.timezone)} (${input.timezone})`,
    input.data === undefined
      ? 'Данные 1С ещё не приходили.'
      : `Данные 1С от ${moment(input.data.stamp, input.timezone)}, файл ${input.data.file}`,
    ...(input.observing === true ? [observingText(input.account)] : []),
    `Принято площадкой: ${plural(counts.prices, ['цена', 'цены', 'цен'])}, ${plural(counts.stocks, ['остаток', 'остатка', 'остатков'])}`,
    `Не приняты: ${plural(fresh, ['новый товар', 'новых товара', 'новых товаров'])}, ${pluralForm(open, ['остаётся', 'остаются', 'остаются'])} ${open}, ${pluralForm(fixed, ['исправлен', 'исправлено', 'исправлено'])} ${fixed}`,
    ...section('Ошибки', errorLines(input)),
    ...section('Новые отклонённые товары', itemLines(input)),
  ]
  return lines.join('\n')
}

/** Why nothing arrives at the marketplace, and what to do about it. */
function observingText(account: string): string {
  return `Кабинет только наблюдает, на площадку ничего не отправляется. Разрешить отправку: obmen approve ${account}`
}

function errorLines(input: ReportInput): string[] {
  return groupErrors(input.rejections)
    .filter((group) => group.open > 0)
    .map(
      ({ error, open, todo, who }) =>
        `${error} — ${plural(open, ['товар', 'товара', 'товаров'])}. ${todo}${who === 'Никто' ? '' : ` (${who})`}`,
    )
}

function itemLines(input: ReportInput): string[] {
  const lines = sortRejections(input.rejections.filter(({ state }) => state === 'new')).map(
    ({ article, offerId, name, reason }) => `${article || offerId} ${name}: ${describeReason(reason).error}`,
  )
  // A price and the stocks of all warehouses may share one cause.
  return [...new Set(lines)]
}

function section(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return []
  const more = lines.length > TOP ? [`… и ещё ${lines.length - TOP}, см. файл`] : []
  return ['', `${title}:`, ...lines.slice(0, TOP).map((line) => `• ${line}`), ...more]
}
