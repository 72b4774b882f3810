/** What a file may hold where something else is expected. Everything as latin1 text of UTF-8 bytes. */

const listed = (values: string): string[] => bytesOf(values).split('|')

export const NUMBERS = [
  ...listed('| |0|-0|+0|00012|-5|1e5|1E-400|1e999999999|0x10|NaN|Infinity|.|,|-|.5|-.5|5.|1 234,50|1,234.50|1,2,3'),
  ...listed('1.2.3|--1|1-|٣|１２|½|²|∞|1_000|9007199254740993|-99999999999999999999.999'),
  '9'.repeat(400),
  `0.${'1'.repeat(400)}`,
  '9'.repeat(40_000),
]
export const DATES = [
  ...listed('|0001-01-01T00:00:00|9999-12-31T23:59:59|2026-13-01|2026-02-30T10:00:00|1969-12-31T23:59:59Z|2026'),
  ...listed('2026-03-02T24:00:00|2026-03-02T25:61:61|2026-03-02 4:05|2026-03-02T14:00:05+99:99|2026-03-02T14:00|now'),
  ...listed('02.03.2026 14:00|2038-01-19T03:14:08|2026-03-29T02:30:00|2026-03-02T14:15:00|1e99'),
]
export const IDS = [
  ...listed(
    '| |#|##|#a|a#|a#b#c|a#00000000-0000-0000-0000-000000000000|/|..|a\nb|a/b|😀|&lt;|&#10;|&#x200B;|undefined',
  ),
  ...listed('__proto__|constructor|toString|hasOwnProperty|__proto__#constructor|constructor#__proto__|NULL'),
  'x'.repeat(60),
  'x'.repeat(3000),
  bytesOf(`a#${'я'.repeat(1500)}`),
]
export const NAMES = [
  ...listed('__proto__|constructor|prototype|toString|hasOwnProperty|_|a:b:c|x:Ид|Ид|Товар|Предложение|Группы|Каталог'),
  ...listed('Цены|Склад|Склады|Остатки|Количество|КоммерческаяИнформация'),
]
export const REFERENCES = [
  ...listed(
    '&lt;|&amp;|&gt|&|&&amp;|&#0;|&#1;|&#9;|&#x41;|&#X41;|&#xD800;|&#xDC00;|&#x10FFFF;|&#x110000;|&#-1;|&#;|&#x;',
  ),
  ...listed('&#99999999999999999999;|&nbsp;|&lol9;|&__proto__;|&constructor;|&#xFFFE;|&#x1F600;|&amp;lt;'),
]
export const MARKUP = [
  ...listed('<![CDATA[]]>|<![CDATA[<Ид>x</Ид>]]>|<![CDATA[|]]>|<!-- -->|<!-- -- -->|<!--|-->|<!-->|<?x ?>|<?|?>|<!'),
  ...listed(
    '<?xml version="1.0"?>|<!DOCTYPE a>|<!DOCTYPE a [<!ENTITY b "c">]>|<!ELEMENT|<![INCLUDE[|<a/>|<a>|</a>|<|>',
  ),
  ...listed(`</|/>|< |<a b=">"/>|<a b="<"/>|<a b='"'/>|<Ид>y</Ид>|<Товары><Товар><Ид>z</Ид></Товар></Товары>|<Товар/>`),
  ...listed('<Предложение><Ид>z</Ид></Предложение>'),
]
export const TEXTS = [...IDS, ...NUMBERS, 'x'.repeat(20_000), bytesOf('я'.repeat(1200))]
export const BLANKS = [...listed(' |\n|\t|\r|\r\n|\u0001|\u001f|\u007f|\u00a0|\ufeff')]

/** Encodings a file may be written in, and those it may say it is written in. */
export const ENCODINGS = ['windows-1251', 'UTF-16LE', 'UTF-16BE', 'koi8-r', 'cp866', 'UTF-8']
export const DECLARED = listed('windows-1251|UTF-8|utf-16|koi8-r|base64|hex|utf-7|GB18030|nothing|__proto__')
/** Byte order marks, right and wrong ones. */
export const MARKS = [[0xef, 0xbb, 0xbf], [0xff, 0xfe], [0xfe, 0xff], [0xff, 0xfe, 0, 0], [0x2b, 0x2f, 0x76], []]

/** Text as its UTF-8 bytes, each one character. */
export function bytesOf(unicode: string): string {
  return Buffer.from(unicode).toString('latin1')
}
