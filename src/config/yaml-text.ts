import { stringify } from 'yaml'

// Characters that break a line, or that an editor does not show.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

/**
 * A text as a quoted YAML scalar on one line, for a key or a value anywhere; {@link parseYaml} reads the same text again.
 * `${` means a variable to us however it is quoted: see {@link isWritable}.
 */
export function yamlText(text: string): string {
  const defaultStringType = UNSEEN.test(text) ? 'QUOTE_DOUBLE' : 'QUOTE_SINGLE'
  return stringify(text, { defaultStringType, defaultKeyType: defaultStringType, lineWidth: 0 }).trimEnd()
}

/** False for a name that cannot stand in a configuration: `${` would be read as a variable. */
export function isWritable(text: string): boolean {
  return !text.includes('${')
}

/** A text as it may stand in a comment or be shown on a line: whatever would break the line is a space. */
export function onOneLine(text: string): string {
  return text.replaceAll(new RegExp(UNSEEN, 'gu'), ' ')
}
