import { plural } from '../../notify/plural.ts'
import type { Producer } from '../../state/sets.ts'
import type { Survey } from '../survey.ts'
import { UNKNOWN_WAREHOUSE, type ProjectChoices } from './choices.ts'
import { moment } from '../moments.ts'
import { familyInWords } from './obmen-yaml.ts'
import { usableMarks } from './suggest.ts'
import { listed } from './words.ts'

interface Reading {
  readonly survey: Survey
  readonly family: Producer
  readonly files: number
  readonly newestStamp: number | undefined
}

/** After so long the `stale` of a first project raises no stock any more. */
const STALE = 86_400_000

/** What was found in the folders of 1C, for a terminal. `unread`: a line for each file that cannot be read. */
export function baseText(
  { survey, family, files, newestStamp }: Reading,
  unread: readonly string[],
  { now, timezone }: { readonly now: number; readonly timezone: string },
): string {
  const isOld = newestStamp !== undefined && now - newestStamp > STALE
  const old = isOld ? ' — старше суток: остатки не повысятся, пока 1С не выгрузит снова' : ''
  const names = (rows: readonly { readonly name: string }[]): string =>
    rows.length === 0 ? 'нет' : listed(rows.map(({ name }) => name))
  return [
    `  ${plural(files, ['файл', 'файла', 'файлов'])}: ${familyInWords(family)}`,
    ...(newestStamp === undefined ? [] : [`  выгрузка от ${moment(newestStamp, timezone)}${old}`]),
    `  ${plural(survey.products, ['товар', 'товара', 'товаров'])}, ${plural(survey.offers, ['предложение', 'предложения', 'предложений'])}`,
    `  типы цен: ${names(survey.priceTypes)}`,
    `  склады: ${names(survey.warehouses)}`,
    `  отметки «да/нет»: ${names(usableMarks(survey))}`,
    ...unread.map((line) => `  не прочитан: ${line}`),
    '',
    '',
  ].join('\n')
}

/** Why a project cannot be made of these folders yet, and what to switch on in 1C. */
export function noExportText({ survey, files }: Reading, unread: readonly string[]): string {
  const why =
    files === 0
      ? 'здесь ещё нет ни одного файла выгрузки'
      : survey.products === 0
        ? 'в файлах нет ни товаров, ни предложений'
        : 'товары есть, а предложений с ценами и остатками нет'
  return [
    `${why}.`,
    ...unread.map((line) => `  не прочитан: ${line}`),
    '  УТ, КА, ERP, Розница: НСИ и администрирование → Обмен с сайтами → узел: «Выгружать на диск», эта папка,',
    '    «Выгружать товары», «Выгружать цены и остатки», полная выгрузка.',
    '  УНФ: Продажи → Интернет-магазин → узел: выгрузка в каталог на диске, товары, цены и остатки по складам.',
    '  Модуль 1С-Битрикс: узел обмена: выгрузка в каталог, товары, предложения, цены, остатки.',
    '  Потом в узле: «Выполнить обмен».',
  ].join('\n')
}

/** What was written and what comes next, for a terminal. `cd` is what to write behind `-C`; `""` when it is here. */
export function doneText(choices: ProjectChoices, files: readonly string[], cd: string): string {
  const { account, priceType, warehouses } = choices
  const obmen = cd === '' ? 'obmen' : `obmen -C ${/\s/.test(cd) ? `"${cd}"` : cd}`
  const left = leftToFill(choices)
  const pairs = warehouses.filter(({ name }) => name !== UNKNOWN_WAREHOUSE)
  const steps: [string, string][] = [
    ['doctor main', 'чего не хватает в выгрузке и где это включить в 1С'],
    ['check', 'нет ли ошибок, отвечает ли Ozon'],
    ['start', 'служба: пока только наблюдает, ничего не отправляет'],
    ['status', 'что отправилось бы, что отклонено и почему'],
    [`match ${account}`, 'если товары на Ozon уже есть: соединить с их карточками'],
    ...(priceType === undefined ? [] : [['plan ozon-prices', 'товар за товаром: было → станет'] as [string, string]]),
    [`approve ${account}`, 'разрешить: цены, остатки и заказы пошли'],
  ]
  const width = Math.max(...steps.map(([command]) => command.length))
  return `
Записано${cd === '' ? '' : ` в ${cd}`}:
${files.map((file) => `  ${file}\n`).join('')}
${priceType === undefined ? '' : `На Ozon идёт цена «${priceType}». `}${pairs.map(({ name, from }) => `Склад Ozon «${name}»: ${from.length === 0 ? 'весь остаток' : listed(from)}.`).join(' ')}
${left.length === 0 ? '' : `\nОсталось:\n${left.map((line) => `  ${line}\n`).join('')}`}
Дальше:
${steps.map(([command, what]) => `  ${obmen} ${command.padEnd(width)}   ${what}\n`).join('')}`
}

/** Places that a person must fill, and what this base does not give. */
function leftToFill({ secrets, mail, warehouses, priceType, orders }: ProjectChoices): string[] {
  const left: string[] = []
  if (secrets.clientId === undefined || secrets.apiKey === undefined) {
    left.push('.env: OZON_CLIENT_ID и OZON_API_KEY — из кабинета Ozon, Настройки → API-ключи')
  }
  if (mail !== undefined && secrets.smtp === undefined) left.push('.env: SMTP_URL — почтовый сервер с именем и паролем')
  if (mail === undefined) left.push('config/obmen.yaml: mail — без неё об ошибках никто не узнает')
  if (warehouses.some(({ name }) => name === UNKNOWN_WAREHOUSE)) {
    left.push(
      `config/marketplaces.yaml: вместо «${UNKNOWN_WAREHOUSE}» — имя склада из кабинета; obmen check назовёт их`,
    )
  }
  if (priceType === undefined)
    left.push('Цен в рублях в выгрузке нет: включите вид цен в узле 1С; без него нет ozon-prices.yaml')
  if (warehouses.length === 0) left.push('Остатков в выгрузке нет: включите их в узле 1С; без них нет ozon-stocks.yaml')
  if (orders === undefined) {
    left.push(
      'Заказы: 1С не выгружает складов, а заказу нужен склад; включите остатки по складам и повторите obmen init',
    )
  }
  return left
}
