import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { detectEncoding } from './encoding.ts'
import { readWhole, writeExchangeFile } from './testing.ts'

const quirk = (name: string): string => new URL(`../../../fixtures/quirks/${name}`, import.meta.url).pathname
const { signal } = new AbortController()

test.each([
  ['bom-crlf.xml', 'UTF-8', true],
  ['windows-1251.xml', 'windows-1251', false],
  ['declaration-lies-utf-8.xml', 'windows-1251', false],
  ['declaration-lies-1251.xml', 'UTF-8', false],
  ['utf-16.xml', 'UTF-16LE', true],
])('%s is %s', async (name, encoding, bom) => {
  const { file, decoded } = await readWhole(quirk(name))

  expect(await detectEncoding(quirk(name), signal)).toEqual({ name: encoding, bom })
  expect([file.header.encoding, file.header.bom]).toEqual([encoding, bom])
  expect(decoded.map(({ record, statement }) => [record.line, statement?.offerFacts?.name])).toEqual([[7, 'Футболка']])
})

test('another declared encoding is used when the bytes are no UTF-8', async () => {
  const declaration = '<?xml version="1.0" encoding="KOI8-R"?><a>'
  const path = await writeExchangeFile(Buffer.concat([Buffer.from(declaration), Buffer.from([0xcb, 0xcf, 0xc4])]))

  expect(await detectEncoding(path, signal)).toEqual({ name: 'koi8-r', bom: false })
})

test('a character that the end of a chunk or of the file cuts is valid so far', async () => {
  const path = await writeExchangeFile(Buffer.from(`x${'я'.repeat(300_000)}`).subarray(0, -1))

  expect(await detectEncoding(path, signal)).toEqual({ name: 'UTF-8', bom: false })
})

test('a transcoded file is read from its copy, which is deleted in the end', async () => {
  const { file, records } = await readWhole(quirk('windows-1251.xml'))

  expect(file.path).toMatch(/\/[0-9a-f]{16}\.utf8$/)
  expect(records.map(({ line }) => line)).toEqual([7])
  await file.close()
  expect([existsSync(file.path), existsSync(quirk('windows-1251.xml'))]).toEqual([false, true])
})

test('closing a UTF-8 file deletes nothing', async () => {
  const { file } = await readWhole(quirk('bom-crlf.xml'))

  await file.close()

  expect(existsSync(file.path)).toBe(true)
})
