import { z } from 'zod'
import { accountsSchema } from './accounts-file.ts'
import type { MarketplaceSchema } from './marketplace-schema.ts'
import { obmenSchema } from './obmen-file.ts'
import { fromShape, KINDS, TARGET_KEYS, toShape } from './pipeline-ends.ts'
import { pipelineShape } from './pipeline-file.ts'
import { testFileSchema } from './test-file.ts'
import { SOURCE_FLOW, type FlowKind, type StageSchema } from './stage-schema.ts'

/** A JSON Schema of draft 07: the newest that every YAML editor understands. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** The schema of `config/obmen.yaml`. */
export function obmenJsonSchema(): JsonSchema {
  return titled('config/obmen.yaml', jsonSchemaOf(obmenSchema))
}

/** The schema of `config/marketplaces.yaml`. */
export function accountsJsonSchema(marketplaces: ReadonlyMap<string, MarketplaceSchema>): JsonSchema {
  return titled('config/marketplaces.yaml', jsonSchemaOf(accountsSchema(marketplaces)))
}

/** The schema of the tests of a pipeline. */
export function testJsonSchema(): JsonSchema {
  return titled('pipelines/*.test.yaml', jsonSchemaOf(testFileSchema))
}

/**
 * The schema of a pipeline: what may stand in `to` and in `stages` depends on `from`, and the options of `map` on the
 * aspect. What only all files together can tell (names, the order of stages) is left to `obmen check`.
 */
export function pipelineJsonSchema(stages: ReadonlyMap<string, StageSchema>): JsonSchema {
  const { name, stages: list, fresh } = pipelineShape
  // A source that no stage of this version works on is not offered.
  const sources = KINDS.filter((kind) => stageTypesAfter(kind, stages).length > 0)
  const from = Object.fromEntries(Object.entries(fromShape).filter(([key]) => !isKind(key) || sources.includes(key)))
  const kinds = sources.map((kind) =>
    rule(
      { required: ['from'], properties: { from: { type: 'object', required: [kind] } } },
      { properties: { to: targetOf(kind), stages: { items: stagesAfter(kind, stages) } } },
    ),
  )
  return titled('pipelines/*.yaml', {
    $schema: DRAFT,
    type: 'object',
    additionalProperties: false,
    required: ['name', 'from', 'to', 'stages'],
    properties: {
      name: jsonSchemaOf(name),
      from: {
        description: `Откуда берутся данные: ровно одно из ${sources.join(', ')}.`,
        ...jsonSchemaOf(z.strictObject(from)),
        oneOf: sources.map((kind) => ({ required: [kind] })),
        dependencies: {
          look: ['catalogue'],
          every: { anyOf: [{ required: ['postings'] }, { required: ['listing'] }] },
        },
      },
      to: { description: 'Куда они ведут.', ...jsonSchemaOf(z.strictObject(toShape)) },
      stages: { ...jsonSchemaOf(list), items: stageItem([...stages.values()]) },
      fresh: jsonSchemaOf(fresh),
    },
    allOf: [...kinds, ...aspectRules(stages)],
  })
}

const DRAFT = 'http://json-schema.org/draft-07/schema#'

function isKind(key: string): key is Kind {
  return (KINDS as readonly string[]).includes(key)
}

type Kind = (typeof KINDS)[number]

function targetOf(kind: Kind): JsonSchema {
  const { required, optional } = TARGET_KEYS[kind]
  return { required, propertyNames: { enum: [...required, ...optional] } }
}

/** The stages that can stand behind a source. */
function stagesAfter(kind: Kind, stages: ReadonlyMap<string, StageSchema>): JsonSchema {
  const types = stageTypesAfter(kind, stages)
  return { anyOf: [{ enum: types }, { type: 'object', propertyNames: { enum: types } }] }
}

/** Those stages that a chain of flows reaches from a source. */
function stageTypesAfter(kind: Kind, stages: ReadonlyMap<string, StageSchema>): readonly string[] {
  const first = (SOURCE_FLOW as Readonly<Partial<Record<Kind, FlowKind>>>)[kind]
  const reached = new Set<StageSchema>()
  const flows: FlowKind[] = first === undefined ? [] : [first]
  for (const flow of flows) {
    for (const stage of stages.values()) {
      const next = stage.flows[flow]
      if (next === undefined) continue
      reached.add(stage)
      if (!flows.includes(next)) flows.push(next)
    }
  }
  return [...stages.values()].filter((stage) => reached.has(stage)).map((stage) => stage.type)
}

/** One entry of `stages`: a bare name where the stage needs no options, else its name as the only key. */
function stageItem(stages: readonly StageSchema[]): JsonSchema {
  const isBare = (stage: StageSchema): boolean =>
    ASPECTS.some((aspect) => stage.options({ aspect }).safeParse({}).success)
  return {
    anyOf: [
      { enum: stages.filter(isBare).map((stage) => stage.type) },
      {
        type: 'object',
        minProperties: 1,
        maxProperties: 1,
        additionalProperties: false,
        properties: Object.fromEntries(
          stages.map((stage) => {
            const options = optionsOf(stage)
            return [
              stage.type,
              { description: stage.summary, ...(options.length === 1 ? options[0] : { anyOf: options }) },
            ]
          }),
        ),
      },
    ],
  }
}

/** The options of a stage: one schema, or several where they depend on the aspect. */
function optionsOf(stage: StageSchema): readonly JsonSchema[] {
  const schemas = ASPECTS.map((aspect) => jsonSchemaOf(stage.options({ aspect })))
  return [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()]
}

const ASPECTS = toShape.aspect.unwrap().options

/** For each aspect, the options of stages that depend on it. */
function aspectRules(stages: ReadonlyMap<string, StageSchema>): readonly JsonSchema[] {
  return ASPECTS.map((aspect) => {
    const dependent = [...stages.values()].filter((stage) => optionsOf(stage).length > 1)
    const properties = dependent.map((stage) => [stage.type, jsonSchemaOf(stage.options({ aspect }))])
    return rule(
      { required: ['to'], properties: { to: { required: ['aspect'], properties: { aspect: { const: aspect } } } } },
      { properties: { stages: { items: { properties: Object.fromEntries(properties) } } } },
    )
  })
}

function rule(condition: JsonSchema, consequence: JsonSchema): JsonSchema {
  // oxlint-disable-next-line unicorn/no-thenable -- the word of JSON Schema, and it is never a function
  return { if: condition, then: consequence }
}

function titled(title: string, schema: JsonSchema): JsonSchema {
  const { $schema = DRAFT, ...rest } = schema
  return { $schema, title, ...rest }
}

/** What zod's own conversion makes of a schema, as people write the value: before defaults and transforms. */
function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target: 'draft-07',
    io: 'input',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // Bounds of JavaScript, not of ours.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
    },
  }) as JsonSchema
  return withVariables(json)
}

/** A variable may stand for any text whose form is given; in a key there are none. */
function withVariables(schema: JsonSchema): JsonSchema {
  const entries = Object.entries(schema).map(([key, value]) => {
    if (key === 'pattern' && value !== ANY_TEXT) return [key, `${String(value)}|${VARIABLE}`]
    if (typeof value !== 'object' || value === null || key === 'propertyNames') return [key, value]
    if (!Array.isArray(value)) return [key, withVariables(value as JsonSchema)]
    return [key, value.map((each: unknown) => (isSchema(each) ? withVariables(each) : each))]
  })
  return Object.fromEntries(entries) as JsonSchema
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The pattern of `textField`: a variable fits it as it is. */
const ANY_TEXT = String.raw`\S`

const VARIABLE = String.raw`\$\{[A-Za-z_][A-Za-z0-9_]*\}`
