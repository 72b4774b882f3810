import type { ParseError } from '@marcbachmann/cel-js'
import type { Finding } from './finding.ts'
import { FUNCTIONS } from './functions.ts'

const WORDS_INSTEAD: ReadonlyMap<string, string> = new Map([
  ['and', '&&'],
  ['or', '||'],
  ['not', '!'],
  ['и', '&&'],
  ['или', '||'],
  ['не', '!'],
])

const SINGLE: Readonly<Record<string, string>> = {
  '=': 'equality is written ==',
  '&': '"and" is written &&',
  '|': '"or" is written ||',
  ';': 'there is no ";" in an expression: take it out',
}

const BRACKETS: Readonly<Record<string, string>> = { RPAREN: ')', LPAREN: '(', COLON: ':', RBRACKET: ']', RBRACE: '}' }

// Cyrillic letters that look Latin, and the Latin ones.
const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  Array.from('аАВсСеЕНіІКМоОрРТухХ', (letter, index) => [letter, 'aABcCeEHiIKMoOpPTyxX'[index] as string]),
)

/** A parse error of CEL in words that say what to do, at the place where the eye should go. */
export function explainSyntax(error: ParseError, source: string): Finding {
  const at = Math.min(error.range?.start ?? 0, source.trimEnd().length)
  const found = (message: string, offset = at): Finding => ({ code: 'expression.syntax', message, offset })
  const character = source[at] ?? ''
  switch (error.code) {
    case 'unterminated_string':
    case 'unterminated_triple_quoted_string':
      return found('the quote that opens here is not closed')
    case 'newline_in_string':
      return found('a text must end in its line: a closing quote is missing')
    case 'invalid_escape_sequence':
      return found(`a backslash in a text is written \\\\, ${source.slice(at, at + 2)} has no meaning`)
    case 'limit_exceeded':
      return found('the expression is too long: move values into a table and use lookup(…)')
    case 'reserved_identifier':
      return unquoted(source, at)
    default:
  }
  if (at >= source.trimEnd().length)
    return found('the expression ends too early: a value or a closing bracket is missing')
  if (/[«»“”„‘’]/u.test(character)) return found(`${character} is no quote here: write "…" or '…'`)
  if (/\p{L}/u.test(character)) return explainWord(source, at, error.code)
  if (character === ',' && /\d/.test(source[at - 1] ?? '') && /\d/.test(source[at + 1] ?? '')) {
    return found('a fraction is written with a dot: 1.25')
  }
  const hint = SINGLE[character]
  if (hint !== undefined && source[at + 1] !== character) return found(hint)
  if (character === '"' || character === "'") {
    return found('an operator (+, *, ==, &&, …) or a comma is missing before this text')
  }
  const expected = /^Expected (\w+)/.exec(error.summary)?.[1]
  const bracket = expected === undefined ? undefined : BRACKETS[expected]
  if (bracket !== undefined) return found(`"${bracket}" is missing before "${character}"`)
  return found(`"${character}" does not fit here`)
}

function explainWord(source: string, at: number, code: string): Finding {
  const start = wordStart(source, at)
  const word = /^[\p{L}\p{N}_]+/u.exec(source.slice(start))?.[0] ?? ''
  const instead = WORDS_INSTEAD.get(word.toLowerCase())
  if (instead !== undefined)
    return { code: 'expression.syntax', message: `"${word}" is written ${instead}`, offset: start }
  if (/(^|\W)not\s+$/.test(source.slice(0, start))) {
    return { code: 'expression.syntax', message: '"not" is written !', offset: source.lastIndexOf('not', start - 1) }
  }
  const latin = Array.from(word, (letter) => LOOKALIKES.get(letter) ?? letter).join('')
  const known = ['product', 'offer', ...FUNCTIONS.map((spec) => spec.name)]
  if (latin !== word && known.includes(latin)) {
    const message = `"${word}" holds a Cyrillic letter that looks Latin: type ${latin} anew`
    return { code: 'expression.unknown_name', message, offset: start }
  }
  if (code === 'unexpected_character' && /[^\x20-\x7e]/.test(word)) return unquoted(source, start)
  return {
    code: 'expression.syntax',
    message: `an operator (+, *, ==, &&, …) or a comma is missing before "${word}"`,
    offset: start,
  }
}

/** Where the word begins that holds this character: CEL takes the Latin start of a mixed word for a word of its own. */
function wordStart(source: string, at: number): number {
  let start = at
  while (start > 0 && /[\p{L}\p{N}_]/u.test(source[start - 1] as string)) start--
  return start
}

function unquoted(source: string, at: number): Finding {
  const words = /^[\p{L}\p{N}_]+(?:[ -]+[\p{L}\p{N}_]+)*/u.exec(source.slice(at))?.[0] ?? ''
  return { code: 'expression.not_in_quotes', message: `text must stand in quotes: "${words}"`, offset: at }
}
