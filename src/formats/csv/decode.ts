import iconv from 'iconv-lite'

/**
 * The text of a table that a person saved: UTF-8 or UTF-16 by its byte order mark, else UTF-8 when the bytes are valid
 * UTF-8, else windows-1251 (what Excel writes as "CSV" on a Russian Windows). The mark is left out.
 */
export function decodeText(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    // Not UTF-8, so it is the one-byte encoding of the machine.
    return iconv.decode(Buffer.from(bytes), 'windows-1251')
  }
}
