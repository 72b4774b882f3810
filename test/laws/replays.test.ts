import { describe, expect, test } from 'vitest'
import { heldValues } from '../reread/held.ts'
import { differences, type Values } from '../reread/reading.ts'
import { bitrix, native, old, twoCatalogues, unf, type ExchangeText } from './exchange-sets.ts'
import { createIngest, stillClock, type Ingest } from './ingest.ts'
import { goodsFile, offersFile } from './shop.ts'

const sets: Readonly<Record<string, readonly ExchangeText[]>> = {
  A: native('09:00:00', '09:10:00', '10'),
  'A, two catalogues': twoCatalogues('09:00:00', '10'),
  B: unf('09:00:00', '10'),
  C: bitrix('09', '10'),
  D: old('10'),
}

const at = (time: string): string => `2026-11-22T${time}`
const valuesOf = (ingest: Ingest): Promise<Values> => heldValues(ingest.catalogue, ingest.store)
const priceOf = async (ingest: Ingest, offer: string): Promise<unknown> =>
  (await valuesOf(ingest)).get(`offer ${offer} prices t-Розничная`)?.split(' ')[0]
const price = (id: string, amount: string): { id: string; prices: Record<string, string> } => ({
  id,
  prices: { Розничная: amount },
})

async function afterOnce(files: readonly ExchangeText[], skip: boolean): Promise<Ingest> {
  const ingest = await createIngest({ skip })
  for (const [name, text] of files) await ingest.drop(name, text)
  return ingest
}

describe.each([true, false])('skip %s', (skip) => {
  test.each(Object.entries(sets))('%s: the same files three times are the same catalogue', async (_, files) => {
    const once = await afterOnce(files, skip)
    const thrice = await afterOnce(files, skip)
    for (const [name, text] of [...files, ...files]) await thrice.drop(name, text)

    expect(differences(await valuesOf(once), await valuesOf(thrice))).toEqual([])
  })

  test.each(Object.entries(sets))('%s: the same content under a new name changes nothing', async (_, files) => {
    const ingest = await afterOnce(files, skip)
    const before = await valuesOf(ingest)
    for (const [name, text] of files) await ingest.drop(`copy-${name.replaceAll('/', '-')}`, text)

    expect(differences(before, await valuesOf(ingest))).toEqual([])
  })

  test('new content under the same name and stamp replaces what it states, and nothing else', async () => {
    const ingest = await createIngest({ skip })
    await ingest.drop('offers0_1.xml', offersFile([price('p', '10'), price('q', '5')], at('09:00:00')))
    await ingest.drop('offers0_1.xml', offersFile([price('p', '20')], at('09:00:00')))

    expect([await priceOf(ingest, 'p'), await priceOf(ingest, 'q')]).toEqual(['20', '5'])
  })

  test.each(Object.entries(sets))('%s: what a file says of being a delta changes no value', async (_, files) => {
    const saying = (flag: string): ExchangeText[] =>
      files.map(([name, text]) => [
        name,
        text
          .replaceAll(/ СодержитТолькоИзменения="\w+"/g, '')
          .replaceAll(/<(Каталог|ПакетПредложений|ИзмененияПакетаПредложений)>/g, `<$1${flag}>`),
      ])
    const ingests = [
      await afterOnce(saying(''), skip),
      await afterOnce(saying(' СодержитТолькоИзменения="true"'), skip),
      await afterOnce(saying(' СодержитТолькоИзменения="false"'), skip),
    ]
    const [silent, delta, full] = await Promise.all(ingests.map(valuesOf))

    expect(differences(silent as Values, delta as Values)).toEqual([])
    expect(differences(silent as Values, full as Values)).toEqual([])
  })

  test('an empty full export removes and zeroes nothing', async () => {
    const ingest = await afterOnce(sets['A'] as readonly ExchangeText[], skip)
    const before = await valuesOf(ingest)
    const full = (text: string): string =>
      text
        .replace('<Каталог>', '<Каталог СодержитТолькоИзменения="false">')
        .replace('<ПакетПредложений>', '<ПакетПредложений СодержитТолькоИзменения="false">')
    const goods = await ingest.drop('import0_1.xml', full(goodsFile([], at('10:00:00'))))
    const offers = await ingest.drop('offers0_1.xml', full(offersFile([], at('10:00:00'))))

    const after = await valuesOf(ingest)
    expect(differences(before, after).filter((line) => /^(product|offer) /.test(line))).toEqual([])
    expect([goods?.items, offers?.items]).toEqual([[], []])
  })

  test('an old file that comes again changes only records that no newer file named', async () => {
    const ingest = await createIngest({ skip })
    const older = offersFile([price('p', '1'), price('q', '1'), price('r', '1'), price('n', '1')], at('08:30:00'))
    await ingest.drop(
      'offers0_1.xml',
      offersFile([price('p', '10'), price('q', '10'), price('r', '10')], at('08:00:00')),
    )
    await ingest.drop('offers0_1.xml', offersFile([price('p', '10')], at('09:00:00')))
    await ingest.drop('offers0_1.xml', offersFile([price('q', '20')], at('09:10:00')))

    const replayed = await ingest.drop('offers0_1.xml', older)
    await ingest.drop('offers0_1.xml', older)

    const amounts = ['p', 'q', 'r', 'n'].map((id) => priceOf(ingest, id))
    expect(await Promise.all(amounts)).toEqual(['10', '20', '1', '1'])
    expect(new Set(replayed?.items)).toEqual(new Set(['n', 'r']))
    expect(replayed?.ignored).toBeGreaterThanOrEqual(2)
  })

  test('an offer that a set states twice is what its last statement says, prices of other types added', async () => {
    const ingest = await createIngest({ skip })
    for (const time of ['09:00:00', '10:00:00']) {
      const first = { id: 'p', name: 'Первое', prices: { Розничная: '10', Оптовая: '8' } }
      const second = { id: 'p', name: 'Второе', prices: { Розничная: '20' } }
      await ingest.drop('offers0_2.xml', offersFile([{ id: 'p', name: 'Третье' }, { id: 'q' }], at(time)))
      await ingest.drop('offers0_1.xml', offersFile([first, second], at(time)))
    }
    const values = await valuesOf(ingest)

    expect(values.get('offer p facts name')).toBe('Третье')
    expect([await priceOf(ingest, 'p'), values.get('offer p prices t-Оптовая')]).toEqual(['20', '8 руб ×1'])
  })

  test('a stamp of more than a day ahead counts as the arrival of its file, a nearer one is believed', async () => {
    const clock = stillClock(Date.parse('2026-11-22T12:00:00Z'))
    const ingest = await createIngest({ skip, clock })
    await ingest.drop('offers0_1.xml', offersFile([price('p', '10'), price('q', '10')], '2026-11-23T15:00:01'))
    await ingest.drop('offers0_1.xml', offersFile([price('q', '11')], '2026-11-23T14:59:59'))
    clock.set(Date.parse('2026-11-22T13:00:00Z'))
    await ingest.drop('offers0_1.xml', offersFile([price('p', '20'), price('q', '20')], at('15:30:00')))

    expect([await priceOf(ingest, 'p'), await priceOf(ingest, 'q')]).toEqual(['20', '11'])
  })

  test('files without a stamp count by their arrival', async () => {
    const stampless = (amount: string): string =>
      offersFile([price('p', amount)]).replace(/ ДатаФормирования="[^"]*"/, '')
    const arrival = Date.parse('2026-11-22T12:00:00Z')
    const ingest = await createIngest({ skip })
    await ingest.drop('b.xml', stampless('20'), arrival + 1000)
    await ingest.drop('a.xml', stampless('10'), arrival)
    await ingest.drop('c.xml', offersFile([price('p', '5')], at('14:59:59')))
    const seen = await priceOf(ingest, 'p')
    await ingest.drop('d.xml', offersFile([price('p', '30')], at('15:00:02')))

    expect([seen, await priceOf(ingest, 'p')]).toEqual(['20', '30'])
  })
})

test.each(Object.entries(sets))(
  '%s: an unchanged set decodes only what it states twice or replaced itself',
  async (family, files) => {
    const ingest = await afterOnce(files, true)
    const again: (number | undefined)[] = []
    for (const [name, text] of files) again.push((await ingest.drop(name, text))?.changed)

    const expected: Readonly<Record<string, readonly number[]>> = {
      // The update of the next run replaced what two offers stated.
      A: [0, 0, 1, 1, 0],
      'A, two catalogues': [1, 1, 1, 1],
      B: [0, 0, 1, 1, 0],
      C: [0, 0, 0, 0, 0],
      D: [1, 1, 0, 0],
    }
    expect(again).toEqual(expected[family])
  },
)
