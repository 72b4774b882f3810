import { expect, test } from 'vitest'
import { onOneLine, yamlText } from './yaml-text.ts'
import { parseYaml } from './yaml.ts'

const TEXTS = [
  'plain',
  ' spaces ',
  `"a" 'b'`,
  'a: b # c',
  '{x}, [y]',
  '!tag &anchor *alias',
  'back\\slash',
  '«ёлочки» 🧦',
  'no',
  '0x1',
  'two\nlines',
  'a\ttab',
  'a\u2028b\u0085c\uFEFF',
  'long '.repeat(100),
]

test.each(TEXTS)('%j is read again as it was written, as key and as value, inside brackets and outside', (text) => {
  const written = `{ ${yamlText(text)}: [${yamlText(text)}, ${yamlText(text)}] }`
  const block = `${yamlText(text)}: ${yamlText(text)}\n`

  expect(parseYaml('a.yaml', written)).toMatchObject({ yaml: { value: { [text]: [text, text] } }, diagnostics: [] })
  expect(parseYaml('a.yaml', block)).toMatchObject({ yaml: { value: { [text]: text } }, diagnostics: [] })
  expect(written).not.toContain('\n')
  expect(onOneLine(text)).not.toMatch(/[\n\u0085\u2028]/)
})
