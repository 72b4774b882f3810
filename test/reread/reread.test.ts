import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createIngest } from '../laws/ingest.ts'
import { heldValues } from './held.ts'
import { differences, readSet, type FileToRead } from './reading.ts'
import { HAS_SAMPLES, SAMPLES, SETS } from './sets.ts'

describe.skipIf(!HAS_SAMPLES)('the catalogue holds what another parser reads in a real set, value by value', () => {
  for (const { family, folder, files } of SETS) {
    test(`${family}: ${folder}, ${files[0]}`, async () => {
      const ingest = await createIngest()
      for (const name of files) await ingest.dropFile(name, join(SAMPLES, folder, name))
      const held = await heldValues(ingest.catalogue, ingest.store)
      const read = readSet(files.map((name) => ({ name, bytes: readFileSync(join(SAMPLES, folder, name)) })))

      expect(differences(read, held).slice(0, 20)).toEqual([])
      expect([...read.keys()].some((name) => name.startsWith('offer ') && name.includes(' prices '))).toBe(true)
      await ingest.close()
    })
  }
})

/** Sets that state nothing twice. */
const PLAIN = [
  'mebelsalskarhiv+Central_office',
  'd16izhevsk+1coutlet',
  'bogutski+1C-CommerceML-to-JSON',
  'gillbeits+commerceml',
  'wagood+commerceml',
  'andrtechno+mod-exchange1c',
]

describe.skipIf(!HAS_SAMPLES)(
  'a real set in the opposite order is the same catalogue, and unchanged it decodes nothing',
  () => {
    for (const { family, folder, files } of SETS.filter((set) => PLAIN.includes(set.folder))) {
      test(`${family}: ${folder}`, async () => {
        const ingest = await createIngest()
        const drop = (name: string) => ingest.dropFile(name, join(SAMPLES, folder, name))
        for (const name of files.toReversed()) await drop(name)
        const held = await heldValues(ingest.catalogue, ingest.store)
        const again: (number | undefined)[] = []
        for (const name of files) again.push((await drop(name))?.changed)
        const read = readSet(files.map((name) => ({ name, bytes: readFileSync(join(SAMPLES, folder, name)) })))

        expect(differences(read, held).slice(0, 20)).toEqual([])
        expect(again).toEqual(files.map(() => 0))
        expect(differences(held, await heldValues(ingest.catalogue, ingest.store))).toEqual([])
        await ingest.close()
      })
    }
  },
)

test('a comparison shows what is missing, what is too much and what differs', () => {
  const file = (stamp: string, price: string, id = 'p'): FileToRead => ({
    name: 'offers0_1.xml',
    bytes: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<КоммерческаяИнформация ВерсияСхемы="2.07" ДатаФормирования="${stamp}"><ПакетПредложений><Предложения>
<Предложение><Ид>${id}</Ид><Цены><Цена><ИдТипаЦены>t</ИдТипаЦены><ЦенаЗаЕдиницу>${price}</ЦенаЗаЕдиницу></Цена></Цены></Предложение>
</Предложения></ПакетПредложений></КоммерческаяИнформация>`),
  })
  const later = file('2026-11-22T9:00:00', '20,50')
  const read = readSet([later, file('2026-11-22T08:00:00', '10')])

  const other = readSet([file('2026-11-22T09:00:00', '20.5', 'q')])

  expect([...read]).toEqual([
    ['offer p prices', 'stated'],
    ['offer p prices t', '20.5  ×1'],
  ])
  expect(differences(read, readSet([later]))).toEqual([])
  expect(differences(read, other)).toEqual([
    'offer p prices: files say «stated», catalogue say nothing',
    'offer p prices t: files say «20.5  ×1», catalogue say nothing',
    'offer q prices: files say nothing, catalogue say «stated»',
    'offer q prices t: files say nothing, catalogue say «20.5  ×1»',
  ])
})
