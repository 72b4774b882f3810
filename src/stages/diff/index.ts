import { z } from 'zod'
import type { StageDefinition } from '../../pipeline/stage.ts'
import { diffPostings } from './postings.ts'
import { diffRecords } from './records.ts'
import { diffValues } from './values.ts'

/** `diff` drops what has not changed; it computes and commits nothing. */
export const diff: StageDefinition = {
  type: 'diff',
  summary:
    'Пропускает только то, что отличается от известного: записи — по отпечатку, значения — по учёту (что есть на площадке), отправления — по сохранённым заказам.',
  role: 'pure',
  options: () => z.strictObject({}),
  flows: { record: 'record-change', desired: 'value-change', posting: 'order-change' },
  examples: ['diff'],
  create(_use, pipeline, services) {
    switch (pipeline.from.kind) {
      case 'exchange':
        return diffRecords(services.exchange(pipeline.from.exchange).catalogue)
      case 'postings':
        return diffPostings(pipeline, services)
      default:
        return diffValues(pipeline, services)
    }
  },
}
