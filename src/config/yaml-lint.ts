import type { CST, YAMLError } from 'yaml'
import type { Diagnostic } from '../core/diagnostic.ts'
import type { Place } from '../core/errors.ts'

type PlaceAt = (offset: number) => Place

/** Findings about YAML features that a configuration does not use: each can change a value without anybody seeing it. */
export function lintTokens(tokens: readonly CST.Token[], placeAt: PlaceAt): readonly Diagnostic[] {
  const findings: Diagnostic[] = []
  const add = (code: string, offset: number, message: string): void => {
    findings.push({ severity: 'error', code, message, place: placeAt(offset) })
  }
  let documents = 0
  for (const token of partsOf(tokens)) {
    if (token.type === 'tag') add('yaml.tag', token.offset, tagMessage(token.source))
    if (token.type === 'anchor') {
      add(
        'yaml.anchor',
        token.offset,
        `anchors such as ${token.source} are not allowed; put a text that begins with & in quotes`,
      )
    }
    if (token.type === 'alias') {
      add(
        'yaml.alias',
        token.offset,
        `aliases such as ${token.source} are not allowed; write the value out, or put it in quotes`,
      )
    }
    if (token.type === 'directive')
      add('yaml.directive', token.offset, 'YAML directives are not allowed; take the line away')
    if (token.type === 'document' && ++documents === 2) {
      add('yaml.several_documents', token.offset, 'a second document begins here; put each into a file of its own')
    }
  }
  return findings
}

interface AnyToken {
  readonly type: string
  readonly offset: number
  readonly source: string
}

/** Every token in the tree with its parts: brackets, tags and anchors stand in lists beside keys and values. */
function* partsOf(value: unknown): Generator<AnyToken> {
  if (typeof value !== 'object' || value === null) return
  if ('type' in value) yield value as AnyToken
  for (const part of Object.values(value)) yield* partsOf(part)
}

function tagMessage(tag: string): string {
  return tag.startsWith('!!') || tag.startsWith('!<')
    ? `YAML tags such as ${tag} are not allowed; put the value in quotes`
    : `a value that begins with ! is a YAML tag and ${tag} would be lost; put it in quotes or after |`
}

/** What a parser's fault means for a person; undefined for what {@link lintTokens} says better. */
export function syntaxFinding(fault: YAMLError, text: string, placeAt: PlaceAt): Diagnostic | undefined {
  if (fault.code === 'TAG_RESOLVE_FAILED' || fault.code === 'BAD_DIRECTIVE') return undefined
  const code = fault.code === 'DUPLICATE_KEY' ? 'yaml.duplicate_key' : 'yaml.syntax'
  return { severity: 'error', code, message: syntaxMessage(fault, text), place: placeAt(fault.pos[0]) }
}

function syntaxMessage(fault: YAMLError, text: string): string {
  const at = fault.pos[0]
  if (fault.code === 'DUPLICATE_KEY') return 'this key stands here for the second time; keep one of them'
  if (fault.code === 'TAB_AS_INDENT') return 'tabs cannot indent; use spaces'
  if (text.slice(at - 1, at + 1) === '${') return 'inside { } and [ ] write "${NAME}" in quotes'
  if (fault.code === 'BLOCK_AS_IMPLICIT_KEY') {
    return 'a colon with a space after it begins a new key; put the value in quotes or after |'
  }
  if (fault.code === 'BAD_SCALAR_START') return `a value cannot begin with ${text[at]}; put it in quotes`
  const [, words] = PLAIN_WORDS.find(([parsers]) => fault.message.includes(parsers)) ?? []
  return words ?? fault.message.charAt(0).toLowerCase() + fault.message.slice(1)
}

/** What the parser says most often (yaml 2.9), and what to do about it. */
const PLAIN_WORDS: readonly (readonly [parsers: string, ours: string])[] = [
  ['Flow map in block collection must', 'a { is not closed above; add the }'],
  ['Flow sequence in block collection must', 'a [ is not closed above; add the ]'],
  [
    'Implicit keys need to be on a single line',
    'this line is neither "key: value" nor "- entry"; look for a missing colon',
  ],
  ['Implicit map keys need to be followed', 'a colon and a value are missing after this key'],
  ['All mapping items must start at the same column', 'this key must be indented exactly like its neighbours'],
  [
    'Block collections are not allowed within flow',
    'inside { } and [ ] entries are parted by commas; look for a bracket that is not closed',
  ],
  ['Unexpected flow-map-end token', 'this } closes nothing; take it away or put the text in quotes'],
  ['Unexpected flow-seq-end token', 'this ] closes nothing; take it away or put the text in quotes'],
  ['A collection cannot be both a mapping', 'this line must be indented exactly like its neighbours'],
  ['item without - indicator', 'this line must be indented exactly like its neighbours'],
  ['scalar token in YAML stream', 'the line above has no "key: value": put a blank behind its colon'],
  ['Missing closing', 'the quotes are not closed; add the closing one'],
]
