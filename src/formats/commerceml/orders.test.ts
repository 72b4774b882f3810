import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checkOrder } from './orders-check.ts'
import type { OrderDocument } from './orders-model.ts'
import { cleanText, renderOrders } from './orders.ts'

const options = { generatedAt: Date.UTC(2026, 0, 31, 7, 0, 0), timezone: 'Europe/Moscow', profile: 'native' } as const

const order: OrderDocument = {
  id: '0132112277-0101-1',
  number: 'OZ000001',
  postingNumber: '0132112277-0101-1',
  placedAt: Date.UTC(2026, 0, 30, 22, 5, 9),
  shipBy: Date.UTC(2026, 1, 1, 21, 30),
  currency: 'RUB',
  counterparty: { name: 'ООО «Озон»', kind: 'company', inn: '7704217370', kpp: '770301001' },
  warehouse: { id: 'b1c5', name: 'Основной склад', addressFields: [], contacts: [] },
  status: 'К выполнению',
  cancelled: false,
  marketplace: 'Ozon',
  marketplaceWarehouse: 'FBS Москва',
  lines: [
    { itemId: 'aa#bb', name: 'Футболка (M)', quantity: 2, price: '120', unit: { code: '796 ', name: 'шт' }, vat: '20' },
    { itemId: 'cc', name: 'Носки', quantity: 1, price: '99.90', unit: { code: '715', name: '' }, vat: 'Без НДС' },
  ],
}

/** One element of a rendered file as text, without indentation. */
function part(xml: string, name: string): string {
  const found = new RegExp(`<${name}[ >].*?</${name}>`, 's').exec(xml)?.[0] ?? ''
  return found.replaceAll(/\n\t*/g, '')
}

describe('renderOrders', () => {
  test('writes an order as 1C reads it', () => {
    const xml = renderOrders([order], options)

    expect(xml.replaceAll(/\n\t*/g, '')).toBe(
      [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<КоммерческаяИнформация ВерсияСхемы="2.07" ДатаФормирования="2026-01-31T10:00:00">',
        '<Документ><Ид>0132112277-0101-1</Ид><Номер>OZ000001</Номер><Дата>2026-01-31</Дата>',
        '<ХозОперация>Заказ товара</ХозОперация><Роль>Продавец</Роль>',
        '<Валюта>RUB</Валюта><Курс>1</Курс><Сумма>339.90</Сумма>',
        '<Контрагенты><Контрагент><Ид>7704217370</Ид><Наименование>ООО «Озон»</Наименование>',
        '<ОфициальноеНаименование>ООО «Озон»</ОфициальноеНаименование>',
        '<ИНН>7704217370</ИНН><КПП>770301001</КПП><Роль>Покупатель</Роль></Контрагент></Контрагенты>',
        '<Время>01:05:09</Время>',
        '<Комментарий>Ozon: отправление 0132112277-0101-1; склад FBS Москва; отгрузить до 02.02.2026 00:30</Комментарий>',
        '<Налоги><Налог><Наименование>НДС</Наименование><УчтеноВСумме>true</УчтеноВСумме><Сумма>40.00</Сумма></Налог></Налоги>',
        '<Склады><Склад><Ид>b1c5</Ид><Наименование>Основной склад</Наименование>',
        '<Адрес><Представление>Россия</Представление>',
        '<АдресноеПоле><Тип>Страна</Тип><Значение>Россия</Значение></АдресноеПоле></Адрес>',
        '<Контакты><Контакт><Тип>Прочее</Тип><Значение>-</Значение></Контакт></Контакты></Склад></Склады>',
        '<Товары><Товар><Ид>aa#bb</Ид><Наименование>Футболка (M)</Наименование><БазоваяЕдиница Код="796">шт</БазоваяЕдиница>',
        '<СтавкиНалогов><СтавкаНалога><Наименование>НДС</Наименование><Ставка>20</Ставка></СтавкаНалога></СтавкиНалогов>',
        '<ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>ТипНоменклатуры</Наименование>',
        '<Значение>Товар</Значение></ЗначениеРеквизита></ЗначенияРеквизитов>',
        '<ЦенаЗаЕдиницу>120.00</ЦенаЗаЕдиницу><Количество>2</Количество><Сумма>240.00</Сумма><Коэффициент>1</Коэффициент></Товар>',
        '<Товар><Ид>cc</Ид><Наименование>Носки</Наименование><БазоваяЕдиница Код="715">715</БазоваяЕдиница>',
        '<СтавкиНалогов><СтавкаНалога><Наименование>НДС</Наименование><Ставка>Без НДС</Ставка></СтавкаНалога></СтавкиНалогов>',
        '<ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>ТипНоменклатуры</Наименование>',
        '<Значение>Товар</Значение></ЗначениеРеквизита></ЗначенияРеквизитов>',
        '<ЦенаЗаЕдиницу>99.90</ЦенаЗаЕдиницу><Количество>1</Количество><Сумма>99.90</Сумма><Коэффициент>1</Коэффициент></Товар></Товары>',
        '<ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>Статус заказа</Наименование><Значение>К выполнению</Значение></ЗначениеРеквизита>',
        '<ЗначениеРеквизита><Наименование>Дата отгрузки</Наименование><Значение>2026-02-02</Значение></ЗначениеРеквизита></ЗначенияРеквизитов>',
        '</Документ></КоммерческаяИнформация>',
      ].join(''),
    )
  })

  test('writes an empty root without orders', () => {
    expect(renderOrders([], options)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<КоммерческаяИнформация ВерсияСхемы="2.07" ДатаФормирования="2026-01-31T10:00:00"/>\n',
    )
  })

  test('says «Отменен» only of a cancelled order', () => {
    const xml = renderOrders([order, { ...order, cancelled: true }], options)

    expect(xml.match(/<Наименование>Отменен<\/Наименование>\s*<Значение>true<\/Значение>/g)?.length).toBe(1)
  })

  test('names a person by the full name only', () => {
    const xml = renderOrders([{ ...order, counterparty: { name: 'Иванов Иван', kind: 'person' } }], options)

    expect(part(xml, 'Контрагент')).toBe(
      '<Контрагент><Ид>Иванов Иван</Ид><Наименование>Иванов Иван</Наименование>' +
        '<ПолноеНаименование>Иванов Иван</ПолноеНаименование><Роль>Покупатель</Роль></Контрагент>',
    )
  })

  test('writes one address field and one contact of many', () => {
    const warehouse = {
      id: 'b1c5',
      name: 'Основной склад',
      addressFields: [
        { type: 'Почтовый индекс', value: '' },
        { type: 'Регион', value: 'Москва' },
        { type: 'Улица', value: 'Лесная' },
      ],
      contacts: [
        { type: 'Почта', value: 'a@example.ru' },
        { type: 'Факс', value: '1' },
      ],
    }

    const xml = renderOrders([{ ...order, warehouse }], options)

    expect(part(xml, 'Склад')).toBe(
      '<Склад><Ид>b1c5</Ид><Наименование>Основной склад</Наименование>' +
        '<Адрес><Представление>Москва</Представление><АдресноеПоле><Тип>Регион</Тип><Значение>Москва</Значение></АдресноеПоле></Адрес>' +
        '<Контакты><Контакт><Тип>Почта</Тип><Значение>a@example.ru</Значение></Контакт></Контакты></Склад>',
    )
  })

  test('never writes an empty element, whatever is missing', () => {
    const bare: OrderDocument = {
      ...order,
      status: ' ',
      comment: [''],
      counterparty: { name: 'Озон', kind: 'company', inn: '', kpp: '' },
      lines: [{ itemId: 'aa', name: 'Футболка', quantity: 1, price: '1', unit: { code: '', name: '' }, vat: '' }],
    }
    const { shipBy: _, ...withoutDeadline } = bare

    const xml = renderOrders([withoutDeadline], options)

    expect(xml.match(/<[^>]*\/>|<([^\s>]+)[^>]*>\s*<\/\1>/g)).toBeNull()
    expect(part(xml, 'Контрагент')).toContain('<Контрагент><Ид>Озон</Ид>')
    expect(xml).not.toContain('БазоваяЕдиница')
    expect(xml).not.toContain('СтавкиНалогов')
  })

  test('keeps markup characters and drops what XML cannot hold', () => {
    const line = { itemId: 'aa', name: 'A\u0000&<b>\uD800 "ё" 😀\u001F', quantity: 1, price: '1', vat: '' }

    const xml = renderOrders([{ ...order, lines: [line] }], options)

    expect(part(xml, 'Товар')).toContain('<Наименование>A&amp;&lt;b&gt; &quot;ё&quot; 😀</Наименование>')
  })

  test('adds what is exact: no binary fractions in sums', () => {
    const lines = Array.from({ length: 3 }, (_, i) => ({
      itemId: `a${i}`,
      name: 'x',
      quantity: 3,
      price: '0.10',
      vat: '22%',
    }))

    const xml = renderOrders([{ ...order, lines }], options)

    expect(xml).toContain('<Сумма>0.90</Сумма>')
    expect(part(xml, 'Налог')).toContain('<Сумма>0.15</Сумма>')
    expect(xml).toContain('<Ставка>22</Ставка>')
  })
})

describe('profiles', () => {
  test('УНФ finds the warehouse by its name', () => {
    const native = renderOrders([order], options)
    const unf = renderOrders([order], { ...options, profile: 'unf' })
    const warehouse =
      '<ЗначениеРеквизита><Наименование>Склад</Наименование><Значение>Основной склад</Значение></ЗначениеРеквизита>'

    expect(part(unf.slice(unf.indexOf('</Товары>')), 'ЗначенияРеквизитов')).toContain(warehouse)
    expect(part(native.slice(native.indexOf('</Товары>')), 'ЗначенияРеквизитов')).not.toContain(warehouse)
  })

  test('the 1C-Bitrix module gets a container per order, units as objects and the status as an id', () => {
    const xml = renderOrders([order, { ...order, id: 'b', number: 'OZ000002' }], { ...options, profile: 'bus-3.1' })
    const flat = xml.replaceAll(/\n\t*/g, '')

    expect(flat).toContain('ВерсияСхемы="3.1"')
    expect(flat.match(/<Контейнер><Документ>.*?<\/Документ><\/Контейнер>/gs)).toHaveLength(2)
    expect(part(xml, 'Единица')).toBe(
      '<Единица><Код>796</Код><НаименованиеПолное>шт</НаименованиеПолное><НаименованиеКраткое>шт</НаименованиеКраткое></Единица>',
    )
    expect(flat).not.toContain('БазоваяЕдиница')
    expect(flat).toContain('<Наименование>Статуса заказа ИД</Наименование><Значение>К выполнению</Значение>')
  })

  test('the version of an order changes with the order and with nothing else', () => {
    const version = (changed: Partial<OrderDocument>, generatedAt: number): string =>
      part(renderOrders([{ ...order, ...changed }], { ...options, generatedAt, profile: 'bus-3.1' }), 'НомерВерсии')

    const before = version({}, options.generatedAt)
    expect(before).toMatch(/^<НомерВерсии>[0-9a-f]{16}<\/НомерВерсии>$/)
    expect(version({}, options.generatedAt + 60_000)).toBe(before)
    expect(version({ cancelled: true }, options.generatedAt)).not.toBe(before)
  })
})

test('cleanText keeps tabs and line ends inside a text', () => {
  expect(cleanText(' a\tb\r\nc\uFFFE ')).toBe('a\tb\r\nc')
})

describe('checkOrder', () => {
  test('finds nothing in a good order', () => {
    expect(checkOrder(order)).toEqual([])
  })

  test('names everything that 1C would stumble over', () => {
    const findings = checkOrder({
      ...order,
      id: '',
      number: 'OZ0000000001',
      currency: 'руб',
      counterparty: { name: ' ', kind: 'company', inn: '12', kpp: '3' },
      warehouse: { id: '', name: '\u0001', addressFields: [], contacts: [] },
      lines: [
        { itemId: '', name: '', quantity: 0, price: '-1', vat: '' },
        { itemId: 'a', name: 'b', quantity: 1, price: '1.005', vat: '' },
      ],
    })

    expect(findings).toEqual([
      'order id is empty',
      'number must have 1 to 11 characters without blanks, got "OZ0000000001"',
      'currency must be three capital letters, got "руб"',
      'counterparty name is empty',
      'counterparty inn must have 10 or 12 digits',
      'counterparty kpp must have 9 digits',
      'warehouse id is empty',
      'warehouse name is empty',
      'line 1: item id is empty',
      'line 1: name is empty',
      'line 1: quantity must be above 0, got 0',
      'line 1: price must be a decimal of at least 0, got "-1"',
      'line 2: price must have at most two decimals, got "1.005"',
    ])
  })

  test('an order needs a line', () => {
    expect(checkOrder({ ...order, lines: [] })).toEqual(['order has no line'])
  })
})

const schema = join(import.meta.dirname, '../../../../shared/reference/xsd/commerceml-2.07.xsd')
const canValidate = existsSync(schema) && spawnSync('xmllint', ['--version']).status === 0

describe.skipIf(!canValidate)('the public schema 2.07', () => {
  test('accepts the order file once the namespace is put in', () => {
    const folder = mkdtempSync(join(tmpdir(), 'obmen-orders-'))
    const file = join(folder, 'orders.xml')
    const cancelled = { ...order, cancelled: true, counterparty: { name: 'Иванов', kind: 'person' } as const }
    const xml = renderOrders([order, cancelled], options)
    writeFileSync(file, xml.replace(' ВерсияСхемы', ' xmlns="urn:1C.ru:commerceml_2" ВерсияСхемы'))

    const result = spawnSync('xmllint', ['--noout', '--schema', schema, file], { encoding: 'utf8' })

    expect(readFileSync(file, 'utf8')).toContain('commerceml_2')
    expect({
      status: result.status,
      errors: result.stderr.split('\n').filter((line) => line.includes('error')),
    }).toEqual({
      status: 0,
      errors: [],
    })
    rmSync(folder, { recursive: true })
  })
})
