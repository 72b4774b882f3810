import { readFileSync } from 'node:fs'
import { Option, type Command } from 'commander'
import { isTimeZone } from '../config/exchange.ts'
import { nameField } from '../config/fields.ts'
import type { Clock } from '../core/clock.ts'
import { didYouMean } from '../core/diagnostic.ts'
import { ObmenError } from '../core/errors.ts'
import type { Selection, WarehouseChoice } from '../views/first-project/choices.ts'
import { groupNames, usableMarks, usablePriceTypes, warehouseNames } from '../views/first-project/suggest.ts'
import type { Survey } from '../views/survey.ts'
import type { Ask } from './ask.ts'

/** What stands on the command line of `obmen init`. */
export interface InitFlags {
  readonly inbox?: readonly string[]
  readonly orders?: string
  readonly account: string
  readonly clientId?: string
  readonly apiKey?: string
  readonly apiKeyFile?: string
  readonly baseUrl?: string
  readonly mail?: string
  readonly managers?: string
  readonly smtp?: string
  readonly smtpFile?: string
  readonly priceType?: string
  readonly oldPriceType?: string
  readonly select?: readonly string[]
  readonly warehouse?: readonly string[]
  readonly timezone?: string
  readonly take: 'move' | 'copy'
  readonly yes?: boolean
}

/** What choosing needs besides the flags. */
export interface Choosing {
  /** The folder of the new project. */
  readonly root: string
  readonly flags: InitFlags
  readonly env: Readonly<Record<string, string | undefined>>
  /** Undefined: nobody is there to ask. */
  readonly ask: Ask | undefined
  readonly say: (text: string) => void
  readonly clock: Clock
  /** Zone of this machine. */
  readonly machineZone: string
  readonly signal: AbortSignal
}

/** Declares the options of `obmen init`. */
export function withInitFlags(command: Command): Command {
  return command
    .option('--inbox <folders...>', 'folders into which nodes of the 1C base export')
    .option('--orders <file>', 'order file that 1C loads (default: orders/orders.xml in the first folder)')
    .option('--account <name>', 'name of the account in the configuration', 'ozon-main')
    .option('--client-id <number>', 'Client-Id of the Ozon cabinet (or OZON_CLIENT_ID in the environment)')
    .option('--api-key-file <file>', 'file that holds the Api-Key (or OZON_API_KEY in the environment)')
    .option('--api-key <key>', 'the Api-Key itself; it stays in the history of the shell')
    .option('--base-url <url>', 'address of another Ozon, such as that of "obmen simulate ozon"')
    .option('--mail <address>', 'who hears of errors')
    .option('--managers <address>', 'who gets the reports (default: as --mail)')
    .option('--smtp-file <file>', 'file that holds the URL of the mail server (or SMTP_URL in the environment)')
    .option('--smtp <url>', 'the URL itself: smtps://user:password@smtp.example.ru:465')
    .option('--price-type <name>', 'price type of 1C that is sent')
    .option('--old-price-type <name>', 'price type of 1C that is shown struck out')
    .option('--select <rules...>', 'what is sold: mark=NAME, group=NAME (several), table, or stock')
    .option('--warehouse <pairs...>', 'warehouse of Ozon and the one of 1C that feeds it: "FBS=Main" (several)')
    .option('--timezone <zone>', 'time zone of the 1C base (default: that of this machine, else Europe/Moscow)')
    .addOption(
      new Option('--take <how>', 'copy leaves the files for another program').choices(['move', 'copy']).default('move'),
    )
    .option('-y, --yes', 'ask nothing, take what seems right')
}

/** A secret from its flag, its file or the environment, in this order. @throws ObmenError config `init.unreadable` */
export function secretOf(
  value: string | undefined,
  file: string | undefined,
  variable: string | undefined,
): string | undefined {
  if (value !== undefined) return value
  if (file === undefined) return variable === '' ? undefined : variable
  try {
    const text = readFileSync(file, 'utf8').replace('\uFEFF', '').trim()
    if (text !== '' && !/\n/.test(text)) return text
  } catch (error) {
    throw wrong(
      'unreadable',
      `reading the secret in ${file}: ${(error as Error).message}`,
      'Check the path and the rights.',
    )
  }
  throw wrong(
    'unreadable',
    `reading the secret in ${file}: it has not exactly one line`,
    'Leave the secret alone in it.',
  )
}

/** The price type of this name. @throws ObmenError config `init.unknown_name` */
export function priceTypeOf(name: string, survey: Survey): string {
  return known(name, usablePriceTypes(survey), 'price type with prices in roubles')
}

/** What `--select` says. @throws ObmenError config `init.unknown_name`, `init.select` */
export function selectionOf(rules: readonly string[], survey: Survey): Selection {
  const [first = ''] = rules
  if (rules.length === 1 && (first === 'table' || first === 'stock')) return { kind: first }
  const [, kind, name = ''] = /^(mark|group)=(.+)$/s.exec(first) ?? []
  if (kind === 'mark' && rules.length === 1) {
    const marks = usableMarks(survey)
    const found = known(
      name,
      marks.map((mark) => mark.name),
      'yes-or-no mark',
    )
    return marks.find((mark) => mark.name === found) as Selection
  }
  if (kind === 'group' && rules.every((rule) => rule.startsWith('group='))) {
    return { kind: 'groups', names: rules.map((rule) => known(rule.slice(6), groupNames(survey), 'group with goods')) }
  }
  throw wrong(
    'select',
    `reading --select ${rules.join(' ')}: it says nothing`,
    'Write mark=NAME, one or more group=NAME, table, or stock.',
  )
}

/**
 * What `--warehouse` says; `ozon` are the names of the cabinet, undefined while it could not be asked.
 * @throws ObmenError config `init.unknown_name`, `init.warehouse`
 */
export function warehousesOf(
  pairs: readonly string[],
  survey: Survey,
  ozon: readonly string[] | undefined,
): WarehouseChoice[] {
  const from = new Map<string, string[]>()
  for (const pair of pairs) {
    // A name may hold "=" itself: the warehouse of Ozon is the longest beginning that the cabinet knows.
    const cuts = [...pair.matchAll(/=/g)].map(({ index }) => index)
    const cut = cuts.findLast((at) => ozon?.includes(pair.slice(0, at)) === true) ?? cuts[0]
    if (cut === undefined)
      throw wrong(
        'warehouse',
        `reading --warehouse ${pair}: "=" is missing`,
        'Write "warehouse of Ozon=warehouse of 1C".',
      )
    const name = pair.slice(0, cut)
    if (ozon !== undefined) known(name, ozon, 'working warehouse of the cabinet')
    const own = known(pair.slice(cut + 1), warehouseNames(survey), 'warehouse of 1C')
    const earlier = [...from].find(([other, names]) => other !== name && names.includes(own))
    if (earlier !== undefined) {
      throw wrong(
        'warehouse',
        `reading --warehouse ${pair}: "${own}" feeds "${earlier[0]}" already, its pieces would be sold twice`,
        'Name it once.',
      )
    }
    from.set(name, [...new Set([...(from.get(name) ?? []), own])])
  }
  return [...from].map(([name, names]) => ({ name, from: names }))
}

function known(name: string, names: readonly string[], what: string): string {
  if (names.includes(name)) return name
  const meant = didYouMean(name, names)
  const has = names.length === 0 ? 'it has none' : `it has ${names.map((each) => `"${each}"`).join(', ')}`
  throw wrong(
    'unknown_name',
    `looking for "${name}": there is no such ${what}${meant === undefined ? '' : `; did you mean "${meant}"?`}`,
    `${has}.`,
  )
}

/** @throws ObmenError config `init.account`, `init.timezone`, `init.base_url`, `init.mail`, `init.smtp` */
export function checkFlags({ account, timezone, baseUrl, mail, managers, smtp }: InitFlags): void {
  const refuse = (code: string, value: string | undefined, fault: (text: string) => string | undefined): void => {
    const found = value === undefined ? undefined : fault(value)
    if (found !== undefined) throw wrongFlag(code, `reading the option "${value}"`, found)
  }
  const isName = (text: string): boolean => nameField().safeParse(text).success
  refuse('account', account, (text) => (isName(text) ? undefined : 'имя — латинские строчные буквы, цифры и дефис'))
  refuse('timezone', timezone, (text) =>
    isTimeZone(text) ? undefined : 'пояс вида Europe/Moscow или Asia/Yekaterinburg',
  )
  refuse('base_url', baseUrl, (text) => (isUrl(text, 'http') ? undefined : 'адрес вида http://127.0.0.1:8090'))
  refuse('mail', mail, faultOfAddress)
  refuse('mail', managers, faultOfAddress)
  if (smtp !== undefined && faultOfSmtp(smtp) !== undefined) {
    // Its text may hold a password.
    throw wrongFlag('smtp', 'reading the URL of the mail server', 'адрес вида smtps://имя:пароль@smtp.example.ru:465')
  }
}

/** What is wrong with a mail address; undefined when it is fine. */
export function faultOfAddress(text: string): string | undefined {
  return /^[^\s@<>]+@[^\s@<>]+$/.test(text) ? undefined : 'адрес вида shop@example.ru'
}

/** What is wrong with the URL of a mail server; undefined when it is fine. */
export function faultOfSmtp(text: string): string | undefined {
  return isUrl(text, 'smtp') ? undefined : 'адрес вида smtps://имя:пароль@smtp.example.ru:465'
}

function isUrl(text: string, scheme: 'http' | 'smtp'): boolean {
  return new RegExp(`^${scheme}s?://`).test(text) && URL.canParse(text)
}

/** An option that cannot be followed. */
export function wrongFlag(code: string, doing: string, fault: string): ObmenError {
  return new ObmenError('config', `init.${code}`, `${doing}: ${fault}`)
}

function wrong(code: string, message: string, remedy: string): ObmenError {
  return new ObmenError('config', `init.${code}`, message, { remedy })
}
