import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testFolders } from '../../../test/contract/test-folder.ts'
import { ObmenError } from '../../core/errors.ts'
import { CAPS, openZip, type ZipCaps } from './index.ts'
import { deflatedZeros, zipOf, type Ending, type Packed } from './test-support.ts'

const folder = testFolders()
const PRICES_IN_CP866 = Buffer.from([0x96, 0xa5, 0xad, 0xeb])
const { signal } = new AbortController()

function archive(files: readonly Packed[], ending?: Ending): string {
  const path = join(folder(), 'a.zip')
  writeFileSync(path, zipOf(files, ending))
  return path
}

/** Names and texts of an archive, or the code of the fault. */
async function unpack(path: string, caps?: ZipCaps): Promise<unknown> {
  try {
    const zip = await openZip(path, 'a.zip', caps)
    try {
      const found: [string, string][] = []
      for (const member of zip.members) {
        const to = join(folder(), 'member')
        await zip.extract(member, to, signal)
        found.push([member.name, readFileSync(to, 'utf8')])
      }
      return found
    } finally {
      zip.close()
    }
  } catch (error) {
    if (error instanceof ObmenError) return `${error.kind} ${error.code}`
    throw error
  }
}

test('reads names in UTF-8 where the archive says so, else in cp866, and slashes of Windows', async () => {
  const path = archive([
    { name: 'webdata/Товары.xml', text: 'один' },
    { name: Buffer.concat([Buffer.from('webdata\\'), PRICES_IN_CP866, Buffer.from('.xml')]), text: 'два' },
    { name: 'webdata/', text: '' },
  ])

  expect(await unpack(path)).toEqual([
    ['webdata/Товары.xml', 'один'],
    ['webdata/Цены.xml', 'два'],
  ])
})

test.each([
  ['../a.xml', 'escaping_name'],
  ['x/../../a.xml', 'escaping_name'],
  ['x/..', 'escaping_name'],
  ['/etc/a.xml', 'escaping_name'],
  ['\\a.xml', 'escaping_name'],
  ['C:\\a.xml', 'escaping_name'],
  ['c:a.xml', 'escaping_name'],
  ['..\\a.xml', 'escaping_name'],
  ['x\\..\\..\\a.xml', 'escaping_name'],
  ['\\\\server\\share\\a.xml', 'escaping_name'],
  ['//server/share/a.xml', 'escaping_name'],
  ['', 'forbidden_name'],
  ['./a.xml', 'forbidden_name'],
  ['x//a.xml', 'forbidden_name'],
  ['CON', 'forbidden_name'],
  ['con.xml', 'forbidden_name'],
  ['webdata/NUL.tar.xml', 'forbidden_name'],
  ['aux/a.xml', 'forbidden_name'],
  ['COM1.xml', 'forbidden_name'],
  ['lpt²', 'forbidden_name'],
  ['a\0.xml', 'forbidden_name'],
  ['a\u202elmx.exe', 'forbidden_name'],
  ['a\u200f.xml', 'forbidden_name'],
  ['a\n.xml', 'forbidden_name'],
  ['a.xml.', 'forbidden_name'],
  ['x /a.xml', 'forbidden_name'],
  ['ab:c.xml', 'forbidden_name'],
  ['a?.xml', 'forbidden_name'],
  [`${'x'.repeat(252)}.xml`, 'forbidden_name'],
  [`${'ж'.repeat(126)}.xml`, 'forbidden_name'],
  [`${'x'.repeat(60_000)}.xml`, 'forbidden_name'],
  [`${'x/'.repeat(40)}a.xml`, 'forbidden_name'],
  [`${`${'x'.repeat(200)}/`.repeat(6)}a.xml`, 'forbidden_name'],
])('refuses an archive with the name %j', async (name, code) => {
  const good = { name: 'a.xml', text: 'x' }

  expect(await unpack(archive([good, { name, text: 'x' }]))).toBe(`input zip.${code}`)
})

test('says a name that would deceive letter by letter', async () => {
  const path = archive([{ name: 'good\u202elmx.exe', text: 'x' }])

  await expect(openZip(path, 'a.zip')).rejects.toThrow(
    'reading a.zip: "good\\u202elmx.exe" has characters that cannot be seen',
  )
})

test.each([
  'CONTENT.xml',
  'com.xml',
  'nul_1.xml',
  'a..b.xml',
  '..a.xml',
  'Цены и остатки.xml',
  '😀.xml',
  `${'x'.repeat(251)}.xml`,
])('takes the name %j', async (name) => {
  expect(await unpack(archive([{ name, text: 'x' }]))).toEqual([[name, 'x']])
})

test.each([
  ['the same', 'a.xml', 'a.xml'],
  ['the same in other letters', 'webdata/Цены.xml', 'WebData/цены.XML'],
  ['the same in other code points', 'й.xml', 'и\u0306.xml'],
  ['file and folder', 'webdata', 'webdata/a.xml'],
  ['folder and file', 'webdata/a.xml', 'WEBDATA'],
  ['an empty folder and a file', 'webdata/', 'webdata'],
])('refuses two members that would end as one: %s', async (_what, one, other) => {
  const files = [
    { name: one, text: '' },
    { name: other, text: '' },
  ]

  expect(await unpack(archive(files))).toBe('input zip.same_name')
})

test.each([
  ['a link', 0o120777],
  ['a pipe', 0o010644],
  ['a device', 0o060644],
])('refuses %s', async (_what, mode) => {
  expect(await unpack(archive([{ name: 'a.xml', text: '/etc/passwd', mode }]))).toBe('input zip.special_entry')
  expect(await unpack(archive([{ name: 'a.xml', text: 'x', mode: 0o100644 }]))).toEqual([['a.xml', 'x']])
})

test('refuses bombs by their directory alone: dense ones, and files that share their bytes', async () => {
  const zeros = deflatedZeros(1024)
  const bomb = { name: 'a.xml', text: zeros, deflatedFrom: 1024 ** 3 }
  const kernel = { name: 'k.xml', text: deflatedZeros(1), deflatedFrom: 1000 }
  const shared = Array.from({ length: 1000 }, (_, i) => ({ ...kernel, name: `${i}.xml`, sharesBytes: i > 0 }))

  expect(zeros.length).toBeLessThan(1.1 * 1024 ** 2)
  expect(await unpack(archive([bomb]))).toBe('input zip.too_large')
  expect(await unpack(archive([{ ...bomb, lie: { size: 1000 } }]))).toBe('input zip.broken')
  expect(await unpack(archive(shared))).toBe('input zip.overlapping')
})

test('reads archives in 64 bits, and believes their sizes no more than others', async () => {
  const one = { name: 'a.xml', text: 'text' }

  expect(await unpack(archive([one], { zip64: true }))).toEqual([['a.xml', 'text']])
  expect(await unpack(archive([{ ...one, lie: { size: 2 ** 45 } }], { zip64: true }))).toBe('input zip.too_large')
  expect(await unpack(archive([one], { zip64: true, count: 2 ** 50 }))).toBe('input zip.too_large')
})

test('refuses a directory that counts fewer or more files than it lists', async () => {
  const two = [
    { name: 'a', text: 'x' },
    { name: 'b', text: 'y' },
  ]

  expect(await unpack(archive(two, { count: 1 }))).toBe('input zip.broken')
  expect(await unpack(archive(two, { count: 3 }))).toBe('input zip.broken')
})

test('refuses a way of packing that is not known', async () => {
  expect(await unpack(archive([{ name: 'a.xml', text: 'x', lie: { method: 9 } }]))).toBe('input zip.method')
})

test('refuses what is larger, more or denser than its caps', async () => {
  const caps = { ...CAPS, members: 2, bytes: 2_000_000 }
  const two = [
    { name: 'a', text: 'x' },
    { name: 'b', text: 'y' },
  ]

  expect(await unpack(archive(two), caps)).toEqual([
    ['a', 'x'],
    ['b', 'y'],
  ])
  expect(await unpack(archive([...two, { name: 'c', text: 'z' }]), caps)).toBe('input zip.too_large')
  expect(await unpack(archive([{ name: 'a', text: 'ab'.repeat(1_000_001) }]), caps)).toBe('input zip.too_large')
  expect(await unpack(archive([{ name: 'a', text: Buffer.alloc(1_900_000) }]), caps)).toBe('input zip.too_large')
})

test('refuses archives in archives, passwords, wrong sums and lies about the size', async () => {
  const one = { name: 'a.xml', text: 'text of a file' }

  expect(await unpack(archive([{ ...one, name: 'inner.zip' }]))).toBe('input zip.nested')
  expect(await unpack(archive([{ ...one, encrypted: true }]))).toBe('input zip.encrypted')
  expect(await unpack(archive([{ ...one, lie: { crc: 1 } }]))).toBe('input zip.broken')
  expect(await unpack(archive([{ ...one, lie: { size: 5 } }]))).toBe('input zip.broken')
})

test('refuses an archive cut off at any place', async () => {
  const path = archive([{ name: 'a.xml', text: 'text' }])
  const whole = readFileSync(path)
  const found = new Set<unknown>()

  for (let length = 0; length < whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length))
    found.add(await unpack(path))
  }

  expect([...found]).toEqual(['input zip.broken'])
})

test('refuses a truncated archive and lets a missing one be a missing file', async () => {
  const path = archive([{ name: 'a.xml', text: 'text' }])
  writeFileSync(path, readFileSync(path).subarray(0, -10))

  expect(await unpack(path)).toBe('input zip.broken')
  await expect(openZip(join(folder(), 'none.zip'), 'none.zip')).rejects.toMatchObject({ code: 'ENOENT' })
})
