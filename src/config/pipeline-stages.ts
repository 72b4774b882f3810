import { expressionAt, type ExpressionUse } from './expressions.ts'
import { isExpression } from './expression-leaf.ts'
import { didYouMeanHint } from './issues.ts'
import type { PipelineSource, PipelineTarget, StageUse } from './model.ts'
import { addError, readValue, type Reader } from './read.ts'
import { SOURCE_FLOW, type FlowKind, type StageSchema } from './stage-schema.ts'
import type { Path } from './yaml.ts'

/** The stages of one pipeline: those that are sound, and the expressions in their options. */
export interface Stages {
  readonly uses: readonly StageUse[]
  readonly expressions: readonly ExpressionUse[]
}

/** A stage as it stands in the file, before its options are looked at. */
interface WrittenStage {
  readonly type: string
  readonly schema: StageSchema
  /** Where the name stands: the entry of the list for a bare name, else its key. */
  readonly path: Path
  readonly options: unknown
}

/** Reads `stages`, adding every finding about their names, their order and their options. */
export function readStages(
  reader: Reader,
  value: unknown,
  schemas: ReadonlyMap<string, StageSchema>,
  source: PipelineSource | undefined,
  target: PipelineTarget | undefined,
): Stages {
  const entries = Array.isArray(value) ? (value as readonly unknown[]) : []
  const written = entries.map((entry, i) => readEntry(reader, ['stages', i], entry, schemas))
  const known = written.filter((stage) => stage !== undefined)
  if (known.length === entries.length) checkChain(reader, known, schemas, source, target)
  const uses: StageUse[] = []
  const expressions: ExpressionUse[] = []
  // Which options `map` has depends on the aspect: without it nothing can be said about them.
  const aspectMissing = target === undefined && source?.kind !== 'exchange' && source?.kind !== 'postings'
  for (const stage of aspectMissing ? [] : known) {
    const options = readOptions(reader, stage, target, expressions)
    if (options !== undefined) uses.push(options)
  }
  return { uses, expressions }
}

function readEntry(
  reader: Reader,
  path: Path,
  entry: unknown,
  schemas: ReadonlyMap<string, StageSchema>,
): WrittenStage | undefined {
  const add = (at: Path, code: string, message: string): undefined => {
    addError(reader, reader.yaml.keyPlaceOf(at), code, message)
    return undefined
  }
  const keys = typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? Object.keys(entry) : []
  const type = typeof entry === 'string' ? entry : keys[0]
  if (type === undefined) return add(path, 'stage.form', 'a stage is a bare name, or its name as a key with options')
  const at = typeof entry === 'string' ? path : [...path, type]
  const schema = schemas.get(type)
  if (schema === undefined) {
    return add(
      at,
      'stage.unknown_type',
      `unknown stage ${JSON.stringify(type)}${didYouMeanHint(type, [...schemas.keys()])}`,
    )
  }
  if (typeof entry === 'string') return { type, schema, path: at, options: {} }
  const [, second] = keys
  if (second !== undefined) {
    const message = `${JSON.stringify(second)} stands beside the stage "${type}"; options are indented below it, another stage begins with "- "`
    return add([...path, second], 'stage.form', message)
  }
  const options = (entry as Readonly<Record<string, unknown>>)[type]
  if (options === null) return add(at, 'stage.form', `"${type}" has no options here; write the bare name ${type}`)
  return { type, schema, path: at, options }
}

/** Pure stages, then at most one guard, then exactly one stage that commits; each takes what the one before gives. */
function checkChain(
  reader: Reader,
  stages: readonly WrittenStage[],
  schemas: ReadonlyMap<string, StageSchema>,
  source: PipelineSource | undefined,
  target: PipelineTarget | undefined,
): void {
  const before = reader.findings.length
  const add = (path: Path, code: string, message: string): void =>
    addError(reader, reader.yaml.keyPlaceOf(path), code, message)
  const guard = stages.findIndex((stage) => stage.schema.role === 'guard')
  const commit = stages.findIndex((stage) => stage.schema.role === 'commit')
  for (const [i, { type, schema, path }] of stages.entries()) {
    const committing = commit >= 0 && i > commit ? stages[commit] : undefined
    if (committing !== undefined) {
      add(
        path,
        'stage.order',
        `"${type}" stands after "${committing.type}"; the stage that commits comes last, and once`,
      )
    } else if (guard >= 0 && i > guard && schema.role !== 'commit') {
      const guardType = stages[guard]?.type
      const rule = schema.role === 'guard' ? 'one guard is enough' : 'only the stage that commits may follow it'
      add(path, 'stage.order', `"${type}" stands after "${guardType}"; ${rule}`)
    }
  }
  if (commit < 0 && reader.yaml.has(['stages', 0])) {
    const names = [...schemas.values()].filter((each) => each.role === 'commit').map((each) => each.type)
    add(['stages'], 'pipeline.no_commit', `the last stage must be one that commits: ${names.join(', ')}`)
  }
  if (guard < 0 && target !== undefined && target.absent !== 'ignore') {
    const message = `absent: ${target.absent} needs a guard before the last stage, such as guard: { maxZeroed: 10% }`
    add(['to', 'absent'], 'pipeline.no_guard', message)
  }
  if (reader.findings.length === before && source !== undefined) checkFlow(reader, stages, source)
}

function checkFlow(reader: Reader, stages: readonly WrittenStage[], source: PipelineSource): void {
  const flows: Readonly<Partial<Record<PipelineSource['kind'], FlowKind>>> = SOURCE_FLOW
  let flow = flows[source.kind]
  let giver = `from: { ${source.kind}: … }`
  if (flow === undefined) {
    const message = `no stage of this version works on a ${source.kind}; take the pipeline away`
    addError(reader, reader.yaml.keyPlaceOf(['from', source.kind]), 'pipeline.no_flow', message)
    return
  }
  for (const { type, schema, path } of stages) {
    const next: FlowKind | undefined = schema.flows[flow]
    if (next === undefined) {
      const takes = Object.keys(schema.flows).join(' or ')
      const message = `"${type}" takes ${takes}, but ${giver} before it gives ${flow}`
      addError(reader, reader.yaml.keyPlaceOf(path), 'stage.order', message)
      return
    }
    flow = next
    giver = `"${type}"`
  }
}

function readOptions(
  reader: Reader,
  stage: WrittenStage,
  target: PipelineTarget | undefined,
  expressions: ExpressionUse[],
): StageUse | undefined {
  const { type, schema, path } = stage
  const zod = schema.options(target?.aspect === undefined ? {} : { aspect: target.aspect })
  const options = readValue(reader, path, stage.options, zod)
  if (options === undefined) return undefined
  const optionPlaces = new Map(
    [...reader.yaml.pathsBelow(path)].map((below) => [below.slice(path.length).join('.'), reader.yaml.placeOf(below)]),
  )
  return {
    type,
    options: locateExpressions(reader, path, options, expressions),
    place: reader.yaml.keyPlaceOf(path),
    optionPlaces,
  }
}

/** The options with the place of every expression filled in; collects them for the check. */
function locateExpressions(reader: Reader, path: Path, value: unknown, found: ExpressionUse[]): unknown {
  if (isExpression(value)) {
    const use = expressionAt(reader.yaml, path, value.source.text, value.expects)
    found.push(use)
    return { ...value, source: use.source }
  }
  if (Array.isArray(value)) return value.map((each, i) => locateExpressions(reader, [...path, i], each, found))
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, locateExpressions(reader, [...path, key], each, found)]),
  )
}
