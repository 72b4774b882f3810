import { el } from './elements.ts'

/** Names of the elements of an order file: those of the catalogue and what only a `Документ` has. */
export const orderEl = {
  ...el,
  date: 'Дата',
  time: 'Время',
  operation: 'ХозОперация',
  role: 'Роль',
  exchangeRate: 'Курс',
  amount: 'Сумма',
  counterparty: 'Контрагент',
  inn: 'ИНН',
  kpp: 'КПП',
  taxes: 'Налоги',
  tax: 'Налог',
  includedInAmount: 'УчтеноВСумме',
  discount: 'Скидка',
  percent: 'Процент',
  versionNumber: 'НомерВерсии',
  numberIn1c: 'Номер1С',
  dateIn1c: 'Дата1С',
  basis: 'Основание',
  subordinates: 'ПодчиненныеДокументы',
  subordinate: 'ПодчиненныйДокумент',
  payments: 'Оплаты',
  payment: 'Оплата',
} as const

/** Values that 1C compares letter by letter when it loads an order. */
export const orderWord = {
  orderOperation: 'Заказ товара',
  seller: 'Продавец',
  buyer: 'Покупатель',
  vat: 'НДС',
  goodsKind: 'Товар',
  goodsKindRequisite: 'ТипНоменклатуры',
  status: 'Статус заказа',
  statusId: 'Статуса заказа ИД',
  warehouse: 'Склад',
  shipDate: 'Дата отгрузки',
  cancelled: 'Отменен',
  country: 'Страна',
  russia: 'Россия',
  otherContact: 'Прочее',
} as const
