import { onOneLine } from '../../config/yaml-text.ts'

/** Names in a comment: the first few in «quotes», and how many more there are. */
export function listed(names: readonly string[], most = 8): string {
  const shown = names.slice(0, most).map((name) => `«${onOneLine(name)}»`)
  const more = names.length - shown.length
  return `${shown.join(', ')}${more === 0 ? '' : ` и ещё ${more}`}`
}

/** A text as CEL reads it; line separators of Unicode would part the line of a file. */
export function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007F-\u009F\u2028\u2029\uFEFF]/g,
    (char) => `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}
