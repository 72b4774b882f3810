import { stat } from 'node:fs/promises'
import type { PipelineConfig } from '../../config/model.ts'
import type { Clock } from '../../core/clock.ts'
import { openExchangeFile } from '../../formats/commerceml/index.ts'
import { openPriceList } from '../../formats/price-list/open.ts'
import type { RecordFile } from '../../formats/record-file.ts'
import type { IncomingFile } from '../../pipeline/flows.ts'
import type { ParseOptions } from './options.ts'

/** Opens a file as its pipeline reads it. @throws ObmenError input when the beginning already shows a fault */
export type OpenFile = (
  file: Pick<IncomingFile, 'path' | 'workFolder' | 'name' | 'modifiedAt'>,
  signal: AbortSignal,
) => Promise<RecordFile>

/** How the files of a pipeline are opened, by the options of its `parse`. */
export function openerOf(options: ParseOptions, timezone: string, clock: Pick<Clock, 'fromReal'>): OpenFile {
  return async ({ path, workFolder, name, modifiedAt }, signal) => {
    if (options.format === 'commerceml') return openExchangeFile(path, { name, workFolder, timezone }, signal)
    const mtimeMs = modifiedAt ?? (await stat(path)).mtimeMs
    const list = { name, workFolder, timezone, modifiedAt: Math.floor(clock.fromReal(mtimeMs)) }
    return openPriceList(path, options, list, signal)
  }
}

/** The options of `parse` in a pipeline that reads files; they passed its schema. Undefined: the pipeline has none. */
export function parseOptionsOf(pipeline: PipelineConfig): ParseOptions | undefined {
  return pipeline.stages.find(({ type }) => type === 'parse')?.options as ParseOptions | undefined
}

/** What the names of the files of a pipeline end in, without the dot; archives of them among these. */
export function extensionsOf(pipeline: PipelineConfig): readonly string[] {
  return [extensionOf(parseOptionsOf(pipeline)?.format ?? 'commerceml'), 'zip']
}

/** What the names of files of a format end in, without the dot. */
export function extensionOf(format: ParseOptions['format']): string {
  return format === 'csv' || format === 'xlsx' ? format : 'xml'
}
