import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readCells } from '../formats/xlsx/read-cells.ts'
import { createFiles } from '../state/disk.ts'
import type { HeldPlanValue, PlannedValue, PlanRejection, PlanView } from './plan-data.ts'
import { planDifferences } from './plan-difference.ts'
import { costText, differencesText, planText } from './plan-text.ts'
import { writePlanWorkbook } from './plan-workbook.ts'

const NOW = Date.UTC(2026, 10, 23, 9)
const FILE = 'pipelines/ozon-prices.yaml'

function item(code: string): { name: string; article: string; code1c: string; offerId: string; key: string } {
  return { name: `Платье ${code}`, article: `00${code}`, code1c: `p${code}`, offerId: `П-${code}`, key: `p${code}` }
}

function sent(code: string, price: string, more: Partial<PlannedValue> = {}): PlannedValue {
  return { ...item(code), isNew: false, lane: 'prices', value: { price }, rules: [`${FILE}:9:14`], ...more }
}

const HELD: HeldPlanValue = {
  ...sent('3', '2000', { before: { price: '1000' }, lane: 'price-up' }),
  reason: {
    code: 'guard.max_change',
    message: 'the value moves by 100%, allowed are 50%',
    params: { share: '100%', limit: '50%' },
  },
  guard: `${FILE}:14:24`,
}

const REJECTED: PlanRejection = {
  ...item('4'),
  by: 'mapping',
  reason: { code: 'item.no_price', message: 'no price of type "Розничная"', params: { type: 'Розничная' } },
  place: 'webdata/offers.xml:17',
}

const REFUSED: PlanRejection = {
  ...item('5'),
  by: 'marketplace',
  reason: { code: 'ozon.NOT_FOUND', message: 'product not found' },
}

const PLAN: PlanView = {
  at: NOW,
  pipeline: 'ozon-prices',
  account: 'ozon-main',
  marketplace: 'Ozon',
  aspect: 'prices',
  approved: false,
  timezone: 'Europe/Moscow',
  data: { stamp: NOW - 60_000, file: 'webdata/offers.xml' },
  readBackFirst: false,
  items: 5,
  rules: [
    { field: 'price', place: `${FILE}:9:14`, text: 'roundUp(price("Розничная") * 1.25, 10)' },
    { field: 'oldPrice', place: `${FILE}:12:9`, text: 'optional(price("Цена до скидки"))' },
  ],
  cost: { values: 3, requests: 1, atLeastMs: 0 },
  send: [
    sent('1', '1100', { before: { price: '1000' }, lane: 'price-up' }),
    sent('2', '900', {
      value: { price: '900', oldPrice: '0' },
      before: { price: '1000', oldPrice: '1200' },
      rules: [`${FILE}:9:14`, `${FILE}:12:9`],
    }),
    sent('6', '500', { isNew: true, due: NOW + 60_000 }),
  ],
  held: [HELD],
  rejected: [REJECTED, REFUSED],
}

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'obmen-plan-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('planText', () => {
  it('shows by lane what would go and why, what is held by which guard, what is rejected and where 1C states it', () => {
    expect(planText(PLAN, 20)).toBe(`ozon-prices: prices of ozon-main (Ozon)
the account observes: this is what "obmen approve ozon-main" would send
data of 1C from 23.11.2026 11:59, webdata/offers.xml; 5 items looked at

  price     ${FILE}:9:14  roundUp(price("Розничная") * 1.25, 10)
  oldPrice  ${FILE}:12:9  optional(price("Цена до скидки"))

to send: 3 prices: 1 request
  price-up: 1
  ARTICLE  NAME      CHANGE       RULE
  П-1      Платье 1  1000 → 1100  ${FILE}:9:14
  prices: 2
  ARTICLE  NAME      CHANGE                                       RULE
  П-2      Платье 2  1000 → 900, oldPrice 1200 → 0                ${FILE}:9:14, :12:9
  П-6      Платье 6  unknown → 500 (not before 23.11.2026 12:01)  ${FILE}:9:14

held: 1
  ARTICLE  NAME      CHANGE       WHY                                                         GUARD
  П-3      Платье 3  1000 → 2000  guard.max_change: the value moves by 100%, allowed are 50%  ${FILE}:14:24

rejected: 2
  ARTICLE  NAME      BY           WHY                                          1C
  П-4      Платье 4  mapping      item.no_price: no price of type "Розничная"  webdata/offers.xml:17
  П-5      Платье 5  marketplace  ozon.NOT_FOUND: product not found
`)
  })

  it('shows some rows of each lane and says how to see the rest', () => {
    const text = planText({ ...PLAN, approved: true, readBackFirst: true }, 1)

    expect(text).toContain('the account is approved: a running service sends this\n')
    expect(text).toContain('first the service reads what Ozon holds: what is there already is not sent again\n')
    expect(text).toContain('    … 1 more row: --all shows them, --excel <file> writes them down\n')
    expect(text).not.toContain('Платье 6')
  })

  it('says why nothing can be computed, with the place of every unknown name', () => {
    const names = [{ kind: 'priceType', name: 'Розничня', place: `${FILE}:9:28`, suggestion: 'Розничная' }]
    const blocked = { code: 'look.unknown_name', message: '1C has no priceType "Розничня"', names }
    const text = planText({ ...PLAN, blocked, send: [], held: [], rejected: [] }, 20)

    expect(text.split('\n').slice(4)).toEqual([
      'HELD as a whole, nothing would be sent: 1C has no priceType "Розничня"',
      `  ${FILE}:9:28 priceType "Розничня"; did you mean "Розничная"?`,
      '',
    ])
  })

  it('says what the limits of the marketplace make of it', () => {
    const cost = { values: 50_000, requests: 500, atLeastMs: 375_000, rate: { limit: 80, perMs: 60_000 } }

    expect(costText({ cost, aspect: 'stocks', marketplace: 'Ozon' })).toBe(
      "50,000 stocks: 500 requests, at least 6 min 15 s at Ozon's 80/min",
    )
  })
})

describe('planDifferences', () => {
  it('tells what becomes of each value, whatever the numbers in a reason', () => {
    const edited: PlanView = {
      ...PLAN,
      send: [sent('1', '1200', { before: { price: '1000' } }), sent('4', '700')],
      held: [{ ...HELD, reason: { ...HELD.reason, message: 'the value moves by 100%, allowed are 5%' } }],
      rejected: [{ ...REJECTED, ...item('6') }],
    }
    const differences = planDifferences(PLAN, edited)

    expect(differences.map(({ offerId, now, edited: then }) => [offerId, now.state, then.state])).toEqual([
      ['П-1', 'send', 'send'],
      ['П-2', 'send', 'none'],
      ['П-6', 'send', 'rejected'],
      ['П-4', 'rejected', 'send'],
    ])
    expect(differencesText(differences, PLAN, 20)).toBe(`compared with the configuration at work: 4 differences
  ARTICLE  NAME      NOW                                     WITH THE EDIT
  П-1      Платье 1  send 1100                               send 1200
  П-2      Платье 2  send 900, oldPrice 0                    nothing
  П-6      Платье 6  send 500                                rejected: no price of type "Розничная"
  П-4      Платье 4  rejected: no price of type "Розничная"  send 700
`)
    expect(differencesText(planDifferences(PLAN, PLAN), PLAN, 20)).toContain(': no difference\n')
  })

  it('puts an item that one side rejects beside each of its stocks on the other', () => {
    const stock = (warehouse: string, quantity: number): PlannedValue => ({
      ...sent('1', ''),
      key: `p1\n${warehouse}`,
      warehouse,
      warehouseId: warehouse,
      value: { quantity },
    })
    const none: PlanView = { ...PLAN, aspect: 'stocks', send: [], held: [], rejected: [] }
    const rejecting: PlanView = { ...none, rejected: [{ ...REJECTED, ...item('1') }] }
    const sending: PlanView = { ...none, send: [stock('A', 1), stock('B', 2)] }
    const pairs = (now: PlanView, edited: PlanView): unknown[] =>
      planDifferences(now, edited).map((row) => [row.warehouse, row.now.state, row.edited.state])

    expect(pairs(rejecting, sending)).toEqual([
      ['A', 'rejected', 'send'],
      ['B', 'rejected', 'send'],
    ])
    expect(pairs(sending, rejecting)).toEqual([
      ['A', 'send', 'rejected'],
      ['B', 'send', 'rejected'],
    ])
    expect(pairs(none, rejecting)).toEqual([[undefined, 'none', 'rejected']])
  })
})

describe('writePlanWorkbook', () => {
  it('writes the plan for the manager, a row for every value that changes', async () => {
    const path = join(folder, 'plan.xlsx')
    const edited: PlanView = { ...PLAN, send: [sent('1', '1200')] }

    await writePlanWorkbook(PLAN, planDifferences(edited, PLAN), path, createFiles())

    const sheets = await readCells(path)
    expect([...sheets.keys()]).toEqual(['Сводка', 'Будет отправлено', 'Придержано', 'Отклонено', 'Отличия', 'Справка'])
    const rule = `${FILE}:9:14 roundUp(price("Розничная") * 1.25, 10)`
    const oldRule = `${FILE}:12:9 optional(price("Цена до скидки"))`
    const first = 'Первая отправка, артикул закрепится за товаром'
    expect(sheets.get('Будет отправлено')?.slice(1)).toEqual([
      row('001 Платье 1 Цена', ['', '1000', '1100', '100', '0.1', 'Повышение цен', '', '', 'П-1', 'p1', rule]),
      row('002 Платье 2 Цена', ['', '1000', '900', '-100', '-0.1', 'Цены', '', '', 'П-2', 'p2', rule]),
      row('002 Платье 2 Цена до скидки', ['', '1200', '0', '-1200', '-1', 'Цены', '', '', 'П-2', 'p2', oldRule]),
      row('006 Платье 6 Цена', ['', '', '500', '', '', 'Цены', '2026-11-23 12:01:00', first, 'П-6', 'p6', rule]),
    ])
    const [held] = sheets.get('Придержано')?.slice(1) ?? []
    expect([held?.[5], held?.[8], held?.at(-2), held?.at(-1)]).toEqual([
      '2000',
      'Слишком резкое изменение (разрешено 50%)',
      `${FILE}:14:24`,
      'guard.max_change',
    ])
    expect(sheets.get('Отклонено')?.map((cells) => [cells[2], cells[3], cells[5], cells[11], cells[12]])).toEqual([
      ['Важность', 'Из-за чего', 'Ошибка', 'Файл и строка', 'Код'],
      ['Ошибка', 'Настройка или данные 1С', 'Нет цены «Розничная»', 'webdata/offers.xml:17', 'item.no_price'],
      ['Ошибка', 'Площадка', 'Ozon не нашёл товар', '', 'ozon.NOT_FOUND'],
    ])
    expect(
      sheets
        .get('Отличия')
        ?.slice(1, 3)
        .map((cells) => cells.slice(3, 8)),
    ).toEqual([
      ['Отправится', '1200', 'Отправится', '1100', ''],
      ['Ничего', '', 'Отправится', '900', ''],
    ])
    const summary = new Map(sheets.get('Сводка')?.map(([name, value]) => [name, value]))
    expect(['Отправка', 'Значений', 'Запросов', 'Придержано', 'Отклонено'].map((name) => summary.get(name))).toEqual([
      'Только наблюдение',
      '3',
      '1',
      '1 значение',
      '2 значения',
    ])
  })
})

/** `001 Платье 1 Цена`: the first three cells, then the others. */
function row(start: string, rest: readonly string[]): string[] {
  const [, article = '', name = '', what = ''] = /^(\S+) (Платье \d) (.*)$/.exec(start) ?? []
  return [article, name, what, ...rest]
}
