import type { Scalar } from 'yaml'

const ESCAPE_LENGTH: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 }

/**
 * Offsets in `text` of the characters of a scalar, by their index in its value, and one more for its end. Folding,
 * indentation and escapes make the two differ. Exact for everything but white space that folding changed.
 */
export function sourceOffsets(text: string, scalar: Scalar): readonly number[] {
  const value = String(scalar.source ?? scalar.value)
  const offsets: number[] = []
  let at = startOfContent(text, scalar)
  for (let i = 0; i < value.length; i++) {
    const char = value[i] as string
    const blank = isBlank(char)
    if (!blank) at = skipBlanks(text, at, scalar)
    offsets.push(at)
    const length = spelledLength(text, at, scalar)
    // A folded line break or a removed indent has no counterpart of its own in the text.
    if (!blank || length > 1 || text[at] === char) at += length
    if (length === 10) {
      // \U0001F600 is one escape and two units of the value.
      offsets.push(at - length)
      i++
    }
  }
  return [...offsets, at]
}

function startOfContent(text: string, scalar: Scalar): number {
  const start = scalar.range?.[0] ?? 0
  if (scalar.type === 'QUOTE_DOUBLE' || scalar.type === 'QUOTE_SINGLE') return start + 1
  if (scalar.type !== 'BLOCK_LITERAL' && scalar.type !== 'BLOCK_FOLDED') return start
  const headerEnd = text.indexOf('\n', start)
  return headerEnd < 0 ? text.length : headerEnd + 1
}

function skipBlanks(text: string, from: number, scalar: Scalar): number {
  let at = from
  for (;;) {
    if (isBlank(text[at])) at++
    else if (scalar.type === 'QUOTE_DOUBLE' && text[at] === '\\' && /[\r\n]/.test(text[at + 1] ?? '')) at += 2
    else return at
  }
}

/** How many characters of the text spell the character at `at`. */
function spelledLength(text: string, at: number, scalar: Scalar): number {
  if (scalar.type === 'QUOTE_SINGLE' && text[at] === "'") return 2
  if (scalar.type === 'QUOTE_DOUBLE' && text[at] === '\\') return ESCAPE_LENGTH[text[at + 1] as string] ?? 2
  return 1
}

function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t' || char === '\n' || char === '\r'
}
