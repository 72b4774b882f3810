import { isUtf8 } from 'node:buffer'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ParseOption, XmlDocument } from 'libxml2-wasm'
import { createRandom } from '../../fixtures/random.ts'
import type { PricesFacet, ProductEntry, StocksFacet } from '../../src/core/catalogue.ts'
import { isDecimal } from '../../src/core/decimal.ts'
import { ObmenError, type Place } from '../../src/core/errors.ts'
import { Splitter } from '../../src/formats/commerceml/splitter.ts'
import { Warnings } from '../../src/formats/commerceml/warnings.ts'
import type { ItemsToLookAt } from '../../src/stages/store/changed-items.ts'
import type { Stored } from '../../src/stages/store/index.ts'
import { inspect } from '../../src/views/inspect.ts'
import { createIngest, rowsOf, valuesOf, type Ingest } from '../laws/ingest.ts'
import type { CorpusFile } from './corpus.ts'
import { firstDifference, rowsAsText, watchedStore, type Contents } from './watched-store.ts'
import { measured } from './work-meter.ts'

/** A law of reading that a file broke. */
export class Violation extends Error {
  readonly law: string
  constructor(law: string, detail: string, cause?: unknown) {
    super(`${law}: ${detail}`, { cause })
    this.law = law
  }
}

/** What stood in the catalogue before: nothing, or every file of the corpus. */
export type Start = 'empty' | 'corpus'

export const STARTS: readonly Start[] = ['empty', 'corpus']

/** A file that is tried. */
export interface Trial {
  readonly name: string
  readonly bytes: Buffer
  readonly start: Start
  /** What comes under the same name afterwards: it shows what was wrongly remembered. */
  readonly next?: Buffer
}

/** What became of a file that broke no law. */
export interface Verdict {
  /** Absent when the file was taken. */
  readonly refused?: string
  /** Bytes gone through for each byte of the file. */
  readonly work: number
}

/** Work for each byte of a file, and beside: files in other encodings are read three times, small ones have their costs. */
const WORK = { perByte: 100, beside: 2_000_000 } as const

/** Where a stage went wrong, as far as it must be the same whoever reads the file. */
interface Fault {
  readonly code: string
  readonly place: Place
}

type Outcome = { readonly stored: Stored | undefined } | { readonly fault: Fault }

/** What two stores hold before a trial, with the skip and without it. */
interface Begun {
  readonly skipping: Contents
  readonly decoding: Contents
}

/** Tries files with everything that reads them, and tells which law one broke. */
export class TrialRoom {
  readonly #folder: string
  readonly #starts: Readonly<Record<Start, Begun>>

  private constructor(folder: string, starts: Readonly<Record<Start, Begun>>) {
    this.#folder = folder
    this.#starts = starts
  }

  static async open(corpus: readonly CorpusFile[]): Promise<TrialRoom> {
    const folder = await mkdtemp(join(tmpdir(), 'obmen-fuzz-'))
    const filled = {
      skipping: await contentsAfter(corpus, true, folder),
      decoding: await contentsAfter(corpus, false, folder),
    }
    const nothing = { skipping: new Map(), decoding: new Map() }
    return new TrialRoom(folder, { empty: nothing, corpus: filled })
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** Every law for one file. @throws Violation */
  async run(trial: Trial): Promise<Verdict> {
    const path = join(this.#folder, 'file.xml')
    await writeFile(path, trial.bytes)
    const prototype = Object.getOwnPropertyNames(Object.prototype).sort().join()
    const verdict = await this.#judge(trial, path)
    if (Object.getOwnPropertyNames(Object.prototype).sort().join() !== prototype) {
      throw new Violation('prototype', 'Object.prototype was changed')
    }
    return verdict
  }

  async #judge({ name, bytes, start, next }: Trial, path: string): Promise<Verdict> {
    const contents = this.#starts[start]
    const skipping = await open(contents.skipping, true)
    const decoding = await open(contents.decoding, false)
    try {
      const before = { rows: rowsAsText(skipping.contents()), values: await valuesOf(skipping.ingest.catalogue) }
      const most = WORK.beside + WORK.perByte * bytes.length
      const { result: outcome, work } = await measured(most, () => drop(skipping.ingest, name, path, bytes)).catch(
        rethrow('work'),
      )
      const after = rowsAsText(skipping.contents())
      const verdict = { work: Math.round(work / Math.max(1, bytes.length)) }

      same('verdict with the skip and without it', outcome, await drop(decoding.ingest, name, path, bytes))
      await this.#inspect(path, bytes, start === 'empty' ? outcome : undefined)
      checkPieces(bytes)
      if ('fault' in outcome) {
        unchanged('a refused file leaves no trace', before.rows, after)
        unchanged('a refused file leaves no trace', rowsAsText(contents.decoding), rowsAsText(decoding.contents()))
        return { ...verdict, refused: outcome.fault.code }
      }
      await this.#checkApplied(skipping.ingest, decoding.ingest)
      checkExplained(name, before.rows, after)
      checkHints(before.values, await valuesOf(skipping.ingest.catalogue), outcome.stored?.items ?? [])
      checkNumbers(skipping.contents())
      await drop(skipping.ingest, name, path, bytes)
      unchanged('a second time changes nothing', after, rowsAsText(skipping.contents()))
      checkWellFormed(bytes)
      if (next !== undefined) {
        await writeFile(path, next)
        const followed = await drop(skipping.ingest, name, path, next)
        same('verdict of the next file', followed, await drop(decoding.ingest, name, path, next))
        await this.#checkApplied(skipping.ingest, decoding.ingest)
      }
      return verdict
    } finally {
      await skipping.ingest.close()
      await decoding.ingest.close()
    }
  }

  async #checkApplied(skipping: Ingest, decoding: Ingest): Promise<void> {
    const law = 'the skip changes nothing'
    unchanged(law, asTexts(await valuesOf(decoding.catalogue)), asTexts(await valuesOf(skipping.catalogue)))
    unchanged(law, asTexts(await rowsOf(decoding)), asTexts(await rowsOf(skipping)))
    unchanged(
      law,
      asTexts({ facts: await decoding.catalogue.facts() }),
      asTexts({ facts: await skipping.catalogue.facts() }),
    )
  }

  /** The inspection reads every record: it must find the same fault as the ingest of a file that nothing is known of. */
  async #inspect(path: string, bytes: Buffer, outcome: Outcome | undefined): Promise<void> {
    const options = { workFolder: this.#folder, timezone: 'Europe/Moscow' }
    let found: Outcome = { stored: undefined }
    try {
      for await (const result of inspect([path], options, new AbortController().signal)) {
        if ('error' in result) found = { fault: faultOf(result.error, bytes) }
      }
    } catch (error) {
      found = { fault: faultOf(error, bytes) }
    }
    if (outcome !== undefined) same('verdict of the inspection', found, outcome)
  }
}

interface OpenIngest {
  readonly ingest: Ingest
  readonly contents: () => Contents
}

async function open(from: Contents, skip: boolean): Promise<OpenIngest> {
  const { store, contents } = await watchedStore(from)
  return { ingest: await createIngest({ store, skip }), contents }
}

async function contentsAfter(corpus: readonly CorpusFile[], skip: boolean, folder: string): Promise<Contents> {
  const { ingest, contents } = await open(new Map(), skip)
  const path = join(folder, 'start.xml')
  for (const { name, bytes } of corpus) {
    await writeFile(path, bytes)
    await drop(ingest, name, path, bytes)
  }
  const found = contents()
  await ingest.close()
  return found
}

async function drop(ingest: Ingest, name: string, path: string, bytes: Buffer): Promise<Outcome> {
  try {
    return { stored: await ingest.dropFile(name, path) }
  } catch (error) {
    return { fault: faultOf(error, bytes) }
  }
}

function faultOf(error: unknown, bytes: Buffer): Fault {
  const law = 'only the file is to blame, with its place'
  if (!(error instanceof ObmenError) || error.kind !== 'input') {
    throw new Violation(law, error instanceof Error ? `${error.name}: ${error.message}` : String(error), error)
  }
  const { code, place, remedy, message } = error
  const { line = 0, column = 0 } = place ?? {}
  const lines = bytes.reduce((count, byte) => (byte === 0x0a ? count + 1 : count), 1)
  const isPlaced = place?.file !== undefined && line >= 1 && line <= lines && column >= 1
  if (!isPlaced) throw new Violation(law, `${code} at ${line}:${column} of ${lines} lines: ${message}`, error)
  if (!/^[a-z]+\.[a-z0-9_]+$/.test(code) || remedy === undefined) throw new Violation(law, `${code} lacks a remedy`)
  return { code, place: { line, column } }
}

function rethrow(law: string): (error: unknown) => never {
  return (error) => {
    throw error instanceof Violation ? error : new Violation(law, String(error), error)
  }
}

function same(law: string, one: Outcome, other: Outcome): void {
  const words = (outcome: Outcome): string =>
    'fault' in outcome ? `${outcome.fault.code} at ${outcome.fault.place.line}:${outcome.fault.place.column}` : 'taken'
  if (words(one) !== words(other)) throw new Violation(law, `${words(one)}, and ${words(other)}`)
}

function unchanged(law: string, before: Map<string, string>, after: Map<string, string>): void {
  const difference = firstDifference(before, after)
  if (difference !== undefined) throw new Violation(law, difference)
}

function asTexts(values: Record<string, unknown>): Map<string, string> {
  return new Map(Object.entries(values).map(([key, value]) => [key, JSON.stringify(value)]))
}

/** Every facet that changed must name a line of this file as its source. */
function checkExplained(name: string, before: Map<string, string>, after: Map<string, string>): void {
  for (const [key, row] of after) {
    if (!key.startsWith('catalogue.') || before.get(key) === row) continue
    const known = new Set(placesOf(before.get(key)))
    const foreign = placesOf(row).find((place) => !known.has(place) && !place.startsWith(`${name}:`))
    if (foreign !== undefined) throw new Violation('what changed is explained by the file', `${key}: ${foreign}`)
  }
}

function placesOf(row: string | undefined): string[] {
  if (row === undefined) return []
  const { facts, variants } = JSON.parse(row) as ProductEntry
  const facets = [
    facts,
    ...Object.values(variants).flatMap((variant) => [variant.facts, variant.prices, variant.stocks]),
  ]
  return facets.flatMap((facet) => (facet === undefined ? [] : [`${facet.place}@${facet.stamp}`]))
}

/** Every item whose own values changed must be among those that are looked at. */
function checkHints(before: Record<string, unknown>, after: Record<string, unknown>, items: ItemsToLookAt): void {
  if (items === 'all') return
  const hinted = new Set(items)
  for (const [key, value] of Object.entries(after)) {
    const [, item] = /^(.*) (?:facts|prices|stocks)$/s.exec(key) ?? []
    if (item === undefined || JSON.stringify(before[key]) === JSON.stringify(value)) continue
    const id = item.endsWith('#') ? item.slice(0, -1) : item
    if (!hinted.has(id)) throw new Violation('what changed is looked at', key)
  }
}

function checkNumbers(contents: Contents): void {
  for (const [id, value] of contents.get('catalogue.main') ?? []) {
    for (const { prices, stocks } of Object.values((value as ProductEntry).variants)) {
      const wrong = [...numbersOf(prices?.value), ...numbersOf(stocks?.value)].find((number) => !isDecimal(number))
      if (wrong !== undefined) throw new Violation('numbers are decimals', `${id}: ${wrong}`)
    }
  }
}

function numbersOf(facet: PricesFacet | StocksFacet | undefined): readonly string[] {
  if (facet === undefined) return []
  if ('byWarehouse' in facet) return [facet.total ?? '0', ...Object.values(facet.byWarehouse)]
  return facet.flatMap(({ amount, ratio }) => [amount, ratio])
}

/** Reading in pieces of any size finds the same records, or refuses the same files. */
function checkPieces(bytes: Buffer): void {
  if (bytes[0] === 0xff || bytes[0] === 0xfe) return
  const whole = split(bytes, () => Math.max(1, bytes.length))
  const random = createRandom(bytes.length)
  const longest = random.pick([7, 100, 4096])
  const pieces = split(bytes, () => 1 + random.below(longest))
  if (whole !== pieces) throw new Violation('pieces of any size read the same', `${whole} and ${pieces}`)
}

/** What another parser refuses is not taken, as far as the file can be given to it as it is. */
function checkWellFormed(bytes: Buffer): void {
  const text = bytes.toString('utf8')
  // These are read as what they mean, on purpose.
  if (!isUtf8(bytes) || CONTROL_CHARACTERS.test(text) || OTHER_ENCODING.test(text)) return
  // Blank lines before the declaration are let pass: they harm nobody.
  const document = text.replace(/^\uFEFF/, '').trimStart()
  try {
    XmlDocument.fromString(document, {
      option: ParseOption.XML_PARSE_HUGE | ParseOption.XML_PARSE_NO_XXE,
    }).dispose()
  } catch (error) {
    // Names of exchange files are read without their namespaces, instructions are passed over unread.
    if (/Namespace prefix|QName|xmlns|ParsePI/.test(String(error))) return
    throw new Violation('what is taken is well-formed', String(error), error)
  }
}

// eslint-disable-next-line no-control-regex
const CONTROL_CHARACTERS = /[\u0001-\u0008\u000B\u000C\u000E-\u001F]/
const OTHER_ENCODING = /^\uFEFF?\s*<\?xml[^>]*encoding\s*=\s*["'](?!utf-8["'])/i

class SplitFault extends Error {}

function split(bytes: Buffer, size: () => number): string {
  const fail = (): never => {
    throw new SplitFault()
  }
  const splitter = new Splitter(fail, new Warnings())
  const seen: string[] = []
  try {
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at + size())
      piece.copy(splitter.reserve(piece.length))
      for (const { kind, id, line, start, end, context } of splitter.advance(piece.length)) {
        seen.push(JSON.stringify([kind, id, line, start, end, context]))
      }
      at += piece.length
    }
    splitter.end()
  } catch (error) {
    if (!(error instanceof SplitFault)) throw error
    // Which of several faults is met first depends on the pieces.
    return 'refused'
  }
  return seen.join('\n')
}
