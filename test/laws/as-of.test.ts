import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom, type Random } from '../../fixtures/random.ts'
import { itemId, type PricesFacet, type ProductFacts, type StocksFacet } from '../../src/core/catalogue.ts'
import type { DecodedRecord } from '../../src/formats/commerceml/index.ts'
import { openExchangeFile } from '../../src/formats/commerceml/index.ts'
import { createIngest, rowsOf, valuesOf, withoutUndefined } from './ingest.ts'

const SEQUENCES = 300
const FILES = 12
const AT_ONCE = 20

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obmen-model-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A file of 1C before it gets its stamp: the same body may come again under another one. */
interface Body {
  readonly name: string
  readonly version: '2.07' | '2.08' | '3.1'
  readonly namespace?: string
  readonly inside: string
}

interface Drop extends Body {
  readonly stamp: string
}

const STAMPS = [1, 2, 3, 4, 5].map((minute) => `2026-11-22T10:0${minute}:00`)
const PRODUCTS = ['p1', 'p2']
const OFFERS = ['p1', 'p1#a', 'p1#b', 'p2', 'p2#a']

const textOf = ({ version, namespace = 'commerceml_2', inside, stamp }: Drop): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<КоммерческаяИнформация xmlns="urn:1C.ru:${namespace}" ВерсияСхемы="${version}" ДатаФормирования="${stamp}">
${inside}
</КоммерческаяИнформация>`

/** Up to `max` picks, the same one perhaps twice: УТ writes an id twice when two nodes share a file. */
function some<T>(random: Random, from: readonly T[], max: number): T[] {
  return Array.from({ length: 1 + random.below(max) }, () => random.pick(from))
}

function goods(random: Random): Body {
  const catalogue = random.pick(['c1', 'c2'])
  const groups = random.pick([
    '<Группа><Ид>g1</Ид><Наименование>Одежда</Наименование><Группы><Группа><Ид>g2</Ид><Наименование>Футболки</Наименование></Группа></Группы></Группа>',
    '<Группа><Ид>g1</Ид><Наименование>Одежда</Наименование></Группа><Группа><Ид>g3</Ид><Наименование>Прочее</Наименование><Группы><Группа><Ид>g2</Ид><Наименование>Футболки</Наименование></Группа></Группы></Группа>',
    '<Группа><Ид>g3</Ид><Наименование>Прочее</Наименование><Группы><Группа><Ид>g2</Ид><Наименование>Майки</Наименование></Группа></Группы></Группа>',
    // No producer is known to write a group twice; a file that does must not depend on the skip either.
    '<Группа><Ид>g3</Ид><Наименование>Прочее</Наименование><Группы><Группа><Ид>g2</Ид><Наименование>Майки</Наименование></Группа></Группы></Группа><Группа><Ид>g1</Ид><Наименование>Одежда</Наименование><Группы><Группа><Ид>g2</Ид><Наименование>Футболки</Наименование></Группа></Группы></Группа>',
    '',
  ])
  const property = `<Свойство><Ид>s1</Ид><Наименование>${random.pick(['Цвет', 'Цвета'])}</Наименование></Свойство>`
  const records = some(random, [...PRODUCTS, 'p1#a'], 4).map((id) => {
    const deleted = random.below(4) === 0 ? ' Статус="Удален"' : ''
    const requisite = `<ЗначенияРеквизитов><ЗначениеРеквизита><Наименование>${random.pick(['Вид', 'Вес'])}</Наименование><Значение>1</Значение></ЗначениеРеквизита></ЗначенияРеквизитов>`
    return `<Товар${deleted}><Ид>${id}</Ид><Наименование>${random.pick(['Футболка', 'Майка'])}</Наименование>${random.below(2) === 0 ? requisite : ''}</Товар>`
  })
  return {
    name: random.pick(['import0_1.xml', 'import0_2.xml']),
    version: '2.07',
    inside: `<Классификатор><Ид>k</Ид><Наименование>К</Наименование><Группы>${groups}</Группы><Свойства>${property}</Свойства></Классификатор>
<Каталог><Ид>${catalogue}</Ид><Наименование>${random.pick(['Основной', 'Товары'])}</Наименование><Товары>
${records.join('\n')}
</Товары></Каталог>`,
  }
}

function prices(random: Random): string {
  const rows = ['t1', 't2']
    .filter(() => random.below(3) > 0)
    .map(
      (type) =>
        `<Цена><ИдТипаЦены>${type}</ИдТипаЦены><ЦенаЗаЕдиницу>${random.pick(['10', '20'])}</ЦенаЗаЕдиницу></Цена>`,
    )
  return `<Цены>${rows.join('')}</Цены>`
}

function stocks(random: Random): string {
  return ['w1', 'w2']
    .filter(() => random.below(3) > 0)
    .map((warehouse) => `<Склад ИдСклада="${warehouse}" КоличествоНаСкладе="${random.pick(['0', '5'])}"/>`)
    .join('')
}

function offers(random: Random): Body {
  const type = `<ТипыЦен><ТипЦены><Ид>t1</Ид><Наименование>${random.pick(['Розничная', 'Розница'])}</Наименование></ТипЦены></ТипыЦен>`
  const warehouse = `<Склады><Склад><Ид>w1</Ид><Наименование>${random.pick(['Основной', 'Главный'])}</Наименование></Склад></Склады>`
  const records = some(random, OFFERS, 5).map((id) => {
    const deleted = random.below(5) === 0 ? ' Статус="Удален"' : ''
    const name = random.below(4) === 0 ? '' : `<Наименование>${random.pick(['Белая', 'Чёрная'])}</Наименование>`
    const priced = random.below(3) === 0 ? '' : prices(random)
    return `<Предложение${deleted}><Ид>${id}</Ид>${name}${priced}${random.below(3) === 0 ? '' : stocks(random)}</Предложение>`
  })
  return {
    name: random.pick(['offers0_1.xml', 'offers0_2.xml']),
    version: random.pick(['2.07', '2.07', '3.1']),
    inside: `<ПакетПредложений><Ид>k#</Ид>${type}${warehouse}<Предложения>
${records.join('\n')}
</Предложения></ПакетПредложений>`,
  }
}

function update(random: Random): Body {
  const records = some(random, OFFERS, 4).map((id) => {
    const priced = random.below(3) === 0 ? '' : prices(random)
    return `<Предложение><Ид>${id}</Ид>${priced}${random.below(2) === 0 ? '' : stocks(random)}</Предложение>`
  })
  const changes = `<ИзмененияПакетаПредложений><Ид>k#</Ид><Предложения>
${records.join('\n')}
</Предложения></ИзмененияПакетаПредложений>`
  // Other programs put both kinds into one file.
  const both = random.below(4) === 0 ? offers(random).inside : ''
  return {
    name: random.pick(['offers0_1.xml', 'offers0_3.xml']),
    version: '2.07',
    inside: random.below(2) === 0 ? `${both}${changes}` : `${changes}${both}`,
  }
}

/** УНФ: one offer may stand in two portions, each with a part of its prices. */
function unfOffers(random: Random): Body {
  const records = some(random, OFFERS, 4).map(
    (id) =>
      `<Предложение><Ид>${id}</Ид><Наименование>${random.pick(['Белая', 'Чёрная'])}</Наименование>${random.below(4) === 0 ? '<Цены/>' : prices(random)}<Количество>${random.pick(['0', '5'])}</Количество>${stocks(random)}</Предложение>`,
  )
  return {
    name: random.pick(['offers.xml', 'offers1.xml', 'offers2.xml']),
    version: '2.08',
    namespace: 'commerceml_210',
    inside: `<ПакетПредложений><Ид>k#</Ид><Предложения>
${records.join('\n')}
</Предложения></ПакетПредложений>`,
  }
}

/** The Bitrix module: offers, prices and rests in files of their own; a name may lie. */
function bitrixPart(random: Random): Body {
  const part = random.pick(['offers', 'prices', 'rests'])
  const records = some(random, OFFERS, 4).map((id) => {
    const deleted = random.below(6) === 0 ? '<ПометкаУдаления>true</ПометкаУдаления>' : ''
    const rest = ['w1', 'w2']
      .filter(() => random.below(3) > 0)
      .map(
        (id) => `<Остаток><Склад><Ид>${id}</Ид><Количество>${random.pick(['0', '5'])}</Количество></Склад></Остаток>`,
      )
    const inside = {
      offers: `${deleted}<Наименование>${random.pick(['Белая', 'Чёрная'])}</Наименование>`,
      prices: random.below(4) === 0 ? '<Цены/>' : prices(random),
      rests: `<Остатки>${rest.join('')}</Остатки>`,
    }[part]
    return `<Предложение><Ид>${id}</Ид>${inside}</Предложение>`
  })
  const name = random.below(8) === 0 ? random.pick(['offers', 'prices', 'rests']) : part
  return {
    name: `goods/${1 + random.below(2)}/${name}___b815e2db-7a65-4265-9241-5f0c4f0565a7.xml`,
    version: '3.1',
    namespace: 'commerceml_3',
    inside: `<ПакетПредложений СодержитТолькоИзменения="true"><Ид>k#</Ид><Предложения>
${records.join('\n')}
</Предложения></ПакетПредложений>`,
  }
}

const BODIES = [goods, update, offers, offers, unfOffers, bitrixPart, bitrixPart]

/** Files in random order of arrival; a body or a whole file comes again now and then. */
function sequence(seed: number): Drop[] {
  const random = createRandom(seed)
  const drops: Drop[] = []
  const count = 2 + random.below(FILES - 1)
  while (drops.length < count) {
    const stamp = random.pick(STAMPS)
    const known = drops.length === 0 ? undefined : random.pick(drops)
    switch (known === undefined ? 2 : random.below(6)) {
      case 0:
        drops.push(known as Drop)
        break
      case 1:
        drops.push({ ...(known as Drop), stamp })
        break
      default:
        drops.push({ ...random.pick(BODIES)(random), stamp })
    }
  }
  return drops
}

/** The law said naively: for every facet the newest statement is in force, later ones of the same stamp merge into it. */
class Model {
  readonly #facets = new Map<string, { readonly stamp: number; readonly name: string; readonly value: unknown }>()
  readonly #rows = new Map<string, { readonly stamp: number; readonly row: unknown }>()
  readonly #stocked = new Map<string, number>()

  apply(name: string, stamp: number, records: readonly DecodedRecord[]): void {
    for (const { statement, rows } of records) {
      for (const row of rows ?? []) {
        const key = `${row.kind}/${row.value.id}`
        const known = this.#rows.get(key)
        if (known === undefined || known.stamp <= stamp) this.#rows.set(key, { stamp, row })
      }
      if (statement === undefined) continue
      const { productId, variant = '', productFacts, offerFacts } = statement
      this.#state(productId, { name, stamp }, productFacts, mergeFacts, true)
      const own = `${productId}#${variant}`
      this.#state(`${own} facts`, { name, stamp }, offerFacts, (_, later) => later, true)
      this.#state(`${own} prices`, { name, stamp }, statement.prices, mergePrices)
      this.#state(`${own} stocks`, { name, stamp }, statement.stocks, mergeStocks)
      const item = itemId(productId, variant)
      if (statement.stocks !== undefined) this.#stocked.set(item, Math.max(stamp, this.#stocked.get(item) ?? 0))
    }
  }

  #state<T>(
    key: string,
    { name, stamp }: { readonly name: string; readonly stamp: number },
    value: T | undefined,
    merge: (earlier: T, later: T) => T,
    isOrdered = false,
  ): void {
    if (value === undefined) return
    const known = this.#facets.get(key)
    if (known !== undefined && known.stamp > stamp) return
    if (known?.stamp !== stamp) this.#facets.set(key, { stamp, name, value })
    else if (isOrdered && isEarlierPortion(name, known.name)) {
      this.#facets.set(key, { ...known, value: merge(value, known.value as T) })
    } else this.#facets.set(key, { stamp, name, value: merge(known.value as T, value) })
  }

  stockStatedAfter(offerId: string, stamp: number): boolean {
    return (this.#stocked.get(offerId) ?? 0) > stamp
  }

  values(): Record<string, unknown> {
    return withoutUndefined(Object.fromEntries([...this.#facets].map(([key, { value }]) => [key, value])))
  }

  rows(): Record<string, unknown> {
    return withoutUndefined(Object.fromEntries([...this.#rows].map(([key, { row }]) => [key, row])))
  }
}

/** Names that count portions, earlier ones first. Both spellings of offers never meet in one base. */
const PORTIONS = [
  ['import0_1.xml', 'import0_2.xml'],
  ['offers.xml', 'offers1.xml', 'offers2.xml', 'offers0_1.xml', 'offers0_2.xml', 'offers0_3.xml'],
]

function isEarlierPortion(name: string, than: string): boolean {
  return PORTIONS.some((names) => names.includes(name) && names.indexOf(name) < names.indexOf(than))
}

function mergeFacts(earlier: ProductFacts, later: ProductFacts): ProductFacts {
  return { ...later, catalogues: [...new Set([...earlier.catalogues, ...later.catalogues])].sort() }
}

function mergePrices(earlier: PricesFacet, later: PricesFacet): PricesFacet {
  return [...earlier.filter(({ typeId }) => !later.some((price) => price.typeId === typeId)), ...later]
}

function mergeStocks(earlier: StocksFacet, later: StocksFacet): StocksFacet {
  const total = later.total ?? earlier.total
  return { ...(total === undefined ? {} : { total }), byWarehouse: { ...earlier.byWarehouse, ...later.byWarehouse } }
}

async function decodeWhole(path: string, name: string): Promise<{ stamp: number; records: DecodedRecord[] }> {
  const { signal } = new AbortController()
  const file = await openExchangeFile(path, { name, workFolder: folder, timezone: 'Europe/Moscow' }, signal)
  const found = []
  for await (const batch of file.records(signal)) found.push(...batch)
  const records: DecodedRecord[] = []
  for await (const batch of file.decode(found, signal)) records.push(...batch)
  return { stamp: file.header.stamp ?? 0, records }
}

test('the newest statement of every facet is in force, whatever arrives when, with the skip and without it', async () => {
  const seeds = Array.from({ length: SEQUENCES }, (_, i) => i + 1)
  // Nearly all of the time is waiting for the disk.
  for (let i = 0; i < seeds.length; i += AT_ONCE) await Promise.all(seeds.slice(i, i + AT_ONCE).map(checkSequence))
})

async function checkSequence(seed: number): Promise<void> {
  const drops = sequence(seed)
  const path = join(folder, `${seed}.xml`)
  const skipping = await createIngest()
  const decoding = await createIngest({ skip: false })
  // As when the decoder or an option of `parse` changed meanwhile: some of what was remembered fits no more.
  const random = createRandom(seed)
  const forgetting = await createIngest({ skip: () => random.below(3) > 0 })
  const ingests = { skipping, decoding, forgetting }
  const model = new Model()
  let before: Record<string, unknown> = {}
  for (const [i, drop] of drops.entries()) {
    await writeFile(path, textOf(drop))
    const stored = await skipping.dropFile(drop.name, path)
    await decoding.dropFile(drop.name, path)
    await forgetting.dropFile(drop.name, path)
    const { stamp, records } = await decodeWhole(path, drop.name)
    model.apply(drop.name, stamp, records)

    const after = model.values()
    const unhinted = changedItems(before, after).filter((id) => stored?.items.includes(id) !== true)
    expect(unhinted, `changed without a hint: seed ${seed}, file ${i + 1} of ${drops.length}`).toEqual([])
    before = after
  }
  for (const [how, ingest] of Object.entries(ingests)) {
    expect(await valuesOf(ingest.catalogue), `values, ${how}: seed ${seed}`).toEqual(model.values())
    expect(await rowsOf(ingest), `rows, ${how}: seed ${seed}`).toEqual(model.rows())
    expect(await ingest.catalogue.facts(), `facts, ${how}: seed ${seed}`).toEqual(await decoding.catalogue.facts())
    for (const offer of OFFERS) {
      for (const text of STAMPS) {
        const stamp = Date.parse(`${text}+03:00`)
        const stated = await ingest.catalogue.stockStatedAfter(offer, stamp)
        expect(stated, `stock of ${offer} after ${text}, ${how}: seed ${seed}`).toBe(
          model.stockStatedAfter(offer, stamp),
        )
      }
    }
  }
  for (const ingest of Object.values(ingests)) await ingest.close()
}

/** Items whose own values differ; keys of {@link valuesOf}. */
function changedItems(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  return Object.keys(after).flatMap((key) => {
    const [, product, variant] = /^([^#]*)#(\S*) /.exec(key) ?? []
    if (product === undefined || JSON.stringify(before[key]) === JSON.stringify(after[key])) return []
    return [itemId(product, variant ?? '')]
  })
}
