import { expect, test } from 'vitest'
import type { DictionaryRow, Statement } from '../../core/catalogue.ts'
import { readWhole, writeExchangeFile } from './testing.ts'

const quirk = (name: string): string => new URL(`../../../fixtures/quirks/${name}`, import.meta.url).pathname

async function statementsOf(path: string): Promise<readonly Statement[]> {
  return (await readWhole(path)).decoded.flatMap(({ statement }) => (statement === undefined ? [] : [statement]))
}

async function rowsOf(path: string): Promise<readonly DictionaryRow[]> {
  return (await readWhole(path)).decoded.flatMap(({ rows }) => rows ?? [])
}

const noFacts = { name: '', article: '', barcodes: [], attributes: [], properties: [], requisites: [] }

function native(inside: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<КоммерческаяИнформация xmlns="urn:1C.ru:commerceml_2" ВерсияСхемы="2.07" ДатаФормирования="2026-03-02T14:00:05">
${inside}
</КоммерческаяИнформация>`
}

const goods = native(`<Классификатор>
  <Ид>c1</Ид><Наименование>Классификатор</Наименование>
  <Владелец><Ид>o1</Ид><Наименование>ООО Ромашка</Наименование><Группы><Группа><Ид>not-ours</Ид></Группа></Группы></Владелец>
  <Группы>
    <Группа><Ид>g1</Ид><Наименование>Одежда</Наименование>
      <Группы><Группа><Ид>g2</Ид><Наименование>Футболки</Наименование></Группа></Группы></Группа>
    <Группа><Ид>g3</Ид><Наименование>Обувь</Наименование><Группы/></Группа>
  </Группы>
  <Свойства>
    <Свойство><Ид>p1</Ид><Наименование>Состав</Наименование><ТипЗначений>Справочник</ТипЗначений><ВариантыЗначений>
      <Справочник><ИдЗначения>v1</ИдЗначения><Значение>Хлопок</Значение></Справочник>
      <Справочник><ИдЗначения>v2</ИдЗначения><Значение>Лён &amp; хлопок</Значение></Справочник></ВариантыЗначений></Свойство>
    <Свойство><Ид>p2</Ид><Наименование>Плотность</Наименование><ТипЗначений>Число</ТипЗначений><ВариантыЗначений/></Свойство>
  </Свойства>
</Классификатор>
<Каталог СодержитТолькоИзменения="false">
  <Ид>c1</Ид><Наименование>Основной каталог</Наименование>
  <Товары>
    <Товар>
      <Ид>t1</Ид>
      <Штрихкод>4600000000012</Штрихкод>
      <Артикул>Ф-100</Артикул>
      <Наименование>Футболка "Лето" &lt;белая&gt;</Наименование>
      <БазоваяЕдиница Код="796 " НаименованиеПолное="Штука" МеждународноеСокращение="PCE">шт<Пересчет><Единица>796</Единица></Пересчет></БазоваяЕдиница>
      <Группы><Ид>g2</Ид><Ид>g9</Ид></Группы>
      <Описание>Первая строка
вторая</Описание>
      <Картинка>import_files/0c/1.jpg</Картинка><Картинка>import_files/0c/2.jpg</Картинка>
      <Изготовитель><Ид>m1</Ид><Наименование>Фабрика</Наименование></Изготовитель>
      <ТорговаяМарка>Лето</ТорговаяМарка>
      <ЗначенияСвойств>
        <ЗначенияСвойства><Ид>p1</Ид><Значение>v1</Значение><Значение>v2</Значение></ЗначенияСвойства>
        <ЗначенияСвойства><Ид>p2</Ид><Значение/></ЗначенияСвойства>
      </ЗначенияСвойств>
      <СтавкиНалогов><СтавкаНалога><Наименование>Акциз</Наименование><Ставка>3</Ставка></СтавкаНалога>
        <СтавкаНалога><Наименование>НДС</Наименование><Ставка>22</Ставка></СтавкаНалога></СтавкиНалогов>
      <ЗначенияРеквизитов>
        <ЗначениеРеквизита><Наименование>ВидНоменклатуры</Наименование><Значение>Одежда</Значение></ЗначениеРеквизита>
        <ЗначениеРеквизита><Наименование>Файл</Наименование><Значение>1.pdf</Значение><Значение>2.pdf</Значение></ЗначениеРеквизита>
        <ЗначениеРеквизита><Наименование>Файл</Наименование><Значение>3.pdf</Значение></ЗначениеРеквизита>
        <ЗначениеРеквизита><Наименование>Выгружать на Ozon</Наименование><Значение/></ЗначениеРеквизита>
      </ЗначенияРеквизитов>
    </Товар>
    <Товар Статус="Удален"><Ид>t2#x1</Ид><Штрихкод>4600000000029</Штрихкод><Артикул/><Наименование>Кеды (38)</Наименование></Товар>
  </Товары>
</Каталог>`)

test('a product of family A, field by field', async () => {
  const path = await writeExchangeFile(goods, 'import0_1.xml')

  expect(await statementsOf(path)).toEqual([
    {
      productId: 't1',
      productFacts: {
        name: 'Футболка "Лето" <белая>',
        article: 'Ф-100',
        barcodes: ['4600000000012'],
        unit: { code: '796', name: 'шт' },
        groups: ['g2', 'g9'],
        description: 'Первая строка\nвторая',
        properties: [{ propertyId: 'p1', values: ['v1', 'v2'] }],
        requisites: [
          { name: 'ВидНоменклатуры', values: ['Одежда'] },
          { name: 'Файл', values: ['1.pdf', '2.pdf', '3.pdf'] },
          { name: 'Выгружать на Ozon', values: [] },
        ],
        vat: '22',
        manufacturer: 'Фабрика',
        brand: 'Лето',
        images: ['import_files/0c/1.jpg', 'import_files/0c/2.jpg'],
        catalogues: ['c1'],
        deleted: false,
      },
    },
    {
      productId: 't2',
      productFacts: {
        name: 'Кеды (38)',
        article: '',
        barcodes: [],
        groups: [],
        description: '',
        properties: [],
        requisites: [],
        vat: '',
        manufacturer: '',
        brand: '',
        images: [],
        catalogues: ['c1'],
        deleted: false,
      },
    },
  ])
})

test('the dictionaries of a catalogue file; the owner is ignored', async () => {
  const path = await writeExchangeFile(goods, 'import0_1.xml')

  expect(await rowsOf(path)).toEqual([
    { kind: 'group', value: { id: 'g1', name: 'Одежда' } },
    { kind: 'group', value: { id: 'g2', name: 'Футболки', parentId: 'g1' } },
    { kind: 'group', value: { id: 'g3', name: 'Обувь' } },
    { kind: 'property', value: { id: 'p1', name: 'Состав', values: { v1: 'Хлопок', v2: 'Лён & хлопок' } } },
    { kind: 'property', value: { id: 'p2', name: 'Плотность', values: {} } },
    { kind: 'requisite', value: { id: 'ВидНоменклатуры' } },
    { kind: 'requisite', value: { id: 'Файл' } },
    { kind: 'requisite', value: { id: 'Выгружать на Ozon' } },
    { kind: 'catalogue', value: { id: 'c1', name: 'Основной каталог' } },
  ])
})

const offers = native(`<ПакетПредложений СодержитТолькоИзменения="false">
  <Ид>c1#</Ид><ИдКаталога>c1</ИдКаталога>
  <ТипыЦен><ТипЦены><Ид>r1</Ид><Наименование>Розничная</Наименование><Валюта>RUB</Валюта><Налог><Наименование>НДС</Наименование></Налог></ТипЦены></ТипыЦен>
  <Склады><Склад><Ид>w1</Ид><Наименование>Основной склад</Наименование>
    <Адрес><Представление>РОССИЯ ,Москва г ,</Представление><Комментарий>двор</Комментарий>
      <АдресноеПоле><Тип>Страна</Тип><Значение>РОССИЯ</Значение></АдресноеПоле>
      <АдресноеПоле><Тип>Город</Тип><Значение>Москва г</Значение></АдресноеПоле></Адрес>
    <Контакты><Контакт><Тип>Телефон рабочий</Тип><Значение>+7 495 000-00-00</Значение></Контакт></Контакты></Склад></Склады>
  <Предложения>
    <Предложение>
      <Ид>t1#x1</Ид>
      <Артикул>Ф-100</Артикул>
      <Наименование>Футболка (M, белая)</Наименование>
      <БазоваяЕдиница Код="796" НаименованиеПолное="Штука"><Пересчет/></БазоваяЕдиница>
      <ХарактеристикиТовара>
        <ХарактеристикаТовара><Ид>p7</Ид><Наименование>Размер</Наименование><Значение>M</Значение></ХарактеристикаТовара>
        <ХарактеристикаТовара><Наименование>Цвет</Наименование><Значение>белая</Значение></ХарактеристикаТовара>
      </ХарактеристикиТовара>
      <ЗначенияСвойств><ЗначенияСвойства><Ид>p7</Ид><Наименование>Размер</Наименование><Значение>v7</Значение></ЗначенияСвойства></ЗначенияСвойств>
      <Цены>
        <Цена><Представление> 1 719 RUB за шт</Представление><ИдТипаЦены>r1</ИдТипаЦены><ЦенаЗаЕдиницу>1719.00</ЦенаЗаЕдиницу><Валюта>RUB</Валюта><Коэффициент>1</Коэффициент></Цена>
        <Цена><ИдТипаЦены>r2</ИдТипаЦены><ЦенаЗаЕдиницу>0</ЦенаЗаЕдиницу></Цена>
      </Цены>
      <Количество>-2.500</Количество>
      <Склад ИдСклада="w1" КоличествоНаСкладе="1"/>
      <Склад ИдСклада="w2" КоличествоНаСкладе="-3.5"/>
    </Предложение>
    <Предложение Статус="Удален"><Ид>t2</Ид><Наименование>Кеды</Наименование></Предложение>
  </Предложения>
</ПакетПредложений>`)

test('an offer of family A, field by field', async () => {
  const path = await writeExchangeFile(offers, 'offers0_1.xml')

  expect(await statementsOf(path)).toEqual([
    {
      productId: 't1',
      variant: 'x1',
      offerFacts: {
        name: 'Футболка (M, белая)',
        article: 'Ф-100',
        barcodes: [],
        unit: { code: '796', name: 'Штука' },
        attributes: [
          { name: 'Размер', value: 'M' },
          { name: 'Цвет', value: 'белая' },
        ],
        properties: [{ propertyId: 'p7', values: ['v7'] }],
        requisites: [],
        deleted: false,
      },
      prices: [
        { typeId: 'r1', amount: '1719', currency: 'RUB', ratio: '1' },
        { typeId: 'r2', amount: '0', currency: '', ratio: '1' },
      ],
      stocks: { total: '-2.5', byWarehouse: { w1: '1', w2: '-3.5' } },
    },
    { productId: 't2', variant: '', offerFacts: { ...noFacts, name: 'Кеды', deleted: true }, prices: [] },
  ])
})

test('the dictionaries of an offers file', async () => {
  const path = await writeExchangeFile(offers, 'offers0_1.xml')

  expect(await rowsOf(path)).toEqual([
    { kind: 'priceType', value: { id: 'r1', name: 'Розничная', currency: 'RUB' } },
    {
      kind: 'warehouse',
      value: {
        id: 'w1',
        name: 'Основной склад',
        address: 'РОССИЯ ,Москва г ,',
        addressFields: [
          { type: 'Страна', value: 'РОССИЯ' },
          { type: 'Город', value: 'Москва г' },
        ],
        contacts: [{ type: 'Телефон рабочий', value: '+7 495 000-00-00' }],
      },
    },
    { kind: 'attribute', value: { id: 'Размер' } },
    { kind: 'attribute', value: { id: 'Цвет' } },
  ])
})

test('documents are given as they are, lines of theirs are no goods', async () => {
  const { decoded, file } = await readWhole(quirk('document-containers.xml'))

  expect(decoded.map(({ document }) => document?.number)).toEqual(['OZ000001', 'OZ000002'])
  expect(file.summary.records).toMatchObject({ document: 2, product: 0 })
})

test('records are decoded in the order of the file, also when they are far apart', async () => {
  const filler = 'ы'.repeat(40_000)
  const many = Array.from(
    { length: 30 },
    (_, n) => `<Товар><Ид>t${n}</Ид><Наименование>Товар ${n}</Наименование><Описание>${filler}</Описание></Товар>`,
  )
  const path = await writeExchangeFile(native(`<Каталог><Товары>${many.join('\n')}</Товары></Каталог>`))
  const { file, records } = await readWhole(path)
  const chosen = [records[27], records[3], records[4], records[11]].flatMap((record) => (record ? [record] : []))
  const names: (string | undefined)[] = []

  for await (const batch of file.decode(chosen, new AbortController().signal)) {
    names.push(...batch.map(({ statement }) => statement?.productFacts?.name))
  }

  expect(names).toEqual(['Товар 3', 'Товар 4', 'Товар 11', 'Товар 27'])
})
