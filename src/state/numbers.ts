import { ObmenError } from '../core/errors.ts'
import type { Files } from '../core/files.ts'
import { brokenJournal, createJournal, formatTime, openJournal } from './journal.ts'

/** How the order numbers of one exchange look: `prefix` and `digits` digits with zeros in front, from `start` on. */
export interface NumberFormat {
  readonly prefix: string
  readonly digits: number
  readonly start: number
}

/** The order numbers that 1C knows our orders by. */
export interface Numbers {
  /** False when there was no journal: then no account was ever approved, or the journal was lost. */
  readonly existed: boolean
  /** True for a number in the form of the exchange that has not been given yet and will be. */
  isToCome(exchange: string, number: string): boolean
  numberOf(exchange: string, account: string, posting: string): string | undefined
  /**
   * The number of a posting, a new one when it has none; in the journal and on the disk when it resolves. `at` is epoch
   * milliseconds. @throws ObmenError fatal `state.numbers_exhausted`, `state.unknown_exchange`
   */
  allocate(exchange: string, account: string, posting: string, at: number): Promise<string>
  /** The same journal and counters for a configuration that writes numbers in other formats. */
  withFormats(formats: ReadonlyMap<string, NumberFormat>): Numbers
}

const COLUMNS = ['at', 'exchange', 'account', 'posting', 'number', 'counter'] as const

/** Makes an empty journal of numbers where there is none; durable when it resolves. */
export function createNumbers(file: string, files: Files): Promise<void> {
  return createJournal(file, files, COLUMNS)
}

/**
 * Opens the journal of numbers, one for all exchanges with a counter each. The counter goes on after the highest one
 * in the journal, also when prefix, digits or start were changed since.
 *
 * @throws ObmenError fatal `state.journal_broken`
 */
export async function openNumbers(
  file: string,
  files: Files,
  formats: ReadonlyMap<string, NumberFormat>,
): Promise<Numbers> {
  const journal = await openJournal(file, files, COLUMNS)
  const given = new Map<string, string>()
  const counters = new Map<string, number>()
  const pending = new Map<string, Promise<string>>()

  for (const { line, cells } of journal.rows) {
    const [, exchange, account, posting, number, count] = cells as [string, string, string, string, string, string]
    const counter = Number(count)
    if (!Number.isSafeInteger(counter) || counter < 0) throw brokenJournal(file, line, `"${count}" is no counter`)
    given.set(keyOf(exchange, account, posting), number)
    counters.set(exchange, Math.max(counters.get(exchange) ?? 0, counter))
  }

  function upcoming(exchange: string, format: NumberFormat): number {
    const last = counters.get(exchange)
    return last === undefined ? format.start : Math.max(last + 1, format.start)
  }

  function next(exchange: string, format: NumberFormat | undefined): { number: string; counter: number } {
    if (format === undefined) {
      throw new ObmenError('fatal', 'state.unknown_exchange', `numbering an order: there is no exchange ${exchange}`, {
        remedy: 'Declare the exchange in config/obmen.yaml.',
      })
    }
    const counter = upcoming(exchange, format)
    const digits = String(counter)
    if (digits.length > format.digits) {
      throw new ObmenError(
        'fatal',
        'state.numbers_exhausted',
        `numbering an order of ${exchange}: ${counter} has more than ${format.digits} digits`,
        { remedy: `Give exchanges.${exchange}.numbers more digits, and a new prefix when 1C has no room for them.` },
      )
    }
    // Taken at once, so that a neighbour that asks while this one is being written gets another.
    counters.set(exchange, counter)
    return { number: format.prefix + digits.padStart(format.digits, '0'), counter }
  }

  async function give(
    exchange: string,
    account: string,
    posting: string,
    at: number,
    format: NumberFormat | undefined,
  ): Promise<string> {
    const { number, counter } = next(exchange, format)
    await journal.append([[formatTime(at), exchange, account, posting, number, String(counter)]])
    given.set(keyOf(exchange, account, posting), number)
    return number
  }

  const numbersIn = (formatOf: ReadonlyMap<string, NumberFormat>): Numbers => ({
    existed: journal.existed,
    withFormats: numbersIn,
    isToCome(exchange, number) {
      const format = formatOf.get(exchange)
      if (format === undefined || !number.startsWith(format.prefix)) return false
      const digits = number.slice(format.prefix.length)
      return /^\d+$/.test(digits) && digits.length === format.digits && Number(digits) >= upcoming(exchange, format)
    },
    numberOf: (exchange, account, posting) => given.get(keyOf(exchange, account, posting)),
    async allocate(exchange, account, posting, at) {
      const key = keyOf(exchange, account, posting)
      const known = given.get(key)
      if (known !== undefined) return known
      const running =
        pending.get(key) ??
        give(exchange, account, posting, at, formatOf.get(exchange)).finally(() => pending.delete(key))
      pending.set(key, running)
      return running
    },
  })
  return numbersIn(formats)
}

function keyOf(exchange: string, account: string, posting: string): string {
  return `${exchange}\n${account}\n${posting}`
}
