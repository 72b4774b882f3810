import { ObmenError, type Place } from '../../core/errors.ts'
import { didYouMean } from '../../core/diagnostic.ts'
import type { AskedValue } from './mapping.ts'

/** Longest list of names in a message. */
const NAMES_SHOWN = 20

/** The list cannot be used as a whole. `details` are plain data for the words of a mail. */
export function listFault(
  code: string,
  name: string,
  fault: string,
  extra: {
    readonly place: Place
    readonly remedy: string
    readonly details?: Readonly<Record<string, unknown>>
    readonly cause?: unknown
  },
): ObmenError {
  return new ObmenError('input', code, `reading ${name}: ${fault}`, extra)
}

/** Values that were asked for and are not there; names what is there. Nothing is taken for empty instead. */
export function missingSources(
  code: 'list.unknown_column' | 'list.unknown_path',
  name: string,
  place: Place,
  missing: readonly AskedValue[],
  known: readonly string[],
): ObmenError {
  const what = code === 'list.unknown_column' ? 'column' : 'path'
  const lacks = missing.map(({ source, option }) => {
    const near = didYouMean(source, known)
    return `${quoted(source)} of ${option}${near === undefined ? '' : ` (did you mean ${quoted(near)}?)`}`
  })
  const fault = `there is no ${what} ${lacks.join(', ')}; the ${what}s are ${listed(known)}`
  return listFault(code, name, fault, {
    place,
    remedy: `Write the names as the list has them into the "fields" of parse, or ask who makes the list why it changed.`,
    details: { missing: missing.map(({ source }) => source), known: known.slice(0, NAMES_SHOWN) },
  })
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none'
  const more = names.length - NAMES_SHOWN
  return names.slice(0, NAMES_SHOWN).map(quoted).join(', ') + (more > 0 ? ` and ${more} more` : '')
}

function quoted(name: string): string {
  return JSON.stringify(name)
}
