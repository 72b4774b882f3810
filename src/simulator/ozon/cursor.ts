import { invalidArgument } from './errors.ts'

/** An opaque cursor: where a page ended. Ozon's own cursors are base64 of JSON too. */
export function encodeCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64')
}

/** The numbers of a cursor, or undefined for the first page. @throws ApiError 400 for a cursor that is none of ours */
export function decodeCursor(cursor: string | undefined, length: number): readonly number[] | undefined {
  if (cursor === undefined) return undefined
  try {
    const position: unknown = JSON.parse(Buffer.from(cursor, 'base64').toString('utf8'))
    if (Array.isArray(position) && position.length === length && position.every((part) => typeof part === 'number')) {
      return position
    }
  } catch {
    // Not ours, as below.
  }
  throw invalidArgument('Request validation error: invalid cursor')
}
