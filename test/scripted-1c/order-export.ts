import { branch, leaf } from '../../fixtures/xml-text.ts'
import type { UtDocument, UtLine } from './documents.ts'
import type { ScriptedBase } from './scripted-base.ts'

/** The file in which УТ tells the site of orders that somebody changed: `Ид` is 1C's, `Номер` and `Дата` are the site's. */
export function ordersExport(documents: readonly UtDocument[], base: ScriptedBase, stamp: string): string {
  const lines = branch(
    'КоммерческаяИнформация',
    documents.flatMap((document) => documentLines(document, base)),
    ` xmlns="urn:1C.ru:commerceml_2" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ВерсияСхемы="2.07" ДатаФормирования="${stamp}"`,
  )
  return `\uFEFF${['<?xml version="1.0" encoding="UTF-8"?>', ...lines].join('\r\n')}`
}

function documentLines(document: UtDocument, base: ScriptedBase): string[] {
  const { counterparty } = document
  const amount = document.lines.reduce((sum, line) => sum + line.amount, 0)
  return branch('Документ', [
    ...leaf('Ид', document.guid),
    ...leaf('Номер', document.number),
    ...leaf('Дата', document.date),
    ...leaf('ХозОперация', 'Заказ товара'),
    ...leaf('Роль', 'Продавец'),
    ...leaf('Валюта', document.currency),
    ...leaf('Курс', '1'),
    ...leaf('Сумма', plain(amount)),
    ...branch(
      'Контрагенты',
      branch('Контрагент', [
        ...leaf('Наименование', counterparty.name),
        ...leaf('Роль', 'Покупатель'),
        ...leaf(counterparty.company ? 'ОфициальноеНаименование' : 'ПолноеНаименование', counterparty.name),
      ]),
    ),
    ...leaf('Время', document.time),
    ...leaf('Комментарий', document.comment),
    ...branch(
      'Товары',
      document.lines.flatMap((line) => lineLines(line, base)),
    ),
    ...branch('ЗначенияРеквизитов', requisites(document, amount)),
  ])
}

function lineLines(line: UtLine, base: ScriptedBase): string[] {
  const { good, variant } = base.find(line.offerId)
  const characteristic = variant?.characteristic === undefined ? '' : ` (${variant.characteristic.name})`
  return branch('Товар', [
    ...leaf('Ид', line.offerId),
    ...leaf('Наименование', `${good?.name ?? ''}${characteristic}`),
    ...leaf('ЦенаЗаЕдиницу', plain(line.price)),
    ...leaf('Количество', plain(line.quantity)),
    ...leaf('Сумма', plain(line.amount)),
    ...leaf('Коэффициент', '1'),
  ])
}

/** УТ says nothing of "assembled"; it writes payment and shipment only once they have happened. */
function requisites(document: UtDocument, amount: number): string[] {
  const rows: [string, string][] = [
    ['Номер по 1С', document.number1c],
    ['Дата по 1С', document.date],
    ['ПометкаУдаления', 'false'],
    ['Проведен', String(document.posted)],
  ]
  if (document.paid) rows.push(['Номер оплаты по 1С', document.number1c], ['Дата оплаты по 1С', document.date])
  if (document.shipped) rows.push(['Номер отгрузки по 1С', document.number1c], ['Дата отгрузки по 1С', document.date])
  if (document.cancelled || amount === 0) rows.push(['Отменен', 'true'])
  return rows.flatMap(([name, value]) =>
    branch('ЗначениеРеквизита', [...leaf('Наименование', name), ...leaf('Значение', value)]),
  )
}

function plain(value: number): string {
  return String(Math.round(value * 100) / 100)
}
