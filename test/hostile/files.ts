import { open } from 'node:fs/promises'

/** A part of a file: bytes once, or the same bytes many times. */
export type Part = string | Buffer | { readonly times: number; readonly of: string }

/** Bytes written at once. */
const BLOCK = 4 * 1024 * 1024

/** The beginning and the end of every exchange file; the root opens in line 2. */
export const HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
export const ROOT =
  '<КоммерческаяИнформация xmlns="urn:1C.ru:commerceml_2" ВерсияСхемы="2.07" ДатаФормирования="2026-03-02T14:00:05">\n'
export const END = '</КоммерческаяИнформация>\n'
const OFFERS = '<ПакетПредложений><Ид>c1#</Ид><Предложения>\n'
const END_OF_OFFERS = '</Предложения></ПакетПредложений>\n'

/** A whole file with these parts where offers stand: from line 4 on. */
export function amongOffers(...parts: readonly Part[]): readonly Part[] {
  return [HEAD, ROOT, OFFERS, ...parts, '\n', END_OF_OFFERS, END]
}

/** A whole file with these parts inside the root: from line 3 on. */
export function insideRoot(...parts: readonly Part[]): readonly Part[] {
  return [HEAD, ROOT, ...parts, '\n', END]
}

/** As many repetitions as fill so many bytes. */
export function filling(bytes: number, of: string): Part {
  return { times: Math.ceil(bytes / Buffer.byteLength(of)), of }
}

/** Writes a file part by part, so that it may be larger than memory. */
export async function writeParts(path: string, parts: readonly Part[]): Promise<void> {
  const file = await open(path, 'w')
  try {
    for (const part of parts) {
      if (typeof part === 'string' || Buffer.isBuffer(part)) {
        await file.write(Buffer.from(part as string))
        continue
      }
      const one = Buffer.from(part.of)
      const atOnce = Math.max(1, Math.min(part.times, Math.floor(BLOCK / one.length)))
      const block = Buffer.alloc(atOnce * one.length, one)
      let left = part.times
      for (; left >= atOnce; left -= atOnce) await file.write(block)
      if (left > 0) await file.write(block.subarray(0, left * one.length))
    }
  } finally {
    await file.close()
  }
}
