import { parseStamp } from '../commerceml/stamp.ts'

/** A day as people and programs write it, with or without a time, anywhere in a text. */
const RUSSIAN = /(\d{1,2})\.(\d{1,2})\.(\d{4})(?:[\s,г.в]*?(\d{1,2}):(\d{2})(?::(\d{2}))?)?/
const ISO = /\d{4}-\d{1,2}-\d{1,2}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*(?:Z|[+-]\d{2}:?\d{2}))?)?/

/**
 * The moment that a text such as `Прайс-лист на 22.11.2026 10:30` names, epoch milliseconds; local time of `timezone`.
 * Undefined when it names none.
 */
export function listStamp(text: string, timezone: string): number | undefined {
  const iso = ISO.exec(text)?.[0]
  if (iso !== undefined) return parseStamp(iso, timezone)
  const [, day, month, year, hour, minute, second] = RUSSIAN.exec(text) ?? []
  if (day === undefined) return undefined
  const time = hour === undefined ? '' : `T${hour}:${minute}:${second ?? '00'}`
  return parseStamp(`${year}-${month}-${day}${time}`, timezone)
}
