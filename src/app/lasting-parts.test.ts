import { expect, it } from 'vitest'
import { Secret } from '../core/secret.ts'
import { LastingParts, madeFrom } from './lasting-parts.ts'

it('hands on what two runtimes are made of, opens what is new, closes what nobody uses any more', async () => {
  const told: string[] = []
  const lasting = new LastingParts()
  const open = (name: string) => (): string => {
    told.push(`open ${name}`)
    return name
  }
  const close = async (name: string): Promise<void> => {
    told.push(`close ${name}`)
  }
  const before = lasting.claim()
  await before.use('a', open('a'), close)
  await before.use('b', open('b'), close)

  const after = lasting.claim()
  await after.use('b', open('b again'), close)
  await after.use('c', open('c'), close)
  await lasting.keepOnly(after)
  await lasting.keepOnly(after)

  expect(told).toEqual(['open a', 'open b', 'open c', 'close a'])
})

it('tells settings apart by their secrets too, and shows none of them', () => {
  const settings = (key: string) => ({ url: 'u', keys: new Map([['key', new Secret(key)]]), key: new Secret(key) })

  expect(madeFrom(settings('one'))).toBe(madeFrom(settings('one')))
  expect(madeFrom(settings('one'))).not.toBe(madeFrom(settings('two')))
  expect(madeFrom(new Secret('one'))).not.toBe(madeFrom(new Secret('two')))
  expect(madeFrom({ groups: new Map([['a', ['x']]]) })).not.toBe(madeFrom({ groups: new Map([['a', ['y']]]) }))
  expect(madeFrom(settings('one'))).toMatch(/^[0-9a-f]{16}$/)
})
