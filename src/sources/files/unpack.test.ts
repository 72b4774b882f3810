import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { beforeEach, expect, test } from 'vitest'

import { testFolders } from '../../../test/contract/test-folder.ts'
import { CAPS, type ZipCaps } from '../../formats/zip/index.ts'
import { zipOf, type Packed } from '../../formats/zip/test-support.ts'
import { createFiles } from '../../state/disk.ts'
import type { Claim } from './claim.ts'
import { removeUnpacked, unpack } from './unpack.ts'

const folder = testFolders()
const files = createFiles()
const { signal } = new AbortController()

let root: string
let claimed: Claim
beforeEach(() => {
  root = folder()
  const run = join(root, 'work', 'run-1')
  mkdirSync(run, { recursive: true })
  claimed = { name: 'webdata/a.zip', folder: run, path: join(run, 'a.zip') } as Claim
})

/** Names and texts of the exchange files in it, in their order; or code and place of the fault. */
async function unpacked(packed: readonly Packed[], caps?: ZipCaps): Promise<unknown> {
  writeFileSync(claimed.path, zipOf(packed))
  const options = { files, signal, ...(caps === undefined ? {} : { caps }) }
  return unpack(claimed, options).then(
    (members) => members.map(({ name, path }) => [name, readFileSync(path, 'utf8')]),
    ({ code, place }: { code: string; place: { file: string } }) => `${code} ${place.file}`,
  )
}

function below(path: string): string[] {
  return readdirSync(path, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(path, name)).isFile())
    .sort()
}

test('gives the exchange files in the order of 1C, pictures beside them, and leaves everything else packed', async () => {
  const packed = [
    { name: 'webdata/offers0_1.xml', text: 'offers' },
    { name: 'webdata\\import0_1.xml', text: 'goods' },
    { name: 'webdata/import_files/ab/one.jpg', text: 'picture' },
    { name: 'webdata/import_files/ab/drawing.xml', text: 'hangs on goods' },
    { name: 'webdata/import_files/ab/drivers.zip', text: 'hangs on goods, too' },
    { name: 'readme.txt', text: 'words' },
    { name: '__MACOSX/webdata/._import0_1.xml', text: 'of the Finder' },
  ]

  expect(await unpacked(packed)).toEqual([
    ['webdata/a.zip!webdata/import0_1.xml', 'goods'],
    ['webdata/a.zip!webdata/offers0_1.xml', 'offers'],
  ])
  expect(below(claimed.folder)).toEqual([
    '.unpacked/webdata/import0_1.xml',
    '.unpacked/webdata/import_files/ab/drawing.xml',
    '.unpacked/webdata/import_files/ab/one.jpg',
    '.unpacked/webdata/offers0_1.xml',
    'a.zip',
  ])
})

test('begins anew after a crash, and leaves only the archive when it is cleared away', async () => {
  await unpacked([{ name: 'old.xml', text: 'half of it' }])

  expect(await unpacked([{ name: 'a.xml', text: 'all' }])).toEqual([['webdata/a.zip!a.xml', 'all']])
  expect(below(claimed.folder)).toEqual(['.unpacked/a.xml', 'a.zip'])
  await removeUnpacked(claimed, files)
  expect(below(claimed.folder)).toEqual(['a.zip'])
})

const one = { name: 'a.xml', text: 'text of a file' }
const CASES: Readonly<Record<string, readonly [readonly Packed[], string]>> = {
  'with nothing in it': [[], 'zip.empty webdata/a.zip'],
  'with folders only': [[{ name: 'webdata/', text: '' }], 'zip.empty webdata/a.zip'],
  'without exchange files': [[{ name: 'a.txt', text: '' }], 'zip.without_exchange_files webdata/a.zip'],
  'with pictures only': [[{ name: 'import_files/a.xml', text: '' }], 'zip.without_exchange_files webdata/a.zip'],
  'with another archive': [[one, { name: 'x/b.ZIP', text: '' }], 'zip.nested webdata/a.zip!x/b.ZIP'],
  'with a password': [[one, { ...one, name: 'b.xml', encrypted: true }], 'zip.encrypted webdata/a.zip!b.xml'],
  'with a wrong sum': [[one, { ...one, name: 'b.xml', lie: { crc: 1 } }], 'zip.broken webdata/a.zip!b.xml'],
  'with more bytes than stated': [[{ ...one, lie: { size: 5 } }], 'zip.broken webdata/a.zip!a.xml'],
  'with fewer bytes than stated': [[{ ...one, lie: { size: 500 } }], 'zip.broken webdata/a.zip!a.xml'],
  'that escapes': [[one, { name: '..\\..\\b.xml', text: 'x' }], 'zip.escaping_name webdata/a.zip'],
  'with a link': [[one, { name: 'b.xml', text: '/etc', mode: 0o120777 }], 'zip.special_entry webdata/a.zip'],
  'with one name twice': [[one, { ...one, name: 'A.XML' }], 'zip.same_name webdata/a.zip'],
}

test.each(Object.entries(CASES))(
  'refuses an archive %s; nothing lies outside its work folder',
  async (_, [packed, fault]) => {
    expect(await unpacked(packed)).toBe(fault)
    expect(below(root).filter((name) => !name.startsWith('work/run-1/'))).toEqual([])
  },
)

test('holds to the caps of one member, of all, and of their number', async () => {
  const two = [one, { ...one, name: 'b.xml' }]

  expect(await unpacked(two, { ...CAPS, memberBytes: 14, bytes: 28, members: 2 })).toHaveLength(2)
  expect(await unpacked(two, { ...CAPS, memberBytes: 13 })).toBe('zip.too_large webdata/a.zip')
  expect(await unpacked(two, { ...CAPS, bytes: 27 })).toBe('zip.too_large webdata/a.zip')
  expect(await unpacked(two, { ...CAPS, members: 1 })).toBe('zip.too_large webdata/a.zip')
  expect(await unpacked(two, { ...CAPS, directory: 100 })).toBe('zip.too_large webdata/a.zip')
})
