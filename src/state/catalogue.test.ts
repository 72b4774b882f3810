import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createIngest, stillClock, valuesOf, type Ingest } from '../../test/laws/ingest.ts'
import { goodsFile, offersFile, type Offer } from '../../test/laws/shop.ts'

let ingest: Ingest
beforeEach(async () => {
  ingest = await createIngest()
})
afterEach(() => ingest.close())

const at = (minute: number): string => `2026-11-22T14:${String(minute).padStart(2, '0')}:00`
const price = (amount: string): object => ({ prices: { Розничная: amount } })
const stock = (quantity: string): object => ({ stocks: { Основной: quantity } })

/** A file of one offer. */
const dropOffer = (offer: object, minute: number, name = 'offers0_1.xml'): ReturnType<Ingest['drop']> =>
  ingest.drop(name, offersFile([{ id: 'p', ...offer }], at(minute)))

/** An update of prices or stocks; it says nothing else of its offers. */
const dropUpdate = (inside: string, minute: number, name = 'offers0_1.xml'): ReturnType<Ingest['drop']> =>
  ingest.drop(
    name,
    `<?xml version="1.0" encoding="UTF-8"?>
<КоммерческаяИнформация xmlns="urn:1C.ru:commerceml_2" ВерсияСхемы="2.07" ДатаФормирования="${at(minute)}">
<ИзмененияПакетаПредложений><Ид>k#</Ид><Предложения><Предложение><Ид>p</Ид>${inside}</Предложение></Предложения></ИзмененияПакетаПредложений>
</КоммерческаяИнформация>`,
  )
const newPrice = (amount: string): string =>
  `<Цены><Цена><ИдТипаЦены>t-Розничная</ИдТипаЦены><ЦенаЗаЕдиницу>${amount}</ЦенаЗаЕдиницу></Цена></Цены>`

/** Amounts and quantities in force of the offer `p`. */
async function inForce(): Promise<{ prices: string[]; stocks: Readonly<Record<string, string>> | undefined }> {
  const [entry] = await ingest.catalogue.getMany(['p'])
  const variant = entry?.variants['']
  return {
    prices: (variant?.prices?.value ?? []).map(({ amount }) => amount),
    stocks: variant?.stocks?.value.byWarehouse,
  }
}

describe('as of', () => {
  test('a newer statement replaces, an older one is ignored and told', async () => {
    await dropOffer({ ...price('10'), ...stock('1') }, 2)
    const older = await dropOffer({ ...price('20'), ...stock('2') }, 1)
    expect(await inForce()).toEqual({ prices: ['10'], stocks: { 'w-Основной': '1' } })
    expect(older).toMatchObject({ changed: 1, ignored: 1, items: [] })
    await dropOffer(price('30'), 3)
    expect(await inForce()).toEqual({ prices: ['30'], stocks: { 'w-Основной': '1' } })
  })

  test('each facet has its own: an older file fills what the newer one did not state', async () => {
    await dropUpdate(newPrice('10'), 2)
    const older = await dropOffer({ ...price('20'), ...stock('2') }, 1)
    expect(await inForce()).toEqual({ prices: ['10'], stocks: { 'w-Основной': '2' } })
    expect(older).toMatchObject({ ignored: 0, items: ['p'] })
  })

  test('portions of one set merge by price type and warehouse', async () => {
    await dropOffer({ prices: { Розничная: '10' }, stocks: { Основной: '1' } }, 1)
    await dropOffer({ prices: { Оптовая: '8' }, stocks: { Второй: '2' } }, 1, 'offers0_2.xml')
    await dropOffer({ prices: { Розничная: '11' }, stocks: { Второй: '3' } }, 1, 'offers0_3.xml')
    expect(await inForce()).toEqual({ prices: ['8', '11'], stocks: { 'w-Основной': '1', 'w-Второй': '3' } })
  })

  test('a portion merges into what another portion of its set found unchanged', async () => {
    await dropOffer(price('10'), 1)
    await dropOffer(price('10'), 2)
    await dropOffer({ prices: { Оптовая: '8' } }, 2, 'offers0_2.xml')
    expect((await inForce()).prices).toEqual(['10', '8'])
  })

  test('what portions made together is not taken for what the last one says', async () => {
    await dropOffer(price('10'), 1)
    await dropOffer({ prices: { Оптовая: '8' } }, 1, 'offers0_2.xml')
    await dropOffer({ prices: { Оптовая: '8' } }, 2)
    expect((await inForce()).prices).toEqual(['8'])
  })

  test('an unchanged record still outdates older files', async () => {
    await dropOffer(price('10'), 1)
    const unchanged = await dropOffer(price('10'), 3)
    await dropOffer(price('20'), 2)
    expect(unchanged).toMatchObject({ changed: 0, items: [] })
    expect((await inForce()).prices).toEqual(['10'])
  })

  test('a price update makes the offer’s record count as changed, and the other way round', async () => {
    await dropOffer(price('10'), 1)
    await dropUpdate(newPrice('20'), 2)
    await dropOffer(price('10'), 3)
    expect((await inForce()).prices).toEqual(['10'])
    await dropUpdate(newPrice('20'), 4)
    expect((await inForce()).prices).toEqual(['20'])
  })

  test('an older file does not make the memory of newer records worthless', async () => {
    await dropOffer(price('10'), 2)
    await dropOffer(price('20'), 1)
    expect(await dropOffer(price('10'), 3)).toMatchObject({ changed: 0 })
  })

  test('a record that its file states twice is decoded every time, the last one wins', async () => {
    const twice = (minute: number): string =>
      offersFile(
        [
          { id: 'p', ...price('10') },
          { id: 'p', ...price('20') },
        ],
        at(minute),
      )
    await ingest.drop('offers0_1.xml', twice(1))
    await dropOffer(price('10'), 2)
    const again = await ingest.drop('offers0_1.xml', twice(3))
    expect((await inForce()).prices).toEqual(['20'])
    expect(again).toMatchObject({ records: 5, changed: 2 })
    // Only the second of the two comes: were it remembered, it would be taken for what is in force.
    await dropOffer({ prices: { Оптовая: '8' } }, 3, 'offers0_2.xml')
    await dropOffer(price('20'), 4)
    expect((await inForce()).prices).toEqual(['20'])
  })

  test('records of one product per characteristic outdate each other', async () => {
    const nameNow = async (): Promise<unknown> => (await ingest.catalogue.getMany(['p']))[0]?.facts?.value.article
    const both = (minute: number): string =>
      goodsFile(
        [
          { id: 'p#a', article: 'A' },
          { id: 'p#b', article: 'B' },
        ],
        at(minute),
      )
    await ingest.drop('import0_1.xml', both(1))
    await ingest.drop('import0_1.xml', goodsFile([{ id: 'p#a', article: 'A' }], at(2)))
    expect(await nameNow()).toBe('A')
    await ingest.drop('import0_1.xml', both(3))
    expect(await nameNow()).toBe('B')
    await ingest.drop('import0_1.xml', goodsFile([{ id: 'p#a', article: 'A' }], at(4)))
    await ingest.drop('import0_1.xml', goodsFile([{ id: 'p#b', article: 'B' }], at(5)))
    await ingest.drop('import0_1.xml', goodsFile([{ id: 'p#a', article: 'A' }], at(6)))
    expect(await nameNow()).toBe('A')
  })

  test('deleted and back again', async () => {
    const deletedNow = async (): Promise<unknown> => (await ingest.catalogue.getMany(['p']))[0]?.facts?.value.deleted
    await ingest.drop('import0_1.xml', goodsFile([{ id: 'p' }], at(1)))
    expect(await deletedNow()).toBe(false)
    await ingest.drop('import0_1.xml', goodsFile([{ id: 'p', deleted: true }], at(3)))
    await ingest.drop('import0_1.xml', goodsFile([{ id: 'p' }], at(2)))
    expect(await deletedNow()).toBe(true)
    await ingest.drop('import0_1.xml', goodsFile([{ id: 'p' }], at(4)))
    expect(await deletedNow()).toBe(false)
  })

  test('a file from the day after tomorrow counts as of its arrival', async () => {
    const clock = stillClock(Date.parse('2026-11-22T11:10:00Z'))
    const own = await createIngest({ clock })
    await own.drop('offers0_1.xml', offersFile([{ id: 'p', ...price('10') }], '2036-01-01T00:00:00'))
    await own.drop('offers0_1.xml', offersFile([{ id: 'p', ...price('20') }], '2026-11-22T14:20:00'))
    expect((await own.catalogue.getMany(['p']))[0]?.variants['']?.prices?.value[0]?.amount).toBe('20')
    await own.close()
  })

  test('files of one name and stamp from two inboxes both outdate older ones', async () => {
    const offersOf = (id: string, amount: string, minute: number): string =>
      offersFile([{ id, ...price(amount) }], at(minute))
    await ingest.drop('offers0_1.xml', offersOf('a', '10', 1))
    await ingest.drop('offers0_1.xml', offersOf('a', '10', 3))
    await ingest.drop('offers0_1.xml', offersOf('b', '10', 3))
    await ingest.drop('offers0_1.xml', offersOf('a', '20', 2))
    expect((await valuesOf(ingest.catalogue))['a# prices']).toMatchObject([{ amount: '10' }])
  })
})

describe('what is remembered', () => {
  const guid = 'b815e2db-7a65-4265-9241-5f0c4f0565a7'
  const root = (minute: number, inside: string): string =>
    `<?xml version="1.0" encoding="UTF-8"?>
<КоммерческаяИнформация xmlns="urn:1C.ru:commerceml_3" ВерсияСхемы="3.1" ДатаФормирования="${at(minute)}">${inside}</КоммерческаяИнформация>`
  const offers = (minute: number, inside: string): string =>
    root(minute, `<ПакетПредложений><Ид>k#</Ид><Предложения>${inside}</Предложения></ПакетПредложений>`)
  const offer = (inside: string): string => `<Предложение><Ид>p#a</Ид>${inside}</Предложение>`
  const prices = (amount: string): string => offer(newPrice(amount))
  const rests = (quantity: string): string =>
    offer(`<Остатки><Остаток><Склад><Ид>w</Ид><Количество>${quantity}</Количество></Склад></Остаток></Остатки>`)
  const set = (minute: number, amount = '10'): [name: string, text: string][] => [
    [
      `import___${guid}.xml`,
      root(
        minute,
        '<Классификатор><Ид>k</Ид><Группы><Группа><Ид>g1</Ид><Наименование>Одежда</Наименование><Группы><Группа><Ид>g2</Ид><Наименование>Майки</Наименование></Группа></Группы></Группа></Группы></Классификатор><Каталог><Ид>k</Ид></Каталог>',
      ),
    ],
    [`goods/1/import___${guid}.xml`, goodsFile([{ id: 'p' }], at(minute))],
    [`goods/1/offers___${guid}.xml`, offers(minute, offer('<Наименование>Майка</Наименование>'))],
    [`goods/1/prices___${guid}.xml`, offers(minute, prices(amount))],
    [`goods/1/rests___${guid}.xml`, offers(minute, rests('5'))],
  ]
  const dropSet = async (files: [name: string, text: string][]): Promise<(number | undefined)[]> => {
    const decoded: (number | undefined)[] = []
    for (const [name, text] of files) decoded.push((await ingest.drop(name, text))?.changed)
    return decoded
  }

  test('an unchanged set of the Bitrix module decodes nothing', async () => {
    expect(await dropSet(set(1))).toEqual([1, 2, 1, 1, 1])
    expect(await dropSet(set(2))).toEqual([0, 0, 0, 0, 0])
  })

  test('a changed price decodes the record of prices alone', async () => {
    await dropSet(set(1))
    expect(await dropSet(set(2, '20'))).toEqual([0, 0, 0, 1, 0])
    expect(await dropSet(set(3, '20'))).toEqual([0, 0, 0, 0, 0])
  })

  test('a record of prices under another name outdates what the usual one stated', async () => {
    await dropSet(set(1))
    await ingest.drop('new.xml', offers(2, prices('20')))
    expect(await dropSet(set(3))).toEqual([0, 0, 1, 1, 0])
    const values = await valuesOf(ingest.catalogue)
    expect(values['p#a prices']).toMatchObject([{ amount: '10' }])
  })

  test('an update that says what the full export says leaves both remembered', async () => {
    await dropOffer(price('10'), 1)
    await dropUpdate(newPrice('10').replace('</Цена>', '<Валюта>руб</Валюта></Цена>'), 2)
    expect((await dropOffer(price('10'), 3))?.changed).toBe(0)
  })
})

describe('lists of files', () => {
  const minutes = (from: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => new Date(Date.parse(from) + i * 60_000).toISOString().slice(0, 19))
  const rowsIn = async (namespace: string): Promise<number> => {
    let rows = 0
    for await (const _ of ingest.store.namespace(namespace).entries()) rows++
    return rows
  }

  test('however many files came since, an older one replaces exactly what no newer one named', async () => {
    const offer = (id: string, amount: string): Offer => ({ id, prices: { Розничная: amount } })
    await ingest.drop('offers0_1.xml', offersFile([offer('p', '10'), offer('u', '1')], '2026-11-22T07:00:00'))
    const stamps = minutes('2026-11-22T08:00:00Z', 150)
    for (const [i, stamp] of stamps.entries()) {
      const offers = [offer(`q${i}`, '1'), ...(i === 0 ? [offer('u', '1')] : [])]
      await ingest.drop(`offers${i}.xml`, offersFile(offers, stamp))
    }
    const late = offersFile(
      [offer('p', '20'), offer('q0', '2'), offer('u', '2'), offer('n', '5')],
      '2026-11-22T07:30:00',
    )
    await ingest.drop('offers0_1.xml', late)

    const values = await valuesOf(ingest.catalogue)
    const amounts = ['p', 'q0', 'u', 'n'].map((id) => (values[`${id}# prices`] as { amount: string }[])[0]?.amount)
    expect(amounts).toEqual(['20', '1', '1', '5'])
    expect(await rowsIn('applied.main')).toBeLessThanOrEqual(64)
    expect(await rowsIn('named.main')).toBe(1)
  })

  test('a set of many portions merges, the first and the last alike', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `offers0_${i + 1}.xml`)
    for (const [i, name] of names.entries()) await dropOffer({ prices: { [`Тип ${i}`]: String(i) } }, 1, name)
    expect((await inForce()).prices).toEqual(names.map((_, i) => String(i)))
  })

  test('a repeated export leaves one list, not one more', async () => {
    for (const stamp of minutes('2026-11-22T08:00:00Z', 5)) {
      await ingest.drop('offers0_1.xml', offersFile([{ id: 'p', ...price('10') }], stamp))
    }
    expect(await rowsIn('applied.main')).toBe(1)
    const older = offersFile([{ id: 'p', ...price('20') }], '2026-11-22T08:03:30')
    await ingest.drop('offers0_1.xml', older)
    expect((await inForce()).prices).toEqual(['10'])
  })

  test('what is kept of the lists outlives the process', async () => {
    for (const [i, stamp] of minutes('2026-11-22T08:00:00Z', 70).entries()) {
      await ingest.drop(`offers${i}.xml`, offersFile([{ id: 'p', ...stock('1') }], stamp))
    }
    const { catalogue } = await createIngest({ store: ingest.store })
    const at = (time: string): Promise<boolean> => catalogue.stockStatedAfter('p', Date.parse(`${time}+03:00`))
    expect(await Promise.all([at('2026-11-22T08:01:00'), at('2026-11-22T09:09:00')])).toEqual([true, false])
  })

  test('a stock counts as stated after a run when a later file named it, changed or not', async () => {
    const stamp = (minute: number): number => Date.parse(`${at(minute)}+03:00`)
    await dropOffer(stock('1'), 1)
    await dropOffer(stock('1'), 3)
    await dropUpdate(newPrice('10'), 5)
    const asked = [0, 1, 2, 3, 4].map((minute) => ingest.catalogue.stockStatedAfter('p', stamp(minute)))
    expect(await Promise.all(asked)).toEqual([true, true, true, false, false])
  })
})

describe('dictionaries', () => {
  test('a newer row replaces the older one, names are looked up by kind', async () => {
    await ingest.drop('offers0_1.xml', offersFile([{ id: 'p' }], at(2), ['Основной', 'Второй']))
    const renamed = offersFile([{ id: 'p' }], at(1), ['Основной']).replace('>Основной<', '>Старое имя<')
    const older = await ingest.drop('offers0_1.xml', renamed)
    const dictionary = await ingest.catalogue.dictionary()
    expect(older?.dictionaryChanged).toBe(false)
    expect(dictionary.warehouse('w-Основной')?.name).toBe('Основной')
    expect(dictionary.names('warehouse')).toEqual(['Основной', 'Второй'])
    expect(dictionary.idsOf('priceType', 'Основной')).toEqual([])

    const newer = await ingest.drop('offers0_1.xml', renamed.replace(at(1), at(3)))
    const after = await ingest.catalogue.dictionary()
    expect(newer?.dictionaryChanged).toBe(true)
    expect([after.idsOf('warehouse', 'Старое имя'), after.idsOf('warehouse', 'Основной')]).toEqual([['w-Основной'], []])
    expect(after.idsOf('priceType', 'Розничная')).toEqual(['t-Розничная'])
  })

  test('a row that is found unchanged outdates older files, too', async () => {
    const file = (name: string, minute: number): string =>
      offersFile([{ id: 'p' }], at(minute), ['Основной']).replace('>Основной<', `>${name}<`)
    await ingest.drop('offers0_1.xml', file('Имя', 1))
    await ingest.drop('offers0_1.xml', file('Имя', 3))
    await ingest.drop('offers0_1.xml', file('Старое имя', 2))
    expect((await ingest.catalogue.dictionary()).warehouse('w-Основной')?.name).toBe('Имя')
  })

  const groupsFile = (minute: number, inside: string): string =>
    goodsFile([{ id: 'p' }], at(minute)).replace('<Свойства>', `<Группы>${inside}</Группы><Свойства>`)
  const group = (id: string, inside = '', name = id): string =>
    `<Группа><Ид>${id}</Ид><Наименование>${name}</Наименование><Группы>${inside}</Группы></Группа>`
  const parentOf = async (id: string): Promise<unknown> => (await ingest.catalogue.dictionary()).group(id)?.parentId

  test('a group that moved into another one comes back with the record it came from', async () => {
    await ingest.drop('import0_1.xml', groupsFile(1, group('g1', group('g2'))))
    await ingest.drop('import0_1.xml', groupsFile(2, group('g3', group('g2'))))
    expect((await ingest.catalogue.dictionary()).group('g2')?.parentId).toBe('g3')
    await ingest.drop('import0_1.xml', groupsFile(3, group('g1', group('g2'))))
    expect((await ingest.catalogue.dictionary()).group('g2')?.parentId).toBe('g1')
  })

  test('groups that are found unchanged outdate older files with everything nested in them', async () => {
    await ingest.drop('import0_1.xml', groupsFile(1, group('g1', group('g2'))))
    const again = await ingest.drop('import0_1.xml', groupsFile(3, group('g1', group('g2'))))
    expect(again?.changed).toBe(0)
    await ingest.drop('import0_1.xml', groupsFile(2, group('g3', group('g2'))))
    expect(await parentOf('g2')).toBe('g1')
  })

  test('a group that its record no longer states does not become newer with it', async () => {
    await ingest.drop('import0_1.xml', groupsFile(1, group('g1', group('g2'))))
    await ingest.drop('import0_1.xml', groupsFile(2, group('g1')))
    await ingest.drop('import0_1.xml', groupsFile(4, group('g1')))
    await ingest.drop('import0_1.xml', groupsFile(3, group('g3', group('g2'))))
    expect(await parentOf('g2')).toBe('g3')
  })

  test('a group that only the first of two records of one id states does not become newer with the second', async () => {
    await ingest.drop('import0_1.xml', groupsFile(1, group('g1', group('g2')) + group('g1')))
    await ingest.drop('import0_1.xml', groupsFile(4, group('g1')))
    await ingest.drop('import0_1.xml', groupsFile(3, group('g3', group('g2'))))
    expect(await parentOf('g2')).toBe('g3')
  })

  test('of two records with one group the last in the file wins, decoded or not', async () => {
    const twice = (minute: number, name: string): string =>
      groupsFile(minute, group('g3', group('g2'), name) + group('g1', group('g2')))
    await ingest.drop('import0_1.xml', twice(1, 'Прочее'))
    await ingest.drop('import0_1.xml', twice(2, 'Разное'))
    expect(await parentOf('g2')).toBe('g1')
  })

  test('the name of a catalogue is as of the last file that named its goods, unchanged ones included', async () => {
    const named = (minute: number, name: string): string =>
      goodsFile([{ id: 'p' }], at(minute)).replace(
        '<Наименование>К</Наименование><Товары>',
        `<Наименование>${name}</Наименование><Товары>`,
      )
    await ingest.drop('import0_1.xml', named(1, 'Новое'))
    await ingest.drop('import0_1.xml', named(3, 'Новое'))
    await ingest.drop('import0_1.xml', named(2, 'Старое'))
    expect((await ingest.catalogue.dictionary()).names('catalogue')).toEqual(['Новое'])
  })

  test('the same dictionary is handed out until a row changes', async () => {
    await dropOffer(price('10'), 1)
    const before = await ingest.catalogue.dictionary()
    await dropOffer(price('20'), 2)
    expect(await ingest.catalogue.dictionary()).toBe(before)
  })
})

describe('a file that is not sound has no effect', () => {
  test('not even by the records in front of the fault', async () => {
    await dropOffer(price('10'), 1)
    const torn = offersFile([{ id: 'p', ...price('20') }], at(2)).replace(
      '</Предложения>',
      '<Предложение><Ид>q</Ид><Цены></Предложение></Предложения>',
    )
    await expect(ingest.drop('offers0_1.xml', torn)).rejects.toMatchObject({ kind: 'input' })
    expect((await inForce()).prices).toEqual(['10'])
    expect((await ingest.catalogue.facts()).newestStamp).toBe(Date.parse(`${at(1)}+03:00`))
  })
})
