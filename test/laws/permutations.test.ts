import { describe, expect, test } from 'vitest'
import { heldValues } from '../reread/held.ts'
import { differences, readSet, type Values } from '../reread/reading.ts'
import { bitrix, native, old, twoCatalogues, unf, type ExchangeText } from './exchange-sets.ts'
import { createIngest, type Ingest } from './ingest.ts'

function permutations<T>(of: readonly T[]): T[][] {
  if (of.length < 2) return [[...of]]
  return of.flatMap((first, i) => permutations(of.toSpliced(i, 1)).map((rest) => [first, ...rest]))
}

const bytesOf = ([name, text]: ExchangeText): { name: string; bytes: Buffer } => ({ name, bytes: Buffer.from(text) })

async function dropAll(ingest: Ingest, files: readonly ExchangeText[]): Promise<void> {
  for (const [name, text] of files) await ingest.drop(name, text)
}

async function held(ingest: Ingest): Promise<Values> {
  return heldValues(ingest.catalogue, ingest.store)
}

interface Case {
  readonly title: string
  /** What the base dropped before, in its own order. */
  readonly before: readonly ExchangeText[]
  readonly set: readonly ExchangeText[]
}

const cases: readonly Case[] = [
  {
    title: 'A: portions of goods and offers, and the update of the next run',
    before: native('08:00:00', '08:10:00', '10'),
    set: native('09:00:00', '09:10:00', '20'),
  },
  {
    title: 'A: two catalogues in one folder',
    before: twoCatalogues('08:00:00', '10'),
    set: twoCatalogues('09:00:00', '20'),
  },
  { title: 'B: an offer whose prices are split', before: unf('08:00:00', '10'), set: unf('09:00:00', '20') },
  {
    title: 'C: goods, offers, prices and rests of one run',
    before: bitrix('08', '10'),
    set: bitrix('09', '20'),
  },
  {
    title: 'C: packages of two runs, an old failed one among them',
    before: bitrix('08', '10').slice(0, 3),
    set: [...bitrix('08', '10').slice(3), ...bitrix('09', '20').slice(2)],
  },
  { title: 'D: two exports of one day', before: [], set: old('20') },
]

describe('every order of the files of a set ends in the same catalogue', () => {
  for (const { title, before, set } of cases) {
    for (const skip of [true, false]) {
      test(`${title}, skip ${skip ? 'on' : 'off'}`, async () => {
        const expected = readSet([...before, ...set].map(bytesOf))
        const orders = permutations(set)
        // Nearly all of the time is waiting for the disk.
        while (orders.length > 0) {
          const checked = await Promise.all(orders.splice(0, 20).map((order) => differencesOf(order)))
          expect(checked.filter(({ seen }) => seen.length > 0)).toEqual([])
        }

        async function differencesOf(order: readonly ExchangeText[]) {
          const ingest = await createIngest({ skip })
          await dropAll(ingest, before)
          await dropAll(ingest, order)
          const seen = differences(expected, await held(ingest))
          await ingest.close()
          return { order: order.map(([name]) => name).join(', '), seen }
        }
      })
    }
  }
})
