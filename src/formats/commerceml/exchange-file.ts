import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fingerprintBytes, fingerprintText, hash64 } from '../../core/fingerprint.ts'
import type { DecodeContext, DecodeRules } from './decode-context.ts'
import { decodeRecord, DECODER_VERSION } from './decode.ts'
import { el } from './elements.ts'
import { detectEncoding, transcode } from './encoding.ts'
import { familyOf, type Family } from './family.ts'
import { failuresOf, type Fail } from './fault.ts'
import type { RecordFile } from '../record-file.ts'
import { readTexts } from '../record-texts.ts'
import type { DecodedRecord, ExchangeRecord, RecordContext, RecordKind, RecordRef } from './record.ts'
import { parseStamp } from './stamp.ts'
import { Splitter, type SplitRecord } from './splitter.ts'
import { stripIllegal } from './strict.ts'
import { TreeReader } from './tree.ts'
import { Warnings, type FileWarning } from './warnings.ts'

const CHUNK = 256 * 1024

/** What must be known of a file besides its bytes. */
export interface OpenOptions {
  /** How people know the file: stands in every place, and shows its producer by folder and file name. */
  readonly name: string
  /** Where a UTF-8 copy of a file in another encoding is written; {@link ExchangeFile.close} deletes it. */
  readonly workFolder: string
  /** IANA zone of the 1C base. */
  readonly timezone: string
}

/** What the beginning of a file says. */
export interface ExchangeHeader {
  /** As stated, for example `2.07`; empty when not stated. */
  readonly version: string
  /** `ДатаФормирования` as stated. */
  readonly stampText: string
  /** `ДатаФормирования` in epoch milliseconds; undefined when missing or unreadable. */
  readonly stamp: number | undefined
  readonly encoding: string
  readonly bom: boolean
  readonly family: Family | null
  /** Root children in order as far as the first 64 KiB show them. */
  readonly rootChildren: readonly string[]
}

/** What pass 1 found. */
export interface ExchangeSummary extends Omit<ExchangeHeader, 'rootChildren'> {
  /** Names of the root's children, each once, in order. */
  readonly roots: readonly string[]
  /** What each section says of itself, as far as it says anything. */
  readonly changesOnly: Readonly<Record<string, boolean>>
  /** Records by kind. */
  readonly records: Readonly<Record<RecordKind, number>>
  /** Of both passes so far. Control characters are only counted in records that were checked. */
  readonly warnings: readonly FileWarning[]
}

/**
 * Opens an exchange file: decides the encoding by its bytes, transcodes when it is not UTF-8 and reads the header.
 * @throws ObmenError input `xml.*`, `commerceml.unknown_root`, `commerceml.v1` when the beginning already shows a fault
 */
export async function openExchangeFile(path: string, options: OpenOptions, signal: AbortSignal): Promise<ExchangeFile> {
  const { name: encoding, bom } = await detectEncoding(path, signal)
  // Files of one name in several inboxes may be read at the same time.
  // Not by their own names, to which nothing may be added when they are as long as the disk allows.
  const copy = join(options.workFolder, `${fingerprintText(path)}.utf8`)
  const utf8 = encoding === 'UTF-8' ? path : copy
  const half = utf8 === path ? undefined : await transcode(path, utf8, encoding, signal)
  const start = encoding === 'UTF-8' && bom ? 3 : 0
  const fail = failuresOf(utf8, options.name)
  if (half !== undefined) fail('xml.invalid_utf16', 'half a character of UTF-16', half)

  const splitter = new Splitter(fail, new Warnings(), start)
  const head = await readHead(utf8, start, splitter, signal)
  const attributes = splitter.root?.attributes ?? {}
  const stampText = attributes[el.generatedAt]?.trim() ?? ''
  const header: ExchangeHeader = {
    version: attributes[el.schemaVersion]?.trim() ?? '',
    stampText,
    stamp: parseStamp(stampText, options.timezone),
    encoding,
    bom,
    family: familyOf({ path: options.name, rootAttributes: attributes, head }),
    rootChildren: [...splitter.rootChildren],
  }
  return new ExchangeFile(utf8, utf8 !== path, start, header, options.timezone, fail)
}

/** One exchange file, read in two passes: {@link records} locates and fingerprints, {@link decode} reads what changed. */
export class ExchangeFile implements RecordFile {
  /** The UTF-8 file whose bytes records point into: the file itself or its copy. */
  readonly path: string
  readonly header: ExchangeHeader
  readonly #isCopy: boolean
  readonly #start: number
  readonly #fail: Fail
  readonly #rules: DecodeRules
  readonly #timezone: string
  /** Of the latest pass 1, and of everything that was decoded. */
  #warnings = new Warnings()
  readonly #decodeWarnings = new Warnings()
  #summary: Omit<ExchangeSummary, 'warnings'> | undefined

  constructor(path: string, isCopy: boolean, start: number, header: ExchangeHeader, timezone: string, fail: Fail) {
    this.path = path
    this.#timezone = timezone
    this.header = header
    this.#isCopy = isCopy
    this.#start = start
    this.#fail = fail
    this.#rules = { absentPricesMeanNone: absentPrices(header.family) }
  }

  /** @throws Error before {@link records} ended well */
  get summary(): ExchangeSummary {
    if (this.#summary === undefined) throw new Error('the summary is asked for before pass 1 ended')
    return { ...this.#summary, warnings: [...this.#warnings.list(), ...this.#decodeWarnings.list()] }
  }

  /**
   * Pass 1 over the whole file with flat memory. Only when the iteration ended by itself is the file whole and sound
   * outside its records; records are sound when `check` says so.
   * @throws ObmenError input `xml.*`, `commerceml.*` with line and column
   */
  async *records(signal: AbortSignal): AsyncGenerator<readonly ExchangeRecord[]> {
    this.#summary = undefined
    this.#warnings = new Warnings()
    if (this.header.version === '') this.#warnings.add('commerceml.no_version', 1)
    if (this.header.stamp === undefined) this.#warnings.add('commerceml.no_stamp', 1)
    const decodeContext = {
      rules: this.#rules,
      warnings: this.#decodeWarnings,
      known: new Set<string>(),
      timezone: this.#timezone,
    }
    const reading: Reading = {
      splitter: new Splitter(this.#fail, this.#warnings, this.#start),
      salts: new Salts(this.#rules, this.#timezone),
      trees: new TreeReader(),
      decodeContext,
    }
    const { splitter } = reading
    const counts = {
      product: 0,
      offer: 0,
      offerChange: 0,
      priceType: 0,
      warehouse: 0,
      property: 0,
      unit: 0,
      group: 0,
      document: 0,
    }
    const file = await open(this.path, 'r')
    try {
      for (let at = this.#start; ;) {
        signal.throwIfAborted()
        const room = splitter.reserve(CHUNK)
        const { bytesRead } = await file.read(room, 0, CHUNK, at)
        if (bytesRead === 0) break
        at += bytesRead
        const batch = splitter.advance(bytesRead)
        for (const { kind } of batch) counts[kind]++
        if (batch.length > 0) yield batch.map((record) => new LocatedRecord(record, reading))
      }
      splitter.end()
    } finally {
      await file.close()
    }
    const { rootChildren: _, ...header } = this.header
    this.#summary = {
      ...header,
      roots: [...splitter.rootChildren],
      changesOnly: splitter.changesOnly,
      records: counts,
    }
  }

  /**
   * Pass 2: reads the given records again and decodes them, in the order of the file. Every record must have passed
   * `check` in pass 1, and the file must be the same since.
   */
  async *decode<R extends RecordRef>(
    records: readonly R[],
    signal: AbortSignal,
  ): AsyncGenerator<readonly DecodedRecord<R>[]> {
    const known = new Set<string>()
    const reader = new TreeReader()
    for await (const texts of readTexts(this.path, records, signal)) {
      yield texts.map(({ record, text }) =>
        decodeRecord(record, reader.read(stripIllegal(text).text), {
          rules: this.#rules,
          warnings: this.#warnings,
          known,
          timezone: this.#timezone,
        }),
      )
    }
  }

  /** The line itself. */
  placeOf(line: number): string {
    return String(line)
  }

  /** Deletes the UTF-8 copy, if there is one; the file itself stays. Nothing can be read afterwards. */
  async close(): Promise<void> {
    if (this.#isCopy) await rm(this.path, { force: true })
  }
}

/** Feeds the splitter until the root is known and 64 KiB are read; the bytes read, as text. */
async function readHead(path: string, start: number, splitter: Splitter, signal: AbortSignal): Promise<string> {
  const size = 64 * 1024
  const file = await open(path, 'r')
  let head = ''
  try {
    for (let at = start; at < size || splitter.root === undefined;) {
      signal.throwIfAborted()
      const room = splitter.reserve(size)
      const { bytesRead } = await file.read(room, 0, size, at)
      if (bytesRead === 0) {
        if (splitter.root === undefined) splitter.end()
        break
      }
      at += bytesRead
      if (head === '') head = room.toString('utf8', 0, bytesRead)
      splitter.advance(bytesRead)
    }
  } finally {
    await file.close()
  }
  return head
}

/** What the records of one pass 1 share. */
interface Reading {
  readonly splitter: Splitter
  readonly salts: Salts
  readonly trees: TreeReader
  readonly decodeContext: DecodeContext
}

class LocatedRecord implements ExchangeRecord {
  readonly kind: RecordKind
  readonly id: string
  readonly line: number
  readonly start: number
  readonly end: number
  readonly context: RecordContext
  readonly fingerprint: bigint
  readonly #bytes: Buffer
  readonly #reading: Reading

  constructor({ kind, id, line, start, end, bytes, context }: SplitRecord, reading: Reading) {
    this.kind = kind
    this.id = id
    this.line = line
    this.start = start
    this.end = end
    this.context = context
    this.fingerprint = fingerprintBytes(bytes, reading.salts.of(kind, context))
    this.#bytes = bytes
    this.#reading = reading
  }

  check(): void {
    this.#reading.splitter.checkRecord(this.#bytes, this.start, this.line)
  }

  decode(): DecodedRecord {
    const { splitter, trees, decodeContext } = this.#reading
    const element = splitter.parseRecord(this.#bytes, this.start, this.line, (text) => trees.read(text))
    return decodeRecord(this, element, decodeContext)
  }
}

function absentPrices(family: Family | null): DecodeRules['absentPricesMeanNone'] {
  if (family === 'A' || family === 'B') return 'always'
  return family === 'C' ? 'never' : 'whenListed'
}

/** The salts of fingerprints: everything besides its bytes that decides what a record decodes to. */
class Salts {
  readonly #rules: DecodeRules
  readonly #timezone: string
  readonly #byContext = new Map<RecordContext, Map<RecordKind, bigint>>()

  constructor(rules: DecodeRules, timezone: string) {
    this.#rules = rules
    this.#timezone = timezone
  }

  of(kind: RecordKind, context: RecordContext): bigint {
    let byKind = this.#byContext.get(context)
    if (byKind === undefined) this.#byContext.set(context, (byKind = new Map()))
    let salt = byKind.get(kind)
    if (salt === undefined) {
      const around = this.#around(kind, context)
      byKind.set(kind, (salt = hash64(JSON.stringify([DECODER_VERSION, kind, ...around]))))
    }
    return salt
  }

  #around(kind: RecordKind, { catalogueId, catalogueName, listsPriceTypes }: RecordContext): readonly unknown[] {
    if (kind === 'product') return [catalogueId, catalogueName]
    if (kind === 'offer') return [this.#rules, listsPriceTypes]
    return kind === 'document' ? [this.#timezone] : []
  }
}
