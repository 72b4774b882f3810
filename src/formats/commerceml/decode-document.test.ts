import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isAnswerOf1c, withChildren, type OneCDocument } from '../../core/document.ts'
import { renderOrders } from './orders.ts'
import { meaningOf, readWhole, writeExchangeFile } from './testing.ts'

const folder = new URL('../../../fixtures/quirks/', import.meta.url).pathname
const samples = new URL('../../../../shared/samples/', import.meta.url).pathname

const at = (local: string): number => Date.parse(`${local}+03:00`)
const requisite = (name: string, ...values: string[]): unknown => ({ name, values })

async function documentsOf(path: string): Promise<readonly OneCDocument[]> {
  return (await readWhole(path)).decoded.flatMap(({ document }) => (document === undefined ? [] : [document]))
}

/** What every fixture means, without what is empty. */
const meanings: Readonly<Record<string, object>> = {
  'document-of-ut.xml': {
    documents: [
      {
        id: '0d000000-0000-4000-8000-000000000001',
        number: 'OZ000001',
        placedAt: at('2026-03-01T09:51:39'),
        kind: 'order',
        operation: 'Заказ товара',
        role: 'Продавец',
        currency: 'RUB',
        rate: '1',
        amount: '216',
        comment: 'Ozon',
        numberIn1c: 'ТД00-000017',
        dateIn1c: at('2026-03-01T09:55:00'),
        posted: true,
        cancelled: true,
        paid: true,
        paidAt: at('2026-03-02T00:00:00'),
        requisites: [
          requisite('Номер по 1С', 'ТД00-000017'),
          requisite('Дата по 1С', '2026-03-01T9:55:00'),
          requisite('ПометкаУдаления', 'false'),
          requisite('Проведен', 'true'),
          requisite('Номер оплаты по 1С', 'ТД00-000003'),
          requisite('Дата оплаты по 1С', '2026-03-02'),
          requisite('Отменен', 'true'),
        ],
        counterparty: { id: '7700000000', inn: '7700000000', kpp: '770001001' },
        taxes: [{ name: 'НДС', amount: '36', included: true }],
        lines: [
          {
            id: 't1#x1',
            name: 'Футболка (M)',
            article: 'F-1',
            quantity: '2',
            unit: { code: '796', name: 'шт' },
            ratio: '1',
            unitPrice: '120',
            amount: '216',
            kind: 'goods',
            discounts: [{ name: 'Скидка', amount: '24', percent: '10', included: true }],
            taxes: [{ name: 'НДС', rate: '20' }],
            requisites: [requisite('ТипНоменклатуры', 'Товар')],
          },
        ],
      },
    ],
  },
  'document-of-unf.xml': {
    documents: [
      {
        id: '0d000000-0000-4000-8000-000000000002',
        number: '17',
        placedAt: at('2026-03-01T00:00:01'),
        kind: 'order',
        operation: 'Заказ товара',
        currency: 'руб',
        deleted: true,
        posted: false,
        paid: false,
        shipped: true,
        status: 'Отгружен',
        statusId: 'F',
        trackNumber: 'TRACK-1',
        requisites: [
          requisite('ПометкаУдаления', 'true'),
          requisite('Проведен', 'false'),
          requisite('Оплачен', 'false'),
          requisite('Отгружен', 'true'),
          requisite('СтатусЗаказа', 'Отгружен'),
          requisite('Статуса заказа ИД', 'F'),
          requisite('Идентификатор отправления', 'TRACK-1'),
          requisite('Файл', '1.pdf', '2.pdf'),
        ],
        lines: [
          {
            id: 'ORDER_DELIVERY',
            name: 'Доставка заказа',
            quantity: '1',
            unit: { code: '796', id: '796' },
            ratio: '1',
            unitPrice: '300',
            amount: '300',
            kind: 'service',
            requisites: [requisite('ТипНоменклатуры', 'Услуга')],
          },
        ],
        children: [
          {
            id: 'p1',
            number: '5',
            placedAt: at('2026-03-02T00:00:00'),
            kind: 'payment',
            operation: 'Эквайринговая операция',
            amount: '300',
            paid: true,
            requisites: [requisite('Оплачен', 'true'), requisite('Номер оплаты по 1С', 'НФ-3')],
          },
          {
            id: 's1',
            number: '6',
            placedAt: at('2026-03-03T00:00:00'),
            kind: 'shipment',
            operation: 'ОтпускТовара',
            shipped: true,
            shippedAt: at('2026-03-03T00:00:00'),
            requisites: [requisite('Отгружен', 'true'), requisite('Дата отгрузки по 1С', '2026-03-03')],
          },
        ],
      },
    ],
  },
  'document-of-bitrix.xml': {
    documents: [
      {
        id: '0132112277-0101-1',
        number: 'OZ000002',
        placedAt: at('2026-03-01T10:00:00'),
        kind: 'order',
        operation: 'Заказ товара',
        currency: 'RUB',
        amount: '500',
        version: 'AAAAEAAAAAA=',
        numberIn1c: 'ТДЦУ-000001',
        dateIn1c: at('2026-03-01T00:00:00'),
        posted: true,
        requisites: [requisite('Проведен', 'true')],
        warehouses: [{ id: 'w1', name: 'Основной склад' }],
        lines: [
          {
            id: 't1',
            name: 'Кеды',
            quantity: '1',
            unit: { code: '715', name: 'пар' },
            ratio: '1',
            unitPrice: '500',
            amount: '500',
            kind: 'goods',
            taxes: [{ name: 'НДС', rate: '22', amount: '90.16', included: true }],
          },
        ],
      },
      {
        id: '0e000000-0000-4000-8000-000000000001',
        number: '7',
        placedAt: at('2026-03-02T00:00:00'),
        kind: 'payment',
        operation: 'Выплата безналичных денег',
        amount: '500',
        paid: true,
        requisites: [requisite('Оплачен', 'true')],
        basis: '0132112277-0101-1',
      },
      {
        id: '0e000000-0000-4000-8000-000000000002',
        number: '8',
        placedAt: at('2026-03-03T00:00:00'),
        kind: 'shipment',
        operation: 'Отпуск товара',
        deleted: true,
        basis: '0132112277-0101-1',
      },
    ],
  },
  'document-without-id.xml': {
    documents: [
      {
        number: 'OZ000003',
        kind: 'order',
        operation: 'Заказ товара',
        numberIn1c: 'ТД-1',
        status: 'Подтвержден',
        requisites: [requisite('СтатусЗаказа', 'Подтвержден')],
      },
    ],
  },
  'document-of-an-english-session.xml': {
    documents: [
      {
        id: '0d000000-0000-4000-8000-000000000004',
        number: 'OZ000004',
        placedAt: at('2026-03-01T14:00:05'),
        kind: 'order',
        operation: 'Goods order',
        role: 'Seller',
        currency: 'RUB',
        amount: '1234.5',
        numberIn1c: 'ERP-17',
        dateIn1c: at('2026-03-01T14:10:00'),
        paid: true,
        paidAt: at('2026-03-02T00:00:00'),
        shipped: true,
        shippedAt: at('2026-03-03T00:00:00'),
        requisites: [
          requisite('Number by 1C', 'ERP-17'),
          requisite('Date by 1C', '2026-03-01T2:10:00 PM'),
          requisite('Payment number by 1C', 'P-1'),
          requisite('Payments date by 1C', '2026-03-02'),
          requisite('Shipment number by 1C', 'S-1'),
          requisite('Shipment date by 1C', '2026-03-03'),
        ],
      },
    ],
  },
  'document-of-a-site-2.03.xml': {
    encoding: 'windows-1251',
    documents: [
      {
        id: '36',
        number: '36',
        placedAt: at('2026-03-01T15:19:27'),
        kind: 'order',
        operation: 'Заказ товара',
        role: 'Продавец',
        currency: 'руб',
        amount: '6734.47',
        cancelled: false,
        status: '[N] Принят',
        requisites: [requisite('Статус заказа', '[N] Принят'), requisite('Отменен', 'false')],
        lines: [
          {
            id: 't1',
            name: 'Кеды',
            quantity: '1',
            ratio: '1',
            unitPrice: '6734.47',
            amount: '6734.47',
            kind: 'goods',
          },
        ],
      },
    ],
  },
  'document-containers.xml': {
    documents: [
      {
        id: '1',
        number: 'OZ000001',
        kind: 'other',
        lines: [{ id: 'a0000000-0000-4000-8000-000000000001', ratio: '1', kind: 'goods' }],
      },
      { id: '2', number: 'OZ000002', kind: 'other' },
    ],
  },
}

test.each(Object.entries(meanings))('%s', async (name, meaning) => {
  expect(meaningOf(await readWhole(folder + name))).toEqual(meaning)
})

test('every fixture of a document has its meaning here', () => {
  const names = readdirSync(folder).filter((name) => name.startsWith('document-'))

  expect(Object.keys(meanings).sort()).toEqual(names.sort())
})

test('payments and shipments beside their order come to stand below it', async () => {
  const documents = await documentsOf(`${folder}document-of-bitrix.xml`)
  const lost = { ...(documents[1] as OneCDocument), basis: 'unknown' }

  const tree = withChildren([...documents, lost])

  expect(tree.map(({ number, children }) => [number, children.map((child) => child.kind)])).toEqual([
    ['OZ000002', ['payment', 'shipment']],
    ['7', []],
  ])
})

test('an answer of 1C is told from an order of a site', async () => {
  const answers = await Promise.all(
    Object.keys(meanings).map(async (name) => [name, (await documentsOf(folder + name)).some(isAnswerOf1c)]),
  )

  expect(answers.filter(([, answered]) => answered === false).map(([name]) => name)).toEqual([
    'document-of-a-site-2.03.xml',
    'document-containers.xml',
  ])
})

test.each(['native', 'unf', 'bus-3.1'] as const)(
  'our order file for %s reads back as written, and is no answer of 1C',
  async (profile) => {
    const xml = renderOrders(
      [
        {
          id: 'ozon-0132112277-0101-1',
          number: 'OZ000001',
          postingNumber: '0132112277-0101-1',
          placedAt: at('2026-01-31T01:05:09'),
          currency: 'RUB',
          counterparty: { name: 'ООО «Озон»', kind: 'company', inn: '7704217370', kpp: '770301001' },
          warehouse: { id: 'w1', name: 'Основной склад', addressFields: [], contacts: [] },
          status: 'К выполнению',
          cancelled: true,
          marketplace: 'Ozon',
          marketplaceWarehouse: 'FBS Москва',
          lines: [
            {
              itemId: 't1#x1',
              name: 'Футболка',
              quantity: 2,
              price: '120',
              unit: { code: '796', name: 'шт' },
              vat: '20',
            },
          ],
        },
      ],
      { generatedAt: at('2026-01-31T10:00:00'), timezone: 'Europe/Moscow', profile },
    )

    const [document] = await documentsOf(await writeExchangeFile(xml, 'orders.xml'))

    expect(document).toMatchObject({
      id: 'ozon-0132112277-0101-1',
      number: 'OZ000001',
      placedAt: at('2026-01-31T01:05:09'),
      kind: 'order',
      amount: '240',
      cancelled: true,
      status: 'К выполнению',
      counterparty: { inn: '7704217370', kpp: '770301001' },
      warehouses: [{ id: 'w1', name: 'Основной склад' }],
      lines: [{ id: 't1#x1', quantity: '2', unitPrice: '120', amount: '240', unit: { code: '796', name: 'шт' } }],
    })
    expect(isAnswerOf1c(document as OneCDocument)).toBe(false)
  },
)

describe.skipIf(!existsSync(samples))('real files', () => {
  test.each([
    ['irpsv+commerceml/orders.xml', 3, 2, 2],
    ['ArtemsWay+parser1c/orders-cf0b82a8-3e02-43e7-946c-0ff869125614_1.xml', 2, 4, 2],
    ['ArgentCrusade+commerceml/documents-example.xml', 2, 4, 2],
    ['carono+php-commerceml/orders.xml', 1, 2, 0],
    ['carono+yii2-1c-exchange/from.xml', 1, 2, 0],
    ['carono+yii2-1c-exchange/to.xml', 1, 2, 0],
    ['dobromyslov+commerceml-parser/bitrix-query-response-full.xml', 2, 8, 0],
  ])('%s', async (name, orders, lines, answers) => {
    const documents = await documentsOf(samples + name)

    expect({
      orders: documents.filter(({ kind, placedAt }) => kind === 'order' && placedAt).length,
      lines: documents.flatMap((document) => document.lines).filter(({ quantity, amount }) => quantity && amount)
        .length,
      answers: documents.filter(isAnswerOf1c).length,
    }).toEqual({ orders, lines, answers })
  })
})
