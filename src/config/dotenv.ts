import type { Diagnostic } from '../core/diagnostic.ts'

/** What a `.env` file says: names and values, and what is wrong with it. */
export interface DotEnv {
  readonly values: ReadonlyMap<string, string>
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Reads a `.env` file: `NAME=value` a line, `#` comments, an optional `export`. In 'single quotes' a value is taken as
 * it stands, in "double quotes" \n, \" and \\ are escapes, a bare one ends before ` #`. Messages never show a value.
 */
export function parseDotEnv(file: string, text: string): DotEnv {
  const values = new Map<string, string>()
  const diagnostics: Diagnostic[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const place = { file, line: index + 1, column: 1 }
    if (/^\s*(#|$)/.test(line)) continue
    const [, name, written] = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    const value = written === undefined ? undefined : unquote(written)
    if (name === undefined || value === undefined) {
      const message =
        name === undefined ? 'a line must read NAME=value' : `the quotes around the value of ${name} are not closed`
      diagnostics.push({ severity: 'error', code: 'env.syntax', message, place })
    } else if (values.has(name)) {
      const message = `${name} is set for the second time; keep one of the lines`
      diagnostics.push({ severity: 'error', code: 'env.duplicate', message, place })
    } else {
      values.set(name, value)
    }
  }
  return { values, diagnostics }
}

/** The value of the right side; undefined when its quotes are not closed. */
function unquote(written: string): string | undefined {
  const quote = written[0]
  if (quote !== '"' && quote !== "'") return written.replace(/(^|\s+)#.*$/, '')
  const [, inner] = (quote === "'" ? /^'([^']*)'\s*(?:#.*)?$/ : /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/).exec(written) ?? []
  if (inner === undefined || quote === "'") return inner
  return inner.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))
}

/**
 * One line of a `.env` file that {@link parseDotEnv} reads as this value, without its line break.
 * @throws RangeError for a value of several lines
 */
export function dotEnvLine(name: string, value: string): string {
  if (/[\r\n]/.test(value)) throw new RangeError(`the value of ${name} has more than one line`)
  const isPlain = /^[^\s"'#][^\s#]*$|^$/.test(value)
  return `${name}=${isPlain ? value : `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`}`
}
