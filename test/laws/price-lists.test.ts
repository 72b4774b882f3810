import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRandom } from '../../fixtures/random.ts'
import { parse } from '../../src/stages/parse/index.ts'
import type { Stored } from '../../src/stages/store/index.ts'
import { createMemoryStore } from '../../src/state/open.ts'
import { createIngest, rowsOf, valuesOf, type Ingest } from './ingest.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'obmen-lists-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const HEADER = 'Код;Наименование;Раздел;Цена;Остаток\n'

const mapping = (more: object = {}): unknown =>
  parse.options({}).parse({
    format: 'csv',
    fields: {
      id: 'Код',
      name: 'Наименование',
      group: 'Раздел',
      prices: { Розничная: 'Цена' },
      stocks: { 'Основной склад': 'Остаток' },
    },
    ...more,
  })

/** Drops a list that was modified at a minute of the day. */
async function drop(ingest: Ingest, rows: readonly string[], minute: number): Promise<Stored | undefined> {
  const path = join(folder, 'price.csv')
  await writeFile(path, `${HEADER}${rows.join('\n')}\n`)
  const at = new Date(Date.UTC(2026, 10, 22, 10, minute))
  await utimes(path, at, at)
  return ingest.dropFile('price.csv', path)
}

const first = ['A;Куртка;Одежда;100;3', 'B;Шапка;Одежда;50;0']

describe('a price list', () => {
  test('fills the catalogue; the next one is applied where it differs', async () => {
    const ingest = await createIngest({ options: mapping() })

    const loaded = await drop(ingest, first, 1)
    const same = await drop(ingest, first, 2)
    const changed = await drop(ingest, [first[0] ?? '', 'B;Шапка;Одежда;55;0'], 3)

    expect([loaded, same, changed].map((stored) => [stored?.records, stored?.changed, stored?.items])).toEqual([
      [2, 2, ['A', 'B']],
      [2, 0, []],
      [2, 1, ['B']],
    ])
    const [, b] = await ingest.catalogue.getMany(['A', 'B'])
    expect(b?.variants['']?.prices).toEqual({
      value: [{ typeId: 'Розничная', amount: '55', currency: 'RUB', ratio: '1' }],
      stamp: Date.UTC(2026, 10, 22, 10, 3),
      place: 'price.csv:3',
    })
    expect(Object.keys(await rowsOf(ingest)).sort()).toEqual([
      'group/Одежда',
      'priceType/Розничная',
      'warehouse/Основной склад',
    ])
    await ingest.close()
  })

  test('that is older changes nothing', async () => {
    const ingest = await createIngest({ options: mapping() })
    await drop(ingest, first, 5)

    const older = await drop(ingest, ['A;Куртка;Одежда;90;9', 'B;Шапка;Одежда;45;9'], 4)

    expect([older?.changed, older?.ignored, older?.items]).toEqual([2, 2, []])
    await ingest.close()
  })

  test('removes nothing by what it leaves out, and says what that means only where the mapping does, for lists of its own name', async () => {
    const said: unknown[] = []
    for (const scope of [undefined, 'full', 'changes']) {
      const ingest = await createIngest({ options: mapping(scope === undefined ? {} : { scope }) })
      await drop(ingest, first, 1)
      const stored = await drop(ingest, [first[0] ?? ''], 2)
      said.push([stored?.note.parts.map((part) => `${part.scope} ${part.catalogue}`), await ingest.catalogue.count()])
      await ingest.close()
    }

    expect(said).toEqual([
      [['unknown price.csv'], 2],
      [['full price.csv'], 2],
      [['delta price.csv'], 2],
    ])
  })

  test('is read anew, whole, when the mapping changes', async () => {
    const store = createMemoryStore()
    const before = await createIngest({ store, options: mapping() })
    await drop(before, first, 1)
    const after = await createIngest({ store, options: mapping({ currency: 'USD' }) })

    const stored = await drop(after, first, 2)

    expect(stored?.changed).toBe(2)
    expect((await valuesOf(after.catalogue))['A# prices']).toEqual([
      { typeId: 'Розничная', amount: '100', currency: 'USD', ratio: '1' },
    ])
    await before.close()
    await after.close()
  })

  test('that contradicts itself leaves the item alone, and a later one with either row counts', async () => {
    const ingest = await createIngest({ options: mapping() })
    await drop(ingest, first, 1)

    const torn = await drop(ingest, ['A;Куртка;Одежда;200;3', 'A;Куртка;Одежда;300;3', first[1] ?? ''], 2)
    const between = (await valuesOf(ingest.catalogue))['A# prices']
    const mended = await drop(ingest, ['A;Куртка;Одежда;300;3', first[1] ?? ''], 3)

    expect(torn?.items).toEqual([])
    expect(torn?.warnings).toEqual([{ code: 'list.duplicate_id', line: 3, count: 1 }])
    expect(between).toEqual([{ typeId: 'Розничная', amount: '100', currency: 'RUB', ratio: '1' }])
    expect(mended?.items).toEqual(['A'])
    await ingest.close()
  })

  test('broken in its last row has no effect at all', async () => {
    const ingest = await createIngest({ options: mapping() })

    const dropped = drop(ingest, [...first, 'C;"Шарф;Одежда;10;1'], 1)

    await expect(dropped).rejects.toThrow('the quote that opens here is not closed')
    expect(await ingest.catalogue.count()).toBe(0)
    await ingest.close()
  })

  test('gives the same catalogue with and without the fingerprints, in any order and after any mess', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const random = createRandom(seed)
      const cell = (values: readonly string[]): string => random.pick(values)
      const lists = Array.from({ length: 8 }, () =>
        Array.from(
          { length: 1 + random.below(4) },
          () =>
            `${cell(['A', 'B', 'C', ''])};${cell(['x', 'y'])};${cell(['g', 'h', ''])};${cell(['1', '2', '', '?'])};${cell(['0', '5', '', '?'])}`,
        ),
      ).filter((rows) => rows.some((row) => !row.startsWith(';')))
      const minutes = lists.map(() => random.below(5))
      const fast = await createIngest({ options: mapping() })
      const slow = await createIngest({ skip: false, options: mapping() })

      for (const ingest of [fast, slow]) {
        for (const [i, rows] of lists.entries()) await drop(ingest, rows, minutes[i] ?? 0)
      }

      expect([seed, await valuesOf(fast.catalogue), await rowsOf(fast)]).toEqual([
        seed,
        await valuesOf(slow.catalogue),
        await rowsOf(slow),
      ])
      await fast.close()
      await slow.close()
    }
  })
})
