import { closeSync, openSync, readSync } from 'node:fs'
import { ObmenError, type Place } from '../../core/errors.ts'

const CHUNK = 65_536
const LINE_FEED = 0x0a
/** Characters: a fault may name elements, and a hostile file has long names. */
const LONGEST_FAULT = 300

/** Reports a fault at a byte offset of the UTF-8 file. Never returns. */
export type Fail = (code: string, fault: string, offset: number) => never

/** What a person should do about a fault, by code. */
const remedies: Readonly<Record<string, string>> = {
  'xml.truncated': 'Let 1C write the file again and check that the disk was not full.',
  'xml.nul_bytes': 'Let 1C write the file again: the copy over the network was not finished.',
  'xml.trailing_content': 'Let 1C write the file again: two files were written into one.',
  'xml.not_xml': 'Check which program writes into this folder: the file is no XML.',
  'xml.doctype': 'Check which program writes the file: 1C never writes a DOCTYPE.',
  'xml.too_deep': 'Check which program writes the file: 1C never nests elements like that.',
  'xml.too_many_attributes': 'Check which program writes the file: 1C never writes so many attributes.',
  'xml.too_many_prefixes': 'Check which program writes the file: 1C writes one spelling of a tag.',
  'commerceml.repeated_record': 'Check which program writes the file: it states one record again and again.',
  'xml.piece_too_large': 'Check which program writes the file: 1C never writes so much in one piece.',
  'commerceml.record_too_large': 'Look at the record at this line: usually a picture was put into its description.',
  'commerceml.too_many_records': 'Let the node of 1C export in portions.',
  'xml.invalid_utf16': 'Let 1C write the file again, best in UTF-8.',
  'xml.invalid_utf8': 'Let 1C write the file again in one encoding.',
  'commerceml.unknown_root': 'Check the exchange folder: the file is no CommerceML.',
  'commerceml.id_too_long': 'Look at the line: an id of 1C has 36 or 73 characters, this one holds something else.',
  'commerceml.v1':
    'Let 1C 7.7 export with a processing that writes CommerceML 2.04 or newer («Обмен с WEB-сайтом»), or read its price list with `parse: { format: xml }`.',
  'commerceml.web_page':
    'Open the file in a browser: it shows what the server answered. Check the address, login and password in the exchange node.',
  'commerceml.other_format':
    'Choose «Обмен с сайтом» (CommerceML 2) in the exchange node of 1C, or describe the file in `parse: { format: xml }`.',
}
const defaultRemedy = 'Let 1C write the file again; if it happens again, show the line to the 1C specialist.'

/** Makes the {@link Fail} of one file: it reads the file again to turn the offset into line and column. */
export function failuresOf(path: string, name: string): Fail {
  return (code, fault, offset) => {
    const shown = fault.length > LONGEST_FAULT ? `${fault.slice(0, LONGEST_FAULT)}…` : fault
    const place: Place = { file: name, ...placeOf(path, offset) }
    throw new ObmenError('input', code, `reading ${name}: ${shown}`, {
      place,
      remedy: remedies[code] ?? defaultRemedy,
    })
  }
}

/** One-based line and column (in characters, the byte order mark not counted) of a byte offset of a UTF-8 file. */
export function placeOf(path: string, offset: number): { readonly line: number; readonly column: number } {
  const chunk = Buffer.allocUnsafe(CHUNK)
  const file = openSync(path, 'r')
  let line = 1
  let column = 1
  try {
    for (let at = 0; at < offset;) {
      const read = readSync(file, chunk, 0, Math.min(CHUNK, offset - at), at)
      if (read === 0) break
      for (let i = at === 0 && startsWithMark(chunk, read) ? 3 : 0; i < read; i++) {
        const byte = chunk[i] as number
        if (byte === LINE_FEED) {
          line++
          column = 1
        } else if ((byte & 0xc0) !== 0x80) {
          column++
        }
      }
      at += read
    }
  } finally {
    closeSync(file)
  }
  return { line, column }
}

function startsWithMark(chunk: Buffer, length: number): boolean {
  return length >= 3 && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf
}
