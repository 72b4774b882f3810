// Fields that the documentation types as int64.
const INT64 = /^(id|sku|count|total|total_items|present|reserved|free_stock|.*_ids?)$/

/** A body as it goes over the wire; with `int64AsText` ids and counters are strings, as some answers of Ozon have them. */
export function answerText(body: unknown, int64AsText: boolean): string {
  if (typeof body === 'string') return body
  return JSON.stringify(body, int64AsText ? int64ToText : undefined)
}

function int64ToText(key: string, value: unknown): unknown {
  if (!INT64.test(key)) return value
  if (typeof value === 'number') return String(value)
  return Array.isArray(value) ? value.map((part: unknown) => (typeof part === 'number' ? String(part) : part)) : value
}
