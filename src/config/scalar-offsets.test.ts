import { parseDocument, type Scalar } from 'yaml'
import { describe, expect, it } from 'vitest'
import { sourceOffsets } from './scalar-offsets.ts'

/** A scalar as the value of the key `a`, in every style and folding. */
const scalars: readonly (readonly [string, string])[] = [
  ['plain', 'a: one two # note\n'],
  ['plain over lines', 'a: one\n  two\n\n  three\n'],
  ['single quotes', "a: 'it''s two'\n"],
  ['double quotes', 'a: "say \\"two\\" \\u0416\\x41\\U0001F600z"\n'],
  ['double quotes over lines', 'a: "one \\\n  two\n  three"\n'],
  ['literal', 'a: |\n  one\n    two\n\n  three\n'],
  ['literal with Windows line ends', 'a: |\r\n  one\r\n    two\r\n  three\r\n'],
  ['literal with an indent of its own', 'a: |2-\n    one\n  two\n'],
  ['folded', 'a: >-\n  one\n  two\n\n  three\n    four\n  five\n'],
]

describe('the offsets of a scalar', () => {
  it.each(scalars)('%s: lead to the same characters', (_, text) => {
    const scalar = parseDocument(text).get('a', true) as Scalar<string>
    const offsets = sourceOffsets(text, scalar)

    const value = scalar.value
    expect(offsets).toHaveLength(value.length + 1)
    for (const word of value.matchAll(/[a-z]+/g)) {
      const at = offsets[word.index] as number
      expect([word[0], text.slice(at, at + word[0].length)]).toEqual([word[0], word[0]])
    }
  })

  it('of escapes lead to the escape', () => {
    const text = 'a: "\\u0416\\U0001F600z"\n'
    const scalar = parseDocument(text).get('a', true) as Scalar<string>

    expect(sourceOffsets(text, scalar)).toEqual([4, 10, 10, 20, 21])
  })
})
