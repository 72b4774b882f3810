/** What is wrong with a price list, in words for a mail. */
export interface ListFault {
  readonly what: string
  readonly todo: string
}

/** What the reader of a price list tells besides its message. */
export interface ListFaultDetails {
  /** Names that were asked for and are not there. */
  readonly missing?: readonly string[]
  /** Names that are there. */
  readonly known?: readonly string[]
  readonly source?: string
  readonly where?: string
  readonly value?: string
}

const ASK = 'Спросите у того, кто делает прайс-лист, что изменилось, или поправьте имена в «fields» шага parse.'
const MAKE_AGAIN = 'Попросите прислать прайс-лист ещё раз и посмотрите на указанное место.'

const WORDS: Readonly<Record<string, (details: ListFaultDetails) => ListFault>> = {
  'list.unknown_column': ({ missing, known }) => ({
    what: `В прайс-листе нет ${plural(missing, 'столбца', 'столбцов')} ${listed(missing)}. Есть столбцы: ${listed(known)}.`,
    todo: ASK,
  }),
  'list.ambiguous_column': ({ source }) => ({
    what: `Столбец «${source ?? ''}» стоит в прайс-листе дважды: непонятно, какой из них верный.`,
    todo: 'Попросите назвать столбцы по-разному.',
  }),
  'list.unknown_path': ({ missing, known }) => ({
    what: `Ни у одного товара прайс-листа нет ${listed(missing)}. Есть: ${listed(known)}.`,
    todo: ASK,
  }),
  'list.no_records': ({ missing, known }) => ({
    what: `В прайс-листе нет элементов ${listed(missing)}. Есть: ${listed(known)}.`,
    todo: 'Спросите у того, кто делает прайс-лист, что изменилось, или поправьте «records» шага parse.',
  }),
  'list.no_ids': ({ source }) => ({
    what: `Ни в одной строке прайс-листа нет кода товара (${source ?? ''}).`,
    todo: ASK,
  }),
  'list.no_stamp': ({ where }) => ({
    what: `На месте ${where ?? ''} нет даты прайс-листа: нельзя понять, новее ли он уже загруженных.`,
    todo: 'Проверьте «stamp» шага parse: там место даты. Без него датой считается время изменения файла.',
  }),
  'list.too_many_rows': () => ({ what: 'Строк больше, чем бывает товаров.', todo: 'Выясните, кто сделал этот файл.' }),
  'csv.ragged_row': () => ({
    what: 'В строке не столько ячеек, сколько столбцов: значения попали бы в чужие столбцы, или файл оборван.',
    todo: MAKE_AGAIN,
  }),
  'csv.open_quote': () => ({ what: 'Кавычка открыта и не закрыта.', todo: MAKE_AGAIN }),
  'csv.row_too_large': () => ({ what: 'Одна строка неправдоподобно длинная.', todo: MAKE_AGAIN }),
  'csv.invalid_utf16': () => ({ what: 'В тексте есть половина знака: файл повреждён или оборван.', todo: MAKE_AGAIN }),
  'csv.nul_bytes': () => ({
    what: 'В файле нули вместо данных: так бывает после сбоя диска или питания во время записи.',
    todo: MAKE_AGAIN,
  }),
  'xlsx.unreadable': () => ({
    what: 'Это не читаемая книга Excel (.xlsx): файл повреждён, закрыт паролем или сохранён в другом формате.',
    todo: 'Откройте файл в Excel и сохраните заново как «Книга Excel (.xlsx)», без пароля.',
  }),
  'xlsx.unknown_sheet': ({ missing, known }) => ({
    what: `В книге нет листа ${listed(missing)}. Есть листы: ${listed(known)}.`,
    todo: 'Спросите у того, кто делает прайс-лист, что изменилось, или поправьте «sheet» шага parse.',
  }),
  'xlsx.several_sheets': ({ known }) => ({
    what: `Нужные столбцы есть сразу на нескольких листах: ${listed(known)}.`,
    todo: 'Укажите лист: «sheet» шага parse.',
  }),
  'xlsx.error_value': ({ value }) => ({
    what: `Вместо кода товара стоит ошибка Excel ${value ?? ''}.`,
    todo: 'Попросите прислать прайс-лист без формул, которые потеряли свой источник.',
  }),
  'xlsx.too_large': () => ({ what: 'Лист больше любого прайс-листа.', todo: 'Выясните, кто сделал эту книгу.' }),
}

/** The words for a fault of a price list; undefined for other faults. */
export function describeListFault(code: string, details: ListFaultDetails): ListFault | undefined {
  return WORDS[code]?.(details)
}

function listed(names: readonly string[] = []): string {
  return names.length === 0 ? 'ничего' : names.map((name) => `«${name}»`).join(', ')
}

function plural(names: readonly string[] = [], one: string, many: string): string {
  return names.length === 1 ? one : many
}
