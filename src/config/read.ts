import type { z } from 'zod'
import type { Diagnostic } from '../core/diagnostic.ts'
import type { Place } from '../core/errors.ts'
import { invalidValue, issueFindings, missingKey, unknownKey } from './issues.ts'
import type { Path, YamlFile } from './yaml.ts'

/** One file being read and the findings so far, of all files. */
export interface Reader {
  readonly yaml: YamlFile
  readonly findings: Diagnostic[]
}

/** Adds an error about the configuration. */
export function addError(reader: Pick<Reader, 'findings'>, place: Place, code: string, message: string): void {
  reader.findings.push({ severity: 'error', code, message, place })
}

/** The value at `path` through its schema; undefined after adding what is wrong with it. */
export function readValue<T>(reader: Reader, path: Path, value: unknown, schema: z.ZodType<T>): T | undefined {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  for (const issue of result.error.issues) reader.findings.push(...issueFindings(reader.yaml, path, schema, issue))
  return undefined
}

/** The map at `path`; undefined after adding that there is none. */
export function readMap(reader: Reader, path: Path, value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  reader.findings.push(
    reader.yaml.has(path)
      ? invalidValue(reader.yaml, path, 'a map of keys and values is expected')
      : missingKey(reader.yaml, path),
  )
  return undefined
}

/** Schemas by key. */
export type Shape = Readonly<Record<string, z.ZodType>>

/** What {@link readFields} gives: a field is undefined when it is optional and absent, or wrong. */
export type Fields<S extends Shape> = { readonly [K in keyof S]: z.output<S[K]> | undefined }

/**
 * The fields of a map, each through its own schema, so that a wrong one does not hide what is wrong with the others.
 * Keys beyond `shape` and `alsoKnown` are findings.
 */
export function readFields<S extends Shape>(
  reader: Reader,
  path: Path,
  map: Readonly<Record<string, unknown>>,
  shape: S,
  alsoKnown: readonly string[] = [],
): Fields<S> {
  const known = [...Object.keys(shape), ...alsoKnown]
  for (const key of Object.keys(map)) {
    if (!known.includes(key)) reader.findings.push(unknownKey(reader.yaml, [...path, key], known))
  }
  return Object.fromEntries(
    Object.entries(shape).map(([key, schema]) => [
      key,
      readValue(reader, [...path, key], Object.hasOwn(map, key) ? map[key] : undefined, schema),
    ]),
  ) as Fields<S>
}
