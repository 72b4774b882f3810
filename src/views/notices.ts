import { formatDiagnostic, type Diagnostic } from '../core/diagnostic.ts'
import { formatPlace, type Place } from '../core/errors.ts'
import type { Reason } from '../core/item.ts'
import type { Notice } from '../core/notice.ts'
import { plural } from '../notify/plural.ts'
import { describeFileFault, quarantineCause, type FileFault } from './file-faults.ts'
import { moment, span } from './moments.ts'
import { describeReason } from './reasons.ts'

/**
 * The notices of the service: pure functions from plain data to words. A cause never holds what changes while it lasts
 * (counts, times), so that repeating one costs nothing. `errors` is for the admin, `rejections` for the manager.
 */

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Rows shown of a long list; the rest is counted. */
const SHOWN = 10

/** A file that went to quarantine. */
export interface QuarantinedFile {
  readonly exchange: string
  /** As 1C named it. */
  readonly file: string
  /** The run that could not use it; names it for `obmen quarantine release`. */
  readonly run: string
  readonly code: string
  readonly message: string
  readonly remedy?: string
  readonly place?: Place
  /** Words for it where the catalogue of faults has none. */
  readonly words?: FileFault
  /** Where it lies now. */
  readonly kept: string
}

/** A file went to quarantine. */
export function quarantinedFile(fault: QuarantinedFile): Notice {
  const { what, todo } = fault.words ?? describeFileFault(fault.code, fault.message, fault.remedy)
  return {
    cause: quarantineCause(fault.exchange, fault.file),
    topic: 'errors',
    title: `Файл ${fault.file} не загружен`,
    what: `${what} Файл целиком отложен в карантин, ничего из него не применено.`,
    where: `${formatPlace(fault.place) || fault.file}\nОбмен: ${fault.exchange}\nКод: ${fault.code}`,
    data: `${fault.file}, лежит здесь: ${fault.kept}`,
    todo: `${todo}\nОтпустить файл как есть: obmen quarantine release ${fault.run}`,
    repeatAfter: 4 * HOUR,
  }
}

/** What the marketplace said when it refused the account's key. */
export interface RefusedAccount {
  readonly account: string
  /** For example «Ozon». */
  readonly marketplace: string
  readonly message: string
}

/** The marketplace refuses the key of an account. */
export function accountUnauthorized(refusal: RefusedAccount): Notice {
  return {
    cause: `account.unauthorized:${refusal.account}`,
    topic: 'errors',
    title: `${refusal.marketplace}: ключ кабинета ${refusal.account} не принят`,
    what: `Площадка отказала в доступе: ${refusal.message}. Обмен с кабинетом остановлен; остальное работает.`,
    where: `Кабинет ${refusal.account} (config/marketplaces.yaml)`,
    data: 'Цены, остатки и заказы этого кабинета. Ничего не потеряно: всё уйдёт, когда ключ заработает.',
    todo: 'Проверьте в кабинете площадки, что ключ API действует, имеет нужные роли и разрешён для адреса этого компьютера. Выпустите новый ключ и впишите его в .env.',
    repeatAfter: DAY,
  }
}

/** A key that dies soon. `expiresAt`: clock milliseconds. */
export interface ExpiringKey {
  readonly account: string
  readonly marketplace: string
  readonly expiresAt: number
  readonly timezone: string
}

/** A key of an account dies soon. */
export function keyExpires(key: ExpiringKey): Notice {
  return {
    cause: `account.key_expires:${key.account}:${key.expiresAt}`,
    topic: 'errors',
    title: `${key.marketplace}: ключ кабинета ${key.account} скоро перестанет действовать`,
    what: `Ключ API действует до ${moment(key.expiresAt, key.timezone)}. После этого обмен с кабинетом остановится.`,
    where: `Кабинет ${key.account} (config/marketplaces.yaml)`,
    data: 'Цены, остатки и заказы этого кабинета.',
    todo: 'Выпустите новый ключ в кабинете площадки и впишите его в .env заранее.',
    repeatAfter: 3 * DAY,
  }
}

/** A method that the marketplace has switched off. */
export interface SwitchedOffMethod {
  readonly account: string
  readonly marketplace: string
  /** Path of the method. */
  readonly method: string
  readonly message: string
}

/** The marketplace has switched off a method that we call. */
export function methodSwitchedOff(gone: SwitchedOffMethod): Notice {
  return {
    cause: `account.method_switched_off:${gone.account}:${gone.method}`,
    topic: 'errors',
    title: `${gone.marketplace} отключил метод ${gone.method}`,
    what: `Площадка ответила, что метод больше не работает: ${gone.message}. Всё, что идёт через него, остановлено; остальное работает.`,
    where: `Кабинет ${gone.account}, метод ${gone.method}`,
    data: 'То, что передаёт этот метод. Ничего не потеряно: уйдёт после обновления.',
    todo: 'Установите новую версию Obmen.',
    repeatAfter: 7 * DAY,
  }
}

/** An order that cannot go to 1C. */
export interface StoppedOrder {
  readonly account: string
  readonly posting: string
  readonly reason: Reason
  /** The article or the name of the line, the name of the warehouse: what 1C does not know. */
  readonly subject: string
  readonly shipBy?: number
  readonly timezone: string
}

/** An order cannot be written for 1C. */
export function orderStopped(order: StoppedOrder): Notice {
  const { error, why, todo } = describeReason(order.reason)
  const deadline = order.shipBy === undefined ? '' : `\nСобрать до: ${moment(order.shipBy, order.timezone)}`
  return {
    cause: `${order.reason.code}:${order.account}:${order.posting}`,
    topic: 'errors',
    title: `Заказ ${order.posting} не передан в 1С: ${error.toLowerCase().replaceAll('1с', '1С')}`,
    what: why,
    where: `Кабинет ${order.account}, отправление ${order.posting}`,
    data: `${order.subject}${deadline}`,
    todo,
    repeatAfter: 4 * HOUR,
  }
}

/** A name in an expression that the exchange does not know. */
export interface UnknownName {
  /** For example «вид цен», «склад», «свойство». */
  readonly kind: string
  readonly name: string
  readonly place: Place
  readonly meant?: string
  /** 1C has it, marked for deletion. */
  readonly deleted?: true
}

/** A look is held: names are used that 1C does not have. */
export function lookHeldByNames(held: { readonly pipeline: string; readonly names: readonly UnknownName[] }): Notice {
  const lines = held.names.map(({ kind, name, place, meant, deleted }) => {
    const hint = meant === undefined ? '' : ` Возможно, «${meant}»?`
    const fault = deleted === true ? 'помечено в 1С на удаление' : 'в 1С нет'
    return `${formatPlace(place)} ${kind} «${name}» ${fault}.${hint}`
  })
  return {
    cause: `look.unknown_name:${held.pipeline}`,
    topic: 'errors',
    title: `Конвейер ${held.pipeline} ждёт: в правилах неизвестное название`,
    what: 'Правило называет то, чего нет в выгрузке 1С. Отправка задержана целиком; ничего не обнулено.',
    where: listed(lines),
    data: `Всё, что отправляет конвейер ${held.pipeline}.`,
    todo: 'Если в 1С переименовали или удалили — исправьте название в правиле. Если не выгружается — добавьте в узел обмена. Дальше всё пойдёт само.',
    repeatAfter: DAY,
  }
}

/** What a guard holds. */
export interface GuardedLook {
  readonly pipeline: string
  readonly account: string
  /** Why the look is held: `guard.max_zeroed`, `guard.hold_share`. */
  readonly reason: Reason
  /** Articles or names of some of the items. */
  readonly examples: readonly string[]
  /** How many in all. */
  readonly count: number
}

/** A guard holds values until a person has looked. */
export function lookHeldByGuard(held: GuardedLook): Notice {
  const { error, why, todo } = describeReason(held.reason)
  return {
    cause: `look.${held.reason.code}:${held.pipeline}`,
    topic: 'errors',
    title: `${error}: конвейер ${held.pipeline}, ${plural(held.count, ['значение', 'значения', 'значений'])}`,
    what: why,
    where: `Кабинет ${held.account}, конвейер ${held.pipeline}`,
    data: listed(held.examples, held.count),
    todo: `${todo}\nПосмотреть: obmen held ls`,
    repeatAfter: DAY,
  }
}

/** A saved edit of the configuration cannot be used. */
export function invalidConfig(findings: readonly Diagnostic[]): Notice {
  const errors = findings.filter(({ severity }) => severity === 'error')
  return {
    cause: 'config.invalid',
    topic: 'errors',
    title: `Настройка не принята: ${plural(errors.length, ['ошибка', 'ошибки', 'ошибок'])}`,
    what: 'Сохранённая настройка содержит ошибки. Обмен работает по прежней.',
    where: listed(errors.map(formatDiagnostic)),
    data: 'Изменения настройки, ещё не вступившие в силу.',
    todo: 'Исправьте указанные места и сохраните файл. Проверить заранее: obmen check',
    repeatAfter: DAY,
  }
}

/** An exchange whose 1C has gone quiet. Times: clock milliseconds. */
export interface SilentExchange {
  readonly exchange: string
  /** When the last file came; absent = none since the start. */
  readonly lastFile?: number
  /** How long silence is allowed now, milliseconds. */
  readonly allowed: number
  readonly timezone: string
}

/** 1C drops nothing any more. */
export function exchangeSilent(silent: SilentExchange): Notice {
  const last = silent.lastFile === undefined ? 'ещё не было' : moment(silent.lastFile, silent.timezone)
  return {
    cause: `exchange.silent:${silent.exchange}`,
    topic: 'errors',
    title: `1С молчит дольше, чем ${span(silent.allowed)}`,
    what: `Из 1С не приходят файлы. Последний: ${last}. На площадках остаются прежние цены и остатки.`,
    where: `Обмен ${silent.exchange}`,
    data: 'Цены и остатки всех кабинетов этого обмена.',
    todo: 'Проверьте в 1С регламентное задание обмена, журнал регистрации и доступ к папке обмена.',
    repeatAfter: 4 * HOUR,
  }
}

/** The first file of an exchange holds only changes. */
export function firstFileIsDelta(first: { readonly exchange: string; readonly file: string }): Notice {
  return {
    cause: `exchange.delta_first:${first.exchange}`,
    topic: 'errors',
    title: 'Первая выгрузка 1С неполная: только изменения',
    what: 'Узел обмена выгрузил только изменения, а полной выгрузки ещё не было. Товары, которых нет в изменениях, неизвестны и не отправляются.',
    where: `${first.file}\nОбмен: ${first.exchange}`,
    data: 'Все товары, не вошедшие в выгрузку.',
    todo: 'Выполните в 1С полную выгрузку этого узла. Рекомендуется всегда выгружать полностью или добавить полную выгрузку раз в сутки.',
    repeatAfter: DAY,
  }
}

/** Statements of 1C that have grown old. */
export interface StaleStatements {
  readonly account: string
  readonly count: number
  /** The oldest statement, epoch milliseconds. */
  readonly oldest: number
  /** Allowed age, milliseconds. */
  readonly allowed: number
  /** What the account does with it: holds increases back, or states zero. */
  readonly effect: 'hold' | 'zero'
  readonly examples: readonly string[]
  readonly timezone: string
}

/** What 1C said of its stocks is too old to go by. */
export function statementsStale(stale: StaleStatements): Notice {
  const effect = stale.effect === 'hold' ? 'Остатки не повышаются.' : 'Остатки обнулены.'
  return {
    cause: `stale:${stale.account}`,
    topic: 'errors',
    title: `Данные 1С устарели: ${plural(stale.count, ['товар', 'товара', 'товаров'])}`,
    what: `1С не подтверждала остатки дольше, чем ${span(stale.allowed)}; самый старый — от ${moment(stale.oldest, stale.timezone)}. ${effect}`,
    where: `Кабинет ${stale.account}`,
    data: listed(stale.examples, stale.count),
    todo: 'Проверьте регламентное задание обмена в 1С. Если узел выгружает только изменения — добавьте полную выгрузку раз в сутки.',
    repeatAfter: DAY,
  }
}

/** An order as a person looks it up: our number in 1C beside the posting number. */
export interface NamedOrder {
  readonly number: string
  readonly posting: string
}

/** Orders that 1C should have confirmed. */
export interface UnconfirmedOrders {
  readonly exchange: string
  readonly orders: readonly NamedOrder[]
  readonly file: string
}

/** 1C read the file, but its own documents have not come back for a day. */
export function ordersNotConfirmed(waiting: UnconfirmedOrders): Notice {
  return {
    cause: `orders.not_confirmed:${waiting.exchange}`,
    topic: 'errors',
    title: `1С не подтвердила ${plural(waiting.orders.length, ['заказ', 'заказа', 'заказов'])}`,
    what: 'Узел обмена читал файл заказов, но документы этих заказов из 1С за сутки не вернулись. Возможно, они не загрузились.',
    where: `${waiting.file}\nОбмен: ${waiting.exchange}`,
    data: listed(waiting.orders.map(orderText)),
    todo: 'Найдите заказы в 1С по номеру. Если их нет — откройте журнал обмена узла: там написано, почему заказ не загружен.',
    repeatAfter: DAY,
  }
}

/** An order file that no run of the node has read. */
export interface UnreadOrderFile {
  readonly exchange: string
  readonly file: string
  /** When the file last changed. */
  readonly since: number
  readonly count: number
  readonly timezone: string
}

/** No run of the node was seen since the order file changed. */
export function ordersNotRead(unread: UnreadOrderFile): Notice {
  return {
    cause: `orders.not_read:${unread.exchange}`,
    topic: 'errors',
    title: `1С не забирает заказы: ${plural(unread.count, ['заказ', 'заказа', 'заказов'])} в файле`,
    what: `Файл заказов обновлён ${moment(unread.since, unread.timezone)}, с тех пор узел обмена не запускался.`,
    where: `${unread.file}\nОбмен: ${unread.exchange}`,
    data: plural(unread.count, ['заказ', 'заказа', 'заказов']),
    todo: 'Проверьте регламентное задание узла обмена в 1С и «Файл загрузки» в его настройке. Узел должен выгружать полностью: узел изменений без изменений файла не оставляет.',
    repeatAfter: 4 * HOUR,
  }
}

/** Why the order file cannot be written. */
export interface OrderFileFault {
  readonly exchange: string
  readonly file: string
  readonly message: string
}

/** The order file cannot be put in place. */
export function orderFileNotWritten(fault: OrderFileFault): Notice {
  return {
    cause: `orders.file:${fault.exchange}`,
    topic: 'errors',
    title: 'Файл заказов для 1С не записан',
    what: `Записать файл не удалось: ${fault.message}. Заказы сохранены и попадут в файл, как только запись удастся.`,
    where: `${fault.file}\nОбмен: ${fault.exchange}`,
    data: 'Новые заказы и изменения заказов.',
    todo: 'Проверьте место на диске, права на папку и не держит ли файл открытым другая программа.',
    repeatAfter: 4 * HOUR,
  }
}

/** An order that was cancelled after 1C had seen it. */
export interface CancelledOrder extends NamedOrder {
  readonly account: string
  readonly cancelledAt: number
  readonly timezone: string
}

/** The buyer cancelled what 1C already has. */
export function orderCancelled(order: CancelledOrder): Notice {
  return {
    cause: `orders.cancelled:${order.account}:${order.posting}`,
    topic: 'rejections',
    title: `Заказ ${order.number} отменён на площадке (${order.posting})`,
    what: `Отправление отменено ${moment(order.cancelledAt, order.timezone)}, а 1С заказ уже получила. В файле для 1С он помечен «Отменен», но заказ, взятый в работу, 1С сама не отменит.`,
    where: `Кабинет ${order.account}, отправление ${order.posting}`,
    data: `Заказ ${order.number}: резерв товара в 1С держится, пока заказ не отменён.`,
    todo: `Отмените заказ в 1С и снимите его со сборки. Затем отметьте: obmen orders done ${order.number}`,
    repeatAfter: DAY,
  }
}

/** A posting whose deadline is near. */
export interface UrgentPosting {
  readonly account: string
  readonly posting: string
  readonly number?: string
  readonly shipBy: number
  readonly timezone: string
}

/** A posting is not assembled and its deadline is near. */
export function postingNearDeadline(urgent: UrgentPosting): Notice {
  const number = urgent.number === undefined ? 'в 1С ещё не передан' : `в 1С ${urgent.number}`
  return {
    cause: `orders.deadline:${urgent.account}:${urgent.posting}`,
    topic: 'rejections',
    title: `Отправление ${urgent.posting} надо собрать до ${moment(urgent.shipBy, urgent.timezone)}`,
    what: 'Срок близок, а отправление не собрано. За просрочку площадка штрафует.',
    where: `Кабинет ${urgent.account}`,
    data: `Отправление ${urgent.posting}, ${number}`,
    todo: 'Соберите отправление и отметьте сборку в кабинете площадки.',
  }
}

/** A part of the state is gone. */
export function namespaceLost(lost: { readonly namespaces: readonly string[]; readonly where: string }): Notice {
  return {
    cause: `state.lost:${[...lost.namespaces].sort().join(',')}`,
    topic: 'errors',
    title: 'Часть состояния пропала',
    what: 'Хранилище помнит данные, которых в нём больше нет. Это не «ничего не отправлено»: сначала будет прочитано, что стоит на площадке, до тех пор ничего не обнуляется.',
    where: lost.where,
    data: listed(lost.namespaces),
    todo: 'Выполните в 1С полную выгрузку узла обмена: каталог заполнится из неё. Если папку state или Redis никто не чистил и не восстанавливал — проверьте диск.',
    repeatAfter: DAY,
  }
}

/** The store does not answer. */
export function storeFailing(fault: { readonly where: string; readonly message: string }): Notice {
  return {
    cause: 'state.failing',
    topic: 'errors',
    title: 'Хранилище состояния не отвечает',
    what: `Прочитать или записать состояние не удалось: ${fault.message}. Пока это так, ничего не отправляется и файлы 1С ждут.`,
    where: fault.where,
    data: 'Все конвейеры.',
    todo: 'Проверьте место на диске и доступ к папке state (или Redis, если он настроен). Обмен продолжится сам.',
    repeatAfter: 4 * HOUR,
  }
}

/** What the disk refuses. */
export interface DiskFault {
  readonly path: string
  /** Error code of the system, for example `ENOSPC`. */
  readonly code: string
  readonly message: string
}

const DISK_FAULTS: Readonly<Record<string, readonly [title: string, todo: string]>> = {
  ENOSPC: ['На диске нет места', 'Освободите место на диске. Обмен продолжится сам.'],
  EACCES: ['Нет доступа к файлу', 'Дайте пользователю, от которого запущен Obmen, права на эту папку.'],
  EPERM: ['Нет доступа к файлу', 'Проверьте права на папку и не держит ли файл открытым другая программа.'],
  EBUSY: ['Файл занят другой программой', 'Закройте программу, которая держит файл; проверьте антивирус.'],
  EROFS: ['Диск только для чтения', 'Проверьте диск: система перевела его в режим чтения, обычно после ошибки.'],
}

/** The disk refuses to be written. */
export function diskFault(fault: DiskFault): Notice {
  const [title, todo] = DISK_FAULTS[fault.code] ?? [
    'Ошибка диска',
    'Проверьте диск и доступ к папке. Обмен продолжится сам.',
  ]
  return {
    cause: `disk:${fault.code}:${fault.path}`,
    topic: 'errors',
    title,
    what: `Изменить файл не удалось: ${fault.message}.`,
    where: fault.path,
    data: 'Файлы обмена и состояние в этой папке.',
    todo,
    repeatAfter: 4 * HOUR,
  }
}

/** A fault that should have passed by itself. `since`: clock milliseconds. */
export interface LastingFault {
  /** Account or pipeline. */
  readonly name: string
  readonly since: number
  readonly failures: number
  readonly code: string
  readonly message: string
  readonly remedy?: string
  readonly timezone: string
}

/** Something that usually passes by itself does not. */
export function transientLasts(fault: LastingFault): Notice {
  return {
    cause: `transient:${fault.name}:${fault.code}`,
    topic: 'errors',
    title: `${fault.name}: сбой не проходит`,
    what: `Неудачных попыток с ${moment(fault.since, fault.timezone)}: ${fault.failures}. Последняя: ${fault.message}. Попытки продолжаются.`,
    where: `${fault.name}, код ${fault.code}`,
    data: 'То, что ждёт отправки. Ничего не потеряно: уйдёт, когда связь восстановится.',
    todo:
      fault.remedy ?? 'Проверьте интернет и состояние площадки. Если связь есть, а сбой держится — посмотрите журнал.',
    repeatAfter: 4 * HOUR,
  }
}

function orderText({ number, posting }: NamedOrder): string {
  return `${number} (${posting})`
}

/** The first lines of a list and how many more there are; the count alone when nothing is known by name. */
function listed(lines: readonly string[], count = lines.length): string {
  const shown = lines.slice(0, SHOWN)
  if (shown.length === 0) return `Всего: ${count}`
  return count > shown.length ? [...shown, `… и ещё ${count - shown.length}`].join('\n') : shown.join('\n')
}
