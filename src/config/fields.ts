import { z } from 'zod'
import { Secret } from '../core/secret.ts'
import type { WorkingHours } from './model.ts'

/**
 * The kinds of values people write in YAML, as zod schemas for the files of the configuration, the stages and the
 * marketplaces. Every message says what is expected and shows how to write it; the loader puts what was written before it.
 * Metadata beside a schema (`pattern`, `examples`) is what editors see of a value that only a transform can read.
 */

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

const DURATION_FORM = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/

const DURATION = 'a duration needs a number and its unit, such as 30s, 10m, 14h, 1d or 500ms'

/** A duration such as `10m`, as milliseconds, more than 0. A bare number is refused: its unit would be a guess. */
export function durationField(): z.ZodType<number, string> {
  return z
    .string({ error: (issue) => hintForNumber(issue.input, DURATION, (n) => `${n}s or ${n}m`) })
    .meta({ pattern: DURATION_FORM.source, examples: ['30s', '10m', '14h', '1d'] })
    .transform(
      convert(DURATION, (text) => {
        const [, amount, unit] = DURATION_FORM.exec(text) ?? []
        if (amount === undefined) return undefined
        const ms = Math.round(Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS])
        return ms > 0 ? ms : undefined
      }),
    )
}

const SHARE_FORM = /^(\d+(?:\.\d+)?) ?%$/

/** A share such as `10%`, as a fraction (0.1); `most` is the largest percentage allowed. */
export function shareField(most = 100): z.ZodType<number, string> {
  const expected = `a share is written in percent from 0% to ${most}%, such as 10%`
  return z
    .string({ error: (issue) => hintForNumber(issue.input, expected, shareHint) })
    .meta({ pattern: SHARE_FORM.source, examples: ['10%'] })
    .transform(
      convert(expected, (text) => {
        const [, percent] = SHARE_FORM.exec(text) ?? []
        return percent === undefined || Number(percent) > most ? undefined : Number(percent) / 100
      }),
    )
}

/** At most `count` events in any `per` milliseconds. */
export interface Rate {
  readonly count: number
  readonly per: number
}

const RATE_UNITS_MS = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const

const RATE_FORM = /^(\d+) per (second|minute|hour|day)$/

const RATE = 'a rate is a whole number per second, minute, hour or day, such as 6 per hour'

/** A rate such as `6 per hour`; the count is 1 or more. */
export function rateField(): z.ZodType<Rate, string> {
  return z
    .string({ error: (issue) => hintForNumber(issue.input, RATE, (n) => `${n} per hour`) })
    .meta({ pattern: RATE_FORM.source, examples: ['6 per hour'] })
    .transform(
      convert(RATE, (text) => {
        const [, count, unit] = RATE_FORM.exec(text) ?? []
        if (count === undefined || Number(count) < 1) return undefined
        return { count: Number(count), per: RATE_UNITS_MS[unit as keyof typeof RATE_UNITS_MS] }
      }),
    )
}

const UNITS_BYTES = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 } as const

const SIZE = 'a size needs a number and its unit, such as 512KB, 20MB or 1GB'

/** A size such as `20MB`, as bytes (1 KB = 1,024 B), more than 0. */
export function sizeField(): z.ZodType<number, string> {
  return z.string({ error: (issue) => hintForNumber(issue.input, SIZE, (n) => `${n}MB`) }).transform(
    convert(SIZE, (text) => {
      const [, amount, unit] = /^(\d+(?:\.\d+)?) ?(B|KB|MB|GB)$/.exec(text) ?? []
      if (amount === undefined) return undefined
      const bytes = Math.round(Number(amount) * UNITS_BYTES[unit as keyof typeof UNITS_BYTES])
      return bytes > 0 ? bytes : undefined
    }),
  )
}

/** Days in the order of the week, as people abbreviate them in English and in Russian. */
const DAYS = [
  ['mon', 'пн'],
  ['tue', 'вт'],
  ['wed', 'ср'],
  ['thu', 'чт'],
  ['fri', 'пт'],
  ['sat', 'сб'],
  ['sun', 'вс'],
]

const HOURS_FORM = /^(\S+) (\d{1,2})-(\d{1,2})$/

const HOURS = 'working hours are days and hours of one day, such as "Mon-Sat 8-20" or "Mon,Wed-Fri 9-18"'

/** Working hours such as `Mon-Sat 8-20`; the hours are those of the exchange's time zone. */
export function workingHoursField(): z.ZodType<WorkingHours, string> {
  return z
    .string({ error: HOURS })
    .trim()
    .meta({ pattern: HOURS_FORM.source, examples: ['Mon-Sat 8-20', 'Пн-Пт 9-18'] })
    .transform(
      convert(HOURS, (source) => {
        const [, dayText, fromText, toText] = HOURS_FORM.exec(source) ?? []
        const days = daysOf(dayText ?? '')
        const from = Number(fromText)
        const to = Number(toText)
        return days !== undefined && from < to && to <= 24 ? { days, from, to, source } : undefined
      }),
    )
}

/** `Mon,Wed-Fri` as 1, 3, 4, 5; a range may run over the end of the week. Undefined when a day is not known. */
function daysOf(text: string): number[] | undefined {
  const days = new Set<number>()
  for (const part of text.toLowerCase().split(',')) {
    const [first, last = first, ...rest] = part
      .split('-')
      .map((name) => DAYS.findIndex((names) => names.includes(name)))
    if (first === undefined || last === undefined || first < 0 || last < 0 || rest.length > 0) return undefined
    for (let day = first; ; day = (day + 1) % 7) {
      days.add(day + 1)
      if (day === last) break
    }
  }
  return [...days].sort((a, b) => a - b)
}

/** A text that is not empty. */
export function textField(): z.ZodType<string, string> {
  return z
    .string()
    .trim()
    .min(1)
    .meta({ pattern: String.raw`\S` })
}

const NAME = 'a name is made of lower-case Latin letters, digits and hyphens'

/** The name of an exchange, an account or a pipeline: it becomes part of file names and of namespaces of the state. */
export function nameField(): z.ZodType<string, string> {
  return z.string({ error: NAME }).regex(/^[a-z0-9][a-z0-9-]*$/, NAME)
}

/** A password or a key: sealed when the file is read, so that no finding and no log can show it. */
export function secretField(): z.ZodType<Secret> {
  // What counts is how it is written: without quotes it may look like a number.
  return z.instanceof(Secret, { error: 'a text is expected' }).meta({ type: ['string', 'number'] })
}

/** Runs `read`; what it cannot read becomes a finding with the text `expected`. */
function convert<T>(expected: string, read: (text: string) => T | undefined) {
  return (text: string, ctx: z.core.$RefinementCtx<string>): T => {
    const value = read(text)
    if (value === undefined) ctx.addIssue({ code: 'custom', message: expected, input: text })
    return value ?? z.NEVER
  }
}

function hintForNumber(input: unknown, expected: string, spelt: (n: number) => string): string {
  return typeof input === 'number' ? `${expected}; write ${spelt(input)}` : expected
}

function shareHint(n: number): string {
  return `${n > 0 && n < 1 ? Number((n * 100).toFixed(6)) : n}%`
}
