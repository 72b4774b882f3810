import { existsSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { readBase, type BaseReading } from '../app/read-base.ts'
import { formatPlace, ObmenError } from '../core/errors.ts'
import type { ProjectChoices, Selection } from '../views/first-project/choices.ts'
import {
  suggestOldPriceType,
  suggestPriceType,
  suggestSelection,
  usableMarks,
  usablePriceTypes,
  warehouseNames,
} from '../views/first-project/suggest.ts'
import { baseText, noExportText } from '../views/first-project/told.ts'
import type { Survey } from '../views/survey.ts'
import { chooseCabinet, chooseWarehouses } from './init-cabinet.ts'
import {
  checkFlags,
  faultOfAddress,
  faultOfSmtp,
  priceTypeOf,
  secretOf,
  selectionOf,
  type Choosing,
} from './init-flags.ts'

/** Everything a project is written from: by the flags, by questions, by what the base shows. @throws ObmenError */
export async function chooseProject(choosing: Choosing): Promise<ProjectChoices> {
  const { root, flags, env, machineZone } = choosing
  checkFlags(flags)
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

async function chooseFolders({ flags, ask }: Choosing): Promise<string[]> {
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
  say(baseText(base, unread, { now: clock.now(), timezone }))
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

async function chooseMail({ flags, ask }: Choosing): Promise<string | undefined> {
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
    check: faultOfSmtp,
  })
  return answer === '' ? undefined : answer
}
