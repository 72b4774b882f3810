import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { openExchangeFile, type ExchangeFile } from './exchange-file.ts'
import type { DecodedRecord, ExchangeRecord } from './record.ts'

/** A file read to its end by both passes. For tests. */
export interface ReadFile {
  readonly file: ExchangeFile
  readonly records: readonly ExchangeRecord[]
  readonly decoded: readonly DecodedRecord<ExchangeRecord>[]
}

/** Writes `content` into a new temporary folder; the path. */
export async function writeExchangeFile(content: string | Uint8Array, name = 'import.xml'): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'obmen-commerceml-')), name)
  await writeFile(path, content)
  return path
}

/** Reads a file with both passes; every record is checked and decoded. */
export async function readWhole(path: string, name = basename(path)): Promise<ReadFile> {
  const { signal } = new AbortController()
  const workFolder = await mkdtemp(join(tmpdir(), 'obmen-work-'))
  const file = await openExchangeFile(path, { name, workFolder, timezone: 'Europe/Moscow' }, signal)
  const records: ExchangeRecord[] = []
  for await (const batch of file.records(signal)) {
    for (const record of batch) record.check()
    records.push(...batch)
  }
  const decoded: DecodedRecord<ExchangeRecord>[] = []
  for await (const batch of file.decode(records, signal)) decoded.push(...batch)
  return { file, records, decoded }
}

/** What a file was read as, without everything that is empty: whole values, yet short enough to be written down. For tests. */
export function meaningOf({ file, decoded }: ReadFile): unknown {
  const { summary } = file
  return withoutEmpty({
    stamp: summary.stamp === STAMP ? undefined : summary.stamp,
    encoding: summary.encoding === 'UTF-8' ? undefined : summary.encoding,
    changesOnly: Object.values(summary.changesOnly).some(Boolean) ? summary.changesOnly : undefined,
    statements: decoded.flatMap(({ statement }) => (statement === undefined ? [] : [statement])),
    rows: decoded.flatMap(({ rows }) => rows ?? []),
    documents: decoded.flatMap(({ document }) => (document === undefined ? [] : [document])),
    warnings: summary.warnings,
  })
}

/** `ДатаФормирования` of most fixtures, read in Moscow. */
const STAMP = Date.parse('2026-03-02T11:00:05Z')

/** Facets stay when they are empty: there, empty is what the file says. */
const KEPT_EMPTY = new Set([
  'productId',
  'variant',
  'prices',
  'stocks',
  'byWarehouse',
  'offerFacts',
  'productFacts',
  'value',
])

function withoutEmpty(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutEmpty(each))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).map(([name, each]) => [name, withoutEmpty(each, name)] as const)
  return Object.fromEntries(
    kept.filter(
      ([name, each]) =>
        key === 'byWarehouse' || KEPT_EMPTY.has(name) || (!isEmpty(each) && !(name === 'deleted' && each === false)),
    ),
  )
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === '') return true
  return Array.isArray(value)
    ? value.length === 0
    : typeof value === 'object' && Object.keys(value as object).length === 0
}
