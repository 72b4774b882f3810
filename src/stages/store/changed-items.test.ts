import { expect, test } from 'vitest'
import { ChangedItems } from './changed-items.ts'

test('every changed item is told once', () => {
  const changed = new ChangedItems(2)

  changed.add(['a', 'b'])
  changed.add(['b', 'a'])

  expect(changed.toLookAt()).toEqual(['a', 'b'])
})

test('beyond the limit everything is to be looked at, whatever comes later', () => {
  const changed = new ChangedItems(2)

  changed.add(['a', 'b', 'c'])
  changed.add(['d'])

  expect(changed.toLookAt()).toBe('all')
})
