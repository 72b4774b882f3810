import { z } from 'zod'
import type { ExpressionUse } from './expressions.ts'
import { durationField, nameField } from './fields.ts'
import type { PipelineConfig, PipelineSource, PipelineTarget } from './model.ts'
import { readSource, readTarget } from './pipeline-ends.ts'
import { checkLinks, type KnownNames } from './pipeline-links.ts'
import { readStages } from './pipeline-stages.ts'
import { addError, readFields, readMap, type Reader } from './read.ts'
import type { StageSchema } from './stage-schema.ts'

/** Keys of a pipeline that stand alone. */
export const pipelineShape = {
  name: nameField().describe('Имя конвейера: так он зовётся в status, отчётах и письмах.'),
  stages: z.array(z.unknown()).min(1).describe('Ступени в порядке движения данных.'),
  fresh: durationField().optional().describe('Обещание: данные старше этого не останутся незамеченными.'),
}

/** What a pipeline file says; a part is undefined when it is missing or wrong. */
export interface PipelineFile {
  readonly reader: Reader
  readonly name: string | undefined
  readonly source: PipelineSource | undefined
  readonly target: PipelineTarget | undefined
  readonly expressions: readonly ExpressionUse[]
  /** Absent when a finding was added. */
  readonly pipeline?: PipelineConfig
}

/** Reads one file of `pipelines/`, adding every finding about it. */
export function readPipelineFile(
  reader: Reader,
  value: unknown,
  schemas: ReadonlyMap<string, StageSchema>,
  known: KnownNames,
): PipelineFile {
  const before = reader.findings.length
  if (value === null) {
    addError(
      reader,
      reader.yaml.placeOf([]),
      'pipeline.empty',
      'the file is empty; a pipeline has name, from, to and stages',
    )
    return { reader, name: undefined, source: undefined, target: undefined, expressions: [] }
  }
  const map = readMap(reader, [], value) ?? {}
  const { name, fresh } = readFields(reader, [], map, pipelineShape, ['from', 'to'])
  const source = readSource(reader, map['from'])
  const target = readTarget(reader, map['to'], source)
  checkLinks(reader, source, target, known)
  const { uses, expressions } = readStages(reader, map['stages'], schemas, source, target)
  if (reader.findings.length > before || name === undefined || source === undefined || target === undefined) {
    return { reader, name, source, target, expressions }
  }
  const place = reader.yaml.placeOf(['name'])
  const absentPlace = reader.yaml.has(['to', 'absent']) ? { absentPlace: reader.yaml.placeOf(['to', 'absent']) } : {}
  const promise = fresh === undefined ? {} : { fresh }
  const pipeline = { name, place, ...absentPlace, from: source, to: target, stages: uses, ...promise }
  return { reader, name, source, target, expressions, pipeline }
}

/** What must be there once in all files: names, one pipeline per source of files or postings, one per (account, aspect). */
export function checkUnique(files: readonly PipelineFile[]): void {
  const seen = new Map<string, string>()
  const once = (file: PipelineFile, key: string, path: readonly string[], code: string, what: string): void => {
    const first = seen.get(key)
    if (first === undefined) seen.set(key, file.reader.yaml.file)
    else addError(file.reader, file.reader.yaml.placeOf(path), code, `${what} in ${first}; keep one of them`)
  }
  for (const file of files) {
    const { name, source, target } = file
    if (name !== undefined)
      once(file, `name ${name}`, ['name'], 'pipeline.duplicate_name', `the name ${JSON.stringify(name)} also stands`)
    if (source?.kind === 'exchange') {
      const what = `the files of ${JSON.stringify(source.exchange)} are taken`
      once(file, `exchange ${source.exchange}`, ['from', 'exchange'], 'pipeline.duplicate_source', what)
    }
    if (source?.kind === 'postings') {
      const what = `the postings of ${JSON.stringify(source.account)} are read`
      once(file, `postings ${source.account}`, ['from', 'postings'], 'pipeline.duplicate_source', what)
    }
    if (target?.account !== undefined && target.aspect !== undefined) {
      const what = `the ${target.aspect} of ${JSON.stringify(target.account)} are written`
      once(file, `target ${target.account} ${target.aspect}`, ['to', 'aspect'], 'pipeline.duplicate_target', what)
    }
  }
}
