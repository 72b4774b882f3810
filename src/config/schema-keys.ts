import type { z } from 'zod'
import type { Path } from './yaml.ts'

type Schema = z.core.$ZodType

/** The keys that a schema knows at `path`, for "did you mean". Empty where it takes any. */
export function keysAt(schema: Schema, path: Path): readonly string[] {
  return path
    .reduce<readonly Schema[]>((schemas, key) => schemas.flatMap((each) => below(each, key)), inside(schema))
    .flatMap((each) => Object.keys(definition(each).shape ?? {}))
}

/** What the definitions of zod's schemas have in common for walking through them. */
interface Definition {
  readonly shape?: Readonly<Record<string, Schema>>
  readonly innerType?: Schema
  readonly in?: Schema
  readonly options?: readonly Schema[]
  readonly element?: Schema
  readonly valueType?: Schema
}

function definition(schema: Schema): Definition {
  return schema._zod.def as Definition
}

/** The schemas that stand behind optional, default, transform and union. */
function inside(schema: Schema): readonly Schema[] {
  const { innerType, in: input, options } = definition(schema)
  const wrapped = [innerType, input, ...(options ?? [])].filter((each) => each !== undefined)
  return wrapped.length === 0 ? [schema] : wrapped.flatMap(inside)
}

function below(schema: Schema, key: string | number): readonly Schema[] {
  const { shape, element, valueType } = definition(schema)
  const next = typeof key === 'number' ? element : (shape?.[key] ?? valueType)
  return next === undefined ? [] : inside(next)
}
