import { formatDiagnostic, type Diagnostic } from '../core/diagnostic.ts'
import { formatPlace } from '../core/errors.ts'
import { fingerprintText } from '../core/fingerprint.ts'
import type { Notice } from '../core/notice.ts'
import { plural } from '../notify/plural.ts'
import { moment } from './moments.ts'
import { describeTableFinding } from './table-texts.ts'

/** Notices about edits of the configuration and of tables. Pure functions from plain data to words. */

/** An edit that was refused. */
export interface Refused {
  /** At least one, in the order of files and lines. */
  readonly findings: readonly Diagnostic[]
  /** Since when the configuration is in force that stays, clock milliseconds. */
  readonly inForceSince: number
  readonly timezone: string
  /** Another one is another mail. */
  readonly edition: string
}

/** Findings in one mail. */
const MOST = 20

/** The configuration in the folder is not sound: the one before it stays in force. For the admin. */
export function configRefused({ findings, inForceSince, timezone, edition }: Refused): Notice {
  const [first] = findings
  const count = plural(findings.length, ['ошибка', 'ошибки', 'ошибок'])
  return {
    cause: 'config.refused',
    topic: 'errors',
    title: `Правка настроек не принята: ${count}, ${formatPlace(first?.place)}`,
    what: `Файлы настроек изменены, но в них есть ошибки. Правка не применена целиком; служба работает по прежним настройкам, действующим с ${moment(inForceSince, timezone)}.`,
    where: listed(findings.map(formatDiagnostic)),
    data: 'Ничего не потеряно и не остановлено: цены, остатки и заказы идут по прежним настройкам.',
    todo: 'Исправьте указанные строки и сохраните файлы: правка вступит в силу сама. Проверить до сохранения в рабочей папке помогает «obmen check».',
    edition,
  }
}

/** A table in the folder is not sound: the tables before it stay in force. For those who edit tables. */
export function tablesRefused({ findings, inForceSince, timezone, edition }: Refused): Notice {
  const [first] = findings
  const count = plural(findings.length, ['ошибка', 'ошибки', 'ошибок'])
  return {
    cause: 'tables.refused',
    topic: 'tables',
    title: `Таблица не принята: ${count}, ${formatPlace(first?.place)}`,
    what: `В таблице, которую сохранили, есть ошибки. Правка не применена целиком; действуют прежние таблицы и настройки, принятые ${moment(inForceSince, timezone)}.`,
    where: listed(findings.map((finding) => `${formatPlace(finding.place)} — ${describeTableFinding(finding)}`)),
    data: 'Цены и остатки считаются по прежней таблице; ничего не обнулено.',
    todo: 'Исправьте указанные ячейки и сохраните таблицу: она вступит в силу сама.',
    edition,
  }
}

/** Rows of tables that are about goods 1C does not have. For those who edit tables. */
export function unknownKeys(exchange: string, findings: readonly Diagnostic[]): Notice {
  const rows = plural(findings.length, ['строка', 'строки', 'строк'])
  const lines = findings.map(({ place, params }) => `${formatPlace(place)} — «${params?.['key'] ?? ''}»`)
  return {
    cause: `table.unknown_key:${exchange}`,
    topic: 'tables',
    title: `В таблицах ${rows} о товарах, которых нет в 1С`,
    what: 'Таблицы приняты, но этих кодов или артикулов нет среди товаров 1С: строки ни на что не действуют. Возможно, в ячейке опечатка или пропали нули в начале.',
    where: listed(lines),
    data: 'Только перечисленные строки: остальные действуют.',
    todo: 'Исправьте код в строке или удалите её. Если товар ещё не выгружен из 1С — ничего не делайте.',
    edition: fingerprintText(lines.toSorted().join('\n')),
  }
}

function listed(lines: readonly string[]): string {
  const more = lines.length > MOST ? [`и ещё ${lines.length - MOST}`] : []
  return [...lines.slice(0, MOST), ...more].join('\n')
}
