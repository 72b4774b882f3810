import type { CellValue, Row, Sheet, Tone } from '../formats/xlsx/sheet.ts'
import { grouped, plural } from '../notify/plural.ts'
import { moment, span } from './moments.ts'
import { describeReason } from './reasons.ts'
import type { ReportChange, ReportInput, ReportOrder, ReportRejection } from './report-data.ts'
import {
  countChange,
  countRejections,
  freshness,
  groupErrors,
  severityOf,
  sortRejections,
  type ChangeCounts,
} from './report-summary.ts'
import {
  CHANGE,
  changeCells,
  deferred,
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
} from './workbook-parts.ts'

/** An open order is urgent so many milliseconds before its deadline. */
const URGENT = 2 * 3_600_000

const SUMMARY = 'Сводка'
const CHANGES = 'Изменения'
const ERRORS = 'Ошибки'
const REJECTED = 'Отклонённые товары'
const ORDERS = 'Заказы'

/**
 * The sheets of the report, in the order of the tabs. `counts` grows while «Изменения» is written; «Сводка» is written
 * last and shows it. Sheets without rows are left out, «Сводка» says so.
 */
export async function reportSheets(input: ReportInput, counts: ChangeCounts): Promise<Sheet[]> {
  const changes = await peeked(counted(input.changes, counts))
  const sheets: Sheet[] = []
  if (changes !== undefined) sheets.push(changesSheet(changes))
  if (input.rejections.length > 0) sheets.push(errorsSheet(input), rejectedSheet(input))
  if (input.orders !== undefined && input.orders.length > 0) sheets.push(ordersSheet(input, input.orders))
  sheets.push(helpSheet(HELP_ROWS))
  return [summarySheet(input, counts, new Set(sheets.map(({ name }) => name))), ...sheets]
}

function changesSheet(changes: AsyncIterable<ReportChange>): Sheet {
  return {
    name: CHANGES,
    frozenColumns: 2,
    columns: [
      ...ITEM,
      { header: 'Время', key: 'time', type: 'datetime' },
      ...CHANGE,
      ...ITEM_CODES,
      { header: 'Правило', key: 'rule', type: 'text', width: 60 },
    ],
    rows: mapped(changes, (change) => {
      return { ...itemCells(change), ...changeCells(change), time: change.time, rule: change.rule }
    }),
  }
}

function errorsSheet(input: ReportInput): Sheet {
  const groups = groupErrors(input.rejections)
  return {
    name: ERRORS,
    tab: worst(groups.map((group) => (group.open === 0 ? 'ok' : group.severity))),
    frozenColumns: 2,
    columns: [
      { header: 'Важность', key: 'severity', type: 'text' },
      { header: 'Ошибка', key: 'error', type: 'text', width: 34, wrap: true },
      { header: 'Почему', key: 'why', type: 'text', width: 48, wrap: true },
      { header: 'Что делать', key: 'todo', type: 'text', width: 48, wrap: true },
      { header: 'Кто', key: 'who', type: 'text' },
      { header: 'Сколько товаров', key: 'open', type: 'int' },
      { header: 'Из них новых', key: 'fresh', type: 'int' },
      { header: 'Исправлено', key: 'fixed', type: 'int' },
      { header: 'Впервые', key: 'first', type: 'datetime' },
      { header: 'Последний раз', key: 'last', type: 'datetime' },
      { header: 'Код', key: 'code', type: 'text' },
    ],
    rows: groups.map((group) => ({
      ...group,
      severity: group.open === 0 ? toned('Исправлено', 'ok') : severityCell(group.severity),
    })),
  }
}

function rejectedSheet(input: ReportInput): Sheet {
  return {
    name: REJECTED,
    tab: worst(input.rejections.map((row) => (row.state === 'fixed' ? 'ok' : severityOf(row)))),
    frozenColumns: 2,
    columns: [
      ...ITEM,
      { header: 'Важность', key: 'severity', type: 'text' },
      { header: 'Состояние', key: 'state', type: 'text' },
      { header: 'Что', key: 'what', type: 'text' },
      { header: 'Склад площадки', key: 'warehouse', type: 'text' },
      { header: 'Ошибка', key: 'error', type: 'text', width: 34, wrap: true },
      { header: 'Почему', key: 'why', type: 'text', width: 48, wrap: true },
      { header: 'Что делать', key: 'todo', type: 'text', width: 48, wrap: true },
      { header: 'Кто', key: 'who', type: 'text' },
      { header: 'С какого времени', key: 'since', type: 'datetime' },
      ...ITEM_CODES,
      { header: 'Файл и строка', key: 'place', type: 'text' },
      { header: 'Код', key: 'code', type: 'text' },
    ],
    rows: mapped(sortRejections(input.rejections), rejectionRow),
  }
}

const STATES = { new: 'Новая', open: 'Остаётся', fixed: 'Исправлена' } as const

function rejectionRow(row: ReportRejection): Row {
  const { error, why, todo, who, severity } = describeReason(row.reason)
  const isFixed = row.state === 'fixed'
  return {
    ...itemCells(row),
    severity: isFixed ? toned('Исправлено', 'ok') : severityCell(severity),
    state: row.state === 'new' ? { value: STATES.new, strong: true } : STATES[row.state],
    what: row.aspect === 'prices' ? 'Цена' : 'Остаток',
    warehouse: row.warehouse,
    error,
    why,
    todo: isFixed ? '' : todo,
    who: isFixed ? '' : who,
    since: row.since,
    place: row.place,
    code: row.reason.code,
  }
}

function ordersSheet(input: ReportInput, orders: readonly ReportOrder[]): Sheet {
  const now = input.period.to
  const sorted = [...orders].sort(
    (a, b) =>
      rankOfOrder(a, now) - rankOfOrder(b, now) ||
      (a.shipBy ?? Infinity) - (b.shipBy ?? Infinity) ||
      a.posting.localeCompare(b.posting),
  )
  return {
    name: ORDERS,
    tab: worst(sorted.map((order) => ORDER_TONES[rankOfOrder(order, now)])),
    frozenColumns: 2,
    columns: [
      { header: 'Номер в 1С', key: 'number', type: 'text' },
      { header: 'Отправление', key: 'posting', type: 'text' },
      { header: 'Статус', key: 'status', type: 'text' },
      { header: 'Срок', key: 'shipBy', type: 'datetime' },
      { header: 'Срочность', key: 'urgency', type: 'text' },
      { header: 'Склад', key: 'warehouse', type: 'text' },
      { header: 'В 1С', key: 'to1c', type: 'text' },
      { header: 'Сумма', key: 'amount', type: 'money' },
      { header: 'Что делать', key: 'todo', type: 'text', width: 48, wrap: true },
    ],
    rows: sorted.map((order) => orderRow(order, now)),
  }
}

/** 0 = needs a person or is urgent, 1 = not yet read by 1C, 2 = on its way. */
function rankOfOrder(order: ReportOrder, now: number): 0 | 1 | 2 {
  if (order.to1c === 'problem' || order.to1c === 'cancelled' || isUrgent(order, now)) return 0
  return order.to1c === 'waiting' ? 1 : 2
}

const ORDER_TONES = ['error', 'warn', 'ok'] as const

function isUrgent(order: ReportOrder, now: number): boolean {
  return order.open && order.shipBy !== undefined && order.shipBy - now <= URGENT
}

const TO_1C: Readonly<Record<ReportOrder['to1c'], CellValue>> = {
  waiting: { value: 'Ждёт записи', tone: 'warn' },
  written: 'В файле',
  presented: 'Прочитан 1С',
  confirmed: { value: 'Подтверждён', tone: 'ok' },
  problem: { value: 'Не передан', tone: 'error' },
  cancelled: { value: 'Отменить в 1С', tone: 'error' },
  done: { value: 'Отмена проведена', tone: 'ok' },
  withdrawn: 'Отменён до 1С',
}

function orderRow(order: ReportOrder, now: number): Row {
  const urgent = isUrgent(order, now)
  const late = urgent && (order.shipBy as number) < now
  const { shipBy } = order
  return {
    number: order.number ?? '',
    posting: order.posting,
    status: order.status,
    shipBy: shipBy === undefined ? undefined : { value: shipBy, ...(urgent ? { tone: 'error' } : {}) },
    urgency: urgent ? toned(late ? 'Просрочено' : 'Срочно', 'error') : '',
    warehouse: order.warehouse,
    to1c: TO_1C[order.to1c],
    amount: order.amount,
    todo: todoOf(order),
  }
}

function todoOf({ to1c, problem, number }: ReportOrder): string {
  if (to1c === 'cancelled')
    return `Отмените заказ в 1С и снимите со сборки. Затем отметьте: obmen orders done ${number ?? ''}`
  return problem === undefined ? '' : describeReason(problem).todo
}

function summarySheet(input: ReportInput, counts: ChangeCounts, present: ReadonlySet<string>): Sheet {
  return {
    name: SUMMARY,
    tab: verdictTone(input),
    filter: false,
    last: true,
    frozenColumns: 1,
    columns: [
      { header: 'Показатель', key: 'name', type: 'text', width: 34 },
      { header: 'Значение', key: 'value', type: 'text', width: 44, wrap: true },
      { header: 'Пояснение', key: 'note', type: 'text', width: 64, wrap: true },
    ],
    rows: deferred(() => summaryRows(input, counts, present)),
  }
}

function verdictTone(input: ReportInput): Tone {
  const rejected = countRejections(input.rejections)
  const tones: Tone[] = [
    freshness(input) ?? 'ok',
    rejected.errors > 0 ? 'error' : 'ok',
    rejected.warnings > 0 ? 'warn' : 'ok',
  ]
  for (const order of input.orders ?? []) tones.push(ORDER_TONES[rankOfOrder(order, input.period.to)])
  return worst(tones)
}

const VERDICTS: Readonly<Record<Tone, string>> = {
  ok: 'Всё в порядке',
  warn: 'Есть предупреждения',
  error: 'Нужны действия',
}

function* summaryRows(input: ReportInput, counts: ChangeCounts, present: ReadonlySet<string>): Generator<Row> {
  const rejected = countRejections(input.rejections)
  const orders = input.orders ?? []
  const at = (time: number): string => moment(time, input.timezone)
  const tone = verdictTone(input)
  yield line('Итог', { value: VERDICTS[tone], tone, strong: true })
  yield line('Кабинет', input.title, input.account)
  if (input.observing === true) {
    const todo = `На площадку ничего не отправляется. Разрешить: obmen approve ${input.account}`
    yield line('Отправка', toned('Только наблюдение', 'warn'), todo)
  }
  yield line('Период', `${at(input.period.from)} — ${at(input.period.to)}`, `Время: ${input.timezone}`)
  yield dataRow(input)
  yield {}

  yield head('Отправлено и принято площадкой')
  yield line('Цены', number(counts.prices), `Выше: ${grouped(counts.pricesUp)}, ниже: ${grouped(counts.pricesDown)}`)
  yield line('Остатки', number(counts.stocks), `Из них обнулено: ${grouped(counts.toZero)}`)
  yield {}

  yield head('Товары, которые не приняты')
  yield line('Новые', number(rejected.fresh, rejected.fresh > 0 ? 'error' : 'ok'), 'Не было в прошлом отчёте')
  yield line('Остаются', number(rejected.open, rejected.open > 0 ? 'warn' : 'ok'), 'Были и в прошлом отчёте')
  yield line('Исправлены', number(rejected.fixed), 'Были в прошлом отчёте, теперь их нет')
  yield {}

  if (orders.length > 0) {
    const urgent = orders.filter((order) => isUrgent(order, input.period.to)).length
    const stopped = orders.filter(({ to1c }) => to1c === 'problem').length
    const cancelled = orders.filter(({ to1c }) => to1c === 'cancelled').length
    yield head('Заказы')
    yield line('Всего', number(orders.length))
    yield line('Срок близок или прошёл', number(urgent, urgent > 0 ? 'error' : 'ok'), 'Собрать в ближайшие 2 часа')
    yield line('Не переданы в 1С', number(stopped, stopped > 0 ? 'error' : 'ok'), 'Нужно действие, см. «Заказы»')
    yield line(
      'Отменить в 1С',
      number(cancelled, cancelled > 0 ? 'error' : 'ok'),
      'Покупатель отменил, а в 1С заказ в работе',
    )
    yield {}
  }

  yield head('Листы')
  const rows = new Map([
    [CHANGES, counts.prices + counts.stocks],
    [ERRORS, groupErrors(input.rejections).length],
    [REJECTED, input.rejections.length],
    [ORDERS, orders.length],
  ])
  for (const [name, empty] of SHEET_NOTES) {
    const count = rows.get(name)
    const size = count === undefined ? '' : plural(count, ['строка', 'строки', 'строк'])
    if (present.has(name)) yield line(sheetLink(name), size)
    else yield line(name, empty, 'Лист не создан')
  }
}

const SHEET_NOTES: readonly (readonly [sheet: string, whenEmpty: string])[] = [
  [CHANGES, 'Изменений нет'],
  [ERRORS, 'Ошибок нет'],
  [REJECTED, 'Отклонённых товаров нет'],
  [ORDERS, 'Заказов нет'],
  [HELP, ''],
]

function dataRow(input: ReportInput): Row {
  if (input.data === undefined) return line('Данные 1С', toned('Ещё не приходили', 'error'))
  const tone = freshness(input)
  const age = `Возраст: ${span(input.period.to - input.data.stamp)}`
  const promise = input.fresh === undefined ? '' : `, обещано не больше: ${span(input.fresh)}`
  const late = tone === 'warn' || tone === 'error' ? ' — устарели' : ''
  return line(
    'Данные 1С от',
    toned(`${moment(input.data.stamp, input.timezone)}${late}`, tone),
    `${age}${promise}. Файл: ${input.data.file}`,
  )
}

const HELP_ROWS: readonly Row[] = [
  {
    name: toned('Ошибка', 'error'),
    meaning: 'Товар не передан, нужно действие. На площадке осталось прежнее значение.',
  },
  {
    name: toned('Предупреждение', 'warn'),
    meaning: 'Пройдёт само или ничего не потеряно. Если держится сутки — разберитесь.',
  },
  { name: toned('Исправлено', 'ok'), meaning: 'Было в прошлом отчёте, теперь в порядке.' },
  {
    name: 'Изменения',
    meaning: 'Только то, что площадка приняла. «Было» — прежнее принятое значение; пусто — отправлено впервые.',
  },
  { name: 'Правило', meaning: 'Чем получено значение: выражение или конвейер из настройки.' },
  {
    name: 'Ошибки',
    meaning: 'По строке на каждую ошибку: почему она возникла, что делать и кто. Сначала важные, затем частые.',
  },
  { name: 'Отклонённые товары', meaning: 'По строке на каждый товар. Новые ошибки сверху, исправленные внизу.' },
  {
    name: 'Кто',
    meaning:
      'Кто может исправить: менеджер (данные товара), специалист 1С (обмен), администратор (настройка), площадка. «Никто» — пройдёт само.',
  },
  { name: 'Артикул', meaning: 'Артикул из 1С. Хранится как текст: ведущие нули не теряются.' },
  { name: 'Артикул на площадке', meaning: 'Артикул продавца, под которым товар знает площадка (у Ozon — offer_id).' },
  { name: 'Код 1С (Ид)', meaning: 'Ид предложения из выгрузки: товар или товар#характеристика.' },
  {
    name: 'Заказы: В 1С',
    meaning:
      'Ждёт записи → В файле → Прочитан 1С (узел запускался дважды после записи) → Подтверждён (1С прислала свой документ). «Не передан» и «Отменить в 1С» — нужно действие. «Отменён до 1С» — заказа в 1С нет и не будет.',
  },
  {
    name: 'Срок',
    meaning: 'До какого времени собрать отправление. Красный — осталось не больше 2 часов или срок прошёл.',
  },
  { name: 'Данные 1С от', meaning: 'Дата формирования самого нового применённого файла выгрузки.' },
]

async function* counted(changes: ReportInput['changes'], counts: ChangeCounts): AsyncGenerator<ReportChange> {
  for await (const change of changes) {
    countChange(counts, change)
    yield change
  }
}

/** The same rows, or undefined when there are none. */
async function peeked<T>(rows: AsyncGenerator<T>): Promise<AsyncIterable<T> | undefined> {
  const first = await rows.next()
  if (first.done) return undefined
  return (async function* (): AsyncGenerator<T> {
    try {
      yield first.value
      yield* rows
    } finally {
      await rows.return(undefined)
    }
  })()
}
