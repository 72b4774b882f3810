import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Splitter, type SplitRecord } from './splitter.ts'
import { Warnings } from './warnings.ts'

type Seen = Omit<SplitRecord, 'bytes'> & { readonly text: string }

/** Splits bytes given in pieces of `size`. */
function split(bytes: Buffer, size = bytes.length, warnings = new Warnings()): readonly Seen[] {
  const fail = (code: string, fault: string, offset: number): never => {
    throw new Error(`${code} at ${offset}: ${fault}`)
  }
  const splitter = new Splitter(fail, warnings)
  const seen: Seen[] = []
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size)
    piece.copy(splitter.reserve(piece.length))
    for (const { bytes: own, ...record } of splitter.advance(piece.length))
      seen.push({ ...record, text: own.toString() })
  }
  splitter.end()
  return seen
}

function exchange(inside: string, attributes = ' ВерсияСхемы="2.07"'): Buffer {
  return Buffer.from(
    `<?xml version="1.0"?>\n<КоммерческаяИнформация${attributes}>\n${inside}\n</КоммерческаяИнформация>\n`,
  )
}

const everything = exchange(`<!-- до < начала -->
<Классификатор>
  <Ид>k1</Ид><Наименование>Классификатор</Наименование>
  <Владелец><Ид>o1</Ид></Владелец>
  <Группы>
    <Группа><Ид>g1</Ид><Группы><Группа><Ид>g2</Ид></Группа><Группа/></Группы></Группа>
    <Группа><Ид>g3</Ид><Группы/></Группа>
  </Группы>
  <Свойства><Свойство><Ид>p1</Ид></Свойство><СвойствоНоменклатуры><Ид>p2</Ид></СвойствоНоменклатуры></Свойства>
</Классификатор>
<Каталог СодержитТолькоИзменения="true">
  <Ид>c1</Ид><Наименование>Обувь &amp; сумки</Наименование>
  <Товары>
    <Товар Статус="a>b" ><Ид>t1</Ид><Группы><Ид>g1</Ид></Группы></Товар >
    <Товар><!-- </Товар> --><Ид> t2 </Ид><Описание><![CDATA[</Товар><Товар>]]></Описание><?п </Товар>?></Товар>
    <Товар/>
    <ns:Товар xmlns:ns="x"><ns:Ид>t3</ns:Ид></ns:Товар>
    <ТоварИной><Ид>x</Ид></ТоварИной>
  </Товары>
</Каталог>
<ПакетПредложений>
  <Ид>c1#</Ид>
  <ТипыЦен><ТипЦены><Ид>r1</Ид></ТипЦены></ТипыЦен>
  <Склады><Склад><Ид>w1</Ид></Склад></Склады>
  <Предложения>
    <Предложение><Ид>t1#v1</Ид><Склад ИдСклада="w1" КоличествоНаСкладе="1"/></Предложение>
    <Предложение><Ид>t2#</Ид><Наименование>Кеды — 😀</Наименование></Предложение>
  </Предложения>
</ПакетПредложений>
<ИзмененияПакетаПредложений><ИдКаталога>c1</ИдКаталога><Предложения>
  <Предложение><Ид>t1</Ид><ИдХарактеристики>v1</ИдХарактеристики></Предложение>
</Предложения></ИзмененияПакетаПредложений>
<Контейнер><Документ><Ид>d1</Ид></Документ></Контейнер>
<Документ><Ид>d2</Ид></Документ>`)

test('finds the records of every section, told by where they stand', () => {
  const seen = split(everything).map(({ kind, id, line }) => `${kind} ${id} :${line}`)

  expect(seen).toEqual([
    'group g1 :8',
    'group g3 :9',
    'property p1 :11',
    'property p2 :11',
    'product t1 :16',
    'product t2 :17',
    'product t3 :19',
    'priceType r1 :25',
    'warehouse w1 :26',
    'offer t1#v1 :28',
    'offer t2 :29',
    'offerChange t1#v1 :33',
    'document d1 :35',
    'document d2 :36',
  ])
})

test('gives each record its own bytes and their place in the file', () => {
  for (const { start, end, text } of split(everything)) {
    expect(everything.subarray(start, end).toString()).toBe(text)
    expect(text).toMatch(/^<(?:ns:)?[А-Я]/)
    expect(text.endsWith('>')).toBe(true)
  }
})

test('gives records the context of their section', () => {
  const contexts = new Map(split(everything).map(({ kind, context }) => [kind, context]))

  expect(contexts.get('product')).toEqual({ catalogueId: 'c1', catalogueName: 'Обувь & сумки', changesOnly: true })
  expect(contexts.get('offer')).toEqual({
    catalogueId: 'c1',
    catalogueName: '',
    changesOnly: undefined,
    listsPriceTypes: true,
  })
  expect(contexts.get('offerChange')).toEqual({ catalogueId: 'c1', catalogueName: '', changesOnly: undefined })
  expect(contexts.get('document')).toEqual({ catalogueId: '', catalogueName: '', changesOnly: undefined })
})

test('counts records without an id and leaves them out', () => {
  const warnings = new Warnings()

  split(everything, everything.length, warnings)

  expect(warnings.list()).toEqual([{ code: 'commerceml.record_without_id', line: 18, count: 1 }])
})

test('gives the same records whatever the size of the pieces', () => {
  const expected = split(everything)

  for (let size = 1; size <= 64; size++) expect(split(everything, size)).toEqual(expected)
})

test('reads the quirk with comments, CDATA and instructions in pieces of any size', () => {
  const bytes = readFileSync(new URL('../../../fixtures/quirks/cdata-comments-instructions.xml', import.meta.url))
  const expected = split(bytes)

  expect(expected.map(({ id }) => id)).toEqual(['a0000000-0000-4000-8000-000000000001'])
  for (let size = 1; size <= 64; size++) expect(split(bytes, size)).toEqual(expected)
})

test('never accepts a file that is cut, at whatever byte and in pieces of whatever size', () => {
  const enough = everything.lastIndexOf('>') + 1

  for (let length = 0; length < enough; length++) {
    expect(() => split(everything.subarray(0, length), 1 + (length % 50)), `${length} bytes`).toThrow(/^xml\./)
  }
  expect(split(everything.subarray(0, enough))).toEqual(split(everything))
})

test('counts root children that nobody knows', () => {
  const warnings = new Warnings()

  split(exchange('<Классификатор/><Погода/>\n<Погода/>'), 4096, warnings)

  expect(warnings.list()).toEqual([{ code: 'commerceml.unknown_section', line: 3, count: 2 }])
})
