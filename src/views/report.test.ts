import { mkdtempSync, rmSync } from 'node:fs'
import { appendFile, copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Files } from '../core/files.ts'
import { readCells } from '../formats/xlsx/read-cells.ts'
import type { ReportChange, ReportInput, ReportItem, ReportRejection } from './report-data.ts'
import { buildReport, reportBody, reportSubject } from './report.ts'
import { noChanges } from './report-summary.ts'

const NOW = Date.UTC(2026, 2, 1, 12)
const MINUTE = 60_000

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'obmen-report-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const files: Files = {
  writeAtomic: writeFile,
  append: (path, text) => appendFile(path, text),
  move: rename,
  copy: copyFile,
  remove: (path) => rm(path, { recursive: true, force: true }),
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true })
  },
}

describe('buildReport', () => {
  it('shows what was pushed, what is rejected and the orders', async () => {
    const report = await buildReport(sample(), join(folder, 'report.xlsx'), files)

    const sheets = await readCells(report.path)
    expect([...sheets.keys()]).toEqual(['Сводка', 'Изменения', 'Ошибки', 'Отклонённые товары', 'Заказы', 'Справка'])
    expect(sheets.get('Изменения')?.slice(1)).toEqual([
      [
        '00042',
        'Платье',
        '2026-03-01 14:30:00',
        'Цена',
        '',
        '1000',
        '1100.5',
        '100.5',
        '0.1005',
        'OZ-42',
        'g#42',
        'roundUp(x, 10)',
      ],
      ['00043', 'Юбка', '2026-03-01 14:31:00', 'Цена до скидки', '', '', '1500', '', '', 'OZ-43', 'g#43'],
      ['00042', 'Платье', '2026-03-01 14:32:00', 'Остаток: обнулён', 'FBS Москва', '3', '0', '-3', '', 'OZ-42', 'g#42'],
    ])
    expect(sheets.get('Ошибки')?.map((row) => [row[0], row[1], row[4], row[5], row[6], row[7], row[10]])).toEqual([
      ['Важность', 'Ошибка', 'Кто', 'Сколько товаров', 'Из них новых', 'Исправлено', 'Код'],
      ['Ошибка', 'Нет цены «Розничная»', 'Менеджер', '2', '1', '0', 'item.no_price'],
      ['Предупреждение', 'Карточка ещё не готова', 'Никто', '1', '1', '0', 'ozon.product_is_not_created'],
      ['Исправлено', 'Ozon не нашёл товар', 'Менеджер', '0', '0', '1', 'ozon.NOT_FOUND'],
    ])
    expect(sheets.get('Отклонённые товары')?.map((row) => [row[0], row[2], row[3], row[4], row[6], row[9]])).toEqual([
      ['Артикул', 'Важность', 'Состояние', 'Что', 'Ошибка', 'Кто'],
      ['00050', 'Ошибка', 'Новая', 'Цена', 'Нет цены «Розничная»', 'Менеджер'],
      ['00051', 'Ошибка', 'Остаётся', 'Цена', 'Нет цены «Розничная»', 'Менеджер'],
      ['00052', 'Предупреждение', 'Новая', 'Остаток', 'Карточка ещё не готова', 'Никто'],
      ['00053', 'Исправлено', 'Исправлена', 'Цена', 'Ozon не нашёл товар', ''],
    ])
    expect(sheets.get('Заказы')).toEqual([
      ['Номер в 1С', 'Отправление', 'Статус', 'Срок', 'Срочность', 'Склад', 'В 1С', 'Сумма', 'Что делать'],
      ['OZ000002', '222-1', 'К выполнению', '2026-03-01 16:00:00', 'Срочно', 'FBS Москва', 'Прочитан 1С', '5200'],
      [
        '',
        '333-1',
        'К выполнению',
        '2026-03-02 15:00:00',
        '',
        'FBS Москва',
        'Не передан',
        '99.9',
        expect.stringContaining('Заведите в 1С товар'),
      ],
      [
        'OZ000003',
        '444-1',
        'Отменен',
        '',
        '',
        'FBS Москва',
        'Отменить в 1С',
        '700',
        'Отмените заказ в 1С и снимите со сборки. Затем отметьте: obmen orders done OZ000003',
      ],
      ['OZ000001', '111-1', 'Доставлен', '', '', 'FBS Москва', 'Подтверждён', '1500'],
      ['OZ000004', '555-1', 'Отменен', '', '', 'FBS Москва', 'Отменён до 1С', '800'],
    ])
  })

  it('counts in the summary what streamed by, and links to the sheets', async () => {
    const report = await buildReport(sample(), join(folder, 'report.xlsx'), files)

    expect((await readCells(report.path)).get('Сводка')).toEqual([
      ['Показатель', 'Значение', 'Пояснение'],
      ['Итог', 'Нужны действия'],
      ['Кабинет', 'Ozon', 'ozon-main'],
      ['Период', '01.03.2026 14:00 — 01.03.2026 15:00', 'Время: Europe/Moscow'],
      [
        'Данные 1С от',
        '01.03.2026 14:05 — устарели',
        'Возраст: 55 минут, обещано не больше: 30 минут. Файл: offers0_1.xml',
      ],
      [],
      ['Отправлено и принято площадкой'],
      ['Цены', '2', 'Выше: 1, ниже: 0'],
      ['Остатки', '1', 'Из них обнулено: 1'],
      [],
      ['Товары, которые не приняты'],
      ['Новые', '2', 'Не было в прошлом отчёте'],
      ['Остаются', '1', 'Были и в прошлом отчёте'],
      ['Исправлены', '1', 'Были в прошлом отчёте, теперь их нет'],
      [],
      ['Заказы'],
      ['Всего', '5'],
      ['Срок близок или прошёл', '1', 'Собрать в ближайшие 2 часа'],
      ['Не переданы в 1С', '1', 'Нужно действие, см. «Заказы»'],
      ['Отменить в 1С', '1', 'Покупатель отменил, а в 1С заказ в работе'],
      [],
      ['Листы'],
      ['Изменения', '3 строки'],
      ['Ошибки', '3 строки'],
      ['Отклонённые товары', '4 строки'],
      ['Заказы', '5 строк'],
      ['Справка'],
    ])
  })

  it('says in the summary that a new account only observes', async () => {
    const report = await buildReport({ ...sample(), observing: true }, join(folder, 'report.xlsx'), files)

    expect((await readCells(report.path)).get('Сводка')?.[3]).toEqual([
      'Отправка',
      'Только наблюдение',
      'На площадку ничего не отправляется. Разрешить: obmen approve ozon-main',
    ])
  })

  it('leaves out empty sheets and says so', async () => {
    const quiet: ReportInput = { ...sample(), changes: [], rejections: [], orders: [] }

    const report = await buildReport(quiet, join(folder, 'report.xlsx'), files)

    const sheets = await readCells(report.path)
    expect([...sheets.keys()]).toEqual(['Сводка', 'Справка'])
    expect(sheets.get('Сводка')?.slice(-5)).toEqual([
      ['Изменения', 'Изменений нет', 'Лист не создан'],
      ['Ошибки', 'Ошибок нет', 'Лист не создан'],
      ['Отклонённые товары', 'Отклонённых товаров нет', 'Лист не создан'],
      ['Заказы', 'Заказов нет', 'Лист не создан'],
      ['Справка'],
    ])
    expect(report.subject).toBe('Ozon: ошибок нет, изменений нет, данные 14:05')
  })

  it('puts the verdict into the subject and the errors into the body', async () => {
    const { subject, body } = await buildReport(sample(), join(folder, 'report.xlsx'), files)

    expect(subject).toBe('Ozon: 2 ошибки (1 новая), 1 предупреждение, 3 изменения, данные 14:05')
    expect(body.split('\n')).toEqual([
      'Период: 01.03.2026 14:00 — 01.03.2026 15:00 (Europe/Moscow)',
      'Данные 1С от 01.03.2026 14:05, файл offers0_1.xml',
      'Принято площадкой: 2 цены, 1 остаток',
      'Не приняты: 2 новых товара, остаётся 1, исправлен 1',
      '',
      'Ошибки:',
      '• Нет цены «Розничная» — 2 товара. Установите цену в 1С (документ «Установка цен номенклатуры») и дождитесь следующей выгрузки. (Менеджер)',
      '• Карточка ещё не готова — 1 товар. Ничего: отправка повторится сама. Если строка держится больше суток — откройте карточку в кабинете.',
      '',
      'Новые отклонённые товары:',
      '• 00050 Сарафан: Нет цены «Розничная»',
      '• 00052 Шарф: Карточка ещё не готова',
    ])
  })
})

describe('reportSubject', () => {
  it('agrees its nouns with their numbers and names another day', () => {
    const counts = { ...noChanges(), prices: 21 }
    const rejections = Array.from({ length: 11 }, (_, n) => rejection(`${n}`, 'Платье', 'item.no_price', 'open'))
    const yesterday = { stamp: NOW - 1440 * MINUTE, file: 'offers.xml' }

    expect(reportSubject({ ...sample(), rejections, data: yesterday }, counts)).toBe(
      'Ozon: 11 ошибок, 21 изменение, данные 28.02 15:00',
    )
    const { data: _, ...without } = sample()
    expect(reportSubject({ ...without, rejections: rejections.slice(0, 1) }, counts)).toBe(
      'Ozon: 1 ошибка, 21 изменение, данных 1С нет',
    )
  })

  it('counts an item once however many of its values are rejected', () => {
    const rejections = ['FBS Москва', 'FBS Подольск'].map((warehouse) => ({
      ...rejection('1', 'Платье', 'ozon.NOT_FOUND', 'new'),
      warehouse,
    }))

    expect(reportSubject({ ...sample(), rejections }, noChanges())).toBe(
      'Ozon: 1 ошибка (1 новая), изменений нет, данные 14:05',
    )
  })
})

describe('reportBody', () => {
  it('says once what an item has of one cause, and that a new account only observes', () => {
    const rejections = ['FBS Москва', 'FBS Подольск'].map((warehouse) => ({
      ...rejection('1', 'Платье', 'ozon.NOT_FOUND', 'new'),
      warehouse,
    }))

    const lines = reportBody({ ...sample(), rejections, observing: true }, noChanges()).split('\n')

    expect(lines.filter((line) => line.startsWith('• 1 '))).toEqual(['• 1 Платье: Ozon не нашёл товар'])
    expect(lines[2]).toBe(
      'Кабинет только наблюдает, на площадку ничего не отправляется. Разрешить отправку: obmen approve ozon-main',
    )
  })

  it('names ten items and counts the rest', () => {
    const rejections = Array.from({ length: 25 }, (_, n) =>
      rejection(String(n).padStart(3, '0'), 'Платье', 'item.no_price', 'new'),
    )

    const lines = reportBody({ ...sample(), rejections }, noChanges()).split('\n')

    expect(lines.filter((line) => line.includes('Платье'))).toHaveLength(10)
    expect(lines.at(-1)).toBe('… и ещё 15, см. файл')
  })
})

function item(article: string, name: string): ReportItem {
  const short = article.replace(/^0+(?=.)/, '')
  return { article, name, offerId: `OZ-${short}`, code1c: `g#${short}` }
}

function rejection(article: string, name: string, code: string, state: ReportRejection['state']): ReportRejection {
  const params = code === 'item.no_price' ? { params: { type: 'Розничная' } } : {}
  return {
    ...item(article, name),
    aspect: code === 'ozon.product_is_not_created' ? 'stocks' : 'prices',
    reason: { code, message: '', ...params },
    state,
    since: NOW - 50 * MINUTE,
    last: NOW - 5 * MINUTE,
  }
}

function sample(): ReportInput {
  const changes: ReportChange[] = [
    {
      ...item('00042', 'Платье'),
      time: NOW - 30 * MINUTE,
      aspect: 'prices',
      before: '1000',
      after: '1100.50',
      rule: 'roundUp(x, 10)',
    },
    { ...item('00043', 'Юбка'), time: NOW - 29 * MINUTE, aspect: 'prices', field: 'oldPrice', after: '1500' },
    {
      ...item('00042', 'Платье'),
      time: NOW - 28 * MINUTE,
      aspect: 'stocks',
      warehouse: 'FBS Москва',
      before: '3',
      after: '0',
    },
  ]
  const cancelled = { status: 'Отменен', open: false } as const
  const common = { warehouse: 'FBS Москва', status: 'К выполнению', open: true } as const
  return {
    title: 'Ozon',
    account: 'ozon-main',
    period: { from: NOW - 60 * MINUTE, to: NOW },
    timezone: 'Europe/Moscow',
    data: { stamp: NOW - 55 * MINUTE, file: 'offers0_1.xml' },
    fresh: 30 * MINUTE,
    changes,
    rejections: [
      rejection('00053', 'Ремень', 'ozon.NOT_FOUND', 'fixed'),
      rejection('00052', 'Шарф', 'ozon.product_is_not_created', 'new'),
      rejection('00051', 'Пальто', 'item.no_price', 'open'),
      rejection('00050', 'Сарафан', 'item.no_price', 'new'),
    ],
    orders: [
      {
        ...common,
        number: 'OZ000001',
        posting: '111-1',
        status: 'Доставлен',
        open: false,
        to1c: 'confirmed',
        amount: '1500',
      },
      {
        ...common,
        posting: '333-1',
        shipBy: NOW + 1440 * MINUTE,
        to1c: 'problem',
        problem: { code: 'order.unknown_offer', message: '' },
        amount: '99.90',
      },
      { ...common, ...cancelled, number: 'OZ000003', posting: '444-1', to1c: 'cancelled', amount: '700' },
      { ...common, ...cancelled, number: 'OZ000004', posting: '555-1', to1c: 'withdrawn', amount: '800' },
      { ...common, number: 'OZ000002', posting: '222-1', shipBy: NOW + 60 * MINUTE, to1c: 'presented', amount: '5200' },
    ],
  }
}
