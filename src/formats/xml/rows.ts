import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Place } from '../../core/errors.ts'
import { fingerprintText } from '../../core/fingerprint.ts'
import { detectEncoding, transcode } from '../commerceml/encoding.ts'
import { placeOf } from '../commerceml/fault.ts'
import type { Warnings } from '../commerceml/warnings.ts'
import { listFault } from '../price-list/fault.ts'
import type { AskedValue, Source } from '../price-list/mapping.ts'
import type { ListRow, RowSource, Values } from '../price-list/rows.ts'
import { listStamp } from '../price-list/stamp.ts'
import { parseElement } from './element.ts'
import { parsePath, parseRecordPath, textsAt, type ElementPath } from './path.ts'
import { splitElements, type SplitEvents } from './split.ts'

/** Paths that are remembered for a message. */
const PATHS_KEPT = 60
/** Elements that are looked at for it. */
const LOOKED_AT = 5000
/** The date of a list must stand in its first characters. */
const STAMP_WITHIN = 1024 * 1024

/** What opening an XML price list needs to know. */
export interface OpenXmlOptions {
  readonly name: string
  readonly workFolder: string
  readonly timezone: string
  readonly asked: readonly AskedValue[]
  /** Path of the element of a record, from the root down: `/price/items/item`. */
  readonly records: string
  /** Path from the root down to the date of the list: `/price/@date`. */
  readonly stamp?: string | undefined
}

/**
 * Opens an XML price list: the encoding by its bytes, the date where it is said to stand.
 * @throws ObmenError input `xml.*`, `list.no_stamp`
 */
export async function openXmlRows(path: string, options: OpenXmlOptions, signal: AbortSignal): Promise<RowSource> {
  const { name, workFolder, stamp } = options
  const { name: encoding, bom } = await detectEncoding(path, signal)
  const utf8 = encoding === 'UTF-8' ? path : join(workFolder, `${basename(path)}.${fingerprintText(path)}.utf8`)
  const half = utf8 === path ? undefined : await transcode(path, utf8, encoding, signal)
  const fail: SplitEvents['fail'] = (code, fault, offset) => {
    const place = { file: name, ...placeOf(utf8, offset) }
    throw listFault(code, name, fault, { place, remedy: 'Let the list be made again, and look at the line named.' })
  }
  const parts = { name, encoding, isCopy: utf8 !== path, from: encoding === 'UTF-8' && bom ? 3 : 0, fail }
  try {
    if (half !== undefined) fail('xml.invalid_utf16', 'half a character of UTF-16', half)
    const at = stamp === undefined ? undefined : await readStamp(utf8, parts, stamp, options, signal)
    return new XmlRows(utf8, { ...parts, stamp: at }, options)
  } catch (error) {
    if (utf8 !== path) await rm(utf8, { force: true })
    throw error
  }
}

interface XmlParts {
  readonly name: string
  readonly encoding: string
  readonly isCopy: boolean
  readonly from: number
  readonly stamp: number | undefined
  readonly fail: SplitEvents['fail']
}

/** The elements at one path of an XML file. */
class XmlRows implements RowSource {
  readonly path: string
  readonly #parts: XmlParts
  readonly #records: readonly string[]
  readonly #shown: string
  readonly #paths: ReadonlyMap<Source, ElementPath>
  #met = new Set<string>()

  constructor(path: string, parts: XmlParts, { records, asked }: OpenXmlOptions) {
    this.path = path
    this.#parts = parts
    this.#shown = records
    this.#records = parseRecordPath(records) ?? []
    this.#paths = new Map(asked.map(({ source }) => [source, parsePath(source) ?? { steps: [], attribute: undefined }]))
  }

  get stamp(): number | undefined {
    return this.#parts.stamp
  }

  get encoding(): string {
    return this.#parts.encoding
  }

  async *rows(warnings: Warnings, signal: AbortSignal): AsyncGenerator<readonly ListRow[]> {
    const { from, fail, name } = this.#parts
    const elements = new Set<string>()
    this.#met = new Set()
    let found = 0
    let opened = 0
    const depth = this.#records.length
    const events: SplitEvents = {
      fail,
      onControl: (line, count) => warnings.add('xml.control_characters', line, count),
      onOpen: (path, attributes) => {
        if (opened++ < LOOKED_AT && elements.size < PATHS_KEPT) elements.add(`/${path.join('/')}`)
        if (path.length >= depth && this.#records.every((each, i) => each === path[i])) this.#remember(path, attributes)
      },
    }
    for await (const batch of splitElements(this.path, { from, records: this.#records }, events, signal)) {
      found += batch.length
      yield batch.map(({ line, start, end, text }) => ({ line, start, end, values: this.valuesOf(text) }))
    }
    if (found > 0) return
    throw listFault(
      'list.no_records',
      name,
      `nothing stands at ${this.#shown}; the elements are ${[...elements].slice(0, 20).join(', ')}`,
      {
        place: { file: name, line: 1 },
        remedy:
          'Write the path of the element of one item into "records" of parse, or ask who makes the list why it changed.',
        details: { missing: [this.#shown], known: [...elements].slice(0, 20) },
      },
    )
  }

  valuesOf(text: string): Values {
    const element = parseElement(text)
    return (source) => {
      const path = this.#paths.get(source)
      return path === undefined ? [] : textsAt(element, path)
    }
  }

  placeOf(line: number): string {
    return String(line)
  }

  faultPlace(line: number): Place {
    return { file: this.#parts.name, line }
  }

  met(): readonly string[] {
    return [...this.#met]
  }

  async close(): Promise<void> {
    if (this.#parts.isCopy) await rm(this.path, { force: true })
  }

  #remember(path: readonly string[], attributes: Readonly<Record<string, string>>): void {
    if (this.#met.size >= PATHS_KEPT) return
    const inside = path.slice(this.#records.length)
    if (inside.length > 0) this.#met.add(inside.join('/'))
    for (const name of Object.keys(attributes).slice(0, 10)) this.#met.add([...inside, `@${name}`].join('/'))
  }
}

/** Reads the file until the date was met, at the latest to the first record. */
async function readStamp(
  path: string,
  { from, fail, name }: Pick<XmlParts, 'from' | 'fail' | 'name'>,
  stamp: string,
  { timezone, records }: OpenXmlOptions,
  signal: AbortSignal,
): Promise<number> {
  const wanted = stamp.split('/').slice(1)
  const attribute = wanted.at(-1)?.startsWith('@') === true ? wanted.pop()?.slice(1) : undefined
  const isHere = (at: readonly string[]): boolean =>
    at.length === wanted.length && at.every((each, i) => each === wanted[i])
  let text: string | undefined
  const events: SplitEvents = {
    fail,
    onOpen: (at, attributes) => {
      if (attribute !== undefined && isHere(at)) text ??= attributes[attribute]
    },
    onText: (at, piece) => {
      if (attribute === undefined && isHere(at)) text = `${text ?? ''}${piece}`
    },
  }
  const options = { from, records: parseRecordPath(records) ?? [] }
  for await (const batch of splitElements(path, options, events, signal)) {
    if (text !== undefined || (batch.at(-1)?.end ?? 0) > STAMP_WITHIN) break
  }
  const moment = listStamp(text ?? '', timezone)
  if (moment !== undefined) return moment
  throw listFault('list.no_stamp', name, `there is no date at ${stamp}`, {
    place: { file: name, line: 1 },
    remedy: 'Write the path of the date of the list into "stamp" of parse, or leave "stamp" out.',
    details: { where: stamp },
  })
}
