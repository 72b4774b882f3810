import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { meaningOf, readWhole } from './testing.ts'

const folder = new URL('../../../fixtures/quirks/', import.meta.url).pathname

const product = (n: number): string => `a0000000-0000-4000-8000-00000000000${n}`
const variant = (n: number): string => `b0000000-0000-4000-8000-00000000000${n}`
const warehouse = (n: number): string => `e0000000-0000-4000-8000-00000000000${n}`
const retail = 'd0000000-0000-4000-8000-000000000001'

const good = (productId: string, facts = {}): unknown => ({
  productId,
  productFacts: { name: 'Футболка', ...facts, catalogues: ['c1'] },
})
const offer = (productId: string, stated = {}, key = ''): unknown => ({ productId, variant: key, ...stated })
const price = (typeId: string, amount: string, more = {}): unknown => ({ typeId, amount, ratio: '1', ...more })
const total = (quantity: string): unknown => ({ total: quantity, byWarehouse: {} })
const rows = (byWarehouse: object, quantity?: string): unknown => ({
  ...(quantity === undefined ? {} : { total: quantity }),
  byWarehouse,
})
const row = (kind: string, value: object): unknown => ({ kind, value })
const catalogue = row('catalogue', { id: 'c1', name: 'Основной' })

/** What every fixture means, without what is empty: see {@link meaningOf}. The fixture itself says which quirk it is. */
const meanings: Readonly<Record<string, object>> = {
  'angle-bracket-in-attribute.xml': { statements: [offer(product(1), { offerFacts: { deleted: true }, prices: [] })] },
  'article-empty.xml': { statements: [good('t1')], rows: [catalogue] },
  'bitrix-prices.xml': {
    statements: [
      offer(product(1), { prices: [price(retail, '100', { currency: 'руб' })] }),
      offer(product(2), { prices: [] }),
    ],
  },
  'bitrix-rests.xml': {
    statements: [
      offer(product(1), { stocks: rows({ [warehouse(1)]: '4', [warehouse(2)]: '0' }) }),
      offer(product(2), { stocks: total('2') }),
      offer(product(3), { stocks: rows({}) }),
      offer(product(4), { stocks: rows({ [warehouse(1)]: '6' }) }),
    ],
  },
  'bom-crlf.xml': {
    statements: [offer(product(1), { offerFacts: { name: 'Футболка' }, prices: [], stocks: total('5') })],
  },
  'boolean-property.xml': {
    statements: [good('t1', { properties: [{ propertyId: 'p1', values: ['true'] }] })],
    rows: [row('property', { id: 'p1', name: 'Выгружать на Ozon', values: { true: 'Да', false: 'Нет' } }), catalogue],
  },
  'booleans.xml': {
    statements: [
      offer('t1', { offerFacts: { name: 'Кеды', deleted: true } }),
      offer('t2', { offerFacts: { name: 'Кеды', deleted: true } }),
      offer('t3', { offerFacts: { name: 'Кеды', deleted: true } }),
      offer('t4', { offerFacts: { name: 'Кеды' } }),
      offer('t5', { offerFacts: { name: 'Кеды' } }),
      offer('t6', { offerFacts: { name: 'Кеды' } }),
    ],
  },
  'cdata-comments-instructions.xml': {
    statements: [
      offer(product(1), {
        offerFacts: { name: 'Футболка </Предложение> <Предложение> &amp; «S» <b> &amp;' },
        prices: [],
      }),
    ],
  },
  'changes-only-as-element.xml': {
    changesOnly: { ПакетПредложений: true },
    statements: [offer('t1', { stocks: total('1') })],
  },
  'changes-package-twice.xml': {
    statements: [
      offer('t1', { stocks: total('1') }, 'x1'),
      offer('t1', { stocks: total('2') }, 'x2'),
      offer('t2', { stocks: total('3') }),
    ],
  },
  'changes-package.xml': {
    statements: [
      offer(product(1), { prices: [price(retail, '990', { currency: 'RUB' })] }, variant(1)),
      offer(product(1), { stocks: rows({ [warehouse(1)]: '3', [warehouse(2)]: '0' }, '3') }, variant(2)),
      offer(product(2), { stocks: total('7') }),
    ],
  },
  'code-and-category-of-unf.xml': { statements: [good('t1', { code: 'НФ-00000017' })], rows: [catalogue] },
  'comma-decimals.xml': {
    statements: [
      offer(product(1), {
        prices: [price(retail, '1200.5', { currency: 'руб.', ratio: '0.5' })],
        stocks: total('-3.25'),
      }),
    ],
  },
  'control-characters.xml': {
    statements: [offer(product(1), { offerFacts: { name: 'Футболка' }, prices: [] })],
    warnings: [{ code: 'xml.control_characters', line: 7, count: 2 }],
  },
  'country-brand-manufacturer.xml': {
    statements: [good('t1', { manufacturer: 'Фабрика', brand: 'Заря', country: 'КИТАЙ' })],
    rows: [catalogue],
  },
  'cp866.xml': { encoding: 'cp866', statements: [offer('t1', { offerFacts: { name: 'Футболка' }, prices: [] })] },
  'declaration-lies-1251.xml': {
    statements: [offer(product(1), { offerFacts: { name: 'Футболка' }, prices: [], stocks: total('5') })],
  },
  'declaration-lies-koi8-r.xml': {
    encoding: 'windows-1251',
    statements: [offer('t1', { offerFacts: { name: 'Футболка' }, prices: [] })],
  },
  'declaration-lies-utf-8.xml': {
    encoding: 'windows-1251',
    statements: [offer(product(1), { offerFacts: { name: 'Футболка' }, prices: [], stocks: total('5') })],
  },
  'deleted-spellings.xml': {
    statements: [
      offer(product(1), { offerFacts: { deleted: true }, prices: [] }),
      offer(product(2), { offerFacts: { deleted: true }, prices: [] }),
      offer(product(3), { offerFacts: { deleted: true }, prices: [] }),
      offer(product(4), { offerFacts: { name: 'Живое' }, prices: [] }),
    ],
  },
  'dictionaries-in-the-classifier.xml': {
    changesOnly: { Каталог: true },
    rows: [
      row('priceType', { id: 'r1', name: 'Розничная', currency: 'RUB' }),
      row('warehouse', { id: 'w1', name: 'Основной склад', address: 'РОССИЯ ,Москва г ,' }),
    ],
  },
  'dictionary-rows-deleted.xml': {
    rows: [
      row('group', { id: 'g1', name: 'Старая', deleted: true }),
      row('group', { id: 'g2', name: 'Внутри', parentId: 'g1' }),
      row('property', { id: 'p1', name: 'Цвет', deleted: true }),
      row('priceType', { id: 'r1', name: 'Акция', currency: 'RUB', deleted: true }),
      row('warehouse', { id: 'w1', name: 'Старый склад', deleted: true }),
      row('unit', { id: '112', code: '112', name: 'л', deleted: true }),
    ],
  },
  'elements-in-any-order.xml': {
    statements: [
      offer('t1', {
        offerFacts: { name: 'Футболка' },
        prices: [price('r1', '10', { currency: 'RUB' })],
        stocks: total('2'),
      }),
      good('t1', { article: 'A-1' }),
    ],
    rows: [catalogue, row('group', { id: 'g1', name: 'Одежда' })],
  },
  'empty-elements.xml': {
    statements: [offer(product(1), { offerFacts: { name: 'Пустое' }, prices: [] })],
    warnings: [{ code: 'commerceml.record_without_id', line: 16, count: 1 }],
  },
  'empty-lists.xml': { statements: [good('t1')], rows: [catalogue] },
  'empty-offer.xml': {
    statements: [offer('t1', { stocks: total('1') })],
    warnings: [{ code: 'commerceml.record_without_id', line: 7, count: 2 }],
  },
  'empty-price.xml': { statements: [offer('t1', { prices: [price('r2', '10')] })] },
  'english-session.xml': {
    statements: [
      good('t1', {
        requisites: [
          { name: 'Full name', values: ['T-shirt, white'] },
          { name: 'Export', values: ['Yes'] },
        ],
        vat: '20',
        deleted: true,
      }),
    ],
    rows: [row('requisite', { id: 'Full name' }), row('requisite', { id: 'Export' }), catalogue],
  },
  'fractional-stock.xml': {
    statements: [
      offer('t1', { prices: [], stocks: total('2.75') }),
      offer('t2', { prices: [], stocks: total('5') }),
      offer('t3', { prices: [], stocks: total('0.5') }),
    ],
  },
  'goods-per-characteristic.xml': {
    statements: [
      { productId: 't1', productFacts: { name: 'Кеды (38)', catalogues: ['c1'] } },
      { productId: 't1', productFacts: { name: 'Кеды (39)', catalogues: ['c1'] } },
    ],
    rows: [catalogue],
  },
  'groups-flat.xml': {
    rows: [row('group', { id: '1', name: 'Одежда' }), row('group', { id: 'Обувь и сумки', name: 'Обувь' })],
  },
  'groups-nested.xml': {
    statements: [good('t1', { groups: ['g3', 'g9'] })],
    rows: [
      row('group', { id: 'g1', name: 'Одежда' }),
      row('group', { id: 'g2', name: 'Футболки', parentId: 'g1' }),
      row('group', { id: 'g3', name: 'Белые', parentId: 'g2' }),
      catalogue,
    ],
  },
  'html-description.xml': {
    statements: [
      good('t1', { description: '<p>Мягкая &amp; тёплая</p>' }),
      good('t2', { description: '<p>Мягкая</p>' }),
    ],
    rows: [catalogue],
  },
  'id-in-cdata.xml': { statements: [offer('t1', { stocks: total('1') }, 'x1')] },
  'id-not-first.xml': {
    statements: [offer('a0000000-0000-4000-8000-000000000001 & Ко', { offerFacts: { name: 'Футболка' }, prices: [] })],
  },
  'id-with-empty-variant.xml': { statements: [offer(product(1), { prices: [], stocks: total('5') })] },
  'ids-of-all-kinds.xml': {
    statements: [
      offer('17', { stocks: total('1') }),
      offer('Футболка белая', { stocks: total('1') }),
      offer('3fK-9a0sdj1LKJ2lkj3_aa', { stocks: total('1') }, '9xYz'),
      offer('t1', { stocks: total('1') }, 'x1#y1'),
      offer('__proto__', { stocks: total('1') }),
      offer('t2', { stocks: total('1') }, '__proto__'),
      offer('constructor', { stocks: total('1') }),
    ],
  },
  'image-paths.xml': {
    statements: [
      good('t1', { images: ['import_files\\0c\\1.JPG', 'import_files/0c/photo.tar.gz', 'import_files\\0c\\1.JPG'] }),
    ],
    rows: [catalogue],
  },
  'kit.xml': {
    statements: [
      offer('t1', {
        offerFacts: {
          name: 'Набор',
          kit: [
            { id: 't2', name: 'Чашка', quantity: '6' },
            { id: 't3', quantity: '1' },
          ],
        },
      }),
    ],
  },
  'koi8-r.xml': { encoding: 'koi8-r', statements: [offer('t1', { offerFacts: { name: 'Футболка' }, prices: [] })] },
  'literal-values.xml': {
    statements: [
      good('t1', {
        properties: [
          { propertyId: 'p1', values: ['160'] },
          { propertyId: 'p2', values: ['v7', 'v8'] },
        ],
      }),
    ],
    rows: [row('property', { id: 'p1', name: 'Плотность' }), catalogue],
  },
  'long-value.xml': {
    statements: [good('t1', { requisites: [{ name: 'Состав', values: ['х'.repeat(1001)] }] })],
    rows: [row('requisite', { id: 'Состав' }), catalogue],
  },
  'namespace-and-version-disagree.xml': { statements: [offer('t1', { prices: [], stocks: total('1') })] },
  'narrow-no-break-space.xml': {
    statements: [offer('t1', { prices: [price('r1', '1200.5')], stocks: total('1000') })],
  },
  'negative-stock.xml': {
    statements: [offer('t1', { prices: [], stocks: rows({ w1: '-26120', w2: '2' }, '-26118') })],
  },
  'never-filled-number.xml': {
    statements: [
      offer('t1', {
        offerFacts: { name: 'Кеды', requisites: [{ name: 'Вес', values: ['-999\u00A0999\u00A0999,9'] }] },
        prices: [],
      }),
      offer('t2', { prices: [] }),
    ],
    rows: [row('requisite', { id: 'Вес' })],
    warnings: [{ code: 'commerceml.unreadable_quantity', line: 8, count: 1 }],
  },
  'no-declaration.xml': { statements: [offer('t1', { offerFacts: { name: 'Футболка' }, prices: [] })] },
  'old-barcodes.xml': {
    stamp: Date.parse('2026-03-01T21:00:00Z'),
    statements: [
      {
        productId: '17',
        productFacts: {
          name: 'Кружка',
          barcodes: ['2000000000015', '2000000000022'],
          unit: { code: '796', name: 'шт' },
          brand: 'Заря',
          catalogues: ['c1'],
        },
      },
    ],
    rows: [catalogue],
  },
  'owner-without-name.xml': { statements: [good('t1')], rows: [catalogue] },
  'packs-and-weights.xml': {
    statements: [
      good('t1', {
        unit: { code: '796', name: 'шт' },
        weight: '0.25',
        packs: [
          { unit: 'упак', ratio: '12' },
          { unit: '778', ratio: '24', weight: '5.4' },
        ],
      }),
      good('t2', { unit: { code: '796', name: 'шт' } }),
    ],
    rows: [catalogue],
  },
  'prefixed-names.xml': {
    statements: [offer(product(1), { offerFacts: { name: 'Футболка' }, prices: [], stocks: total('5') })],
  },
  'price-of-a-pack.xml': {
    statements: [offer('t1', { prices: [price('r1', '120', { currency: 'RUB', ratio: '12' })] })],
  },
  'price-split-over-portions-1.xml': { statements: [offer('t1', { prices: [price('r1', '10')], stocks: total('1') })] },
  'price-split-over-portions-2.xml': {
    changesOnly: { ПакетПредложений: true },
    statements: [offer('t1', { prices: [price('r2', '8')], stocks: total('1') })],
  },
  'prices-absent-family-a.xml': { statements: [offer('t1', { prices: [], stocks: total('1') })] },
  'prices-absent-family-c.xml': { statements: [offer('t1', { offerFacts: { name: 'Футболка' } })] },
  'prices-absent-family-d.xml': {
    statements: [offer('t1', { prices: [], stocks: total('1') })],
    rows: [row('priceType', { id: 'r1', name: 'Розничная', currency: 'руб' })],
  },
  'prices-empty-family-b.xml': { statements: [offer('t1', { prices: [], stocks: total('1') })] },
  'properties-of-2.03.xml': { rows: [row('property', { id: 'p1', name: 'Цвет', values: { v1: 'Белый' } })] },
  'representation-is-not-a-price.xml': { statements: [offer('t1', { prices: [price('r1', '1200.5')] })] },
  'requisites-repeated.xml': {
    statements: [
      good('t1', {
        requisites: [
          { name: 'Файл', values: ['1.pdf', '2.pdf', '3.pdf'] },
          { name: 'Выгружать на Ozon' },
          { name: 'ВидНоменклатуры', values: ['Одежда'] },
        ],
      }),
    ],
    rows: [
      row('requisite', { id: 'Файл' }),
      row('requisite', { id: 'Выгружать на Ozon' }),
      row('requisite', { id: 'ВидНоменклатуры' }),
      catalogue,
    ],
  },
  'same-id-twice.xml': {
    statements: [good('t1', { article: 'A-1' }), good('t1', { article: 'A-2' })],
    rows: [catalogue],
  },
  'stamp-date-only.xml': {
    stamp: Date.parse('2026-03-01T21:00:00Z'),
    statements: [offer('t1', { prices: [], stocks: total('1') })],
  },
  'stamp-empty-date.xml': {
    statements: [offer('t1', { prices: [], stocks: total('1') })],
    warnings: [{ code: 'commerceml.no_stamp', line: 1, count: 1 }],
  },
  'stamp-fraction-and-zone.xml': {
    stamp: Date.parse('2015-03-12T15:09:02.082Z'),
    statements: [offer('t1', { prices: [], stocks: total('1') })],
  },
  'stamp-one-digit-hour.xml': {
    stamp: Date.parse('2014-05-31T20:36:33Z'),
    statements: [offer('t1', { prices: [], stocks: total('1') })],
  },
  'stamp-twelve-hours.xml': { statements: [offer('t1', { prices: [], stocks: total('1') })] },
  'stamp-utc-separator.xml': {
    stamp: Date.parse('2022-10-30T23:25:50Z'),
    statements: [offer('t1', { prices: [], stocks: total('1') })],
  },
  'stock-by-attributes.xml': { statements: [offer('t1', { prices: [], stocks: rows({ w1: '3', w2: '0' }) })] },
  'stock-by-plural-attributes.xml': { statements: [offer('t1', { stocks: rows({ w1: '3', w2: '0' }) })] },
  'stock-in-quantities.xml': { statements: [offer('t1', { stocks: rows({ w1: '3' }) })] },
  'stock-level-without-warehouse.xml': { statements: [offer('t1', { stocks: total('3') })] },
  'stock-levels-empty.xml': { statements: [offer('t1', { stocks: rows({}) })] },
  'stock-levels-of-the-schema.xml': { statements: [offer('t1', { stocks: rows({ w1: '3' }) })] },
  'stock-levels.xml': { statements: [offer('t1', { stocks: rows({ w1: '3', w2: '0' }) })] },
  'stock-total-only.xml': { statements: [offer('t1', { prices: [], stocks: total('7') })] },
  'stocks-only-family-d.xml': { statements: [offer('t1', { stocks: total('1') })] },
  'two-prices-one-type.xml': { statements: [offer('t1', { prices: [price('r1', '10'), price('r1', '95')] })] },
  'ukrainian-session.xml': {
    statements: [good('t1', { requisites: [{ name: 'Повне найменування', values: ['Футболка біла'] }], vat: '20' })],
    rows: [row('requisite', { id: 'Повне найменування' }), catalogue],
  },
  'unit-as-children.xml': { statements: [good('t1', { unit: { code: '796', name: 'Штука' } })], rows: [catalogue] },
  'unit-as-text.xml': {
    statements: [
      good('t1', { unit: { code: '796', id: '796' } }),
      good('t2', { unit: { id: '0f000000-0000-4000-8000-000000000001' } }),
      good('t3', { unit: { name: 'рулон', id: 'рулон' } }),
    ],
    rows: [catalogue],
  },
  'unit-code-with-blanks.xml': {
    statements: [
      good('t1', { unit: { code: '796', name: 'шт' } }),
      good('t2', { unit: { name: 'Единица' } }),
      good('t3', { unit: { code: '2009', name: 'Лист' } }),
      good('t4', { unit: { code: 'ЕД' } }),
    ],
    rows: [catalogue],
  },
  'unit-missing.xml': { statements: [good('t1'), good('t2')], rows: [catalogue] },
  'units-dictionary.xml': {
    rows: [row('unit', { id: '796', code: '796', name: 'шт' }), row('unit', { id: 'ед', name: 'ед' })],
  },
  'units-without-id.xml': { rows: [row('unit', { id: '796', code: '796', name: 'Штука' })] },
  'unreadable-numbers.xml': {
    statements: [
      offer(product(1), { offerFacts: { name: 'Цена словом' } }),
      offer(product(2), { offerFacts: { name: 'Остаток словом' }, prices: [] }),
    ],
    warnings: [
      { code: 'commerceml.unreadable_price', line: 7, count: 1 },
      { code: 'commerceml.unreadable_quantity', line: 12, count: 1 },
    ],
  },
  'user-named-currencies.xml': {
    statements: [
      offer('t1', { prices: [price('r1', '10', { currency: 'руб' })] }),
      offer('t2', { prices: [price('r1', '10', { currency: 'руб.' })] }),
      offer('t3', { prices: [price('r1', '10', { currency: '643' })] }),
      offer('t4', { prices: [price('r1', '10', { currency: 'RUR' })] }),
      offer('t5', { prices: [price('r1', '10', { currency: 'PRO' })] }),
      offer('t6', { prices: [price('r1', '10', { currency: 'грн' })] }),
    ],
    rows: [row('priceType', { id: 'r1', name: 'Розничная', currency: 'руб' })],
  },
  'utf-16-be.xml': {
    encoding: 'UTF-16BE',
    statements: [offer('t1', { offerFacts: { name: 'Футболка' }, prices: [] })],
  },
  'utf-16-without-bom.xml': {
    encoding: 'UTF-16LE',
    statements: [offer('t1', { offerFacts: { name: 'Футболка' }, prices: [] })],
  },
  'utf-16.xml': {
    encoding: 'UTF-16LE',
    statements: [offer(product(1), { offerFacts: { name: 'Футболка' }, prices: [], stocks: total('5') })],
  },
  'value-cut-to-40.xml': { rows: [row('property', { id: 'p1', name: 'Состав', values: { Лён: 'Лён' } })] },
  'variant-attributes.xml': {
    statements: [
      offer(
        't1',
        {
          offerFacts: {
            name: 'Футболка (M)',
            attributes: [
              { name: 'Размер', value: 'M' },
              { name: 'Рост', value: '1\u00A0700,5' },
            ],
            properties: [{ propertyId: 'p7', values: ['v1'] }],
          },
          prices: [],
        },
        'x1',
      ),
    ],
    rows: [row('attribute', { id: 'Размер' }), row('attribute', { id: 'Рост' })],
  },
  'vat-spellings.xml': {
    statements: [
      good('t1', { vat: '20' }),
      good('t2', { vat: '18' }),
      good('t3', { vat: '20/120' }),
      good('t4', { vat: 'Без ПДВ' }),
      good('t5'),
    ],
    rows: [catalogue],
  },
  'vendor-extensions.xml': {
    statements: [good('t1')],
    rows: [catalogue],
    warnings: [{ code: 'commerceml.unknown_section', line: 10, count: 1 }],
  },
  'warehouse-called-proto.xml': {
    statements: [offer('t1', { prices: [], stocks: rows({ ['__proto__']: '3', constructor: '4' }) })],
  },
  'windows-1251-undeclared.xml': {
    encoding: 'windows-1251',
    statements: [offer('t1', { offerFacts: { name: 'Футболка' }, prices: [] })],
  },
  'windows-1251.xml': {
    stamp: Date.parse('2026-03-02T06:00:05Z'),
    encoding: 'windows-1251',
    statements: [offer(product(1), { offerFacts: { name: 'Футболка' }, stocks: total('5') })],
  },
  'zero-price.xml': { statements: [offer('t1', { prices: [price('r1', '0')] })] },
}

test.each(Object.entries(meanings))('%s', async (name, meaning) => {
  expect(meaningOf(await readWhole(folder + name))).toEqual(meaning)
})

test('every fixture has its meaning here and says which quirk it is', () => {
  const names = readdirSync(folder).sort()
  // Documents have a test of their own.
  const others = names.filter((name) => !name.startsWith('document-'))

  expect(Object.keys(meanings).sort()).toEqual(others)
  for (const name of names) {
    const bytes = readFileSync(folder + name)
    const [first] = bytes.toString('latin1').replaceAll('\0', '').split('\n')
    expect(first, name).toContain('<!-- ')
  }
})

test('the documentation names every fixture, and no other', () => {
  const text = readFileSync(new URL('../../../docs/exchange-files.md', import.meta.url), 'utf8')
  const [, quirks = '', refused = ''] = /\n## Quirks\n(.*)\n## What is refused\n(.*?)\n## /s.exec(text) ?? []

  for (const [section, name] of [
    [quirks, 'quirks'],
    [refused, 'broken'],
  ] as const) {
    const there = readdirSync(new URL(`../../../fixtures/${name}`, import.meta.url)).map((file) => file.slice(0, -4))
    const cells = section.split('\n').map((line) => line.split('|').at(-2) ?? '')
    const named = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, fixture]) => `${fixture}`))
    expect(named.sort()).toEqual(there.sort())
  }
})
