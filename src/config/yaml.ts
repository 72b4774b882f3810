import { Composer, LineCounter, Parser, isMap, isScalar, isSeq, type Node, type Scalar } from 'yaml'
import type { Diagnostic } from '../core/diagnostic.ts'
import type { Place } from '../core/errors.ts'
import { sourceOffsets } from './scalar-offsets.ts'
import { lintTokens, syntaxFinding } from './yaml-lint.ts'

/** Keys and indices from the root of a file to a value. */
export type Path = readonly (string | number)[]

/** A YAML file as plain data with the place of everything in it. All places are one-based. */
export interface YamlFile {
  /** As people name it, relative to the root, with forward slashes. */
  readonly file: string
  /** Plain data; the spelling of keys is kept (`"007"` and `007` are both the key `007`). Null for an empty file. */
  readonly value: unknown
  has(path: Path): boolean
  /** Where the value stands; for a path that does not exist, the nearest key above it. */
  placeOf(path: Path): Place
  /** Where the key stands that the value belongs to; an entry of a list has none and gives its value's place. */
  keyPlaceOf(path: Path): Place
  /** A scalar as written, before `${ENV}` is filled in; undefined for maps and lists. */
  written(path: Path): string | undefined
  /** Places of the characters of a scalar, by index in its text; undefined for maps and lists. */
  charPlaces(path: Path): ((index: number) => Place) | undefined
  /** Every path below `path` that holds a value, outermost first. */
  pathsBelow(path: Path): Iterable<Path>
}

interface Entry {
  readonly path: Path
  readonly offset: number
  readonly keyOffset?: number
  readonly scalar?: Scalar
}

/**
 * Reads one YAML file. Anything but plain maps, lists and scalars in one document is a finding. `yaml` is absent when
 * the findings leave no data that could be checked further.
 */
export function parseYaml(file: string, text: string): { yaml?: YamlFile; diagnostics: readonly Diagnostic[] } {
  const lines = new LineCounter()
  const tokens = [...new Parser(lines.addNewLine).parse(text)]
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const documents = [...new Composer({ version: '1.2', merge: false }).compose(tokens, true, text.length)]

  const lint = lintTokens(tokens, placeAt)
  const syntax = documents
    .flatMap((document) => [...document.errors, ...document.warnings])
    .toSorted((a, b) => a.pos[0] - b.pos[0])
    .flatMap((fault) => syntaxFinding(fault, text, placeAt) ?? [])
  const duplicates = syntax.filter((d) => d.code === 'yaml.duplicate_key')
  // What the parser says after its first syntax error, or of a line with a tag, is mostly a consequence of it.
  const tagged = new Set(lint.filter((d) => d.code === 'yaml.tag').map((d) => d.place.line))
  const firstFault = syntax.filter((d) => d.code !== 'yaml.duplicate_key' && !tagged.has(d.place.line)).slice(0, 1)
  const contents = documents[0]?.contents ?? null
  const entries = new Map<string, Entry>()
  const keyFaults: Diagnostic[] = []
  const value = contents === null ? null : plainData(contents, [], entries, keyFaults, placeAt)

  const fatal = [...lint.filter((d) => d.code !== 'yaml.anchor'), ...firstFault, ...keyFaults]
  const diagnostics = [...lint, ...firstFault, ...(firstFault.length === 0 ? duplicates : []), ...keyFaults]
  return fatal.length > 0 ? { diagnostics } : { yaml: yamlFile(file, text, value, entries, placeAt), diagnostics }
}

function plainData(
  node: Node,
  path: Path,
  entries: Map<string, Entry>,
  faults: Diagnostic[],
  placeAt: (offset: number) => Place,
  keyOffset?: number,
): unknown {
  const entry = { path, offset: node.range?.[0] ?? 0, ...(keyOffset === undefined ? {} : { keyOffset }) }
  entries.set(pathKey(path), isScalar(node) ? { ...entry, scalar: node } : entry)
  if (isSeq<Node>(node)) return node.items.map((item, i) => plainData(item, [...path, i], entries, faults, placeAt))
  if (!isMap<Node, Node>(node)) return isScalar(node) ? node.value : null
  const pairs: [string, unknown][] = []
  for (const { key, value } of node.items) {
    const offset = key.range?.[0] ?? 0
    const name = isScalar(key) ? (key.source ?? '') : undefined
    const fault = keyFault(name, key)
    if (fault !== undefined) faults.push({ severity: 'error', place: placeAt(offset), ...fault })
    if (name === undefined || fault !== undefined) continue
    const below = [...path, name]
    if (value === null) entries.set(pathKey(below), { path: below, offset, keyOffset: offset })
    pairs.push([name, value === null ? null : plainData(value, below, entries, faults, placeAt, offset)])
  }
  return Object.fromEntries(pairs)
}

function keyFault(name: string | undefined, key: Node): Pick<Diagnostic, 'code' | 'message'> | undefined {
  if (name === undefined) {
    return { code: 'yaml.key', message: 'a key must be a plain word or a text in quotes, not a list or a map' }
  }
  if (name === '') return { code: 'yaml.key', message: 'a key is missing before the colon' }
  if (name === '<<' && isScalar(key) && key.type === 'PLAIN') {
    return { code: 'yaml.merge_key', message: 'merge keys are not allowed; write the keys out' }
  }
  return undefined
}

function yamlFile(
  file: string,
  text: string,
  value: unknown,
  entries: ReadonlyMap<string, Entry>,
  placeAt: (offset: number) => Place,
): YamlFile {
  const find = (path: Path): Entry | undefined => entries.get(pathKey(path))
  const nearestKey = (path: Path): Place => {
    for (let depth = path.length; depth > 0; depth--) {
      const entry = find(path.slice(0, depth))
      if (entry !== undefined) return placeAt(entry.keyOffset ?? entry.offset)
    }
    return placeAt(find([])?.offset ?? 0)
  }
  return {
    file,
    value,
    has: (path) => find(path) !== undefined,
    placeOf: (path) => {
      const entry = find(path)
      return entry === undefined ? nearestKey(path) : placeAt(entry.offset)
    },
    keyPlaceOf: nearestKey,
    written: (path) => {
      const scalar = find(path)?.scalar
      return scalar === undefined ? undefined : (scalar.source ?? String(scalar.value))
    },
    charPlaces: (path) => {
      const scalar = find(path)?.scalar
      if (scalar === undefined) return undefined
      const offsets = sourceOffsets(text, scalar)
      return (index) => placeAt(offsets[Math.min(Math.max(index, 0), offsets.length - 1)] as number)
    },
    pathsBelow: function* (path) {
      for (const entry of entries.values()) {
        if (entry.path.length > path.length && path.every((part, i) => entry.path[i] === part)) yield entry.path
      }
    },
  }
}

/** One text for a path; the list index 1 and the key "1" cannot meet, one value is never both a list and a map. */
function pathKey(path: Path): string {
  return path.join('\n')
}
