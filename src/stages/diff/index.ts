import { z } from 'zod'
import type { StageDefinition } from '../../pipeline/stage.ts'
import { diffPostings } from './postings.ts'
import { diffRecords } from './records.ts'
import { diffValues } from './values.ts'

/** `diff` drops what has not changed; it computes and commits nothing. */
export const diff: StageDefinition = {
  type: 'diff',
  summary:
    'Lets through only what differs from what is known: records by fingerprint, values by the ledger, postings by the stored orders.',
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
