import { formatPlace, ObmenError } from '../core/errors.ts'

/** What a person sees when a command fails: where, what, what to do; a stack only for what we did not foresee. */
export function explain(error: unknown): string {
  if (!(error instanceof ObmenError)) {
    return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`
  }
  const place = formatPlace(error.place)
  const remedy = error.remedy === undefined ? '' : `  ${error.remedy}\n`
  return `${place === '' ? '' : `${place} `}error ${error.code}: ${error.message}\n${remedy}`
}
