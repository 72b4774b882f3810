import { expect, it } from 'vitest'
import { placeInSet } from './set-names.ts'

it.each([
  ['webdata/import0_1.xml', { folder: 'webdata', series: 'import', row: '0', portion: 1, first: 1 }],
  ['webdata/Offers12_3.XML', { folder: 'webdata', series: 'offers', row: '12', portion: 3, first: 1 }],
  ['import.xml', { folder: '', series: 'import', row: '', portion: 0, first: 0 }],
  ['webdata - a1/offers4.xml', { folder: 'webdata - a1', series: 'offers', row: '', portion: 4, first: 0 }],
  ['webdata/import___0a1b-2c.xml', { folder: 'webdata', series: 'import', row: '', first: 0 }],
  [
    'webdata/000000001/goods/2/prices1___0a1b.xml',
    { folder: 'webdata/000000001', series: 'prices', row: '1', first: 0 },
  ],
  ['webdata/priceLists/priceLists_1.xml', { folder: 'webdata', series: 'pricelists_1.xml', row: '', first: 0 }],
  ['v8_2C7E_125d5b.zip!webdata/import0_2.xml', { folder: 'webdata', series: 'import', row: '0', portion: 2, first: 1 }],
  ['in/x.zip!import1.xml', { folder: 'in', series: 'import', row: '', portion: 1, first: 0 }],
  ['cml_good_2026-01-31-10-00-00.xml', { folder: '', series: 'cml_good_2026-01-31-10-00-00.xml', row: '', first: 0 }],
])('reads where %s stands in its set', (name, place) => {
  expect(placeInSet(name)).toEqual(place)
})
