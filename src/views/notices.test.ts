import { expect, it } from 'vitest'
import type { Notice } from '../core/notice.ts'
import * as notices from './notices.ts'

const AT = Date.UTC(2026, 2, 1, 11, 5)
const timezone = 'Europe/Moscow'
const place = { file: 'pipelines/ozon-prices.yaml', line: 6, column: 24 }

const all: Readonly<Record<keyof typeof notices, Notice>> = {
  quarantinedFile: notices.quarantinedFile({
    exchange: 'main',
    file: 'offers0_1.xml',
    run: '17',
    code: 'xml.truncated',
    message: 'reading offers0_1.xml: the root is not closed',
    place: { file: 'offers0_1.xml', line: 812, column: 3 },
    kept: './quarantine/17/offers0_1.xml',
  }),
  accountUnauthorized: notices.accountUnauthorized({
    account: 'ozon-main',
    marketplace: 'Ozon',
    message: 'Invalid Api-Key',
  }),
  keyExpires: notices.keyExpires({ account: 'ozon-main', marketplace: 'Ozon', expiresAt: AT, timezone }),
  methodSwitchedOff: notices.methodSwitchedOff({
    account: 'ozon-main',
    marketplace: 'Ozon',
    method: '/v2/products/stocks',
    message: 'obsolete method cannot be used',
  }),
  orderStopped: notices.orderStopped({
    account: 'ozon-main',
    posting: '111-1',
    reason: { code: 'order.unknown_offer', message: '', params: { offerId: 'A-1', posting: '111-1' } },
    subject: 'A-1, Платье',
    shipBy: AT,
    timezone,
  }),
  lookHeldByNames: notices.lookHeldByNames({
    pipeline: 'ozon-prices',
    names: [{ kind: 'вид цен', name: 'Розничая', place, meant: 'Розничная' }],
  }),
  lookHeldByGuard: notices.lookHeldByGuard({
    pipeline: 'ozon-stocks',
    account: 'ozon-main',
    reason: { code: 'guard.max_zeroed', message: '', params: { count: '500', population: '3000', limit: '10 %' } },
    examples: Array.from({ length: 12 }, (_, n) => `A-${n}`),
    count: 500,
  }),
  invalidConfig: notices.invalidConfig([
    { severity: 'error', code: 'stage.unknown_type', message: 'no stage "pusch"', place },
    { severity: 'warning', code: 'x.y', message: 'unused', place },
  ]),
  exchangeSilent: notices.exchangeSilent({ exchange: 'main', lastFile: AT, allowed: 1_800_000, timezone }),
  firstFileIsDelta: notices.firstFileIsDelta({ exchange: 'main', file: 'import0_1.xml' }),
  statementsStale: notices.statementsStale({
    account: 'ozon-main',
    count: 2,
    oldest: AT,
    allowed: 86_400_000,
    effect: 'hold',
    examples: ['A-1', 'A-2'],
    timezone,
  }),
  ordersNotConfirmed: notices.ordersNotConfirmed({
    exchange: 'main',
    orders: [{ number: 'OZ000001', posting: '111-1' }],
    file: './1c/orders/orders.xml',
  }),
  ordersNotRead: notices.ordersNotRead({
    exchange: 'main',
    file: './1c/orders/orders.xml',
    since: AT,
    count: 3,
    timezone,
  }),
  orderFileNotWritten: notices.orderFileNotWritten({
    exchange: 'main',
    file: './1c/orders/orders.xml',
    message: 'EBUSY',
  }),
  orderCancelled: notices.orderCancelled({
    number: 'OZ000001',
    posting: '111-1',
    account: 'ozon-main',
    cancelledAt: AT,
    timezone,
  }),
  postingNearDeadline: notices.postingNearDeadline({ account: 'ozon-main', posting: '111-1', shipBy: AT, timezone }),
  namespaceLost: notices.namespaceLost({ namespaces: ['ledger.ozon-main.prices'], where: './state' }),
  storeFailing: notices.storeFailing({ where: './state', message: 'MDB_PAGE_NOTFOUND' }),
  diskFault: notices.diskFault({ path: './state', code: 'ENOSPC', message: 'no space left on device' }),
  transientLasts: notices.transientLasts({
    name: 'ozon-main',
    since: AT,
    failures: 12,
    code: 'http.unreachable',
    message: 'connect ECONNREFUSED',
    timezone,
  }),
}

it.each(Object.entries(all))('%s says what, where, which data and what to do', (_, notice) => {
  for (const text of [notice.title, notice.what, notice.where, notice.data, notice.todo]) {
    expect(text.trim()).not.toBe('')
    expect(text).not.toMatch(/undefined|NaN|\{|\}/)
  }
  expect(notice.title.length).toBeLessThan(120)
  expect(notice.what).toMatch(/[А-Яа-яё].*\.$/s)
})

it('gives every notice a cause of its own', () => {
  const causes = Object.values(all).map(({ cause }) => cause)

  expect(new Set(causes).size).toBe(causes.length)
})

it('words a quarantined file to the last detail', () => {
  expect(all.quarantinedFile).toEqual({
    cause: 'quarantine:main:offers0_1.xml',
    topic: 'errors',
    title: 'Файл offers0_1.xml не загружен',
    what: 'Файл оборван: конец не записан. Файл целиком отложен в карантин, ничего из него не применено.',
    where: 'offers0_1.xml:812:3\nОбмен: main\nКод: xml.truncated',
    data: 'offers0_1.xml, лежит здесь: ./quarantine/17/offers0_1.xml',
    todo: 'Выгрузите данные из 1С ещё раз. Если повторяется — проверьте место на диске и сеть до папки обмена.\nОтпустить файл как есть: obmen quarantine release 17',
    repeatAfter: 4 * 3_600_000,
  })
})

it('tells the admin of an order that waits for a person, with its deadline', () => {
  expect(all.orderStopped).toMatchObject({
    cause: 'order.unknown_offer:ozon-main:111-1',
    topic: 'errors',
    title: 'Заказ 111-1 не передан в 1С: в заказе товар, которого нет в 1С',
    data: 'A-1, Платье\nСобрать до: 01.03.2026 14:05',
  })
})

it('shows the first ten of a long list and counts the rest', () => {
  expect(all.lookHeldByGuard.data.split('\n').slice(-2)).toEqual(['A-9', '… и ещё 490'])
  expect(all.lookHeldByGuard.title).toBe('Слишком много обнулений сразу: конвейер ozon-stocks, 500 значений')
})

it('names the place of an unknown name and what was probably meant', () => {
  expect(all.lookHeldByNames.where).toBe(
    'pipelines/ozon-prices.yaml:6:24 вид цен «Розничая» в 1С нет. Возможно, «Розничная»?',
  )
})

it('keeps the cause of a lasting fault the same while its counts grow', () => {
  const later = notices.transientLasts({
    name: 'ozon-main',
    since: AT,
    failures: 99,
    code: 'http.unreachable',
    message: 'timeout',
    timezone,
  })

  expect(later.cause).toBe(all.transientLasts.cause)
})

it('shows a fault it has no words for as it came', () => {
  const notice = notices.quarantinedFile({
    exchange: 'main',
    file: 'a.xml',
    run: '18',
    code: 'xml.some_new_code',
    message: 'reading a.xml: something new',
    remedy: 'Do this.',
    kept: 'q/a.xml',
  })

  expect(notice.what).toContain('reading a.xml: something new')
  expect(notice.todo).toContain('Do this.')
  expect(notice.where.split('\n')[0]).toBe('a.xml')
})
