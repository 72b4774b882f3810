import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv, type ErrorObject } from 'ajv'
import formats from 'ajv-formats'

/** What is wrong with a body by the schema of a path; empty when nothing is. */
export type OzonValidator = (path: string, body: unknown) => readonly string[]

interface Operation {
  readonly requestBody?: unknown
  readonly responses: Readonly<Record<string, unknown>>
}

interface OpenApi {
  readonly paths: Readonly<Record<string, { readonly post?: Operation }>>
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> }
}

/** Names the schemas inside ajv; nothing is fetched. */
const BASE = 'https://ozon.invalid/openapi'

/** OpenAPI formats that are no JSON Schema formats. */
const NUMBER_FORMATS = ['int32', 'int64', 'uint32', 'uint64', 'double', 'float', 'byte']

/**
 * Checks request bodies against the documented schemas of the Ozon Seller API. Undefined when the OpenAPI document does
 * not lie beside the repository.
 */
export function loadOzonRequestValidators(): OzonValidator | undefined {
  return loadValidators((operation) => operation.requestBody)
}

/** Checks the bodies of 200 answers likewise, loosely: the documentation leaves open which fields may be null. */
export function loadOzonResponseValidators(): OzonValidator | undefined {
  const validate = loadValidators((operation) => operation.responses['200'])
  return validate && ((path, body) => validate(path, withoutNulls(body)))
}

function loadValidators(part: (operation: Operation) => unknown): OzonValidator | undefined {
  const document = readDocument()
  if (document === undefined) return undefined
  const ajv = new Ajv({ strict: false, allErrors: true })
  formats.default(ajv)
  for (const format of NUMBER_FORMATS) ajv.addFormat(format, true)
  ajv.addSchema({ $id: BASE, components: { schemas: convert(document.components.schemas) as object } })
  return (path, body) => {
    const operation = document.paths[path]?.post
    if (operation === undefined) return [`${path} is no documented POST method`]
    const schema = jsonSchemaOf(part(operation))
    if (schema === undefined) return []
    const id = `${BASE}${path}`
    const validate = ajv.getSchema(id) ?? ajv.addSchema({ $id: id, ...schema }).getSchema(id)
    return validate === undefined || validate(body) ? [] : (validate.errors ?? []).map(formatError)
  }
}

function readDocument(): OpenApi | undefined {
  const path = fileURLToPath(new URL('../../../shared/reference/ozon-openapi.json', import.meta.url))
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as OpenApi) : undefined
}

function jsonSchemaOf(part: unknown): object | undefined {
  const content = (part as { readonly content?: Readonly<Record<string, { readonly schema: unknown }>> } | undefined)
    ?.content
  const media = content?.['application/json']
  return media === undefined ? undefined : (convert(media.schema) as object)
}

/** OpenAPI 3.0 as JSON Schema: `nullable`, int64 as a number or a numeric string, references into the one document. */
function convert(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(convert)
  if (typeof node !== 'object' || node === null) return node
  const { nullable, $ref, ...rest } = node as Readonly<Record<string, unknown>>
  if (typeof $ref === 'string') return { $ref: $ref.replace('#/', `${BASE}#/`) }
  const converted = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, convert(value)]))
  // A limit (`minimum`) concerns numbers only and the pattern texts only, so both types fit into one schema.
  const widened = isWholeNumber(converted)
    ? { ...converted, type: ['integer', 'string'], pattern: String.raw`^-?\d+$` }
    : converted
  return nullable === true ? { anyOf: [{ type: 'null' }, widened] } : widened
}

function isWholeNumber({ type, format }: Readonly<Record<string, unknown>>): boolean {
  return (type === 'integer' || type === 'string') && (format === 'int64' || format === 'uint64')
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([key, field]) => [key, withoutNulls(field)]),
  )
}

function formatError({ instancePath, message }: ErrorObject): string {
  return `${instancePath === '' ? '/' : instancePath} ${message ?? 'is wrong'}`
}
