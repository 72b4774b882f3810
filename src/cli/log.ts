import { pino } from 'pino'
import type { Log } from '../core/log.ts'

/** Keys that must never be printed, wherever they stand. */
const REDACTED = ['apiKey', 'password', 'smtp', '*.apiKey', '*.password', '*.smtp', '*.*.apiKey', 'headers["Api-Key"]']

/** JSON lines on standard output; the level comes from `OBMEN_LOG` (default `info`). */
export function createLog(env: Readonly<Record<string, string | undefined>>): Log {
  return pino({
    level: env['OBMEN_LOG'] ?? 'info',
    redact: { paths: REDACTED, censor: '[secret]' },
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  })
}
