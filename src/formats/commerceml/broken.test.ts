import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { ObmenError } from '../../core/errors.ts'
import { readWhole } from './testing.ts'

const folder = new URL('../../../fixtures/broken/', import.meta.url).pathname

/** Where and why each file is refused, and a word of what is said about it. */
const refusals: Readonly<Record<string, readonly [refusal: string, says: string]>> = {
  'attribute-without-quotes.xml': ['8:24 xml.malformed', 'unquoted attribute value'],
  'bare-ampersand.xml': ['8:47 xml.malformed', 'an ampersand that begins no entity'],
  'control-character-in-a-tag.xml': ['8:23 xml.malformed', 'disallowed character in tag name'],
  'declaration-only.xml': ['2:1 xml.truncated', 'the file ends before its first element'],
  'doctype.xml': ['2:1 xml.doctype', 'a DOCTYPE'],
  'duplicate-attribute.xml': ['8:47 xml.malformed', 'duplicate attribute: Статус'],
  'empty.xml': ['1:1 xml.truncated', 'the file is empty'],
  'end-tag-without-start.xml': ['10:10 xml.malformed', 'unexpected close tag'],
  'enterprise-data.xml': ['2:1 commerceml.other_format', 'a message of EnterpriseData'],
  'error-page.xml': ['1:1 commerceml.web_page', 'a web page'],
  'glued-without-declaration.xml': ['12:1 xml.trailing_content', 'something follows the end'],
  'glued.xml': ['118:26 xml.trailing_content', 'something follows the end'],
  'invalid-utf-8.xml': ['8:44 xml.invalid_utf8', 'bytes that are no UTF-8'],
  'not-xml.xml': ['1:1 commerceml.web_page', 'a web page'],
  'nul-bytes-at-the-end.xml': ['12:1 xml.nul_bytes', 'NUL bytes'],
  'nul-bytes-in-the-middle.xml': ['8:42 xml.nul_bytes', 'NUL bytes'],
  'nul-padded.xml': ['113:63 xml.nul_bytes', 'NUL bytes'],
  'price-list-yml.xml': ['2:1 commerceml.other_format', 'a price list in YML'],
  'text-table.xml': ['1:1 xml.not_xml', 'no XML'],
  'truncated-after-a-record.xml': ['7:105 xml.truncated', 'ends inside КоммерческаяИнформация/ПакетПредложений'],
  'truncated-in-a-comment.xml': ['10:8 xml.truncated', 'ends inside КоммерческаяИнформация/ПакетПредложений'],
  'truncated-in-a-tag.xml': ['8:79 xml.truncated', 'ends inside the offer that starts at line 8'],
  'truncated-in-an-entity.xml': ['8:50 xml.truncated', 'ends inside the offer that starts at line 8'],
  'truncated.xml': ['113:63 xml.truncated', 'ends inside the offer that starts at line 86'],
  'two-roots.xml': ['12:1 xml.trailing_content', 'something follows the end'],
  'unclosed-element.xml': ['8:87 xml.malformed', 'unexpected close tag'],
  'unclosed-root.xml': ['11:1 xml.truncated', 'ends inside КоммерческаяИнформация'],
  'undefined-entity.xml': ['8:51 xml.malformed', 'undefined entity'],
  'unknown-root.xml': ['2:1 commerceml.unknown_root', 'the root element is "Прайс"'],
  'version-1-by-its-number.xml': ['2:1 commerceml.v1', 'as 1C 7.7 writes it'],
  'version-1-by-its-shape.xml': ['3:1 commerceml.v1', 'as 1C 7.7 writes it'],
  'version-1-document.xml': ['3:1 commerceml.v1', 'as 1C 7.7 writes it'],
  'wrong-nesting.xml': ['8:69 xml.malformed', 'unexpected close tag'],
  'zip-archive.xml': ['1:1 xml.not_xml', 'no XML'],
}

test.each(Object.entries(refusals))('%s', async (name, [refusal, says]) => {
  const error = await readWhole(folder + name).catch((thrown: unknown) => thrown)

  if (!(error instanceof ObmenError)) throw error
  expect(`${error.place?.line}:${error.place?.column} ${error.code}`).toBe(refusal)
  expect(error.message).toContain(says)
  expect([error.kind, error.place?.file]).toEqual(['input', name])
  expect(error.remedy).toMatch(/\.$/)
})

test('every broken fixture is refused here', () => {
  expect(Object.keys(refusals).sort()).toEqual(readdirSync(folder).sort())
})
