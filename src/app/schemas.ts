import {
  accountsJsonSchema,
  obmenJsonSchema,
  pipelineJsonSchema,
  testJsonSchema,
  type JsonSchema,
} from '../config/json-schema.ts'
import { marketplaces, stages } from './registry.ts'

/** Where the schemas lie inside a folder with `config/` and `pipelines/`; the shipped YAML files name it in their first line. */
export const SCHEMA_FOLDER = 'config/schema'

/** The JSON Schemas for editors by file name: made of the declarations that check the files. */
export function schemaFiles(): ReadonlyMap<string, string> {
  const schemas: readonly (readonly [string, JsonSchema])[] = [
    ['obmen.json', obmenJsonSchema()],
    ['marketplaces.json', accountsJsonSchema(marketplaces)],
    ['pipeline.json', pipelineJsonSchema(stages)],
    ['pipeline-tests.json', testJsonSchema()],
  ]
  return new Map(schemas.map(([name, schema]) => [name, `${JSON.stringify(schema, null, 2)}\n`]))
}
