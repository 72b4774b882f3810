import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { clothingShop, shopGoodId, shopIds, shopOfferId } from '../../fixtures/clothing-shop.ts'
import type { Clock } from '../../src/core/clock.ts'
import { renderOrders } from '../../src/formats/commerceml/orders.ts'
import type { OrderDocument } from '../../src/formats/commerceml/orders-model.ts'
import { ScriptedUt, type ScriptedUtOptions } from './scripted-ut.ts'
import { all, need, needText, parseXml, textOf, type XmlElement } from './xml-tree.ts'

const timezone = 'Europe/Moscow'
const shirt = shopOfferId('ФТ-001', 'S')
const socks = shopOfferId('НС-001')

let folder: string
let now: number

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'obmen-1c-'))
  now = Date.UTC(2026, 0, 31, 7, 0, 0)
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** A clock that a test moves by hand. */
function handClock(): Clock {
  return { now: () => now, sleep: () => Promise.resolve(), fromReal: (ms) => ms }
}

function scriptedUt(more: Partial<ScriptedUtOptions> = {}): ScriptedUt {
  return new ScriptedUt({
    base: clothingShop(),
    exportFolder: join(folder, 'goods'),
    ordersFile: join(folder, 'orders.xml'),
    clock: handClock(),
    timezone,
    mode: 'full',
    ...more,
  })
}

function order(more: Partial<OrderDocument> = {}): OrderDocument {
  return {
    id: 'p-1',
    number: 'OZ000001',
    postingNumber: 'p-1',
    placedAt: Date.UTC(2026, 0, 31, 6, 30),
    shipBy: Date.UTC(2026, 1, 2, 10),
    currency: 'RUB',
    counterparty: { name: 'Ozon', kind: 'company', inn: '7704217370', kpp: '770301001' },
    warehouse: { id: shopIds.mainWarehouse, name: 'Основной склад', addressFields: [], contacts: [] },
    status: 'К выполнению',
    cancelled: false,
    marketplace: 'Ozon',
    marketplaceWarehouse: 'FBS Москва',
    lines: [{ itemId: shirt, name: 'Футболка', quantity: 2, price: '1490', vat: '22' }],
    ...more,
  }
}

function dropOrders(orders: readonly OrderDocument[], edit = (xml: string): string => xml): void {
  writeFileSync(
    join(folder, 'orders.xml'),
    edit(renderOrders(orders, { generatedAt: now, timezone, profile: 'native' })),
  )
}

function webdata(name: string): XmlElement {
  return parseXml(readFileSync(join(folder, 'goods/webdata', name), 'utf8'))
}

/** Offer id → stated total of the last offers file. */
function quantities(): Map<string, string> {
  const root = webdata('offers0_1.xml')
  const offers = all(need(need(root, 'ПакетПредложений'), 'Предложения'), 'Предложение')
  return new Map(offers.map((offer) => [needText(offer, 'Ид'), needText(offer, 'Количество')]))
}

describe('the catalogue of a run', () => {
  test('stands under its final names with one stamp in local time', async () => {
    dropOrders([])

    const result = await scriptedUt().runExchange()

    expect({ ...result, files: result.files.map((path) => basename(path)) }).toEqual({
      ok: true,
      stamp: '2026-01-31T10:00:00',
      files: ['import0_1.xml', 'offers0_1.xml'],
      created: [],
      refilled: [],
      skipped: [],
      problems: [],
    })
    expect(['import0_1.xml', 'offers0_1.xml'].map((name) => webdata(name).attributes['ДатаФормирования'])).toEqual([
      '2026-01-31T10:00:00',
      '2026-01-31T10:00:00',
    ])
  })

  test('is visible half-written under its final name', async () => {
    dropOrders([])
    const seen: { name: string; size: number; closed: boolean }[] = []
    const ut = scriptedUt({
      chunkBytes: 8192,
      onChunk: (path) => {
        const text = readFileSync(path, 'utf8')
        seen.push({
          name: basename(path),
          size: statSync(path).size,
          closed: text.endsWith('</КоммерческаяИнформация>'),
        })
        return Promise.resolve()
      },
    })

    await ut.runExchange()

    const imports = seen.filter(({ name }) => name === 'import0_1.xml')
    expect(imports.length).toBeGreaterThan(2)
    expect(imports[0]).toEqual({ name: 'import0_1.xml', size: 8192, closed: false })
    expect(imports.at(-1)?.closed).toBe(true)
  })

  test('of a delta node holds what changed since the last run, and a dropped delta never comes back', async () => {
    dropOrders([])
    const ut = scriptedUt({ mode: 'delta' })
    await ut.runExchange()
    ut.base.setStock(socks, 'Основной склад', 77)
    ut.base.setPrice(shirt, 'Розничная', '1390')

    const second = await ut.runExchange()

    expect(second.files.map((path) => basename(path))).toEqual(['offers0_1.xml'])
    expect(quantities()).toEqual(
      new Map([
        [shirt, '12'],
        [socks, '117'],
      ]),
    )

    ut.base.markDeleted(shopGoodId('ФТ-001'))
    ut.dropDelta()
    expect((await ut.runExchange()).files).toEqual([])
    expect((await ut.runExchange({ scope: 'full' })).files.length).toBe(2)
  })

  test('shows a mark for deletion and a cleared property', async () => {
    dropOrders([])
    const ut = scriptedUt()
    ut.base.markDeleted(shopGoodId('ФТ-001'))
    ut.base.setProperty(shopGoodId('НС-001'), 'Выгружать на Ozon', '')

    await ut.runExchange()

    const goods = all(need(need(webdata('import0_1.xml'), 'Каталог'), 'Товары'), 'Товар')
    const byId = new Map(goods.map((good) => [needText(good, 'Ид'), good]))
    expect(byId.get(shopGoodId('ФТ-001'))?.attributes['Статус']).toBe('Удален')
    const values = all(need(byId.get(shopGoodId('НС-001')) as XmlElement, 'ЗначенияСвойств'), 'ЗначенияСвойства')
    const flag = values.find((value) => needText(value, 'Ид') === shopIds.onOzon)
    expect(textOf(flag as XmlElement, 'Значение')).toBeUndefined()
  })
})

describe('loading orders', () => {
  test('a missing order file is a failed run that has exported all the same', async () => {
    const result = await scriptedUt().runExchange()

    expect({ ok: result.ok, error: result.error, files: result.files.length }).toEqual({
      ok: false,
      error: 'Файл загрузки не найден',
      files: 2,
    })
  })

  test('makes an order of the document', async () => {
    dropOrders([order()])
    const ut = scriptedUt()

    const result = await ut.runExchange()

    expect({ created: result.created, problems: result.problems }).toEqual({ created: ['OZ000001'], problems: [] })
    const { guid: _, ...document } = ut.document('OZ000001')
    expect(document).toEqual({
      number1c: '00УТ-000001',
      number: 'OZ000001',
      siteId: 'p-1',
      date: '2026-01-31',
      time: '09:30:00',
      currency: 'RUB',
      counterparty: { name: 'Ozon', company: true, inn: '7704217370', kpp: '770301001' },
      warehouseId: shopIds.mainWarehouse,
      vatIncluded: true,
      comment: 'Ozon: отправление p-1; склад FBS Москва; отгрузить до 02.02.2026 13:00',
      shipDate: '2026-02-02',
      status: 'К выполнению',
      state: 'in work',
      cancelled: false,
      posted: true,
      shipped: false,
      paid: false,
      lines: [{ offerId: shirt, quantity: 2, price: 1490, amount: 2980, vat: '22' }],
      filled: 1,
    })
  })

  test('reserves stock that only the next run shows', async () => {
    dropOrders([order()])
    const ut = scriptedUt({ mode: 'delta' })

    await ut.runExchange()
    const inSameRun = quantities().get(shirt)
    now += 600_000
    await ut.runExchange()

    expect([inSameRun, quantities()]).toEqual(['12', new Map([[shirt, '10']])])
  })

  test('skips an order in work altogether, its cancellation too', async () => {
    dropOrders([order()])
    const ut = scriptedUt()
    await ut.runExchange()
    dropOrders([order({ cancelled: true })])

    const result = await ut.runExchange()

    expect({ skipped: result.skipped, cancelled: ut.document('OZ000001').cancelled }).toEqual({
      skipped: ['OZ000001'],
      cancelled: false,
    })
  })

  test('refills an order awaiting approval on every run and cancels it', async () => {
    const ut = scriptedUt({ statuses: {} })
    dropOrders([order()])
    await ut.runExchange()
    await ut.runExchange()
    dropOrders([order({ cancelled: true })])
    await ut.runExchange()

    const { state, status, cancelled, filled } = ut.document('OZ000001')
    expect({ state, status, cancelled, filled }).toEqual({
      state: 'awaiting approval',
      status: 'Не согласован',
      cancelled: true,
      filled: 3,
    })
    await ut.runExchange()
    expect(quantities().get(shirt)).toBe('12')
  })

  test('a number beyond 11 characters is never found again', async () => {
    dropOrders([order({ number: 'OZ0000000001' })])
    const ut = scriptedUt()

    await ut.runExchange()
    await ut.runExchange()

    expect(ut.documents().map(({ number }) => number)).toEqual(['OZ0000000001', 'OZ0000000001'])
  })

  const second = order({ id: 'p-2', number: 'OZ000002', postingNumber: 'p-2' })

  test.each([
    ['another operation', '>Заказ товара<', '>Счет на оплату<'],
    ['no currency', '<Валюта>RUB</Валюта>', ''],
  ])('stops at a document with %s and leaves the earlier ones unposted', async (_, from, to) => {
    dropOrders([order(), second], (xml) => {
      const at = xml.lastIndexOf(from)
      return xml.slice(0, at) + to + xml.slice(at + from.length)
    })
    const ut = scriptedUt()

    const result = await ut.runExchange()

    expect(result.ok).toBe(false)
    expect(ut.documents().map(({ number, posted }) => ({ number, posted }))).toEqual([
      { number: 'OZ000001', posted: false },
    ])
    dropOrders([])
    await ut.runExchange()
    expect(quantities().get(shirt)).toBe('12')
  })

  test.each([
    ['counterparty name', '<Наименование>Ozon</Наименование>'],
    ['warehouse id', `<Ид>${shopIds.mainWarehouse}</Ид>`],
    ['warehouse name', '<Наименование>Основной склад</Наименование>'],
    ['address field value', '<Значение>Россия</Значение>'],
    ['contact type', '<Тип>Прочее</Тип>'],
  ])('rolls the whole file back when the %s is missing', async (_, element) => {
    dropOrders([order(), second], (xml) => {
      const at = xml.lastIndexOf(element)
      return xml.slice(0, at) + xml.slice(at + element.length)
    })
    const ut = scriptedUt()

    const result = await ut.runExchange()

    expect({ ok: result.ok, documents: ut.documents() }).toEqual({ ok: false, documents: [] })
    expect(result.error).toContain('Поле объекта не обнаружено')
  })

  test.each([
    ['two warehouses', (xml: string) => xml.replace(/<Склад>.*<\/Склад>/s, (one) => one + one)],
    ['a namespace', (xml: string) => xml.replace(' ВерсияСхемы', ' xmlns="urn:1C.ru:commerceml_2" ВерсияСхемы')],
    ['half a file', (xml: string) => xml.slice(0, xml.length / 2)],
    ['an id that is no GUID', (xml: string) => xml.replace(shirt, 'ФТ-001')],
  ])('takes nothing of a file with %s', async (_, edit) => {
    dropOrders([order()], edit)
    const ut = scriptedUt()

    const result = await ut.runExchange()

    expect({ ok: result.ok, documents: ut.documents() }).toEqual({ ok: false, documents: [] })
  })

  test('tells what 1C would swallow: goods it creates, lines it skips, articles, empty elements', async () => {
    const unknown = shopOfferId('НЕТ-1')
    const lines = [
      { itemId: unknown, name: 'Нет такого', quantity: 1, price: '1', vat: '' },
      { itemId: `${shopGoodId('ФТ-001')}#${unknown}`, name: 'Нет размера', quantity: 1, price: '1', vat: '' },
      { itemId: socks, name: 'Носки', quantity: 0, price: '1', vat: '' },
    ]
    dropOrders([order({ lines })], (xml) =>
      xml.replace('<Наименование>Нет такого', '<Артикул>ФТ-001</Артикул><КПП/><Наименование>Нет такого'),
    )

    const result = await scriptedUt().runExchange()

    expect(result.problems.map((problem) => problem.replace(/ at line \d+/, ''))).toEqual([
      'empty element КПП',
      `line ${unknown} has an article: 1C may take another good by it`,
      `goods ${unknown} are unknown: 1C creates them`,
      `characteristic of ${shopGoodId('ФТ-001')}#${unknown} is unknown: 1C creates it`,
      `line ${socks} has no quantity and is skipped`,
    ])
  })
})

describe('orders back to the site', () => {
  test('only those somebody changed later, with 1C’s id and the site’s number', async () => {
    dropOrders([order()])
    const ut = scriptedUt()
    await ut.runExchange()
    expect((await ut.runExchange()).files.length).toBe(2)
    ut.changeOrder('OZ000001', { shipped: true, paid: true })

    now += 600_000
    const result = await ut.runExchange()

    const name = basename(result.files.at(-1) ?? '')
    expect(name).toMatch(/^orders-[0-9a-f-]{36}_1\.xml$/)
    const document = need(webdata(name), 'Документ')
    const requisites = all(need(document, 'ЗначенияРеквизитов'), 'ЗначениеРеквизита')
    expect({
      stamp: webdata(name).attributes['ДатаФормирования'],
      id: needText(document, 'Ид'),
      number: needText(document, 'Номер'),
      requisites: requisites.map((row) => `${needText(row, 'Наименование')}=${needText(row, 'Значение')}`),
    }).toEqual({
      stamp: '2026-01-31T10:10:00',
      id: ut.document('OZ000001').guid,
      number: 'OZ000001',
      requisites: [
        'Номер по 1С=00УТ-000001',
        'Дата по 1С=2026-01-31',
        'ПометкаУдаления=false',
        'Проведен=true',
        'Номер оплаты по 1С=00УТ-000001',
        'Дата оплаты по 1С=2026-01-31',
        'Номер отгрузки по 1С=00УТ-000001',
        'Дата отгрузки по 1С=2026-01-31',
      ],
    })
    expect(quantities().get(shirt)).toBe('10')
    expect((await ut.runExchange()).files.length).toBe(2)
  })

  test('an order loaded in the same run is not written, and its change is forgotten', async () => {
    dropOrders([order()])
    const ut = scriptedUt({ statuses: {} })
    await ut.runExchange()
    ut.changeOrder('OZ000001', { comment: 'позвонить' })

    const refilled = await ut.runExchange()
    rmSync(join(folder, 'orders.xml'))
    dropOrders([])
    const later = await ut.runExchange()

    expect([refilled.files.length, later.files.length]).toEqual([2, 2])
    expect(readdirSync(join(folder, 'goods/webdata'))).toEqual(['import0_1.xml', 'offers0_1.xml'])
  })
})

test('an abort ends the run between two chunks and forgets no change', async () => {
  dropOrders([])
  const stop = new AbortController()
  const ut = scriptedUt({
    mode: 'delta',
    onChunk: () => {
      stop.abort(new Error('stopped'))
      return Promise.resolve()
    },
  })

  await expect(ut.runExchange({ signal: stop.signal })).rejects.toThrow('stopped')
  expect(existsSync(join(folder, 'goods/webdata/offers0_1.xml'))).toBe(false)
  expect((await ut.runExchange()).files.length).toBe(2)
})
