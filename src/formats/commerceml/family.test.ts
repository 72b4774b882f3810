import { expect, test } from 'vitest'
import { familyOf } from './family.ts'

const native = { ВерсияСхемы: '2.07', xmlns: 'urn:1C.ru:commerceml_2' }

test.each([
  ['A', 'goods/import0_1.xml', native],
  ['A', 'goods/upload.xml', native],
  ['A', 'offers0_1.xml', { ВерсияСхемы: '2.07' }],
  ['B', 'import.xml', { ВерсияСхемы: '2.08', xmlns: 'urn:1C.ru:commerceml_210' }],
  ['B', 'webdata - 8f06f4f1-b3f0-11ea-81c3-00155d3cae02/import.xml', { ВерсияСхемы: '2.08' }],
  ['C', 'rests.xml', { ВерсияСхемы: '3.1', xmlns: 'urn:1C.ru:commerceml_3' }],
  ['C', 'import.xml', { ...native, ВерсияСхемы: '2.09', Ид: '' }],
  ['C', 'prices___478f43af-4dba-47c9-b3fa-d9737c14a30f.xml', { ...native, ВерсияСхемы: '2.09' }],
  ['D', 'import.xml', { ВерсияСхемы: '2.04' }],
  ['D', 'import.xml', { ВерсияСхемы: '2.10' }],
  [null, 'import.xml', {}],
  [null, 'import.xml', { ...native, ВерсияСхемы: '2.09' }],
])('%s: %s', (expected, path, rootAttributes) => {
  expect(familyOf({ path, rootAttributes, head: '' })).toBe(expected)
})

test('categories of goods are a sign of family B', () => {
  const head = '<Товар><Ид>1</Ид><Категория>2</Категория></Товар>'

  expect(familyOf({ path: 'import.xml', rootAttributes: { ВерсияСхемы: '2.05' }, head })).toBe('B')
})
