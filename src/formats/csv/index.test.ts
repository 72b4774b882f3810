import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import { readCsv } from './index.ts'

const bytes = (text: string): Uint8Array => Buffer.from(text, 'utf8')
const texts = (input: Uint8Array): string[][] => readCsv(input).rows.map((row) => row.map((cell) => cell.text))

describe('readCsv', () => {
  it.each([
    [
      'semicolons, as Excel writes in Russia',
      'Группа;коэффициент\r\nОбувь;1,25\r\n',
      [
        ['Группа', 'коэффициент'],
        ['Обувь', '1,25'],
      ],
    ],
    [
      'commas',
      'group,factor\nshoes,1.25\n',
      [
        ['group', 'factor'],
        ['shoes', '1.25'],
      ],
    ],
    [
      'tabs',
      'group\tfactor\nshoes; boots\t1,25',
      [
        ['group', 'factor'],
        ['shoes; boots', '1,25'],
      ],
    ],
    ['one column', 'Ид\n001\n002\n', [['Ид'], ['001'], ['002']]],
    [
      'a comma in a header of semicolons',
      'Бренд, страна;к\nA;1\nB;2\n',
      [
        ['Бренд, страна', 'к'],
        ['A', '1'],
        ['B', '2'],
      ],
    ],
    [
      'the line that tells Excel the delimiter',
      'sep=|\na|b\n1;2|3\n',
      [
        ['a', 'b'],
        ['1;2', '3'],
      ],
    ],
    [
      'quotes',
      'a;b\n"x;y";"say ""да"""\n',
      [
        ['a', 'b'],
        ['x;y', 'say "да"'],
      ],
    ],
    [
      'a line break in quotes',
      'a;b\n"x\ny";z\n',
      [
        ['a', 'b'],
        ['x\ny', 'z'],
      ],
    ],
    [
      'a quote inside a bare cell',
      'a;b\n5" pipe;1\n',
      [
        ['a', 'b'],
        ['5" pipe', '1'],
      ],
    ],
    [
      'empty cells',
      'a;b;c\n;;\n1;;\n',
      [
        ['a', 'b', 'c'],
        ['1', '', ''],
      ],
    ],
    [
      'an empty last cell without a line end',
      'a;b\n1;',
      [
        ['a', 'b'],
        ['1', ''],
      ],
    ],
    [
      'old line ends',
      'a;b\r1;2\r',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['no rows', '\n\n', []],
    [
      'spaces, which stay',
      'a;b\n 1 ; 2\n',
      [
        ['a', 'b'],
        [' 1 ', ' 2'],
      ],
    ],
  ])('reads %s', (_name, input, expected) => {
    expect(texts(bytes(input))).toEqual(expected)
  })

  it('tells the encoding by the bytes', () => {
    const text = 'Ключ;Цвет\n001;Чёрный\n'
    const expected = [
      ['Ключ', 'Цвет'],
      ['001', 'Чёрный'],
    ]

    expect(texts(bytes(text))).toEqual(expected)
    expect(texts(bytes(`\uFEFF${text}`))).toEqual(expected)
    expect(texts(iconv.encode(text, 'windows-1251'))).toEqual(expected)
    expect(texts(iconv.encode(text, 'utf-16le', { addBOM: true }))).toEqual(expected)
    expect(texts(iconv.encode(text, 'utf-16be', { addBOM: true }))).toEqual(expected)
  })

  it('knows where each cell stands', () => {
    const { rows } = readCsv(bytes('sep=;\r\nкод;"имя"\r\n\r\n"a\nb";"c";d\r\n'))

    expect(rows).toEqual([
      [
        { text: 'код', line: 2, column: 1 },
        { text: 'имя', line: 2, column: 5 },
      ],
      [
        { text: 'a\nb', line: 4, column: 1 },
        { text: 'c', line: 5, column: 4 },
        { text: 'd', line: 5, column: 8 },
      ],
    ])
  })

  it('stops at a quote that is never closed and says where it opens', () => {
    const csv = readCsv(bytes('a;b\n1;"2\n3;4\n'))

    expect(csv.fault).toEqual({ line: 2, column: 3, message: 'the quote that opens here is not closed' })
    expect(csv.rows.map((row) => row.map((cell) => cell.text))).toEqual([['a', 'b']])
  })
})
