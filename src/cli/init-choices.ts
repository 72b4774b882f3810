import { existsSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { askWarehouses, faultOfClientId } from '../app/ask-cabinet.ts'
import { readBase, type BaseReading } from '../app/read-base.ts'
import type { Clock } from '../core/clock.ts'
import { formatPlace, ObmenError } from '../core/errors.ts'
import type { MarketplaceWarehouse } from '../core/marketplace.ts'
import {
  UNKNOWN_WAREHOUSE,
  type ProjectChoices,
  type Selection,
  type WarehouseChoice,
} from '../views/first-project/choices.ts'
import {
  stockedWarehouses,
  suggestOldPriceType,
  suggestPriceType,
  suggestSelection,
  suggestWarehouses,
  usableMarks,
  usablePriceTypes,
  warehouseNames,
  writtenNames,
} from '../views/first-project/suggest.ts'
import { baseText, noExportText } from '../views/first-project/told.ts'
import type { Survey } from '../views/survey.ts'
import type { Ask } from './ask.ts'
import { priceTypeOf, secretOf, selectionOf, warehousesOf, type InitFlags } from './init-flags.ts'

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

/** Everything a project is written from: by the flags, by questions, by what the base shows. @throws ObmenError */
export async function chooseProject(choosing: Choosing): Promise<ProjectChoices> {
  const { root, flags, env, clock, machineZone } = choosing
  const timezone = flags.timezone ?? (/^(?:UTC|GMT|Etc\/)/.test(machineZone) ? 'Europe/Moscow' : machineZone)
  const folders = await chooseFolders(choosing)
  const ordersFile = resolve(flags.orders ?? ordersBeside(folders[0] ?? root))
  const base = await readExported(choosing, folders, timezone, ordersFile)
  const { survey, family } = base
  const priceType = await choosePriceType(choosing, survey)
  const oldPriceType =
    flags.oldPriceType === undefined ? suggestOldPriceType(survey, priceType) : priceTypeOf(flags.oldPriceType, survey)
  const select = await chooseSelection(choosing, survey)
  const { clientId, apiKey, cabinet } = await chooseCabinet(choosing)
  const warehouses = await chooseWarehouses(choosing, survey, cabinet)
  const mail = await chooseMail(choosing)
  const smtp = secretOf(flags.smtp, flags.smtpFile, env['SMTP_URL']) ?? (await chooseSmtp(choosing, mail))
  // An order without a warehouse of 1C would never reach the file.
  const takesOrders = warehouseNames(survey).length > 0
  return {
    account: flags.account,
    inboxes: folders.map((folder) => written(root, folder)),
    ...(takesOrders ? { orders: written(root, ordersFile) } : {}),
    family,
    timezone,
    take: flags.take,
    ...(flags.baseUrl === undefined ? {} : { baseUrl: flags.baseUrl }),
    ...(mail === undefined ? {} : { mail: { admins: mail, managers: flags.managers ?? mail } }),
    secrets: {
      ...(clientId === undefined ? {} : { clientId }),
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(smtp === undefined ? {} : { smtp }),
    },
    ...(priceType === undefined ? {} : { priceType }),
    ...(oldPriceType === undefined ? {} : { oldPriceType }),
    select,
    warehouses,
    survey,
    at: clock.now(),
  }
}

/** Inside the project relative to it, as in the shipped example; else the whole path. */
function written(root: string, path: string): string {
  const way = relative(root, path)
  return way.startsWith('..') || isAbsolute(way) ? path : `./${way.replaceAll('\\', '/')}`
}

/** In the folder that the admin gave to 1C, outside of what 1C makes in it. */
function ordersBeside(inbox: string): string {
  return join(/^webdata/i.test(basename(inbox)) ? dirname(inbox) : inbox, 'orders', 'orders.xml')
}

async function chooseFolders({ flags, ask, signal }: Choosing): Promise<string[]> {
  signal.throwIfAborted()
  if (flags.inbox !== undefined) {
    for (const folder of flags.inbox) if (faultOfFolder(folder) !== undefined) throw noFolder(folder)
    return flags.inbox.map((folder) => resolve(folder))
  }
  if (ask === undefined) {
    throw new ObmenError('config', 'init.no_inbox', 'making a project: the folder of 1C is not named', {
      remedy: 'Write --inbox and the folder into which the exchange node of 1C exports.',
    })
  }
  const folder = await ask.text({ text: 'Папка, в которую выгружает 1С', check: faultOfFolder })
  return [resolve(folder)]
}

function faultOfFolder(folder: string): string | undefined {
  const found = existsSync(folder) ? statSync(folder) : undefined
  if (found === undefined) return `такой папки нет: ${resolve(folder)}`
  return found.isDirectory() ? undefined : `это не папка: ${resolve(folder)}`
}

function noFolder(folder: string): ObmenError {
  return new ObmenError('config', 'init.no_inbox', `making a project: there is no folder ${resolve(folder)}`, {
    place: { file: folder },
    remedy: 'Check the path: it is the folder that the exchange node of 1C exports to.',
  })
}

async function readExported(
  choosing: Choosing,
  folders: readonly string[],
  timezone: string,
  orders: string,
): Promise<BaseReading> {
  const { say, clock, signal } = choosing
  say('Читаю выгрузку 1С…\n')
  const base = await readBase(folders, { timezone, orders, clock, signal })
  const unread = base.unread.map(
    ({ name, error }) => `${formatPlace(error.place) || name} ${error.code}: ${error.message}`,
  )
  if (base.survey.offers === 0) {
    throw new ObmenError('input', 'init.no_export', `reading ${folders.join(', ')}: ${noExportText(base, unread)}`, {
      remedy: 'Nothing was written. Let 1C export fully once, then run obmen init again.',
    })
  }
  say(baseText(base, unread))
  return base
}

async function choosePriceType({ flags, ask }: Choosing, survey: Survey): Promise<string | undefined> {
  if (flags.priceType !== undefined) return priceTypeOf(flags.priceType, survey)
  const suggested = suggestPriceType(survey)
  const names = usablePriceTypes(survey)
  if (ask === undefined || suggested === undefined || names.length < 2) return suggested
  const [first, ...rest] = [suggested, ...names.filter((name) => name !== suggested)].map((name) => ({
    label: name,
    value: name,
  }))
  return first === undefined ? undefined : ask.choice('Какая цена 1С идёт на Ozon?', [first, ...rest])
}

async function chooseSelection({ flags, ask }: Choosing, survey: Survey): Promise<Selection> {
  if (flags.select !== undefined) return selectionOf(flags.select, survey)
  const suggested = suggestSelection(survey)
  if (ask === undefined) return suggested
  const marks = usableMarks(survey).map((mark) => ({
    label: `отмеченное в 1С: «${mark.name}»`,
    value: mark as Selection,
  }))
  const stock = { label: 'всё, у чего 1С хоть раз назвала остаток', value: { kind: 'stock' } as Selection }
  const table = {
    label: 'только вписанное в таблицу config/mapping/ozon-goods.csv',
    value: { kind: 'table' } as Selection,
  }
  const [first, ...rest] = suggested.kind === 'mark' ? [...marks, stock, table] : [stock, table, ...marks]
  return first === undefined ? suggested : ask.choice('Что продаётся на Ozon?', [first, ...rest])
}

interface Cabinet {
  readonly clientId?: string | undefined
  readonly apiKey?: string | undefined
  /** Undefined when the cabinet was not asked. */
  readonly cabinet?: readonly MarketplaceWarehouse[]
}

async function chooseCabinet(choosing: Choosing): Promise<Cabinet> {
  const { flags, env, ask, say, signal } = choosing
  let clientId = flags.clientId ?? (env['OZON_CLIENT_ID'] === '' ? undefined : env['OZON_CLIENT_ID'])
  let apiKey = secretOf(flags.apiKey, flags.apiKeyFile, env['OZON_API_KEY'])
  const fault = clientId === undefined ? undefined : faultOfClientId(clientId)
  if (fault !== undefined) throw new ObmenError('config', 'init.client_id', `reading --client-id ${clientId}: ${fault}`)
  for (;;) {
    if (clientId === undefined && ask !== undefined) {
      const answer = await ask.text({
        text: 'Client-Id кабинета Ozon (Настройки → API-ключи; пусто — впишете в .env позже)',
        fallback: '',
        check: faultOfClientId,
      })
      if (answer !== '') clientId = answer
    }
    if (clientId !== undefined && apiKey === undefined && ask !== undefined) {
      const answer = await ask.secret({ text: 'Api-Key (не показывается; пусто — впишете в .env позже)', fallback: '' })
      if (answer !== '') apiKey = answer
    }
    if (clientId === undefined || apiKey === undefined) return { clientId, apiKey }
    try {
      say('Спрашиваю склады у Ozon…\n')
      return { clientId, apiKey, cabinet: await askWarehouses({ clientId, apiKey, baseUrl: flags.baseUrl }, signal) }
    } catch (error) {
      if (!(error instanceof ObmenError)) throw error
      if (error.kind === 'transient') {
        say(`Ozon не ответил (${error.message}); склад кабинета впишете сами.\n`)
        return { clientId, apiKey }
      }
      if (ask === undefined) throw error
      ask.say(`  Ozon не принял ключ: ${error.message}\n`)
      clientId = undefined
      apiKey = undefined
    }
  }
}

async function chooseWarehouses(
  { flags, ask }: Choosing,
  survey: Survey,
  cabinet: readonly MarketplaceWarehouse[] | undefined,
): Promise<readonly WarehouseChoice[]> {
  const names = cabinet === undefined ? undefined : writtenNames(cabinet)
  if (flags.warehouse !== undefined) return warehousesOf(flags.warehouse, survey, names)
  const statesStocks = survey.totalsOnly > 0 || warehouseNames(survey).length > 0
  if (!statesStocks) return []
  const own = warehouseNames(survey)
  if (cabinet === undefined || names === undefined || names.length === 0) {
    return [{ name: UNKNOWN_WAREHOUSE, from: stockedWarehouses(survey) }]
  }
  const suggested = suggestWarehouses(survey, cabinet)
  if (ask === undefined || own.length === 0) return suggested
  ask.say(`Склады 1С:\n${own.map((name, i) => `  ${i + 1}  ${name}\n`).join('')}`)
  const chosen: WarehouseChoice[] = []
  const used = new Set<string>()
  for (const name of names) {
    const usual = suggested.find((each) => each.name === name)?.from.filter((each) => !used.has(each)) ?? []
    const numbers = usual.map((each) => own.indexOf(each) + 1).join(' ')
    const answer = await ask.text({
      text: `Склад Ozon «${name}»: номера складов 1С через пробел, 0 — не торговать с него`,
      fallback: numbers === '' ? '0' : numbers,
      check: (text) => faultOfNumbers(text, own, used),
    })
    const from = numbersIn(answer).flatMap((number) => own[number - 1] ?? [])
    for (const each of from) used.add(each)
    if (from.length > 0) chosen.push({ name, from })
  }
  return chosen
}

function numbersIn(text: string): number[] {
  return [...new Set(text.split(/[\s,;]+/).filter((word) => word !== ''))].map(Number)
}

function faultOfNumbers(text: string, own: readonly string[], used: ReadonlySet<string>): string | undefined {
  const numbers = numbersIn(text)
  const isNumber = (number: number): boolean => Number.isInteger(number) && number >= 0 && number <= own.length
  if (!numbers.every(isNumber)) return `числа от 0 до ${own.length} через пробел`
  const twice = numbers.map((number) => own[number - 1] ?? '').find((name) => used.has(name))
  return twice === undefined ? undefined : `«${twice}» уже отдан другому складу Ozon: штуки продались бы дважды`
}

const ADDRESS = /^[^\s@<>]+@[^\s@<>]+$/
const faultOfAddress = (text: string): string | undefined =>
  ADDRESS.test(text) ? undefined : 'адрес вида shop@example.ru'

async function chooseMail({ flags, ask }: Choosing): Promise<string | undefined> {
  for (const address of [flags.mail, flags.managers]) {
    if (address !== undefined && !ADDRESS.test(address)) {
      throw new ObmenError('config', 'init.mail', `reading the address ${address}: it has not the form shop@example.ru`)
    }
  }
  if (flags.mail !== undefined || ask === undefined) return flags.mail
  const answer = await ask.text({
    text: 'Почта для ошибок и отчётов (пусто — без писем)',
    fallback: '',
    check: faultOfAddress,
  })
  return answer === '' ? undefined : answer
}

async function chooseSmtp({ ask }: Choosing, mail: string | undefined): Promise<string | undefined> {
  if (ask === undefined || mail === undefined) return undefined
  const answer = await ask.secret({
    text: 'Почтовый сервер, smtps://имя:пароль@smtp.example.ru:465 (не показывается; пусто — впишете в .env позже)',
    fallback: '',
    check: (text) =>
      /^smtps?:\/\//.test(text) && URL.canParse(text) ? undefined : 'адрес вида smtps://имя:пароль@smtp.example.ru:465',
  })
  return answer === '' ? undefined : answer
}
