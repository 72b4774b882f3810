import { expect, test } from 'vitest'
import { XmlFault } from './strict.ts'
import { TreeReader } from './tree.ts'

test('texts are trimmed, pieces around references, CDATA and comments are one text', () => {
  const element = new TreeReader().read('<a>\n\t x &amp; <![CDATA[ <y> ]]><!-- no -->&#x7A;\r\n</a>')

  expect(element.text()).toBe('x &  <y> z')
})

test('children and attributes are found by their local names, the first child of the first name', () => {
  const element = new TreeReader().read('<n:a n:b=" 1 " c="2"><x>1</x><n:y>2</n:y><x>3</x><z/></n:a>')

  expect(element.attribute('b')).toBe('1')
  expect(element.attribute('c')).toBe('2')
  expect(element.attribute('d')).toBe('')
  expect(element.childText('y', 'x')).toBe('2')
  expect(element.children('x', 'y').map((child) => child.text())).toEqual(['1', '3', '2'])
  expect(element.child('z')?.text()).toBe('')
  expect(element.child('missing')).toBeUndefined()
})

test('items of several containers stand in one list', () => {
  const element = new TreeReader().read('<a><l><i>1</i><k>2</k></l><l><i>3</i></l><l/></a>')

  expect(element.items('l', 'i', 'k').map((item) => item.text())).toEqual(['1', '2', '3'])
})

test('a record after a faulty one is read as if nothing had been', () => {
  const reader = new TreeReader()
  const faulty = (): unknown => reader.read('<a><b>1</a>')

  expect(faulty).toThrow(XmlFault)
  expect(reader.read('<a>2<b>3</b></a>').text()).toBe('2')
  expect(reader.read('<a>4</a>').text()).toBe('4')
})

test('what is no element of the record but a name of every object is not found', () => {
  const element = new TreeReader().read('<a constructor="1"/>')

  expect(element.attribute('toString')).toBe('')
  expect(element.child('constructor')).toBeUndefined()
})
