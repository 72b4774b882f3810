import type { Diagnostic } from '../core/diagnostic.ts'

/** Words of the findings about tables, for those who edit them: what is wrong and what to do, without the place. */
const WORDS: Readonly<Record<string, (params: Readonly<Record<string, string>>) => string>> = {
  'table.unreadable': () =>
    'файл не читается: он повреждён, закрыт паролем, недописан или занят другой программой. Откройте его в Excel и сохраните заново как «Книга Excel (.xlsx)», без пароля.',
  'table.duplicate': ({ other }) =>
    `такая таблица уже есть в файле ${other}: непонятно, какая из двух верна. Удалите или переименуйте один из файлов.`,
  'table.no_header': () => 'таблица пуста. Напишите в первой строке названия столбцов.',
  'table.emptied': ({ rows }) =>
    `из таблицы пропали все строки (было ${rows}). Похоже на ошибку: пустой стоп-лист включил бы всё в продажу. Верните строки; если таблица и должна быть пустой — пусть администратор перезапустит Obmen.`,
  'table.no_column_name': () => 'у столбца нет названия. Напишите его в первой строке.',
  'table.duplicate_column': ({ column }) =>
    `столбец «${column}» назван в первой строке дважды. Переименуйте или удалите один.`,
  'table.no_key': ({ column }) =>
    `не заполнен столбец «${column}», по которому ищут строку. Заполните ячейку или удалите строку.`,
  'table.duplicate_key': ({ key, other }) => `«${key}» уже есть в ${lineOrCell(other)}. Оставьте одну из двух строк.`,
  'table.overlap': ({ key, other }) =>
    `«${key}» в эти же дни действует и в ${lineOrCell(other)}. Пусть одна строка кончается раньше, чем начинается другая.`,
  'table.bad_date': ({ text }) => `«${text}» — не дата. Напишите, например, 01.03.2026 или 01.03.2026 10:00.`,
  'table.dates_reversed': () => 'строка кончается раньше, чем начинается. Поменяйте даты местами.',
  'table.not_a_number': ({ text, column }) =>
    `«${text}» — не число, а столбец «${column}» участвует в расчёте. Напишите число, например 1,25.`,
  'table.error_value': ({ value }) => `в ячейке ошибка Excel ${value}. Исправьте формулу или впишите значение.`,
  'table.ragged_row': ({ cells, columns }) =>
    `в строке ${cells} ячеек, а столбцов ${columns}. Проверьте разделители и кавычки или назовите лишний столбец в первой строке.`,
  'table.open_quote': () => 'кавычка открыта и не закрыта. Закройте её или удвойте, если она часть текста.',
  'table.too_many_rows': () => 'строк больше, чем бывает в таблицах, которые ведут люди. Проверьте, тот ли это файл.',
}

/** What a finding says, in Russian; its own message where there are no words for it. */
export function describeTableFinding({ code, message, params = {} }: Diagnostic): string {
  return WORDS[code]?.(params) ?? message
}

function lineOrCell(place = ''): string {
  return /^\d+$/.test(place) ? `строке ${place}` : `ячейке ${place}`
}
