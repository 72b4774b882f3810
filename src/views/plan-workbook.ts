import type { Files } from '../core/files.ts'
import type { PriceValue, StockValue } from '../core/marketplace.ts'
import type { CellValue, Row, Sheet } from '../formats/xlsx/sheet.ts'
import { writeWorkbook } from '../formats/xlsx/write-workbook.ts'
import { grouped, plural } from '../notify/plural.ts'
import { LANES, type Lane } from '../pipeline/flows.ts'
import { changedPrices } from './change-text.ts'
import { moment, span } from './moments.ts'
import type { PlanDifference, PlannedValue, PlanOutcome, PlanRejection, PlanView } from './plan-data.ts'
import { describeReason } from './reasons.ts'
import {
  CHANGE,
  changeCells,
  head,
  HELP,
  helpSheet,
  ITEM,
  ITEM_CODES,
  itemCells,
  line,
  mapped,
  number,
  severityCell,
  sheetLink,
  toned,
  worst,
  type ChangedCell,
} from './workbook-parts.ts'

const SUMMARY = 'Сводка'
const SENT = 'Будет отправлено'
const HELD = 'Придержано'
const REJECTED = 'Отклонено'
const DIFFERENCES = 'Отличия'

const LANE_NAMES: Readonly<Record<Lane, string>> = {
  zero: 'Обнуление остатков',
  stocks: 'Остатки',
  'price-up': 'Повышение цен',
  prices: 'Цены',
  cards: 'Карточки',
}

/** Writes the plan as a table for the manager; `differences`: what an edited configuration changes, where one was given. */
export async function writePlanWorkbook(
  plan: PlanView,
  differences: readonly PlanDifference[] | undefined,
  path: string,
  files: Files,
): Promise<void> {
  const sheets: Sheet[] = []
  if (plan.send.length > 0) sheets.push(sentSheet(plan))
  if (plan.held.length > 0) sheets.push(heldSheet(plan))
  if (plan.rejected.length > 0) sheets.push(rejectedSheet(plan))
  if (differences !== undefined && differences.length > 0) sheets.push(differencesSheet(plan, differences))
  sheets.push(helpSheet(HELP_ROWS))
  const present = new Set(sheets.map(({ name }) => name))
  const options = { files, timezone: plan.timezone, createdAt: plan.at }
  await writeWorkbook(path, [summarySheet(plan, differences, present), ...sheets], options)
}

function sentSheet(plan: PlanView): Sheet {
  return {
    name: SENT,
    frozenColumns: 2,
    columns: [
      ...ITEM,
      ...CHANGE,
      { header: 'Очередь', key: 'lane', type: 'text' },
      { header: 'Не раньше', key: 'due', type: 'datetime' },
      { header: 'Почему', key: 'why', type: 'text', width: 36, wrap: true },
      ...ITEM_CODES,
      { header: 'Правило', key: 'rule', type: 'text', width: 60 },
    ],
    rows: mapped(changesOf(plan.send, plan), ({ value, change, rule }) => ({
      ...itemCells(value),
      ...changeCells(change),
      lane: LANE_NAMES[value.lane],
      due: value.due,
      why: whyOf(value),
      rule,
    })),
  }
}

const ZEROED = {
  deleted: 'Удалён в 1С или пропал из полной выгрузки',
  unselected: 'Больше не отбирается для кабинета',
  stale: 'Остатки 1С устарели',
} as const

function whyOf({ zeroedBy, isNew, before }: PlannedValue): string {
  if (zeroedBy !== undefined) return ZEROED[zeroedBy]
  if (isNew) return 'Первая отправка, артикул закрепится за товаром'
  return before === undefined ? 'Первая отправка' : ''
}

function heldSheet(plan: PlanView): Sheet {
  return {
    name: HELD,
    tab: 'warn',
    frozenColumns: 2,
    columns: [
      ...ITEM,
      ...CHANGE,
      { header: 'Ошибка', key: 'error', type: 'text', width: 34, wrap: true },
      { header: 'Почему', key: 'why', type: 'text', width: 48, wrap: true },
      { header: 'Что делать', key: 'todo', type: 'text', width: 48, wrap: true },
      { header: 'Кто', key: 'who', type: 'text' },
      ...ITEM_CODES,
      { header: 'Правило', key: 'rule', type: 'text', width: 60 },
      { header: 'Защита', key: 'guard', type: 'text', width: 40 },
      { header: 'Код', key: 'code', type: 'text' },
    ],
    rows: mapped(changesOf(plan.held, plan), ({ value, change, rule }) => {
      const { error, why, todo, who } = describeReason(value.reason)
      const words = { error, why, todo, who, code: value.reason.code }
      return { ...itemCells(value), ...changeCells(change), ...words, rule, guard: value.guard }
    }),
  }
}

const BY: Readonly<Record<PlanRejection['by'], string>> = {
  mapping: 'Настройка или данные 1С',
  identity: 'Артикул',
  marketplace: 'Площадка',
}

function rejectedSheet({ rejected }: PlanView): Sheet {
  return {
    name: REJECTED,
    tab: worst(rejected.map(({ reason }) => describeReason(reason).severity)),
    frozenColumns: 2,
    columns: [
      ...ITEM,
      { header: 'Важность', key: 'severity', type: 'text' },
      { header: 'Из-за чего', key: 'by', type: 'text' },
      { header: 'Склад площадки', key: 'warehouse', type: 'text' },
      { header: 'Ошибка', key: 'error', type: 'text', width: 34, wrap: true },
      { header: 'Почему', key: 'why', type: 'text', width: 48, wrap: true },
      { header: 'Что делать', key: 'todo', type: 'text', width: 48, wrap: true },
      { header: 'Кто', key: 'who', type: 'text' },
      ...ITEM_CODES,
      { header: 'Файл и строка', key: 'place', type: 'text' },
      { header: 'Код', key: 'code', type: 'text' },
    ],
    rows: mapped(rejected, (row) => {
      const { error, why, todo, who, severity } = describeReason(row.reason)
      const words = { error, why, todo, who, code: row.reason.code }
      const { warehouse, place } = row
      return { ...itemCells(row), ...words, severity: severityCell(severity), by: BY[row.by], warehouse, place }
    }),
  }
}

function differencesSheet(plan: PlanView, differences: readonly PlanDifference[]): Sheet {
  return {
    name: DIFFERENCES,
    frozenColumns: 2,
    columns: [
      ...ITEM,
      { header: 'Склад площадки', key: 'warehouse', type: 'text' },
      { header: 'Сейчас', key: 'now', type: 'text', width: 24 },
      { header: 'Значение сейчас', key: 'nowValue', type: plan.aspect === 'prices' ? 'money' : 'int' },
      { header: 'После правки', key: 'edited', type: 'text', width: 24 },
      { header: 'Значение после правки', key: 'editedValue', type: plan.aspect === 'prices' ? 'money' : 'int' },
      { header: 'Почему', key: 'why', type: 'text', width: 48, wrap: true },
      ...ITEM_CODES,
    ],
    rows: mapped(differences, (row) => ({
      ...itemCells(row),
      warehouse: row.warehouse,
      now: OUTCOMES[row.now.state],
      nowValue: mainValue(row.now),
      edited: OUTCOMES[row.edited.state],
      editedValue: mainValue(row.edited),
      why: whyDiffers(row),
    })),
  }
}

const OUTCOMES: Readonly<Record<PlanOutcome['state'], CellValue>> = {
  send: 'Отправится',
  held: { value: 'Придержано', tone: 'warn' },
  rejected: { value: 'Отклонено', tone: 'error' },
  none: 'Ничего',
}

function mainValue(outcome: PlanOutcome): CellValue {
  if (!('value' in outcome)) return undefined
  const { price, quantity } = outcome.value as Partial<PriceValue & StockValue>
  return price ?? quantity
}

function whyDiffers({ now, edited }: PlanDifference): string {
  const { reason } = 'reason' in edited ? edited : 'reason' in now ? now : { reason: undefined }
  if (reason !== undefined) return describeReason(reason).error
  if (!('value' in now) || !('value' in edited)) return ''
  const fields = changedPrices(now.value as PriceValue, edited.value as PriceValue).filter((field) => field !== 'price')
  const other = edited.value as PriceValue
  return fields.map((field) => `${OTHER_PRICES[field]}: ${other[field] ?? 'нет'}`).join(', ')
}

const OTHER_PRICES = { oldPrice: 'цена до скидки', minPrice: 'мин. цена', netPrice: 'себестоимость' } as const

interface ChangeRow<V> {
  readonly value: V
  readonly change: ChangedCell
  readonly rule: string
}

/** A row for every stock and for every price that changes. */
function* changesOf<V extends PlannedValue>(
  values: readonly V[],
  { aspect, rules }: PlanView,
): Generator<ChangeRow<V>> {
  const ruleOfField = new Map(rules.map(({ field, place, text }) => [field, `${place} ${text}`]))
  for (const value of values) {
    const { warehouse } = value
    const places = value.rules.join(', ')
    if (aspect === 'stocks') {
      const before = (value.before as StockValue | undefined)?.quantity
      const after = String((value.value as StockValue).quantity)
      const where = warehouse === undefined ? {} : { warehouse }
      const change = { aspect, ...where, ...(before === undefined ? {} : { before: String(before) }), after }
      yield { value, change, rule: places }
      continue
    }
    const from = value.before as PriceValue | undefined
    const to = value.value as PriceValue
    for (const field of changedPrices(from, to)) {
      const [before, after] = [from?.[field], to[field]]
      const known = before === undefined ? {} : { before }
      const change = { aspect, field, ...known, ...(after === undefined ? {} : { after }) }
      yield { value, change, rule: ruleOfField.get(field) ?? '' }
    }
  }
}

function summarySheet(
  plan: PlanView,
  differences: readonly PlanDifference[] | undefined,
  present: ReadonlySet<string>,
): Sheet {
  return {
    name: SUMMARY,
    filter: false,
    frozenColumns: 1,
    columns: [
      { header: 'Показатель', key: 'name', type: 'text', width: 34 },
      { header: 'Значение', key: 'value', type: 'text', width: 44, wrap: true },
      { header: 'Пояснение', key: 'note', type: 'text', width: 64, wrap: true },
    ],
    rows: summaryRows(plan, differences, present),
  }
}

function* summaryRows(
  plan: PlanView,
  differences: readonly PlanDifference[] | undefined,
  present: ReadonlySet<string>,
): Generator<Row> {
  const { cost } = plan
  yield line('План', { value: plan.pipeline, strong: true }, `Рассчитан ${moment(plan.at, plan.timezone)}`)
  yield line('Кабинет', plan.marketplace, plan.account)
  yield plan.approved
    ? line('Отправка', toned('Разрешена', 'ok'), 'Работающая служба отправляет это сама')
    : line('Отправка', toned('Только наблюдение', 'warn'), `Разрешить: obmen approve ${plan.account}`)
  yield plan.data === undefined
    ? line('Данные 1С', toned('Ещё не приходили', 'error'))
    : line('Данные 1С от', moment(plan.data.stamp, plan.timezone), `Файл: ${plan.data.file}`)
  if (plan.blocked !== undefined) {
    const { error, todo } = describeReason(plan.blocked)
    const names = plan.blocked.names.map(({ place, name }) => `${place} «${name}»`)
    yield line('Просмотр', toned('Задержан целиком', 'error'), [`${error}. ${todo}`, ...names].join('\n'))
  }
  if (plan.readBackFirst) {
    yield line('Сначала', 'Чтение с площадки', 'Служба прочитает, что уже есть на площадке; совпавшее не отправится')
  }
  yield {}

  yield head(SENT)
  yield line('Значений', number(cost.values), `Товаров просмотрено: ${grouped(plan.items)}`)
  for (const lane of LANES) {
    const count = plan.send.reduce((sum, value) => sum + (value.lane === lane ? 1 : 0), 0)
    if (count > 0) yield line(LANE_NAMES[lane], number(count))
  }
  yield line('Запросов', number(cost.requests), timeText(plan))
  yield line(HELD, number(plan.held.length, plan.held.length > 0 ? 'warn' : 'ok'), 'Ждёт решения: obmen held ls')
  yield line(REJECTED, number(plan.rejected.length, plan.rejected.length > 0 ? 'error' : 'ok'))
  if (differences !== undefined) {
    yield line('Отличий от нынешней настройки', number(differences.length), 'См. лист «Отличия»')
  }
  yield {}

  yield head('Правила')
  for (const { field, text, place } of plan.rules) yield line(field, text, place)
  yield {}

  yield head('Листы')
  const sizes = [
    [SENT, plan.send.length, 'Отправлять нечего'],
    [HELD, plan.held.length, 'Ничего не придержано'],
    [REJECTED, plan.rejected.length, 'Ничего не отклонено'],
    ...(differences === undefined ? [] : [[DIFFERENCES, differences.length, 'Отличий нет'] as const]),
  ] as const
  for (const [name, count, empty] of sizes) {
    const size = plural(count, ['значение', 'значения', 'значений'])
    yield present.has(name) ? line(sheetLink(name), size) : line(name, empty, 'Лист не создан')
  }
  yield line(sheetLink(HELP))
}

function timeText({ cost, marketplace }: PlanView): string {
  if (cost.rate === undefined) return 'Пределы площадки ничего не задерживают'
  const { limit, perMs } = cost.rate
  return `Не меньше чем ${span(cost.atLeastMs)}: ${marketplace} принимает ${limit} за ${span(perMs)}`
}

const HELP_ROWS: readonly Row[] = [
  { name: 'План', meaning: 'Что было бы отправлено на площадку по данным этой минуты. Сам план ничего не отправляет.' },
  { name: 'Было', meaning: 'Последнее значение, которое площадка приняла; пусто — ещё ничего не принимала.' },
  { name: 'Очередь', meaning: 'Порядок отправки: сначала обнуление остатков, затем остатки, повышение цен и цены.' },
  { name: 'Не раньше', meaning: 'Прошлая попытка не удалась, повтор назначен на это время.' },
  { name: 'Правило', meaning: 'Файл, строка и столбец выражения в настройке, которым получено значение.' },
  { name: HELD, meaning: 'Изменение похоже на ошибку, защита ждёт решения человека. На площадке остаётся прежнее.' },
  { name: 'Защита', meaning: 'Файл, строка и столбец правила, которое придержало значение.' },
  { name: REJECTED, meaning: 'Товар нельзя отправить, пока не исправлена причина. На площадке остаётся прежнее.' },
  { name: DIFFERENCES, meaning: 'Чем план с правкой отличается от плана с нынешней настройкой.' },
  { name: 'Артикул на площадке', meaning: 'Артикул продавца. У новых товаров — тот, который будет закреплён.' },
  { name: 'Код 1С (Ид)', meaning: 'Ид предложения из выгрузки: товар или товар#характеристика.' },
]
