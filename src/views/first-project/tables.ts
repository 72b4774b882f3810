import { TABLES, type ProjectChoices } from './choices.ts'
import { markupLevel } from './suggest.ts'

/** An Ид that no base gives: the example row shows the form and means no goods. */
const NO_ID = '00000000-0000-0000-0000-000000000000'

/** The tables of `config/mapping/` by file name that the expressions of a first project read. */
export function tableFiles({ select, survey }: ProjectChoices): ReadonlyMap<string, string> {
  const groups = markupLevel(survey)
  const rows: [string, readonly (readonly string[])[]][] = [
    [
      TABLES.ids,
      [
        ['Ид', 'offer_id'],
        [NO_ID, 'пример'],
      ],
    ],
    [
      TABLES.stop,
      [
        ['Ид', 'Комментарий'],
        [NO_ID, 'пример: так выглядит строка'],
      ],
    ],
  ]
  // 1 changes nothing: the row shows how a group is written.
  if (groups !== undefined)
    rows.push([
      TABLES.markup,
      [
        ['Группа', 'коэффициент'],
        [groups.names[0] ?? '', '1'],
      ],
    ])
  if (select.kind === 'table') {
    rows.push([
      TABLES.goods,
      [
        ['Ид', 'Комментарий'],
        [NO_ID, 'пример: так выглядит строка'],
      ],
    ])
  }
  return new Map(rows.map(([name, table]) => [`${name}.csv`, csv(table)]))
}

/** Excel in Russian opens a CSV with a byte order mark and semicolons as a table. */
function csv(rows: readonly (readonly string[])[]): string {
  const cell = (text: string): string => (/[";\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  return `\uFEFF${rows.map((row) => row.map(cell).join(';')).join('\r\n')}\r\n`
}
