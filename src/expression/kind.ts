/** What a part of an expression is, in the words of the admin's guide. `number` is exact. */
export type Kind = 'number' | 'text' | 'boolean' | 'stocks'

const CEL_TYPES: Readonly<Record<Kind, string>> = {
  number: 'number',
  text: 'string',
  boolean: 'bool',
  stocks: 'stocks',
}

/** The CEL type that stands for a kind. */
export function celTypeOf(kind: Kind): string {
  return CEL_TYPES[kind]
}

/** The kind behind a CEL type; undefined for what admins never meet as a value (lists, product, offer). */
export function kindOf(celType: string): Kind | undefined {
  const kinds: readonly Kind[] = ['number', 'text', 'boolean', 'stocks']
  return kinds.find((kind) => CEL_TYPES[kind] === celType)
}

/** A kind as findings name it. */
export function nameOfKind(kind: Kind | undefined): string {
  if (kind === undefined) return 'a list'
  return { number: 'a number', text: 'text', boolean: 'yes or no', stocks: 'stocks by warehouse' }[kind]
}

/** Says that `got` stands where `wanted` is needed, and how to write it right where there is a way. */
export function wrongKind(got: Kind | undefined, wanted: Kind): string {
  const fault = `${nameOfKind(got)} stands where ${nameOfKind(wanted)} is needed`
  if (wanted === 'number' && got === 'text') return `${fault}: write number(…)`
  if (wanted === 'boolean' && got === 'text') return `${fault}: write flag(…)`
  if (wanted === 'boolean') return `${fault}: compare it with something`
  if (wanted === 'text' && got === 'number') return `${fault}: put it in quotes, or take the text instead of number(…)`
  if (wanted === 'stocks') return `${fault}: write byWarehouse()`
  return fault
}
