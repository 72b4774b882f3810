import { isUtf8 } from 'node:buffer'
import { otherRoots, webPageRoots } from './elements-roots.ts'
import { el } from './elements.ts'
import { Finder, MarkupFinder, NOWHERE } from './finder.ts'
import type { Fail } from './fault.ts'
import {
  isTooLongId,
  LARGEST_PIECE,
  LARGEST_RECORD,
  LONGEST_ID,
  LONGEST_SECTION_TEXT,
  MOST_IN_A_ROW,
  MOST_RECORDS,
  MOST_SECTION_NAMES,
  MOST_TAG_NAMES,
} from './limits.ts'
import { recordId } from './record-id.ts'
import type { RecordContext, RecordKind } from './record.ts'
import { isKnownSection, kindOf } from './sections.ts'
import { localName, parseRecord, stripIllegal, StrictParser, XmlFault } from './strict.ts'
import { lastWholeCharacter, standsAt } from './utf8.ts'
import type { Warnings } from './warnings.ts'

const LESS_THAN = 0x3c
const GREATER_THAN = 0x3e
const SLASH = 0x2f
const BANG = 0x21
const QUESTION = 0x3f
const DOUBLE_QUOTE = 0x22
const SINGLE_QUOTE = 0x27

const WEB_PAGE = 'the file is a web page, not an exchange file'

/** A record as bytes. `bytes` is a view that is overwritten by the next {@link Splitter.reserve}. */
export interface SplitRecord {
  readonly kind: RecordKind
  readonly id: string
  readonly line: number
  readonly start: number
  readonly end: number
  readonly bytes: Buffer
  readonly context: RecordContext
}

/** The root element as stated. */
export interface RootElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

/** What a record start tag means where the splitter stands. */
interface RecordTag {
  readonly kind: RecordKind
  readonly opens: Finder
  readonly closes: Finder
}

interface OpenRecord extends RecordTag {
  readonly line: number
  /** Indexes into the window. */
  start: number
  contentFrom: number
  scan: number
  depth: number
}

interface Section {
  readonly name: string
  /** Texts of the section's own simple children (Ид, Наименование, …). */
  readonly texts: Map<string, string>
  changesOnly: boolean | undefined
  listsPriceTypes: boolean
}

/**
 * Cuts a UTF-8 exchange file into records while it streams by: finds record boundaries in the bytes (aware of
 * comments, CDATA and processing instructions), parses everything outside records strictly. Records themselves are
 * not parsed. Use: `reserve`, fill, `advance`, take the records; `end` once at the end of the file.
 */
export class Splitter {
  root: RootElement | undefined
  /** Local names of the root's children in the order in which they came first; of unknown ones not all. */
  readonly rootChildren = new Set<string>()
  /** What each section says of itself by name; the last one wins. */
  readonly changesOnly: Record<string, boolean> = {}

  readonly #fail: Fail
  readonly #warnings: Warnings
  readonly #skeleton: StrictParser
  readonly #path: string[] = []
  #section: Section | undefined
  #context: RecordContext | undefined
  /** The latest record tag without attributes and its bytes, while the path is the same: most records repeat it. */
  #sameTag: { readonly bytes: Buffer; readonly tag: RecordTag } | undefined

  #buffer = Buffer.alloc(0)
  /** The bytes at hand: `#buffer` up to what was filled. */
  #view = Buffer.alloc(0)
  /** Offset in the file of the window's first byte. */
  #base: number
  /** Index behind what was understood. */
  #pos = 0
  #line = 1
  #lineAt = 0
  /** Index up to which the bytes are valid UTF-8. */
  #valid = 0

  #record: OpenRecord | undefined
  #records = 0
  /** The id of the latest record, and how many of this id came before it without another between. */
  #latestId = ''
  #inARow = 0
  readonly #finders = new Map<string, { readonly opens: Finder; readonly closes: Finder }>()
  readonly #bang = new MarkupFinder('!')
  readonly #question = new MarkupFinder('?')
  /** Remembers: a file without line ends would be searched through for every record. */
  readonly #lineFeeds = new Finder('\n')

  /** `from`: offset of the first byte that will be given, 3 behind a byte order mark. */
  constructor(fail: Fail, warnings: Warnings, from = 0) {
    this.#fail = fail
    this.#warnings = warnings
    this.#base = from
    this.#skeleton = new StrictParser({
      open: (name, attributes) => this.#onOpen(name, attributes),
      text: (text) => this.#onText(text),
      close: () => this.#onClose(),
    })
  }

  /** Room for `size` bytes more. Invalidates the bytes of records given before. */
  reserve(size: number): Buffer {
    if (this.#buffer.length - this.#view.length < size) this.#makeRoom(size)
    return this.#buffer.subarray(this.#view.length, this.#view.length + size)
  }

  /** `count` bytes of the reserved room are filled: the records that are complete now, in order. @throws ObmenError input */
  advance(count: number): SplitRecord[] {
    const from = this.#view.length
    this.#view = this.#buffer.subarray(0, from + count)
    this.#refuseNulBytes(from)
    this.#validate()
    const out: SplitRecord[] = []
    while (this.#record === undefined ? this.#readSkeleton(out) : this.#readRecord(this.#record, out));
    return out
  }

  /** The file ended. @throws ObmenError input unless the root is closed and nothing but blanks and comments follows */
  end(): void {
    const view = this.#view
    const eof = this.#base + view.length
    if (this.#record !== undefined) this.#failOpenRecord(this.#record, eof)
    const rest = firstVisible(view, this.#pos, view.length)
    if (this.root === undefined) {
      if (rest >= 0 && view[rest] !== LESS_THAN) this.#fail('xml.not_xml', 'the file is no XML', this.#base + rest)
      this.#fail('xml.truncated', eof === 0 ? 'the file is empty' : 'the file ends before its first element', eof)
    }
    if (this.#path.length > 0) {
      this.#fail('xml.truncated', `the file ends inside ${this.#path.join('/')}`, eof)
    }
    if (rest >= 0) this.#failTrailing(rest)
    this.#guard(view.length, () => this.#skeleton.end())
  }

  #makeRoom(size: number): void {
    const keep = this.#record?.start ?? this.#pos
    this.#countLinesTo(keep)
    const held = this.#view.length - keep
    if (this.#record !== undefined && held > LARGEST_RECORD) this.#failOpenRecord(this.#record, undefined)
    if (this.#record === undefined && held > LARGEST_PIECE) this.#failLargePiece(keep)
    const target =
      this.#buffer.length >= held + size
        ? this.#buffer
        : Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, held + size))
    this.#view.copy(target, 0, keep)
    this.#buffer = target
    this.#view = target.subarray(0, held)
    this.#base += keep
    this.#pos -= keep
    this.#lineAt -= keep
    this.#valid -= keep
    if (this.#record !== undefined) {
      this.#record.start -= keep
      this.#record.contentFrom -= keep
      this.#record.scan -= keep
    }
    this.#bang.shift(keep)
    this.#question.shift(keep)
    this.#lineFeeds.shift(keep)
    for (const { opens, closes } of this.#finders.values()) {
      opens.shift(keep)
      closes.shift(keep)
    }
  }

  #refuseNulBytes(from: number): void {
    const nul = this.#view.indexOf(0, from)
    if (nul < 0) return
    const first = this.root === undefined ? firstVisible(this.#view, 0, nul) : -1
    // An archive or a picture under the name of a file is full of NUL, but not because a copy was not finished.
    if (first >= 0 && this.#view[first] !== LESS_THAN) this.#refuseTextOutsideRoot(nul)
    this.#fail('xml.nul_bytes', 'the file holds NUL bytes', this.#base + nul)
  }

  #validate(): void {
    const view = this.#view
    const to = lastWholeCharacter(view)
    if (to <= this.#valid) return
    if (!isUtf8(view.subarray(this.#valid, to))) {
      this.#fail('xml.invalid_utf8', 'bytes that are no UTF-8', this.#base + validLength(view, this.#valid, to))
    }
    this.#valid = to
  }

  /** Reads one piece outside records. False when it is not complete yet. */
  #readSkeleton(out: SplitRecord[]): boolean {
    const view = this.#view
    const at = view.indexOf(LESS_THAN, this.#pos)
    this.#refuseTextOutsideRoot(at < 0 ? view.length : at)
    if (at < 0) {
      if (this.#path.length === 0) this.#pos = view.length
      return false
    }
    const same = this.#sameTag
    if (same !== undefined && standsAt(view, same.bytes, at)) {
      if (firstVisible(view, this.#pos, at) >= 0) this.#feed(this.#pos, at)
      this.#beginRecord(same.tag, at, at + same.bytes.length, out)
      return true
    }
    const end = markupEnd(view, at)
    if (end < 0) {
      if (end === NOT_ALLOWED) this.#failDeclaration(at)
      return false
    }
    if (end - this.#pos > LARGEST_PIECE) this.#failLargePiece(this.#pos)
    const second = view[at + 1] as number
    const isTag = second !== BANG && second !== QUESTION
    if (this.#isAfterRoot() && (isTag || view.toString('latin1', at, at + 5) === '<?xml')) this.#failTrailing(at)
    // Blanks between elements are always well-formed: most pieces are that and need no parser.
    if (firstVisible(view, this.#pos, at) >= 0) this.#feed(this.#pos, at)
    this.#pos = at
    if (isTag && second !== SLASH) {
      const rawName = tagName(view, at, end)
      const kind = kindOf(this.#path, localName(rawName))
      if (kind !== undefined) {
        if (kind === 'document') this.#noteDocument(localName(rawName), at, end)
        const tag = { kind, ...this.#findersOf(rawName) }
        const isPlain = end - at === tag.opens.length + 1
        if (isPlain && kind !== 'document') this.#sameTag = { bytes: Buffer.from(view.subarray(at, end)), tag }
        this.#beginRecord(tag, at, end, out)
        return true
      }
    }
    this.#feed(at, end)
    this.#pos = end
    return true
  }

  #noteDocument(name: string, start: number, end: number): void {
    if (this.#path.length === 1) this.#noteSection(name)
    if (isAttributeStyle(this.#view.toString('utf8', start, end))) this.#failVersion1(start)
  }

  #beginRecord(tag: RecordTag, start: number, contentFrom: number, out: SplitRecord[]): void {
    this.#countLinesTo(start)
    const { kind, opens, closes } = tag
    if (kind === 'priceType' && this.#section?.listsPriceTypes === false) {
      this.#section.listsPriceTypes = true
      this.#context = undefined
    }
    const record = { kind, opens, closes, line: this.#line, start, contentFrom, scan: contentFrom, depth: 1 }
    if (this.#view[contentFrom - 2] === SLASH) this.#finishRecord(record, contentFrom, out)
    else this.#record = record
  }

  /** Looks for the end of the open record. False when it has not come yet. */
  #readRecord(record: OpenRecord, out: SplitRecord[]): boolean {
    const view = this.#view
    for (;;) {
      const close = record.closes.find(view, record.scan)
      const special = Math.min(this.#bang.find(view, record.scan), this.#question.find(view, record.scan))
      const limit = Math.min(close, special, view.length)

      let nested = record.opens.find(view, record.scan)
      while (nested < limit) {
        const after = nested + record.opens.length
        if (after >= view.length) return false
        if (endsName(view[after] as number)) {
          const end = tagEnd(view, nested)
          if (end < 0) return false
          if (view[end - 2] !== SLASH) record.depth++
          record.scan = end
        } else {
          record.scan = after
        }
        nested = record.opens.find(view, record.scan)
      }

      if (special < close) {
        const end = markupEnd(view, special)
        // A declaration inside a record is left to the strict parser, which refuses it.
        if (end === NOT_ALLOWED) record.scan = special + 2
        else if (end < 0) return false
        else record.scan = end
        continue
      }
      if (close === NOWHERE) return false
      const after = close + record.closes.length
      if (after >= view.length) return false
      if (!endsName(view[after] as number)) {
        record.scan = after
        continue
      }
      const end = view.indexOf(GREATER_THAN, after) + 1
      if (end === 0) return false
      record.scan = end
      if (--record.depth > 0) continue
      this.#record = undefined
      this.#finishRecord(record, end, out)
      return true
    }
  }

  #finishRecord(record: OpenRecord, end: number, out: SplitRecord[]): void {
    const bytes = this.#view.subarray(record.start, end)
    if (bytes.length > LARGEST_RECORD) this.#failLargeRecord(record)
    this.#pos = end
    let id: string
    try {
      id = recordId(bytes, record.contentFrom - record.start, record.kind)
    } catch (fault) {
      throw fault instanceof XmlFault ? this.#failure(fault, record.start, bytes.toString('utf8')) : fault
    }
    const start = this.#base + record.start
    if (id === '') {
      this.checkRecord(bytes, start, record.line)
      this.#warnings.add('commerceml.record_without_id', record.line)
      return
    }
    if (isTooLongId(id)) {
      this.#fail('commerceml.id_too_long', `the id of the ${record.kind} is longer than ${LONGEST_ID} bytes`, start)
    }
    if (++this.#records > MOST_RECORDS) {
      this.#fail('commerceml.too_many_records', `the file has more than ${MOST_RECORDS} records`, start)
    }
    if (id !== this.#latestId) {
      this.#latestId = id
      this.#inARow = 0
    } else if (++this.#inARow >= MOST_IN_A_ROW) {
      const fault = `more than ${MOST_IN_A_ROW} records of one id follow one another`
      this.#fail('commerceml.repeated_record', fault, start)
    }
    const context = (this.#context ??= this.#makeContext())
    out.push({ kind: record.kind, id, line: record.line, start, end: this.#base + end, bytes, context })
  }

  /** Parses the bytes of a record strictly. @throws ObmenError input */
  checkRecord(bytes: Buffer, start: number, line: number): void {
    this.parseRecord(bytes, start, line, (text) => parseRecord(text, new StrictParser()))
  }

  /** What a strict parser makes of the bytes of a record; it may throw an XmlFault. @throws ObmenError input */
  parseRecord<T>(bytes: Buffer, start: number, line: number, parse: (text: string) => T): T {
    const { text, removed } = stripIllegal(bytes.toString('utf8'))
    if (removed > 0) this.#warnings.add('xml.control_characters', line, removed)
    try {
      return parse(text)
    } catch (fault) {
      if (!(fault instanceof XmlFault)) throw fault
      return this.#fail(fault.code, fault.message, start + Buffer.byteLength(text.slice(0, fault.at)))
    }
  }

  #failOpenRecord(record: OpenRecord, eof: number | undefined): never {
    const text = stripIllegal(this.#view.toString('utf8', record.start, lastWholeCharacter(this.#view))).text
    try {
      new StrictParser().write(text)
    } catch (fault) {
      throw fault instanceof XmlFault ? this.#failure(fault, record.start, text) : fault
    }
    if (eof === undefined) this.#failLargeRecord(record)
    this.#fail('xml.truncated', `the file ends inside the ${record.kind} that starts at line ${record.line}`, eof)
  }

  #failLargeRecord({ kind, start }: OpenRecord): never {
    const fault = `the ${kind} is larger than ${inMb(LARGEST_RECORD)}`
    this.#fail('commerceml.record_too_large', fault, this.#base + start)
  }

  /** Between `from` and the end of what is at hand stands too much. */
  #failLargePiece(from: number): never {
    const fault = `a tag, comment or text is larger than ${inMb(LARGEST_PIECE)}`
    const visible = firstVisible(this.#view, from, this.#view.length)
    this.#fail('xml.piece_too_large', fault, this.#base + Math.max(from, visible))
  }

  #feed(from: number, to: number): void {
    const { text, removed } = stripIllegal(this.#view.toString('utf8', from, to))
    if (removed > 0) {
      this.#countLinesTo(from)
      this.#warnings.add('xml.control_characters', this.#line, removed)
    }
    this.#guard(from, () => this.#skeleton.write(text), text)
  }

  #guard(from: number, read: () => void, text = ''): void {
    try {
      read()
    } catch (fault) {
      throw fault instanceof XmlFault ? this.#failure(fault, from, text) : fault
    }
  }

  #failure(fault: XmlFault, from: number, text: string): never {
    this.#fail(fault.code, fault.message, this.#base + from + Buffer.byteLength(text.slice(0, fault.at)))
  }

  #onOpen(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#path.push(name)
    this.#sameTag = undefined
    if (this.#path.length === 1) this.#startRoot(name, attributes)
    if (this.#path.length !== 2) return
    if (el.name in attributes || el.identifierV1 in attributes) this.#failVersion1(this.#pos)
    this.#noteSection(name)
    this.#section = { name, texts: new Map(), changesOnly: undefined, listsPriceTypes: false }
    this.#context = undefined
    const stated = Object.entries(attributes).find(([key]) => localName(key) === el.changesOnly)?.[1]
    if (stated !== undefined) this.#stateChangesOnly(this.#section, stated)
  }

  #onText(text: string): void {
    if (this.#path.length !== 3 || this.#section === undefined) return
    const name = this.#path[2] as string
    if (!SECTION_TEXTS.has(name)) return
    const known = this.#section.texts.get(name) ?? ''
    this.#section.texts.set(name, (known + text).slice(0, LONGEST_SECTION_TEXT))
    this.#context = undefined
  }

  #onClose(): void {
    if (this.#path.length === 3 && this.#path[2] === el.changesOnly && this.#section !== undefined) {
      this.#stateChangesOnly(this.#section, this.#section.texts.get(el.changesOnly) ?? '')
    }
    if (this.#path.length === 2) {
      this.#section = undefined
      this.#context = undefined
    }
    this.#path.pop()
    this.#sameTag = undefined
  }

  #startRoot(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name !== el.exchangeDocument) this.#failRoot(name)
    this.root = { name, attributes }
    if ((attributes[el.schemaVersion] ?? '').trim().startsWith('1')) this.#failVersion1(this.#pos)
  }

  #failRoot(name: string): never {
    const at = this.#base + this.#pos
    if (webPageRoots.has(name.toLowerCase())) this.#fail('commerceml.web_page', WEB_PAGE, at)
    const known = otherRoots.get(name.toLowerCase())
    if (known !== undefined) {
      this.#fail('commerceml.other_format', `the root element is "${name}": ${known}, not CommerceML`, at)
    }
    this.#fail('commerceml.unknown_root', `the root element is "${name}", not CommerceML's`, at)
  }

  #noteSection(name: string): void {
    if (isKnownSection(name)) this.rootChildren.add(name)
    else if (this.rootChildren.size < MOST_SECTION_NAMES) this.rootChildren.add(name)
    if (isKnownSection(name)) return
    this.#countLinesTo(this.#pos)
    this.#warnings.add('commerceml.unknown_section', this.#line)
  }

  #stateChangesOnly(section: Section, text: string): void {
    const stated = text.trim().toLowerCase()
    section.changesOnly = stated === 'true' || stated === '1'
    if (this.rootChildren.has(section.name)) this.changesOnly[section.name] = section.changesOnly
    this.#context = undefined
  }

  #makeContext(): RecordContext {
    const text = (name: string): string => (this.#section?.texts.get(name) ?? '').trim()
    const isCatalogue = this.#section?.name === el.catalog
    const packageId = text(el.id)
    return {
      catalogueId: isCatalogue ? text(el.id) : text(el.catalogId) || packageId.split('#', 1)[0] || '',
      catalogueName: isCatalogue ? text(el.name) : '',
      changesOnly: this.#section?.changesOnly,
      ...(this.#section?.listsPriceTypes === true ? { listsPriceTypes: true } : {}),
    }
  }

  #isAfterRoot(): boolean {
    return this.root !== undefined && this.#path.length === 0
  }

  #refuseTextOutsideRoot(to: number): void {
    if (this.#path.length > 0) return
    const visible = firstVisible(this.#view, this.#pos, to)
    if (visible < 0) return
    if (this.root !== undefined) this.#failTrailing(visible)
    this.#fail('xml.not_xml', 'the file is no XML', this.#base + visible)
  }

  #failTrailing(at: number): never {
    this.#fail('xml.trailing_content', 'something follows the end of the document', this.#base + at)
  }

  #failDeclaration(at: number): never {
    if (this.#isAfterRoot()) this.#failTrailing(at)
    const declaration = this.#view.toString('latin1', at, at + 32)
    if (/^<!doctype\s+html/i.test(declaration)) this.#fail('commerceml.web_page', WEB_PAGE, this.#base + at)
    this.#fail('xml.doctype', 'a DOCTYPE or another declaration', this.#base + at)
  }

  #failVersion1(at: number): never {
    this.#fail('commerceml.v1', 'the file is CommerceML 1.x, as 1C 7.7 writes it', this.#base + at)
  }

  #findersOf(rawName: string): { readonly opens: Finder; readonly closes: Finder } {
    let finders = this.#finders.get(rawName)
    if (finders === undefined) {
      if (this.#finders.size >= MOST_TAG_NAMES) {
        const fault = `more than ${MOST_TAG_NAMES} spellings of the tags of records`
        this.#fail('xml.too_many_prefixes', fault, this.#base + this.#pos)
      }
      finders = { opens: new Finder(`<${rawName}`), closes: new Finder(`</${rawName}`) }
      this.#finders.set(rawName, finders)
    }
    return finders
  }

  #countLinesTo(index: number): void {
    let at = this.#lineFeeds.find(this.#view, this.#lineAt)
    while (at < index) {
      this.#line++
      at = this.#lineFeeds.find(this.#view, at + 1)
    }
    this.#lineAt = Math.max(this.#lineAt, index)
  }
}

/** The texts of a section that its records depend on. */
const SECTION_TEXTS: ReadonlySet<string> = new Set([el.id, el.name, el.catalogId, el.changesOnly])

/** True for a tag of CommerceML 1.x, where a document carries everything in attributes. */
function isAttributeStyle(tag: string): boolean {
  return [el.identifierV1, el.name, el.number].some((name) => tag.includes(`${name}=`))
}

/** The markup at an index may not stand there: `<!` that is neither a comment nor CDATA. */
const NOT_ALLOWED = -2

/** Index behind the markup that starts at `at`; -1 while it is not complete, {@link NOT_ALLOWED} for a declaration. */
function markupEnd(view: Buffer, at: number): number {
  const second = view[at + 1]
  if (second === undefined) return -1
  if (second === QUESTION) return behind(view, '?>', at + 2)
  if (second === SLASH) return behind(view, '>', at + 2)
  if (second !== BANG) return tagEnd(view, at)
  const opening = view.toString('latin1', at, Math.min(at + 9, view.length))
  if (opening.startsWith('<!--')) return behind(view, '-->', at + 4)
  if (opening === '<![CDATA[') return behind(view, ']]>', at + 9)
  return '<!--'.startsWith(opening) || '<![CDATA['.startsWith(opening) ? -1 : NOT_ALLOWED
}

function inMb(bytes: number): string {
  return `${bytes / 1024 / 1024} MB`
}

function behind(view: Buffer, mark: string, from: number): number {
  const at = view.indexOf(mark, from)
  return at < 0 ? -1 : at + mark.length
}

/** Index behind the `>` of the tag that starts at `at`, quoted attribute values skipped; -1 while it is not complete. */
function tagEnd(view: Buffer, at: number): number {
  for (let i = at + 1; i < view.length; i++) {
    const byte = view[i]
    if (byte === GREATER_THAN) return i + 1
    if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) {
      i = view.indexOf(byte, i + 1)
      if (i < 0) return -1
    }
  }
  return -1
}

function tagName(view: Buffer, at: number, end: number): string {
  let to = at + 1
  while (to < end && !endsName(view[to] as number)) to++
  return view.toString('utf8', at + 1, to)
}

function endsName(byte: number): boolean {
  return byte === GREATER_THAN || byte === SLASH || byte <= 0x20
}

/** Index of the first character that is no blank, or -1. */
function firstVisible(view: Buffer, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    const byte = view[i]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return i
  }
  return -1
}

/** Index of the first byte from `from` on that is no UTF-8; there is one before `to`. */
function validLength(view: Buffer, from: number, to: number): number {
  let good = from
  let bad = to
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (isUtf8(view.subarray(from, lastWholeCharacter(view.subarray(0, middle))))) good = middle
    else bad = middle
  }
  return lastWholeCharacter(view.subarray(0, good))
}
