import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { zipOf } from '../formats/zip/test-support.ts'
import { inspect, type InspectionResult } from './inspect.ts'

const quirk = (name: string): string => new URL(`../../fixtures/quirks/${name}`, import.meta.url).pathname
const samples = new URL('../../../shared/samples/', import.meta.url).pathname

async function inspectAll(...paths: string[]): Promise<readonly InspectionResult[]> {
  const workFolder = await mkdtemp(join(tmpdir(), 'obmen-inspect-'))
  const results: InspectionResult[] = []
  const options = { workFolder, timezone: 'Europe/Moscow' }
  for await (const result of inspect(paths, options, new AbortController().signal)) results.push(result)
  return results
}

test('counts what a file holds', async () => {
  expect(await inspectAll(quirk('changes-package.xml'))).toEqual([
    {
      file: quirk('changes-package.xml'),
      inspection: {
        file: 'changes-package.xml',
        version: '2.07',
        family: 'A',
        encoding: 'UTF-8',
        bom: false,
        roots: ['ИзмененияПакетаПредложений'],
        changesOnly: { ИзмененияПакетаПредложений: false },
        products: 0,
        offers: 3,
        priceTypes: 0,
        prices: 1,
        warehouses: 0,
        stockRows: 2,
        groups: 0,
        properties: 0,
        documents: 0,
        warnings: [],
      },
    },
  ])
})

test('walks folders in the order of names and goes on behind a broken file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'obmen-inspect-'))
  await mkdir(join(folder, 'goods'))
  await writeFile(join(folder, 'goods', 'a.xml'), '<КоммерческаяИнформация>')
  await writeFile(join(folder, 'goods', 'b.XML'), readFileSync(quirk('windows-1251.xml')))
  await writeFile(join(folder, 'photo.jpg'), '')
  await writeFile(join(folder, 'z.zip'), 'PK')

  const results = await inspectAll(folder, join(folder, 'none.xml'))

  expect(
    results.map((result) => [
      result.file.slice(folder.length + 1),
      'error' in result ? `${result.error.kind} ${result.error.code}` : result.inspection.encoding,
    ]),
  ).toEqual([
    ['goods/a.xml', 'input xml.truncated'],
    ['goods/b.XML', 'windows-1251'],
    ['z.zip', 'input zip.broken'],
    ['none.xml', 'input inspect.unreadable_file'],
  ])
})

test('does not wait for a pipe', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'obmen-inspect-'))
  execFileSync('mkfifo', [join(folder, 'pipe.xml')])

  const results = await inspectAll(folder)

  expect(results.map((each) => ('error' in each ? each.error.code : each.file))).toEqual(['inspect.not_a_file'])
})

test('reads the exchange files of an archive as archive.zip!name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'obmen-inspect-'))
  const sound = readFileSync(quirk('empty-elements.xml'))
  await writeFile(
    join(folder, 'webdata.zip'),
    zipOf([
      { name: 'offers0_1.xml', text: sound },
      { name: 'broken.xml', text: '<КоммерческаяИнформация>' },
      { name: 'import_files/manual.zip', text: 'PK' },
      { name: 'import_files/photo.jpg', text: 'x' },
      { name: 'inner.zip', text: 'PK' },
    ]),
  )
  await writeFile(join(folder, 'photos.zip'), zipOf([{ name: 'photo.jpg', text: 'x' }]))
  await writeFile(join(folder, 'offers0_1.xml'), sound)

  const results = await inspectAll(folder)

  expect(
    results.map((r) => ('error' in r ? [r.file.slice(folder.length + 1), r.error.code] : r.inspection.file)),
  ).toEqual([
    'offers0_1.xml',
    ['photos.zip', 'inspect.empty_archive'],
    ['webdata.zip!broken.xml', 'xml.truncated'],
    ['webdata.zip!inner.zip', 'zip.nested'],
    'webdata.zip!offers0_1.xml',
  ])
  const [plain, packed] = results.flatMap((r) => ('error' in r ? [] : [r.inspection]))
  expect(packed).toEqual({ ...plain, file: 'webdata.zip!offers0_1.xml' })
})

interface ManifestRow {
  readonly file: string
  readonly [column: string]: string
}

/** One figure of one file that is counted differently on purpose, as `docs/exchange-files.md` lists it. */
interface Difference {
  readonly file: string
  readonly figure: string
  readonly manifest: string
  readonly obmen: string
}

const differences = readDifferences()

function readDifferences(): readonly Difference[] {
  const text = readFileSync(new URL('../../docs/exchange-files.md', import.meta.url), 'utf8')
  const [, section = ''] = text.split('## Counted differently')
  return section.split('\n').flatMap((line) => {
    const [, file = '', figure = '', manifest = '', obmen = '', why = ''] = line.split('|').map((cell) => cell.trim())
    if (!file.startsWith('`')) return []
    expect(why, line).not.toBe('')
    return [{ file: file.replaceAll('`', ''), figure, manifest, obmen }]
  })
}

/** What a figure of a file must be: the manifest's, or ours where the list says so. */
function expected(row: ManifestRow, figure: string): string {
  const known = differences.find(({ file, figure: name }) => row.file === `samples/${file}` && name === figure)
  return known?.obmen ?? row[figure] ?? ''
}

describe.skipIf(!existsSync(samples))('real files', () => {
  const [header = '', ...lines] = existsSync(samples)
    ? readFileSync(join(samples, 'manifest.tsv'), 'utf8').trim().split('\n')
    : []
  const columns = header.split('\t')
  const rows = lines.map(
    (line) =>
      Object.fromEntries(line.split('\t').map((cell, index) => [columns[index], cell])) as unknown as ManifestRow,
  )

  test('differ from the manifest only where the documentation says so', () => {
    const real = differences.map((difference) => {
      const row = rows.find(({ file }) => file === `samples/${difference.file}`)
      return { ...difference, manifest: row?.[difference.figure] }
    })

    expect(real).toEqual(differences)
    expect(differences.filter(({ manifest, obmen }) => manifest === obmen)).toEqual([])
    expect(differences.length).toBe(8)
  })

  test.each(rows.map((row) => [row.file.replace('samples/', ''), row] as const))('%s', async (name, row) => {
    const [result] = await inspectAll(join(samples, name))
    if (result === undefined || 'error' in result) throw result?.error ?? new Error('no result')
    const { inspection } = result

    const count = (column: string): number => Number(expected(row, column))
    expect({
      version: inspection.version,
      encoding: inspection.encoding,
      bom: inspection.bom,
      roots: inspection.roots,
      changesOnly: inspection.changesOnly,
      goods: inspection.products,
      offers: inspection.offers,
      priceTypes: inspection.priceTypes,
      prices: inspection.prices,
      warehouseRows: inspection.stockRows + inspection.warehouses,
      groups: inspection.groups,
      properties: inspection.properties,
      documents: inspection.documents,
      warnings: inspection.warnings,
    }).toEqual({
      version: row['version'],
      encoding: row['encoding'],
      bom: row['bom'] === 'True',
      roots: [...new Set(row['top']?.split('+').filter((root) => root !== ''))],
      changesOnly: changesOnlyOf(expected(row, 'changes_only')),
      goods: count('goods'),
      offers: count('offers'),
      priceTypes: count('price_types'),
      prices: count('prices'),
      warehouseRows: count('warehouse_rows'),
      groups: count('groups'),
      properties: count('properties'),
      documents: count('documents'),
      warnings: [],
    })
  })
})

/** `Каталог=true; Классификатор=false` as an object. */
function changesOnlyOf(text: string): Readonly<Record<string, boolean>> {
  const pairs = text.split('; ').filter((pair) => pair !== '')
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name, value] = pair.split('=')
      return [name, value === 'true']
    }),
  )
}
