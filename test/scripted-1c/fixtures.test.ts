import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { brokenFiles } from '../../fixtures/broken.ts'
import { clothingShop, shopGoodId, shopIds, shopOfferId } from '../../fixtures/clothing-shop.ts'
import { changedBase, generatedBase } from '../../fixtures/generated-base.ts'
import { offerIdOf } from '../../fixtures/ut-base.ts'
import { writeExport, type ExportOptions } from '../../fixtures/ut-export.ts'
import { all, isEmpty, maybe, need, needText, parseXml, type XmlElement } from './xml-tree.ts'

const repository = join(import.meta.dirname, '../..')
const stamp = '2026-01-31T10:00:00'

function texts(options: Partial<ExportOptions> = {}): Map<string, string> {
  const files = writeExport(clothingShop(), { stamp, scope: 'full', ...options })
  return new Map(files.map(({ name, text }) => [name, text]))
}

function records(text: string | undefined, ...path: [string, string, string]): Map<string, XmlElement> {
  const [block, list, record] = path
  const found = all(need(need(parseXml(text ?? ''), block), list), record)
  return new Map(found.map((element) => [needText(element, 'Ид'), element]))
}

function goodsOf(files: Map<string, string>, name = 'import0_1.xml'): Map<string, XmlElement> {
  return records(files.get(name), 'Каталог', 'Товары', 'Товар')
}

function offersOf(files: Map<string, string>, name = 'offers0_1.xml'): Map<string, XmlElement> {
  return records(files.get(name), 'ПакетПредложений', 'Предложения', 'Предложение')
}

function pricesOf(offer: XmlElement | undefined): string[] {
  return all(need(offer as XmlElement, 'Цены'), 'Цена').map((price) => needText(price, 'ЦенаЗаЕдиницу'))
}

function stocksOf(offer: XmlElement | undefined): Record<string, string>[] {
  return all(offer as XmlElement, 'Склад').map((row) => row.attributes as Record<string, string>)
}

describe('a full export of the clothing shop', () => {
  test('is one set: a byte order mark, CRLF, the namespace and one stamp', () => {
    const files = texts()

    expect([...files.keys()]).toEqual(['import0_1.xml', 'offers0_1.xml'])
    for (const text of files.values()) {
      expect(text.startsWith('\uFEFF<?xml version="1.0" encoding="UTF-8"?>\r\n')).toBe(true)
      expect(text.endsWith('\r\n</КоммерческаяИнформация>')).toBe(true)
      expect(text.replaceAll('\r\n', '').includes('\n')).toBe(false)
      const { xmlns, ВерсияСхемы: version, ДатаФормирования: made } = parseXml(text).attributes
      expect({ xmlns, version, made }).toEqual({ xmlns: 'urn:1C.ru:commerceml_2', version: '2.07', made: stamp })
    }
  })

  test('holds 12 goods and 30 offers', () => {
    const files = texts()

    expect([goodsOf(files).size, offersOf(files).size]).toEqual([12, 30])
  })

  test('writes a good as УТ does', () => {
    const good = goodsOf(texts()).get(shopGoodId('ФТ-001')) as XmlElement

    expect(need(good, 'БазоваяЕдиница').attributes).toEqual({
      Код: '796 ',
      НаименованиеПолное: 'Штука',
      МеждународноеСокращение: 'PCE',
    })
    expect(good.children.map(({ name }) => name)).toEqual([
      'Ид',
      'Артикул',
      'Наименование',
      'БазоваяЕдиница',
      'Группы',
      'Описание',
      'ЗначенияСвойств',
      'СтавкиНалогов',
      'ХарактеристикиТовара',
      'ЗначенияРеквизитов',
    ])
  })

  test('writes an offer with its size in the name, both prices and the sum of its stocks', () => {
    const offer = offersOf(texts()).get(shopOfferId('ФТ-001', 'M')) as XmlElement

    expect({
      name: needText(offer, 'Наименование'),
      prices: pricesOf(offer),
      shown: needText(all(need(offer, 'Цены'), 'Цена')[0] as XmlElement, 'Представление'),
      total: needText(offer, 'Количество'),
      stocks: stocksOf(offer),
    }).toEqual({
      name: 'Футболка хлопковая (M)',
      prices: ['1490', '1990'],
      shown: '1\u00A0490 RUB за PCE',
      total: '10',
      stocks: [
        { ИдСклада: shopIds.mainWarehouse, КоличествоНаСкладе: '9' },
        { ИдСклада: shopIds.podolsk, КоличествоНаСкладе: '1' },
      ],
    })
  })

  test('shows the oddities of a real base', () => {
    const files = texts()
    const [goods, offers] = [goodsOf(files), offersOf(files)]

    expect(isEmpty(need(goods.get(shopGoodId('ШП-001')) as XmlElement, 'Артикул'))).toBe(true)
    expect(goods.get(shopGoodId('ПЛ-003'))?.attributes).toEqual({ Статус: 'Удален' })
    expect(offers.get(shopOfferId('ПЛ-003'))?.attributes).toEqual({ Статус: 'Удален' })
    expect(pricesOf(offers.get(shopOfferId('КР-002')))).toEqual(['0', '0'])
    expect(stocksOf(offers.get(shopOfferId('КР-002')))).toEqual([])
    expect(pricesOf(offers.get(shopOfferId('НС-002')))).toEqual(['690', '750', '0'])
    expect(needText(offers.get(shopOfferId('НС-002')) as XmlElement, 'Количество')).toBe('3')
    expect(stocksOf(offers.get(shopOfferId('ФТ-001', 'XL'))).length).toBe(1)
  })
})

describe('other exports', () => {
  test('a delta holds the goods and offers that changed, and says so', () => {
    const files = texts({
      scope: 'delta',
      changedGoods: new Set([shopGoodId('НС-001')]),
      changedOffers: new Set([shopOfferId('ФТ-001', 'L'), shopOfferId('НС-002')]),
    })

    expect([...goodsOf(files).keys()]).toEqual([shopGoodId('НС-001')])
    expect([...offersOf(files).keys()]).toEqual([
      shopOfferId('ФТ-001', 'L'),
      shopOfferId('НС-001'),
      shopOfferId('НС-002'),
    ])
    expect(need(parseXml(files.get('import0_1.xml') ?? ''), 'Каталог').attributes).toEqual({
      СодержитТолькоИзменения: 'true',
    })
  })

  test('a delta without changes has no files', () => {
    expect(texts({ scope: 'delta' })).toEqual(new Map())
  })

  test('later portions have no groups and say that they hold changes only', () => {
    const files = texts({ portionSize: 5 })

    expect([...files.keys()]).toEqual([
      'import0_1.xml',
      'import0_2.xml',
      'import0_3.xml',
      'offers0_1.xml',
      'offers0_2.xml',
      'offers0_3.xml',
    ])
    const roots = ['import0_1.xml', 'import0_2.xml', 'import0_3.xml'].map((name) => parseXml(files.get(name) ?? ''))
    expect(roots.map((root) => need(root, 'Каталог').attributes['СодержитТолькоИзменения'])).toEqual([
      'false',
      'true',
      'true',
    ])
    expect(roots.map((root) => maybe(root, 'Классификатор') !== undefined)).toEqual([true, false, false])
  })

  test('a price and stock update names the variant in an element of its own', () => {
    const files = texts({ priceUpdateOnly: true, scope: 'delta', changedOffers: new Set([shopOfferId('ФТ-001', 'S')]) })

    expect([...files.keys()]).toEqual(['offers0_1.xml'])
    const changes = need(parseXml(files.get('offers0_1.xml') ?? ''), 'ИзмененияПакетаПредложений')
    const offer = need(need(changes, 'Предложения'), 'Предложение')
    expect({
      id: `${needText(offer, 'Ид')}#${needText(offer, 'ИдХарактеристики')}`,
      prices: pricesOf(offer),
      stocks: all(offer, 'Склады').map((row) => row.attributes['КоличествоНаСкладе']),
      total: needText(offer, 'Количество'),
    }).toEqual({ id: shopOfferId('ФТ-001', 'S'), prices: ['1490', '1990'], stocks: ['12', '0'], total: '12' })
  })
})

describe('the generator', () => {
  test('gives the number of offers asked for, the same for the same seed', () => {
    const base = generatedBase(500, 7)

    expect(base.goods.flatMap(({ variants }) => variants).length).toBe(500)
    expect(generatedBase(500, 7)).toEqual(base)
    expect(generatedBase(500, 8)).not.toEqual(base)
  })

  test('changes price or stock of as many offers as asked for', () => {
    const before = generatedBase(500, 7)

    const { base, changed } = changedBase(before, 5, 9)

    const differing = base.goods.flatMap((good, index) =>
      good.variants
        .filter((variant, at) => JSON.stringify(variant) !== JSON.stringify(before.goods[index]?.variants[at]))
        .map((variant) => offerIdOf(good, variant)),
    )
    expect([changed.size, new Set(differing)]).toEqual([5, changed])
  })

  test('writes both exports and the broken files', () => {
    const out = mkdtempSync(join(tmpdir(), 'obmen-fixtures-'))
    const args = ['--import', 'tsx', 'fixtures/generate.ts', '--offers', '40', '--change', '10%', '--out', out]

    const said = execFileSync(process.execPath, args, { cwd: repository, encoding: 'utf8' })

    expect(said).toBe(`40 offers, 4 changed, seed 1: ${out}\n`)
    const first = parseXml(readFileSync(join(out, 'first/webdata/offers0_1.xml'), 'utf8'))
    const later = parseXml(readFileSync(join(out, 'changed/webdata/offers0_1.xml'), 'utf8'))
    expect(all(need(need(first, 'ПакетПредложений'), 'Предложения'), 'Предложение').length).toBe(40)
    expect(later.attributes['ДатаФормирования']).toBe('2026-01-31T10:10:00')
    expect(readdirSync(join(out, 'broken')).length).toBe(4)
    rmSync(out, { recursive: true })
  })

  test('writes the layout of another family, and a delta that holds the changed goods only', () => {
    const out = mkdtempSync(join(tmpdir(), 'obmen-fixtures-'))
    const args = ['--family', 'C', '--offers', '40', '--products', '40', '--change', '10%', '--scope', 'delta']

    execFileSync(process.execPath, ['--import', 'tsx', 'fixtures/generate.ts', ...args, '--out', out], {
      cwd: repository,
    })

    const goods = ['first', 'changed'].map((run) => {
      const folder = join(out, run, 'webdata/000000001/goods/1')
      const rests = readdirSync(folder).find((name) => name.startsWith('rests___')) ?? ''
      const root = parseXml(readFileSync(join(folder, rests), 'utf8'))
      return all(need(need(root, 'ПакетПредложений'), 'Предложения'), 'Предложение').length
    })
    expect(goods).toEqual([40, 4])
    rmSync(out, { recursive: true })
  })
})

describe('broken files', () => {
  test.each(brokenFiles())('$name stands in the folder as it is made, and is not well-formed', ({ name, bytes }) => {
    const stored = readFileSync(join(repository, 'fixtures/broken', name))

    expect(Buffer.compare(stored, bytes)).toBe(0)
    expect(() => parseXml(stored.toString('utf8'))).toThrow()
  })
})
