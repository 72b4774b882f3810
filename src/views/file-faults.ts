import { describeListFault } from './list-faults.ts'

/** What is wrong with an exchange file, in words for a mail. */
export interface FileFault {
  readonly what: string
  readonly todo: string
}

const EXPORT_AGAIN = 'Выгрузите данные из 1С ещё раз.'
const SWITCHED_OFF =
  'Проверьте, чем создан файл: его мог изменить антивирус, архиватор или чужая обработка. ' + EXPORT_AGAIN

const ARCHIVE_MADE_BY =
  'Выясните, кто создал архив: 1С так не пишет. Если это и правда выгрузка — распакуйте её вручную.'

const FAULTS: Readonly<Record<string, FileFault>> = {
  'xml.truncated': {
    what: 'Файл оборван: конец не записан.',
    todo: `${EXPORT_AGAIN} Если повторяется — проверьте место на диске и сеть до папки обмена.`,
  },
  'xml.nul_bytes': {
    what: 'В файле нули вместо данных: так бывает после сбоя диска или питания во время записи.',
    todo: `${EXPORT_AGAIN} Если повторяется — проверьте диск.`,
  },
  'xml.trailing_content': {
    what: 'После конца документа идут лишние данные: похоже, два файла склеились в один.',
    todo: `Проверьте, что в папку пишет только один узел обмена. ${EXPORT_AGAIN}`,
  },
  'xml.malformed': { what: 'Файл не читается: нарушена структура XML.', todo: SWITCHED_OFF },
  'xml.invalid_utf8': {
    what: 'В файле есть байты не из его кодировки: он повреждён или склеен из частей в разных кодировках.',
    todo: EXPORT_AGAIN,
  },
  'xml.not_xml': { what: 'Это не файл XML.', todo: 'Уберите из папки обмена посторонние файлы.' },
  'xml.doctype': {
    what: 'В файле есть DOCTYPE: 1С его не пишет, а вреда он может принести много.',
    todo: SWITCHED_OFF,
  },
  'xml.control_characters': {
    what: 'В тексте файла есть недопустимые символы.',
    todo: 'Найдите товар по месту в файле и уберите из его названия или описания невидимые символы (обычно вставлены из Word или с сайта).',
  },
  'xml.invalid_utf16': {
    what: 'Файл в кодировке UTF-16 повреждён: в нём есть половины символов.',
    todo: EXPORT_AGAIN,
  },
  'xml.too_many_attributes': { what: 'У элемента в файле слишком много атрибутов.', todo: SWITCHED_OFF },
  'xml.too_many_prefixes': { what: 'Теги записей в файле пишутся слишком по-разному.', todo: SWITCHED_OFF },
  'commerceml.repeated_record': {
    what: 'Одна и та же запись повторяется в файле больше десяти тысяч раз подряд.',
    todo: 'Проверьте обработку, которая создаёт файл: она пишет одно и то же снова и снова.',
  },
  'xml.piece_too_large': {
    what: 'В файле есть неправдоподобно большой кусок вне товаров и предложений: тег, комментарий или текст.',
    todo: SWITCHED_OFF,
  },
  'xml.too_deep': { what: 'Вложенность файла слишком велика.', todo: SWITCHED_OFF },
  'commerceml.unknown_root': {
    what: 'Это не файл обмена: корень не КоммерческаяИнформация.',
    todo: 'Уберите из папки обмена посторонние файлы или выберите в узле 1С формат CommerceML.',
  },
  'commerceml.other_format': {
    what: 'Это выгрузка другого вида, а не CommerceML: EnterpriseData, «Конвертация данных», YML, таблица Excel и тому подобное.',
    todo: 'В узле обмена 1С выберите обмен с сайтом (формат CommerceML 2). Если это прайс-лист — опишите его в конвейере: parse: { format: xml }.',
  },
  'commerceml.web_page': {
    what: 'Вместо файла обмена сохранена веб-страница: обычно это ответ сайта об ошибке.',
    todo: 'Откройте файл в браузере и прочтите ответ. Проверьте в узле обмена адрес, логин и пароль.',
  },
  'commerceml.v1': {
    what: 'Это CommerceML первой версии: так пишет 1С 7.7.',
    todo: 'Выгружайте из 1С 7.7 обработкой, которая пишет CommerceML 2.04 или новее, или опишите файл в конвейере: parse: { format: xml }.',
  },
  'commerceml.unknown_section': {
    what: 'В файле нет ни товаров, ни предложений, ни документов.',
    todo: 'Проверьте настройку узла обмена в 1С.',
  },
  'commerceml.no_stamp': {
    what: 'В файле нет даты формирования: нельзя понять, новее ли он уже загруженных.',
    todo: 'Проверьте, чем создан файл: 1С пишет ДатаФормирования всегда.',
  },
  'commerceml.no_version': {
    what: 'В файле не указана версия схемы.',
    todo: 'Проверьте, чем создан файл: 1С пишет ВерсияСхемы всегда.',
  },
  'commerceml.record_too_large': {
    what: 'Описание одного товара слишком велико.',
    todo: 'Проверьте товар по месту в файле: обычно в описание вставлена картинка.',
  },
  'commerceml.too_many_records': {
    what: 'В файле слишком много записей: больше двух миллионов.',
    todo: 'Включите в узле обмена 1С выгрузку порциями и выгрузите ещё раз.',
  },
  'commerceml.record_without_id': {
    what: 'У товара или предложения в файле нет Ид.',
    todo: 'Проверьте обработку, которая создаёт файл: без Ид товар не узнать.',
  },
  'commerceml.id_too_long': {
    what: 'Ид в файле неправдоподобно длинный: на его месте стоит другой текст.',
    todo: 'Проверьте обработку, которая создаёт файл: 1С пишет Ид из 36 или 73 знаков.',
  },
  'zip.broken': {
    what: 'Архив повреждён.',
    todo: `${EXPORT_AGAIN} Если повторяется — проверьте место на диске и сеть до папки обмена.`,
  },
  'zip.too_large': { what: 'Распакованный архив был бы подозрительно велик.', todo: ARCHIVE_MADE_BY },
  'zip.escaping_name': { what: 'Имя файла в архиве ведёт за пределы папки.', todo: ARCHIVE_MADE_BY },
  'zip.nested': {
    what: 'В архиве лежит ещё один архив.',
    todo: 'Распакуйте внешний архив и выгрузите внутренний отдельно.',
  },
  'zip.encrypted': { what: 'Архив закрыт паролем.', todo: 'Выгрузите без пароля.' },
  'zip.forbidden_name': {
    what: 'В архиве есть файл с именем, которого не бывает на диске: служебное имя Windows, слишком длинное или с невидимыми знаками.',
    todo: ARCHIVE_MADE_BY,
  },
  'zip.same_name': {
    what: 'В архиве два файла с одним именем (или отличаются только большими и малыми буквами): непонятно, какой из них верный.',
    todo: ARCHIVE_MADE_BY,
  },
  'zip.special_entry': {
    what: 'В архиве вместо файла лежит ссылка или устройство: она может вести за пределы папки.',
    todo: ARCHIVE_MADE_BY,
  },
  'zip.overlapping': {
    what: 'Файлы в архиве наложены друг на друга: так делают только архивы-бомбы.',
    todo: 'Выясните, кто положил этот архив в папку обмена, и удалите его: 1С так не пишет.',
  },
  'zip.method': {
    what: 'Архив сжат способом, который Obmen не читает.',
    todo: 'Упакуйте файлы обычным zip (deflate) или положите их в папку обмена без архива.',
  },
  'zip.empty': { what: 'Архив пуст: в нём нет ни одного файла.', todo: EXPORT_AGAIN },
  'zip.without_exchange_files': {
    what: 'В архиве нет ни одного файла того формата, который читает конвейер этой папки (parse.format).',
    todo: 'Проверьте, кто положил этот архив в папку обмена. Если его выгрузила 1С, повторите выгрузку.',
  },
  'commerceml.unreadable_price': { what: 'Цена в файле — не число.', todo: 'Исправьте цену в 1С и выгрузите ещё раз.' },
  'commerceml.unreadable_quantity': {
    what: 'Остаток в файле — не число.',
    todo: 'Исправьте остаток в 1С и выгрузите ещё раз.',
  },
}

/**
 * The words for a code; for one the catalogue lacks, the message and remedy as they are. `details` are those of the
 * error, where its words name something of the file.
 */
export function describeFileFault(
  code: string,
  message: string,
  remedy: string | undefined,
  details: Readonly<Record<string, unknown>> = {},
): FileFault {
  return (
    FAULTS[code] ??
    describeListFault(code, details) ?? { what: `Файл не удалось прочитать: ${message}`, todo: remedy ?? EXPORT_AGAIN }
  )
}

/** The cause of the notice about a file in quarantine: it lasts until the next file of this name is good. */
export function quarantineCause(exchange: string, file: string): string {
  return `quarantine:${exchange}:${file}`
}
