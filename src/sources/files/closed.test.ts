import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { testFolders } from '../../../test/contract/test-folder.ts'
import { inspectClosing } from './closed.ts'

const SAMPLES = join(import.meta.dirname, '..', '..', '..', '..', 'shared', 'samples')
const EXCHANGE =
  '<?xml version="1.0"?>\n<КоммерческаяИнформация ВерсияСхемы="2.10">\n  <Каталог/>\n</КоммерческаяИнформация>'

/** Cyrillic in windows-1251, enough for the name of the root. */
function windows1251(text: string): Buffer {
  return Buffer.from(Array.from(text, (c) => (c >= 'А' && c <= 'я' ? c.charCodeAt(0) - 0x410 + 0xc0 : c.charCodeAt(0))))
}

function utf16be(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}

function zip(comment = ''): Buffer {
  const end = Buffer.alloc(22)
  end.write('PK\u0005\u0006', 'latin1')
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([Buffer.from('PK\u0003\u0004some entry', 'latin1'), end, Buffer.from(comment)])
}

const LONG = `<a>${'<b>text</b>'.repeat(20_000)}</a>`

const closed: Record<string, string | Buffer> = {
  'UTF-8': EXCHANGE,
  'UTF-8 with byte order mark': `\uFEFF${EXCHANGE}`,
  'blanks and line ends behind': `${EXCHANGE} \r\n\t\n`,
  'a comment behind': `${EXCHANGE}\n<!-- 1C -->\n`,
  'a blank in the last tag': '<a><b/></a >',
  'an empty root': '<?xml version="1.0"?><Root a="1"/>',
  'comment and DOCTYPE in front': '<!-- <x> --><!DOCTYPE a><a></a>',
  'windows-1251': windows1251(EXCHANGE),
  'UTF-16 little endian with mark': Buffer.from(`\uFEFF${EXCHANGE}`, 'utf16le'),
  'UTF-16 little endian': Buffer.from(EXCHANGE, 'utf16le'),
  'UTF-16 big endian with mark': utf16be(`\uFEFF${EXCHANGE}\n`),
  'UTF-16 big endian': utf16be(EXCHANGE),
  'a root whose UTF-8 holds the byte A0': '<КОР x="1"><б/></КОР>',
  'more than the ends': LONG,
  'a zip': zip(),
  'a zip with a comment': zip('made by 1C'),
}

const open: Record<string, string | Buffer> = {
  'an empty file': '',
  'only blanks': ' \n',
  'only NUL': Buffer.alloc(1000),
  'NUL behind the end': Buffer.concat([Buffer.from(EXCHANGE), Buffer.alloc(100)]),
  'NUL instead of the second half': Buffer.concat([Buffer.from(EXCHANGE.slice(0, 100)), Buffer.alloc(100)]),
  'a cut inside the last tag': EXCHANGE.slice(0, -1),
  'a cut behind a whole record': LONG.slice(0, -4),
  'a cut behind an empty element': '<a><b/>',
  'a cut inside the declaration': '<?xml versi',
  'a cut inside the root tag': '<КоммерческаяИнф',
  'another name at the end': '<a><b></b>',
  'UTF-16 that is cut': Buffer.from(`\uFEFF${EXCHANGE.slice(0, -3)}`, 'utf16le'),
  'UTF-16 with NUL behind': Buffer.concat([Buffer.from(`\uFEFF${EXCHANGE}`, 'utf16le'), Buffer.alloc(10)]),
  'a zip without its end': zip().subarray(0, 20),
  'a zip with NUL behind': Buffer.concat([zip(), Buffer.alloc(10)]),
}

const foreign: Record<string, string | Buffer> = {
  'a text': 'Артикул;Цена\n1;2\n',
  'an answer of a server': 'failure\nno access',
  'a picture': Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]),
}

describe('the ends of a file', () => {
  const folder = testFolders()

  for (const [verdict, cases] of Object.entries({ closed, open, foreign })) {
    for (const [name, bytes] of Object.entries(cases)) {
      it(`say ${verdict}: ${name}`, async () => {
        const file = join(folder(), 'f.xml')
        writeFileSync(file, bytes)

        expect(await inspectClosing(file)).toBe(verdict)
      })
    }
  }

  it('say closed at no cut of a file but its end', async () => {
    const file = join(folder(), 'f.xml')
    const bytes = Buffer.from(EXCHANGE)
    const verdicts = new Set<string>()

    for (let length = 0; length < bytes.length; length++) {
      writeFileSync(file, bytes.subarray(0, length))
      verdicts.add(await inspectClosing(file))
    }

    expect([...verdicts]).toEqual(['open'])
  })
})

describe.skipIf(!existsSync(SAMPLES))('files that 1C wrote', () => {
  const files = existsSync(SAMPLES)
    ? readdirSync(SAMPLES, { recursive: true, encoding: 'utf8' }).filter((name) => /\.xml$/i.test(name))
    : []

  it('are closed when their root is', async () => {
    const wrong: string[] = []
    for (const name of files) {
      const path = join(SAMPLES, name)
      const text = readFileSync(path, 'latin1').trimEnd()
      const verdict = await inspectClosing(path)
      if (verdict !== (text.endsWith('>') ? 'closed' : 'open')) wrong.push(`${name}: ${verdict}`)
    }

    expect(files.length).toBeGreaterThan(0)
    expect(wrong).toEqual([])
  })
})
