import xxhash from 'xxhash-wasm'

const api = await xxhash()

/** xxh64 of a text as 16 hex digits: the fingerprint of a desired or accepted value. Not for secrets. */
export function fingerprintText(text: string): string {
  return api.h64ToString(text)
}

/** xxh64 of raw bytes, salted: the fingerprint of an exchange record. */
export function fingerprintBytes(bytes: Uint8Array, salt: bigint): bigint {
  return api.h64Raw(bytes, salt)
}

/** xxh64 of a text as a number: a salt, or a record id in a list of applied ids. */
export function hash64(text: string): bigint {
  return api.h64(text)
}

/** The fingerprint of plain data: object keys in sorted order, so that spelling order does not matter. */
export function fingerprintValue(value: unknown): string {
  return fingerprintText(canonicalJson(value))
}

function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`)
    return `{${entries.join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}
