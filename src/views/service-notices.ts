import type { Reason } from '../core/item.ts'
import type { Notice } from '../core/notice.ts'
import { plural } from '../notify/plural.ts'
import { span } from './moments.ts'
import { describeReason } from './reasons.ts'

/** Notices about the service's own work: loops, pipelines, accounts. Pure functions from plain data to words. */

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Everything a file said was older than what is in force. */
export function fileOlder(old: { readonly exchange: string; readonly file: string }): Notice {
  return {
    cause: `exchange.older_file:${old.exchange}`,
    topic: 'errors',
    title: `Файл ${old.file} старше уже загруженных данных`,
    what: 'Все сведения файла старше тех, что действуют, поэтому он ничего не изменил. Так бывает, когда в папку кладут старую выгрузку.',
    where: `${old.file}\nОбмен: ${old.exchange}`,
    data: 'Файл сохранён в архиве.',
    todo: 'Если выгрузка должна была что-то изменить — проверьте часы сервера 1С и выгрузите ещё раз.',
    repeatAfter: DAY,
  }
}

/** Files that used to state stocks come without any. */
export function stocksMissing(missing: {
  readonly exchange: string
  readonly file: string
  /** What such files are called: `offers`. */
  readonly kind: string
}): Notice {
  return {
    cause: `exchange.no_stocks:${missing.exchange}:${missing.kind}`,
    topic: 'errors',
    title: 'В выгрузке 1С нет остатков',
    what: 'Раньше такой файл содержал остатки, теперь ни у одного предложения их нет. Это не «ноль»: на площадках остаются прежние остатки.',
    where: `${missing.file}\nОбмен: ${missing.exchange}`,
    data: 'Остатки всех товаров этого файла.',
    todo: 'Проверьте в настройке узла обмена 1С, выгружаются ли остатки и выбраны ли склады, и выгрузите ещё раз.',
    repeatAfter: DAY,
  }
}

/** The key may not call methods that the service needs. */
export function methodsMissing(missing: {
  readonly account: string
  readonly marketplace: string
  readonly methods: readonly string[]
}): Notice {
  return {
    cause: `account.rights:${missing.account}`,
    topic: 'errors',
    title: `${missing.marketplace}: ключу кабинета ${missing.account} не хватает прав`,
    what: `Ключ не даёт вызывать ${plural(missing.methods.length, ['метод', 'метода', 'методов'])}, без которых часть обмена не работает.`,
    where: `Кабинет ${missing.account} (config/marketplaces.yaml)`,
    data: missing.methods.join('\n'),
    todo: 'Выпустите в кабинете ключ с ролями для цен, остатков и заказов FBS и впишите его в .env.',
    repeatAfter: 7 * DAY,
  }
}

/** A look is held by the account: a warehouse of the configuration that the marketplace does not have. */
export function lookHeldByAccount(held: {
  readonly pipeline: string
  readonly account: string
  readonly reason: Reason
}): Notice {
  const { error, why, todo } = describeReason(held.reason)
  return {
    cause: `look.${held.reason.code}:${held.pipeline}`,
    topic: 'errors',
    title: `Конвейер ${held.pipeline} ждёт: ${error}`,
    what: `${why} Отправка задержана целиком; ничего не обнулено.`,
    where: `Кабинет ${held.account} (config/marketplaces.yaml), конвейер ${held.pipeline}`,
    data: held.reason.params?.['name'] ?? held.reason.message,
    todo,
    repeatAfter: DAY,
  }
}

/** A pipeline stands still until a person acts. */
export function pipelineStopped(stopped: {
  readonly pipeline: string
  readonly code: string
  readonly message: string
}): Notice {
  return {
    cause: `pipeline.stopped:${stopped.pipeline}`,
    topic: 'errors',
    title: `Конвейер ${stopped.pipeline} остановлен`,
    what: `Ошибка, которую служба не может обойти сама: ${stopped.message}. Остальные конвейеры работают.`,
    where: `Конвейер ${stopped.pipeline}, код ${stopped.code}`,
    data: 'То, что отправляет этот конвейер. Ничего не потеряно: уйдёт после перезапуска.',
    todo: 'Посмотрите журнал службы, устраните причину и перезапустите obmen. Если непонятно — отправьте журнал разработчикам.',
    repeatAfter: 4 * HOUR,
  }
}

/** A part of the service fails again and again; it is started anew each time. */
export function loopFailing(failing: {
  readonly name: string
  readonly code: string
  readonly message: string
  readonly remedy: string | undefined
}): Notice {
  return {
    cause: `loop:${failing.name}`,
    topic: 'errors',
    title: `Сбой в работе службы: ${failing.name}`,
    what: `${failing.message}. Служба продолжает работать и пробует снова.`,
    where: `${failing.name}, код ${failing.code}`,
    data: 'Ничего не потеряно: необработанное будет обработано, когда сбой пройдёт.',
    todo: failing.remedy ?? 'Посмотрите журнал службы; проверьте место на диске и доступ к папкам.',
    repeatAfter: 4 * HOUR,
  }
}

/** The promise `fresh` of a pipeline is broken. */
export function promiseBroken(broken: {
  readonly pipeline: string
  readonly waiting: number
  readonly promise: number
}): Notice {
  return {
    cause: `fresh:${broken.pipeline}`,
    topic: 'errors',
    title: `Конвейер ${broken.pipeline} отстаёт больше, чем на ${span(broken.promise)}`,
    what: `Изменения из 1С ждут отправки дольше обещанного; в очереди ${plural(broken.waiting, ['значение', 'значения', 'значений'])}.`,
    where: `Конвейер ${broken.pipeline}`,
    data: 'На площадке стоят прежние значения.',
    todo: 'Посмотрите «obmen status»: видно, чего ждёт очередь — ограничений площадки, связи или решения человека.',
    repeatAfter: 4 * HOUR,
  }
}

/** An inbox cannot be read. */
export function inboxUnreadable(fault: {
  readonly path: string
  readonly code: string
  readonly message: string
}): Notice {
  return {
    cause: `inbox:${fault.path}`,
    topic: 'errors',
    title: 'Папка обмена с 1С не читается',
    what: `Прочитать папку не удалось: ${fault.message}. Файлы 1С не принимаются, пока это так.`,
    where: fault.path,
    data: 'Все файлы этой папки.',
    todo: 'Проверьте, что папка есть, диск подключён и у пользователя службы есть права на неё.',
    repeatAfter: 4 * HOUR,
  }
}

/** Why something in an inbox is left alone. */
const ODD: Readonly<Record<string, string>> = {
  link: 'ссылка, а не файл: по ссылкам Obmen не ходит',
  folder: 'папка с именем файла',
  special: 'не обычный файл (канал, сокет или устройство)',
  unreadable: 'файл не открывается: нет прав или его держит другая программа',
  unmarked: 'рядом нет файла-маркера, который задан в настройке marker',
}
/** Names in one mail. */
const ODD_SHOWN = 10

/** Something lies in an inbox under the name of an exchange file and cannot be taken. */
export function oddInInbox({
  inbox,
  odd,
}: {
  readonly inbox: string
  readonly odd: readonly { readonly name: string; readonly why: string }[]
}): Notice {
  const lines = odd.slice(0, ODD_SHOWN).map(({ name, why }) => `${name} — ${ODD[why] ?? why}`)
  const more = odd.length > ODD_SHOWN ? [`и ещё ${odd.length - ODD_SHOWN}`] : []
  return {
    cause: `inbox-odd:${inbox}`,
    topic: 'errors',
    title: 'В папке обмена лежит то, что нельзя загрузить',
    what: `Эти имена выглядят как файлы обмена, но не загружаются: ${[...lines, ...more].join('; ')}.`,
    where: inbox,
    data: 'Только перечисленные файлы: остальные загружаются как обычно.',
    todo: 'Уберите лишнее из папки обмена; если это выгрузка 1С — положите обычный файл, дайте службе права на него или создайте маркер.',
    repeatAfter: 24 * HOUR,
  }
}

/** The cause of {@link fileNotTaken}. */
export function causeOfUntaken(path: string): string {
  return `untaken:${path}`
}

/** A file stands ready and cannot be moved out of its inbox, or read. */
export function fileNotTaken({ path, message }: { readonly path: string; readonly message: string }): Notice {
  return {
    cause: causeOfUntaken(path),
    topic: 'errors',
    title: `Файл ${path} не удаётся забрать`,
    what: `Файл выгружен целиком, но забрать его из папки не получается: ${message}. Попытки повторяются каждую минуту, остальные файлы загружаются.`,
    where: path,
    data: 'Данные этого файла.',
    todo: 'Дайте пользователю службы права на чтение и удаление файлов в папке обмена и проверьте, не держит ли файл открытым другая программа.',
    repeatAfter: 4 * HOUR,
  }
}

/** Another Obmen takes the files of an inbox. */
export function inboxOwned({
  inbox,
  holder,
}: {
  readonly inbox: string
  readonly holder: { readonly pid: number; readonly host: string; readonly state: string }
}): Notice {
  return {
    cause: `inbox-owned:${inbox}`,
    topic: 'errors',
    title: 'Папку обмена забирает другой Obmen',
    what: `Файлы этой папки забирает процесс ${holder.pid} на ${holder.host} (папка состояния ${holder.state}). Пока это так, здесь они не загружаются.`,
    where: inbox,
    data: 'Все файлы этой папки.',
    todo: 'Остановите лишний Obmen или дайте каждому свою папку обмена. Если читать должны оба — поставьте обоим take: copy.',
    repeatAfter: 4 * HOUR,
  }
}
