import { ObmenError } from '../../core/errors.ts'
import type { IncomingFile, RecordInFlow } from '../../pipeline/flows.ts'
import { stage, type Stage, type StageDefinition } from '../../pipeline/stage.ts'
import { openerOf, type OpenFile } from './open-file.ts'
import { parseOptions, type ParseOptions } from './options.ts'

/** `parse` finds the records of a file; a record is decoded only when it is applied. */
export const parse: StageDefinition = {
  type: 'parse',
  summary: 'Находит записи в файле: в файле обмена 1С любого диалекта или в прайс-листе по описанию столбцов.',
  role: 'pure',
  options: () => parseOptions,
  flows: { file: 'record' },
  examples: [
    'parse: { format: commerceml }',
    'parse: { format: csv, fields: { id: Код, article: Артикул, name: Наименование, prices: { Розничная: "Цена, руб" }, stocks: { Основной склад: Остаток } }, words: { нет: 0, ">10": 10 } }',
    'parse: { format: xlsx, sheet: Прайс, stamp: B2, fields: { id: Код, group: [Раздел, Группа], prices: { Розничная: Цена } }, scope: full }',
    'parse: { format: xml, records: /price/items/item, stamp: /price/@date, fields: { id: "@id", name: name, prices: { Розничная: "prices/price[@type=\'retail\']" } } }',
  ],
  create(use, pipeline, services) {
    if (pipeline.from.kind !== 'exchange') {
      throw new ObmenError(
        'config',
        'stage.parse_source',
        `building ${pipeline.name}: parse reads files of an exchange`,
      )
    }
    const { timezone } = services.exchange(pipeline.from.exchange).config
    return parseFiles(openerOf(use.options as ParseOptions, timezone, services.clock))
  },
}

/** Finds the records of files that are opened in this way. */
export function parseFiles(open: OpenFile): Stage {
  return stage<IncomingFile, RecordInFlow>(async function* (input, ctx) {
    for await (const batch of input) {
      for (const incoming of batch) {
        const file = await open(incoming, ctx.signal)
        for await (const records of file.records(ctx.signal)) {
          yield records.map((record) => ({ incoming, file, record }))
        }
      }
    }
  })
}
