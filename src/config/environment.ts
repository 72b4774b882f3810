import { didYouMean, type Diagnostic } from '../core/diagnostic.ts'
import { Secret } from '../core/secret.ts'
import type { Path, YamlFile } from './yaml.ts'

/** Variables that `${NAME}` may name: the process environment over the `.env` file. */
export interface Environment {
  get(name: string): string | undefined
  /** For "did you mean". */
  names(): readonly string[]
}

/** The environment of the process over what `.env` says. */
export function layeredEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  dotEnv: ReadonlyMap<string, string>,
): Environment {
  return {
    get: (name) => env[name] ?? dotEnv.get(name),
    names: () => [...dotEnv.keys(), ...Object.keys(env)],
  }
}

/** The data of a YAML file with its variables filled in and its secrets sealed. */
export interface FilledFile {
  readonly yaml: YamlFile
  readonly value: unknown
  /** Scalars that name variables. */
  readonly substituted: readonly Substitution[]
}

/** One scalar that names variables, and what is wrong with them. */
export interface Substitution {
  readonly path: Path
  readonly names: readonly string[]
  readonly findings: readonly Diagnostic[]
}

/** Keys whose values are never shown, wherever they stand; an `url` may hold a password. */
const SECRET_KEYS: readonly (string | number)[] = ['apiKey', 'password', 'smtp', 'url']

/** True when a finding must not show the value at `path`. */
export function isSecretPath(path: Path): boolean {
  return path.some((key) => SECRET_KEYS.includes(key))
}

/** Fills `${NAME}` into every string scalar of the file (never into keys) and makes a {@link Secret} of every secret. */
export function fillEnvironment(yaml: YamlFile, environment: Environment): FilledFile {
  const substituted: Substitution[] = []
  const fill = (value: unknown, path: Path): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => fill(item, [...path, i]))
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, [...path, key])]))
    }
    // A secret without quotes may look like a number: what counts is how it is written.
    const written = isSecretPath(path) && value !== null ? yaml.written(path) : value
    if (typeof written !== 'string') return written
    const { text, names, findings } = fillText(written, (index) => yaml.charPlaces(path)?.(index), environment)
    if (names.length > 0 || findings.length > 0) substituted.push({ path, names, findings })
    return isSecretPath(path) ? new Secret(text) : text
  }
  return { yaml, value: fill(yaml.value, []), substituted }
}

function fillText(
  written: string,
  placeOf: (index: number) => Diagnostic['place'] | undefined,
  environment: Environment,
): { text: string; names: string[]; findings: Diagnostic[] } {
  const names: string[] = []
  const findings: Diagnostic[] = []
  const text = written.replaceAll(/\$\{([^}]*)\}?/g, (whole: string, name: string, index: number) => {
    const add = (code: string, message: string): void => {
      findings.push({ severity: 'error', code, message, place: placeOf(index) ?? {} })
    }
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || !whole.endsWith('}')) {
      add('env.reference', 'a variable is written ${NAME}, with Latin letters, digits and _ only')
      return whole
    }
    names.push(name)
    const value = environment.get(name)
    if (value === undefined || value === '') {
      const near = value === undefined ? didYouMean(name, environment.names()) : undefined
      const hint = near === undefined ? '' : `; did you mean ${near}?`
      const fault = value === undefined ? 'is not set' : 'is empty'
      add('env.missing', `the variable ${name} ${fault}${hint || `; write ${name}=… into .env beside config/`}`)
    }
    return value ?? whole
  })
  return { text, names, findings }
}
