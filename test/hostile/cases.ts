import iconv from 'iconv-lite'
import { amongOffers, END, filling, HEAD, insideRoot, ROOT, type Part } from './files.ts'

/** One hostile file and what must become of it. */
export interface HostileCase {
  readonly name: string
  readonly parts: readonly Part[]
  /** Records that are taken, or why and where the file is refused. */
  readonly expected: number | readonly [code: string, line: number, column: number]
}

const MB = 1024 * 1024
const OFFER = '<Предложение><Ид>a1</Ид>'
const END_OF_OFFER = '</Предложение>'

function many(count: number, of: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => of(i)).join('')
}

const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY lol${i + 1} "${`&lol${i};`.repeat(10)}">`).join('\n')
const root = (encoding: string, text: string): Buffer =>
  iconv.encode(
    `<?xml version="1.0" encoding="${encoding}"?>\n${ROOT}<ПакетПредложений><Предложения>\n${OFFER}<Наименование>${text}</Наименование>${END_OF_OFFER}\n</Предложения></ПакетПредложений>${END}`,
    encoding,
  )
const utf16 = (before: string, broken: number[], after: string): readonly Part[] => {
  const whole = `${ROOT}<ПакетПредложений><Предложения>\n${OFFER}<Наименование>${before}`
  const rest = `${after}</Наименование>${END_OF_OFFER}\n</Предложения></ПакетПредложений>${END}`
  return [
    Buffer.concat([
      Buffer.from([0xff, 0xfe]),
      Buffer.from(whole, 'utf16le'),
      Buffer.from(broken),
      Buffer.from(rest, 'utf16le'),
    ]),
  ]
}

/** Entities and documents from elsewhere. `url` is a server that must hear nothing, `secret` a file nobody may read. */
export function outsideCases(url: string, secret: string): readonly HostileCase[] {
  const entity = (declaration: string, use = '&x;'): readonly Part[] => [
    HEAD,
    `<!DOCTYPE КоммерческаяИнформация [\n${declaration}\n]>\n`,
    ...amongOffers(`${OFFER}<Наименование>${use}</Наименование>${END_OF_OFFER}`).slice(1),
  ]
  const doctype = ['xml.doctype', 2, 1] as const
  return [
    { name: 'a million laughs', parts: entity(`<!ENTITY lol0 "lol">\n${laughs}`, '&lol9;'), expected: doctype },
    {
      name: 'quadratic blow-up',
      parts: entity(`<!ENTITY x "${'x'.repeat(100_000)}">`, '&x;'.repeat(50_000)),
      expected: doctype,
    },
    { name: 'an entity that is itself', parts: entity('<!ENTITY x "&x;">'), expected: doctype },
    { name: 'a file of this machine', parts: entity(`<!ENTITY x SYSTEM "file://${secret}">`), expected: doctype },
    { name: 'a page of a server', parts: entity(`<!ENTITY x SYSTEM "${url}/entity">`), expected: doctype },
    {
      name: 'a parameter entity of a server',
      parts: entity(`<!ENTITY % p SYSTEM "${url}/parameter">\n%p;`),
      expected: doctype,
    },
    {
      name: 'a DTD of a server',
      parts: [HEAD, `<!DOCTYPE КоммерческаяИнформация SYSTEM "${url}/dtd">\n`, ...insideRoot('').slice(1)],
      expected: doctype,
    },
    {
      name: 'an attribute list inside a record',
      parts: amongOffers(OFFER, `<!ATTLIST Ид a CDATA "b">`, END_OF_OFFER),
      expected: ['xml.malformed', 4, 33],
    },
    {
      name: 'an entity without a declaration',
      parts: amongOffers(`${OFFER}<Наименование>&lol9;</Наименование>${END_OF_OFFER}`),
      expected: ['xml.malformed', 4, 44],
    },
    {
      name: 'a style sheet, a schema and an inclusion of a server',
      parts: [
        HEAD,
        `<?xml-stylesheet href="${url}/style"?>\n`,
        ROOT.replace(
          '>',
          ` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x ${url}/schema">`,
        ),
        `<ПакетПредложений><Предложения>${OFFER}<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://${secret}" parse="text"/>${END_OF_OFFER}</Предложения></ПакетПредложений>`,
        END,
      ],
      expected: 1,
    },
  ]
}

/** Files that are too much of something. */
export const largeCases: readonly HostileCase[] = [
  {
    name: 'ten million references to characters in one record',
    parts: amongOffers(OFFER, '<Описание>', { times: 10_000_000, of: '&#65;' }, '</Описание>', END_OF_OFFER),
    expected: ['commerceml.record_too_large', 4, 1],
  },
  {
    name: 'a million references to characters in one record',
    parts: amongOffers(OFFER, '<Наименование>', { times: 1_000_000, of: '&#65;' }, '</Наименование>', END_OF_OFFER),
    expected: 1,
  },
  {
    name: '200,000 elements inside each other outside records',
    parts: insideRoot({ times: 200_000, of: '<a>' }, { times: 200_000, of: '</a>' }),
    expected: ['xml.too_deep', 3, 192],
  },
  {
    name: '200,000 elements inside each other in a record',
    parts: amongOffers(OFFER, { times: 200_000, of: '<a>' }, { times: 200_000, of: '</a>' }, END_OF_OFFER),
    expected: ['xml.too_deep', 4, 216],
  },
  {
    name: '200,000 records inside each other',
    parts: amongOffers({ times: 200_000, of: '<Предложение>' }, { times: 200_000, of: '</Предложение>' }),
    expected: ['xml.too_deep', 4, 845],
  },
  {
    name: 'a million attributes of one element outside records',
    parts: insideRoot('<a', { times: 1_000_000, of: ' b="1"' }, '/>'),
    expected: ['xml.piece_too_large', 3, 1],
  },
  {
    name: 'many attributes of one element in a record',
    parts: amongOffers(
      OFFER,
      '<a',
      many(1_000_000, (i) => ` a${i}="1"`),
      '/>',
      END_OF_OFFER,
    ),
    expected: ['xml.too_many_attributes', 4, 2229],
  },
  {
    name: 'a text of 100 MB outside records',
    parts: insideRoot('<Каталог><Описание>', filling(100 * MB, 'я'), '</Описание></Каталог>'),
    expected: ['xml.piece_too_large', 3, 20],
  },
  {
    name: 'a text of 100 MB in a record',
    parts: amongOffers(OFFER, '<Описание>', filling(100 * MB, 'я'), '</Описание>', END_OF_OFFER),
    expected: ['commerceml.record_too_large', 4, 1],
  },
  {
    name: 'a text of 15 MB in a record',
    parts: amongOffers(OFFER, '<Наименование>', filling(15 * MB, 'я'), '</Наименование>', END_OF_OFFER),
    expected: 1,
  },
  {
    name: 'an id of 15 MB',
    parts: amongOffers('<Предложение><Ид>', filling(15 * MB, 'я'), '</Ид>', END_OF_OFFER),
    expected: ['commerceml.id_too_long', 4, 1],
  },
  {
    name: 'an attribute value of 100 MB outside records',
    parts: insideRoot('<a b="', filling(100 * MB, 'я'), '"/>'),
    expected: ['xml.piece_too_large', 3, 1],
  },
  {
    name: 'an attribute value of 100 MB in the tag of a record',
    parts: amongOffers('<Предложение Статус="', filling(100 * MB, 'я'), '"><Ид>a1</Ид>', END_OF_OFFER),
    expected: ['xml.piece_too_large', 4, 1],
  },
  {
    name: 'a comment of 100 MB outside records',
    parts: insideRoot('<!--', filling(100 * MB, 'я'), '-->'),
    expected: ['xml.piece_too_large', 3, 1],
  },
  {
    name: 'a CDATA section of 100 MB in a record',
    parts: amongOffers(OFFER, '<Описание><![CDATA[', filling(100 * MB, 'я'), ']]></Описание>', END_OF_OFFER),
    expected: ['commerceml.record_too_large', 4, 1],
  },
  {
    name: 'a processing instruction of 100 MB before the root',
    parts: [HEAD, '<?a ', filling(100 * MB, 'я'), '?>\n', ROOT, END],
    expected: ['xml.piece_too_large', 2, 1],
  },
  {
    name: 'a start tag of 100 MB without an end',
    parts: [HEAD, ROOT, '<a', filling(100 * MB, 'a')],
    expected: ['xml.piece_too_large', 3, 1],
  },
  {
    name: 'blanks of 100 MB before the root',
    parts: [HEAD, filling(100 * MB, ' '), ROOT, END],
    expected: 0,
  },
  {
    name: 'five million empty elements outside records',
    parts: insideRoot({ times: 5_000_000, of: '<a/>' }),
    expected: 0,
  },
  {
    name: 'a million root children, each with another name',
    parts: insideRoot(many(1_000_000, (i) => `<a${i}/>`)),
    expected: 0,
  },
  {
    name: 'records under ever new prefixes',
    parts: amongOffers(many(200_000, (i) => `<p${i}:Предложение><Ид>${i}</Ид></p${i}:Предложение>`)),
    expected: ['xml.too_many_prefixes', 4, 2915],
  },
  {
    name: 'texts of a section without end',
    parts: insideRoot('<Каталог>', { times: 3_000_000, of: '<Ид>12345678</Ид>' }, '</Каталог>'),
    expected: 0,
  },
  {
    name: 'one record of 300 MB',
    parts: amongOffers(OFFER, filling(300 * MB, '<Штрихкод>4600000000000</Штрихкод>'), END_OF_OFFER),
    expected: ['commerceml.record_too_large', 4, 1],
  },
  {
    name: 'ten million records of one id',
    parts: amongOffers({ times: 10_000_000, of: '<Предложение><Ид>a1</Ид></Предложение>' }),
    expected: ['commerceml.repeated_record', 4, 380_001],
  },
]

/** Files in an encoding that is wrong, or looks so. */
export const encodingCases: readonly HostileCase[] = [
  {
    name: 'UTF-16 with the second half of a character alone',
    parts: utf16('ab', [0x00, 0xdc], 'c'),
    expected: ['xml.invalid_utf16', 3, 41],
  },
  {
    name: 'UTF-16 with the first half of a character alone',
    parts: utf16('ab', [0x3d, 0xd8], 'c'),
    expected: ['xml.invalid_utf16', 3, 41],
  },
  { name: 'UTF-16 with characters beyond the first plane', parts: utf16('ab😀'.repeat(200_000), [], 'c'), expected: 1 },
  {
    name: 'UTF-16 that ends in the middle of a character',
    parts: [...utf16('ab', [], 'c'), Buffer.from([0x20])],
    expected: ['xml.invalid_utf16', 5, 1],
  },
  {
    name: 'windows-1251 that says it is UTF-8',
    parts: [
      Buffer.from(root('windows-1251', 'Футболка').toString('latin1').replace('windows-1251', 'UTF-8'), 'latin1'),
    ],
    expected: 1,
  },
  {
    name: 'UTF-8 that says it is windows-1251',
    parts: [root('UTF-8', 'Футболка').toString().replace('UTF-8', 'windows-1251')],
    expected: 1,
  },
  {
    name: 'overlong UTF-8',
    parts: amongOffers(OFFER, '<Наименование>', Buffer.from([0xc0, 0xaf]), '</Наименование>', END_OF_OFFER),
    expected: ['xml.invalid_utf8', 4, 39],
  },
  {
    name: 'surrogates in UTF-8',
    parts: amongOffers(OFFER, '<Наименование>', Buffer.from([0xed, 0xa0, 0xbd]), '</Наименование>', END_OF_OFFER),
    expected: ['xml.invalid_utf8', 4, 39],
  },
  {
    name: 'a byte order mark in a text',
    parts: amongOffers(OFFER, '<Наименование>a\uFEFFb</Наименование>', END_OF_OFFER),
    expected: 1,
  },
  { name: 'a byte order mark before the root', parts: [HEAD, '\uFEFF', ROOT, END], expected: ['xml.not_xml', 2, 1] },
  {
    name: 'a byte order mark behind the root',
    parts: [HEAD, ROOT, END, '\uFEFF'],
    expected: ['xml.trailing_content', 4, 1],
  },
  {
    name: 'NUL bytes',
    parts: amongOffers(OFFER, Buffer.alloc(4096), END_OF_OFFER),
    expected: ['xml.nul_bytes', 4, 25],
  },
  {
    name: 'a reference to NUL',
    parts: amongOffers(`${OFFER}<Наименование>&#0;</Наименование>${END_OF_OFFER}`),
    expected: ['xml.malformed', 4, 42],
  },
]
