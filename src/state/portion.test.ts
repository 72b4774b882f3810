import { expect, test } from 'vitest'
import { isLaterPortion, portionSalt } from './portion.ts'

test('portions are numbered by УТ and УНФ, other files are not', () => {
  const later: [a: string, b: string][] = [
    ['webdata/import0_2.xml', 'webdata/import0_1.xml'],
    ['import0_10.xml', 'import0_9.xml'],
    ['import1_1.xml', 'import0_3.xml'],
    ['offers1.xml', 'offers.xml'],
    ['export.zip!offers10.xml', 'export.zip!offers9.xml'],
  ]
  const neither: [a: string, b: string][] = [
    ['offers0_2.xml', 'import0_1.xml'],
    ['offers0_1.xml', 'offers0_1.xml'],
    ['fix.xml', 'import0_1.xml'],
    ['prices1___b815e2db-7a65-4265-9241-5f0c4f0565a7.xml', 'prices___b815e2db-7a65-4265-9241-5f0c4f0565a7.xml'],
  ]

  expect(later.map(([a, b]) => [isLaterPortion(a, b), isLaterPortion(b, a)])).toEqual(later.map(() => [true, false]))
  expect(neither.map(([a, b]) => [isLaterPortion(a, b), isLaterPortion(b, a)])).toEqual(
    neither.map(() => [false, false]),
  )
})

test('a portion has one salt wherever it lies, files that are not numbered have none', () => {
  expect(portionSalt('a/import0_2.xml')).toBe(portionSalt('b/import0_2.xml'))
  expect(portionSalt('import0_2.xml')).not.toBe(portionSalt('import0_1.xml'))
  expect(portionSalt('cml_good_2026-11-22-10-00-00.xml')).toBe(0n)
})
