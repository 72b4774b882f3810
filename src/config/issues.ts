import type { z } from 'zod'
import { didYouMean, type Diagnostic } from '../core/diagnostic.ts'
import { isSecretPath } from './environment.ts'
import { keysAt } from './schema-keys.ts'
import type { Path, YamlFile } from './yaml.ts'

/** What a zod issue means for a person, one finding for each thing that is wrong. `path` is where the schema begins. */
export function issueFindings(yaml: YamlFile, path: Path, schema: z.ZodType, issue: z.core.$ZodIssue): Diagnostic[] {
  const inner = issue.path as (string | number)[]
  const at = [...path, ...inner]
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownKey(yaml, [...at, key], keysAt(schema, inner)))
  }
  const nested = issue.code === 'invalid_union' && issue.message === 'Invalid input' ? nearestBranch(issue.errors) : []
  if (nested.length > 0) {
    return nested.flatMap((each) => issueFindings(yaml, path, schema, { ...each, path: [...inner, ...each.path] }))
  }
  if (!yaml.has(at)) return [missingKey(yaml, at)]
  return [invalidValue(yaml, at, expectation(issue, yaml.written(at), at))]
}

/**
 * The branch of a union that the data came nearest to: the one whose faults lie deepest, else one that takes this type
 * of value. None when the type of the value fits no branch.
 */
function nearestBranch(branches: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  const depth = (issues: readonly z.core.$ZodIssue[]): number => Math.max(0, ...issues.map((i) => i.path.length))
  const [deepest] = branches.toSorted((a, b) => depth(b) - depth(a))
  if (deepest !== undefined && depth(deepest) > 0) return deepest
  return branches.find((issues) => issues.every((issue) => issue.code !== 'invalid_type')) ?? []
}

/** Finding: a key that nobody reads. */
export function unknownKey(yaml: YamlFile, path: Path, known: readonly string[]): Diagnostic {
  const key = String(path.at(-1))
  const hint = /[("']/.test(key)
    ? '; inside { } a comma begins a new key: put the expression in quotes'
    : didYouMeanHint(key, known)
  const message = `unknown key ${JSON.stringify(key)}${hint}`
  return { severity: 'error', code: 'config.unknown_key', message, place: yaml.keyPlaceOf(path) }
}

/** The end of a message about a name that is not among `known`: the nearest one, else all of them. */
export function didYouMeanHint(name: string, known: readonly string[]): string {
  const near = didYouMean(name, known)
  if (near !== undefined) return `; did you mean ${JSON.stringify(near)}?`
  return known.length === 0 ? '' : `; known here: ${known.join(', ')}`
}

/** Finding: a key that must be there. The place is the key above it. */
export function missingKey(yaml: YamlFile, path: Path): Diagnostic {
  const message = `the key ${JSON.stringify(String(path.at(-1)))} is missing`
  return { severity: 'error', code: 'config.missing_key', message, place: yaml.keyPlaceOf(path) }
}

/** Finding: a value of the wrong kind. `expected` says what should stand there. Secret values are not shown. */
export function invalidValue(yaml: YamlFile, path: Path, expected: string): Diagnostic {
  const written = isSecretPath(path) ? undefined : yaml.written(path)
  const name = nameOf(path)
  const got =
    written === undefined ? `${name}: ` : written === '' ? `${name} is empty; ` : `${name} is ${shown(written)}; `
  const message = path.length === 0 ? expected : `${got}${expected}`
  return { severity: 'error', code: 'config.invalid_value', message, place: yaml.placeOf(path) }
}

/** The last key of a path, for a message; an entry of a list goes by the name of its list. */
function nameOf(path: Path): string {
  const key = path.findLast((part) => typeof part === 'string') ?? ''
  return typeof path.at(-1) === 'number' ? `an entry of ${JSON.stringify(key)}` : JSON.stringify(key)
}

function shown(written: string): string {
  return JSON.stringify(written.length > 60 ? `${written.slice(0, 57)}…` : written)
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text is expected',
  number: 'a number is expected',
  int: 'a whole number is expected',
  boolean: 'true or false is expected',
  object: 'a map of keys and values is expected',
  record: 'a map of keys and values is expected',
  array: 'a list is expected, such as [a, b]',
  Secret: 'a text is expected',
}

function expectation(issue: z.core.$ZodIssue, written: string | undefined, at: Path): string {
  switch (issue.code) {
    case 'invalid_type': {
      if (!issue.message.startsWith('Invalid input')) return issue.message
      const wanted = TYPE_WORDS[issue.expected] ?? issue.message
      const unquoted = issue.expected === 'string' && written !== undefined && written !== ''
      return unquoted ? `${wanted}: put it in quotes` : wanted
    }
    case 'invalid_value': {
      return oneOf(issue.values.map(String), written, at)
    }
    case 'too_small':
    case 'too_big':
      return sizeExpectation(issue)
    case 'invalid_union':
      if ('options' in issue && Array.isArray(issue.options)) return oneOf(issue.options.map(String), written, at)
      return issue.message === 'Invalid input' ? anyOf(issue.errors) : issue.message
    default:
      return issue.message
  }
}

/** The allowed values, and the one that was perhaps meant: of a secret it would give the secret away. */
function oneOf(values: readonly string[], written: string | undefined, at: Path): string {
  const near = written === undefined || isSecretPath(at) ? undefined : didYouMean(written, values)
  const hint = near === undefined ? '' : `; did you mean ${JSON.stringify(near)}?`
  return `${values.length > 1 ? 'one of ' : ''}${values.join(', ')} is expected${hint}`
}

/** `a text or a whole number is expected` for a union that takes both. */
function anyOf(branches: readonly (readonly z.core.$ZodIssue[])[]): string {
  const expected = branches.flatMap(([issue]) => (issue?.code === 'invalid_type' ? [issue.expected] : []))
  const words = new Set(expected.map((type) => (TYPE_WORDS[type] ?? type).replace(/ is expected.*$/, '')))
  return `${[...words].join(' or ')} is expected`
}

function sizeExpectation(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  if (!/^Too (small|big)/.test(issue.message)) return issue.message
  const [word, bound] = issue.code === 'too_small' ? ['at least', issue.minimum] : ['at most', issue.maximum]
  if (issue.origin === 'string' && bound === 1) return 'a text is expected'
  if (issue.origin === 'string') return `${word} ${bound} characters are expected`
  if (issue.origin === 'array') return `${word} ${bound} entr${Number(bound) === 1 ? 'y is' : 'ies are'} expected`
  return `${issue.inclusive === false ? (issue.code === 'too_small' ? 'more than' : 'less than') : word} ${bound} is expected`
}
