import { expect, test } from 'vitest'

import { compareMembers } from './member-order.ts'

const ROOT = 'webdata/000000001'
const ID = '41ab2858-de60-4e75-aab8-bdc377455ac7'

test.each([
  [
    'the trade editions and УНФ: portions count as numbers',
    [
      'webdata/import0_1.xml',
      'webdata/import0_2.xml',
      'webdata/import0_10.xml',
      'webdata/import1_1.xml',
      'webdata/offers0_1.xml',
      'webdata/offers0_9.xml',
      'webdata/offers0_10.xml',
      `webdata/orders-${ID}_1.xml`,
    ],
  ],
  ['УНФ: the first portion has no number', ['import.xml', 'import1.xml', 'import10.xml', 'offers.xml', 'offers2.xml']],
  [
    'the Bitrix module: kinds first, packages as numbers',
    [
      `${ROOT}/import___${ID}.xml`,
      `${ROOT}/properties/1/import___${ID}.xml`,
      `${ROOT}/properties/1/offers___${ID}.xml`,
      `${ROOT}/properties/2/import___${ID}.xml`,
      `${ROOT}/goods/1/import___${ID}.xml`,
      `${ROOT}/goods/2/import___${ID}.xml`,
      `${ROOT}/goods/10/import___${ID}.xml`,
      `${ROOT}/goods/1/offers___${ID}.xml`,
      `${ROOT}/goods/10/offers___${ID}.xml`,
      `${ROOT}/goods/1/prices___${ID}.xml`,
      `${ROOT}/goods/1/rests___${ID}.xml`,
      `${ROOT}/contragents/1/contragents___${ID}.xml`,
      `${ROOT}/documents/1/documents___${ID}.xml`,
    ],
  ],
  [
    'its newer layout: a folder per kind',
    [
      `groups/groups_1_${ID}.xml`,
      `units/units_1_${ID}.xml`,
      `propertiesGoods/propertiesGoods_1_5_${ID}.xml`,
      `goods/goods_1_1_${ID}.xml`,
      `goods/goods_1_2_${ID}.xml`,
      `offers/offers_1_1_${ID}.xml`,
      `prices/prices_1_1_${ID}.xml`,
      `rests/rests_1_1_${ID}.xml`,
    ],
  ],
  ['МойСклад', ['cml_good_2015-01-02-03-04-05.xml', 'cml_stock_2015-01-02-03-04-05.xml']],
])('members come in the order of %s', (_who, names) => {
  const halves = [...names.filter((_, i) => i % 2 === 1), ...names.filter((_, i) => i % 2 === 0)]

  expect(names.toReversed().toSorted(compareMembers)).toEqual(names)
  expect(halves.toSorted(compareMembers)).toEqual(names)
})
