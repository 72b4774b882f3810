import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isAbort, ObmenError } from '../core/errors.ts'
import { openExchangeFile, type FileWarning, type RecordRef } from '../formats/commerceml/index.ts'
import type { RecordFile } from '../formats/record-file.ts'
import { openZip, type ZipArchive } from '../formats/zip/index.ts'

/** Records decoded in one go, so that memory does not grow with the file. */
const DECODED_AT_ONCE = 5000

/** What one exchange file holds: numbers a person can compare with 1C. */
export interface Inspection {
  /** Its name; a member of an archive as `archive.zip!name`. */
  readonly file: string
  readonly version: string
  readonly family: string | null
  readonly encoding: string
  readonly bom: boolean
  readonly roots: readonly string[]
  readonly changesOnly: Readonly<Record<string, boolean>>
  /** Goods of a catalogue; lines of documents are not counted. */
  readonly products: number
  readonly offers: number
  readonly priceTypes: number
  readonly prices: number
  /** Entries of the warehouse dictionary. */
  readonly warehouses: number
  /** Stock rows inside offers. */
  readonly stockRows: number
  readonly groups: number
  readonly properties: number
  readonly documents: number
  readonly warnings: readonly FileWarning[]
}

/** One file: what it holds, or why it cannot be used. */
export type InspectionResult =
  { readonly file: string; readonly inspection: Inspection } | { readonly file: string; readonly error: ObmenError }

/** Opens a price list as its pipeline reads it; `name` stands in every place. */
export type OpenList = (
  file: { readonly path: string; readonly name: string; readonly workFolder: string },
  signal: AbortSignal,
) => Promise<RecordFile>

/** How a file is inspected. */
export interface InspectOptions {
  /** The files are price lists: how they are opened. Absent = they are exchange files of 1C. */
  readonly openList?: OpenList
  /** Where members of archives and UTF-8 copies of files in other encodings are written, and deleted again. */
  readonly workFolder: string
  readonly timezone: string
}

/**
 * Inspects files, and the XML and zip files of folders and their subfolders, one result per file in the order of names;
 * of an archive every XML file in it.
 */
export async function* inspect(
  paths: readonly string[],
  options: InspectOptions,
  signal: AbortSignal,
): AsyncGenerator<InspectionResult> {
  for (const path of paths) {
    for await (const file of filesOf(path)) {
      signal.throwIfAborted()
      const odd = await oddness(file)
      if (odd !== undefined) {
        yield { file, error: odd }
        continue
      }
      yield* file.toLowerCase().endsWith('.zip')
        ? inspectArchive(file, options, signal)
        : [await attempt(file, signal, () => inspectFile(file, file, basename(file), options, signal))]
    }
  }
}

async function attempt(file: string, signal: AbortSignal, work: () => Promise<Inspection>): Promise<InspectionResult> {
  try {
    return { file, inspection: await work() }
  } catch (error) {
    if (isAbort(error) || signal.aborted) throw error
    return { file, error: asInputError(error, file) }
  }
}

/** Members are unpacked one at a time. Pictures and what hangs on goods are no exchange files. */
async function* inspectArchive(
  path: string,
  options: InspectOptions,
  signal: AbortSignal,
): AsyncGenerator<InspectionResult> {
  let archive: ZipArchive
  try {
    archive = await openZip(path, path)
  } catch (error) {
    yield { file: path, error: asInputError(error, path) }
    return
  }
  try {
    const read = options.openList === undefined ? /\.xml$/i : /\.(?:xml|csv|xlsx)$/i
    const members = archive.members.filter(({ name, nested }) => read.test(name) || (nested && !isAttached(name)))
    if (members.length === 0) yield { file: path, error: nothingInside(path) }
    const unpacked = join(options.workFolder, 'member.xml')
    for (const member of members.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const known = `${path}!${member.name}`
      yield await attempt(known, signal, async () => {
        await archive.extract(member, unpacked, signal)
        return inspectFile(unpacked, known, `${basename(path)}!${member.name}`, options, signal)
      })
    }
  } finally {
    archive.close()
  }
}

function isAttached(member: string): boolean {
  return member.split('/').includes('import_files')
}

function nothingInside(path: string): ObmenError {
  return new ObmenError('input', 'inspect.empty_archive', `reading ${path}: there is no XML file in the archive`, {
    place: { file: path },
    remedy: 'Choose the archive that 1C wrote beside its XML files.',
  })
}

/** `known` is how places name the file, `shown` how the result does. */
async function inspectFile(
  path: string,
  known: string,
  shown: string,
  options: InspectOptions,
  signal: AbortSignal,
): Promise<Inspection> {
  if (options.openList !== undefined) return inspectList(options.openList, path, known, shown, options, signal)
  if (/\.(?:csv|xlsx)$/i.test(path)) throw needsMapping(known)
  const file = await openExchangeFile(path, { ...options, name: known }, signal)
  let found: RowCounts
  try {
    found = await countRows(file, signal)
  } finally {
    await file.close()
  }
  const { version, family, encoding, bom, roots, changesOnly, records, warnings } = file.summary
  return {
    file: shown,
    version,
    family,
    encoding,
    bom,
    roots,
    changesOnly,
    products: records.product,
    offers: records.offer + records.offerChange,
    priceTypes: records.priceType,
    prices: found.prices,
    warehouses: records.warehouse,
    stockRows: found.stockRows,
    groups: found.groups,
    properties: records.property,
    documents: records.document,
    warnings,
  }
}

/** A price list has no dictionaries of its own: its names are those of the mapping. */
async function inspectList(
  openList: OpenList,
  path: string,
  known: string,
  shown: string,
  { workFolder }: InspectOptions,
  signal: AbortSignal,
): Promise<Inspection> {
  const file = await openList({ path, name: known, workFolder }, signal)
  try {
    const { offers, prices, stockRows, groups } = await countRows(file, signal)
    const { changesOnly, warnings } = file.summary
    return {
      file: shown,
      version: '',
      family: null,
      encoding: file.header.encoding,
      bom: false,
      roots: [],
      changesOnly,
      products: 0,
      offers,
      priceTypes: 0,
      prices,
      warehouses: 0,
      stockRows,
      groups,
      properties: 0,
      documents: 0,
      warnings,
    }
  } finally {
    await file.close()
  }
}

function needsMapping(file: string): ObmenError {
  return new ObmenError('input', 'inspect.needs_mapping', `reading ${file}: a table says nothing without a mapping`, {
    place: { file },
    remedy:
      'Write a pipeline whose parse says what the columns mean (docs/exchange-files.md), and name it: obmen inspect --pipeline NAME.',
  })
}

interface RowCounts {
  readonly offers: number
  readonly prices: number
  readonly stockRows: number
  readonly groups: number
}

/** Reads every record, strictly: an inspection answers for the whole file. */
async function countRows(file: RecordFile, signal: AbortSignal): Promise<RowCounts> {
  const found = { offers: 0, prices: 0, stockRows: 0, groups: 0 }
  const decodeAll = async (records: readonly RecordRef[]): Promise<void> => {
    for await (const batch of file.decode(records, signal)) {
      for (const { written, rows = [] } of batch) {
        found.prices += written.prices
        found.stockRows += written.stockRows
        found.groups += rows.filter(({ kind }) => kind === 'group').length
      }
    }
  }
  let waiting: RecordRef[] = []
  for await (const batch of file.records(signal)) {
    found.offers += batch.filter(({ kind }) => kind === 'offer' || kind === 'offerChange').length
    for (const record of batch) {
      record.check()
      const { kind, id, line, start, end, context } = record
      waiting.push({ kind, id, line, start, end, context })
    }
    if (waiting.length < DECODED_AT_ONCE) continue
    await decodeAll(waiting)
    waiting = []
  }
  await decodeAll(waiting)
  return found
}

/** Why something is not opened: reading a pipe would wait for ever. */
async function oddness(file: string): Promise<ObmenError | undefined> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined || found.isFile()) return undefined
  return new ObmenError('input', 'inspect.not_a_file', `reading ${file}: it is a pipe, a socket or a device`, {
    place: { file },
    remedy: 'Name an ordinary file; remove this one if it lies in an exchange folder.',
  })
}

async function* filesOf(path: string): AsyncGenerator<string> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) {
    yield path
    return
  }
  const entries = await readdir(path, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory()) yield* filesOf(join(path, entry.name))
    else if (/\.(?:xml|zip)$/i.test(entry.name)) yield join(path, entry.name)
  }
}

function asInputError(error: unknown, file: string): ObmenError {
  if (error instanceof ObmenError) return error
  const code = (error as NodeJS.ErrnoException).code
  if (code === undefined) throw error
  const fault = code === 'ENOENT' ? 'there is no such file' : (error as Error).message
  return new ObmenError('input', 'inspect.unreadable_file', `reading ${file}: ${fault}`, {
    cause: error,
    place: { file },
    remedy: 'Check the path and the rights of the file.',
  })
}
