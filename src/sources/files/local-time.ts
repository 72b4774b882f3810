import { localTime } from '../../formats/commerceml/orders-local-time.ts'

/** A time as the names of folders show it: `2026-01-31` and `235959`, local to an IANA zone. */
export function localStamp(ms: number, timezone: string): { readonly day: string; readonly time: string } {
  const { date, time } = localTime(ms, timezone)
  return { day: date, time: time.replaceAll(':', '') }
}
