import { invalidArgument } from './errors.ts'

/**
 * Reading a request body as a protobuf gateway does: snake_case fields, absent = undefined, unknown fields ignored,
 * int64 as a number or as a numeric string. Validation texts follow protoc-gen-validate; Ozon shows such texts but
 * documents none in full, so their wording beyond the prefix is a guess.
 */
export interface Message {
  /** Go name of the message, for example `ProductsStocksRequest`. */
  readonly name: string
  /** `invalid A.B[0]: embedded message failed validation | caused by: ` of the messages around this one. */
  readonly context: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** The top message of a body. @throws ApiError 400 code 3 when the body is no JSON object */
export function topMessage(name: string, body: unknown): Message {
  return { name, context: '', fields: asObject(body, name) }
}

/** Refuses the whole request because of one field. */
export function invalid(message: Message, field: string, reason: string): Error {
  return invalidArgument(
    `Request validation error: ${message.context}invalid ${message.name}.${goName(field)}: ${reason}`,
  )
}

/** A text field; `""` and absent are the same to protobuf. */
export function text(message: Message, field: string): string | undefined {
  const value = present(message, field)
  if (value === undefined || value === '') return undefined
  if (typeof value !== 'string') throw wrongType('string', value)
  return value
}

/** An int64 or int32 field. */
export function integer(message: Message, field: string): number | undefined {
  const value = present(message, field)
  return value === undefined ? undefined : asInteger(value)
}

/** A boolean field, false when absent. */
export function flag(message: Message, field: string): boolean {
  const value = present(message, field)
  if (value === undefined) return false
  if (typeof value !== 'boolean') throw wrongType('bool', value)
  return value
}

/** A field with one of the named values (case ignored, as the documentation itself writes `asc`). */
export function oneOf<T extends string>(message: Message, field: string, values: readonly T[]): T | undefined {
  const value = text(message, field)
  if (value === undefined) return undefined
  const known = values.find((candidate) => candidate.toLowerCase() === value.toLowerCase())
  if (known === undefined) throw wrongType('enum', value)
  return known
}

/** A field with a point in time, in epoch milliseconds. */
export function time(message: Message, field: string): number | undefined {
  const value = text(message, field)
  if (value === undefined) return undefined
  const at = /^\d{4}-\d\d-\d\dT/.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(at)) throw wrongType('google.protobuf.Timestamp', value)
  return at
}

/** A list of texts, empty when absent. */
export function texts(message: Message, field: string, maxItems: number): readonly string[] {
  return list(message, field, maxItems).map((value) => {
    if (typeof value !== 'string') throw wrongType('string', value)
    return value
  })
}

/** A list of int64, empty when absent. */
export function integers(message: Message, field: string, maxItems: number): readonly number[] {
  return list(message, field, maxItems).map(asInteger)
}

/** A message inside a message; undefined when absent. */
export function embedded(message: Message, field: string): Message | undefined {
  const value = present(message, field)
  return value === undefined ? undefined : inner(message, field, value, '')
}

/** A message inside a message that must be there. */
export function requiredEmbedded(message: Message, field: string): Message {
  const found = embedded(message, field)
  if (found === undefined) throw invalid(message, field, 'value is required')
  return found
}

/** A list of messages with `minItems` to `maxItems` entries; `entry` names one of them (`Stock`). */
export function messages(message: Message, field: string, entry: string, maxItems: number): readonly Message[] {
  const values = list(message, field, maxItems)
  if (values.length === 0) throw invalid(message, field, 'value must contain at least 1 item(s)')
  return values.map((value, index) => ({
    ...inner(message, field, value, `[${index}]`),
    name: `${message.name}_${entry}`,
  }))
}

/** The page size, within 1…max. */
export function pageLimit(message: Message, max: number, absent?: number): number {
  const limit = integer(message, 'limit') ?? absent
  if (limit === undefined || limit < 1 || limit > max) {
    throw invalid(message, 'limit', `value must be inside range [1, ${max}]`)
  }
  return limit
}

function present(message: Message, field: string): unknown {
  const value = message.fields[field]
  return value === null ? undefined : value
}

function list(message: Message, field: string, maxItems: number): readonly unknown[] {
  const value = present(message, field) ?? []
  if (!Array.isArray(value)) throw wrongType('repeated', value)
  if (value.length > maxItems) throw invalid(message, field, `value must contain no more than ${maxItems} item(s)`)
  return value as unknown[]
}

function inner(message: Message, field: string, value: unknown, index: string): Message {
  const own = `${message.name}_${goName(field)}`
  const context = `${message.context}invalid ${message.name}.${goName(field)}${index}: embedded message failed validation | caused by: `
  return { name: own, context, fields: asObject(value, own) }
}

function asInteger(value: unknown): number {
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw wrongType('int64', value)
  return number
}

function asObject(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongType(name, value)
  return value as Record<string, unknown>
}

function wrongType(type: string, value: unknown): Error {
  return invalidArgument(`proto: invalid value for ${type} type: ${JSON.stringify(value).slice(0, 80)}`)
}

/** `warehouse_id` → `WarehouseId`. */
function goName(field: string): string {
  return field.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
