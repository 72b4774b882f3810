import { itemId, type ProductEntry } from '../core/catalogue.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import type { TableKey } from '../core/expression.ts'
import { unknownKeys } from '../views/project-notices.ts'
import type { ExchangeRuntime, Runtime } from './runtime.ts'

/** How often keys are compared with the catalogue, and before there is one, clock milliseconds. */
const EVERY = 3_600_000
const EMPTY_CATALOGUE = 300_000

/**
 * Compares the keys of tables that are looked up by an article or id with what 1C has, and tells those who edit them of
 * rows that mean nothing. Nothing follows from such a row. Resolves to when to look again, clock milliseconds.
 */
export async function watchTableKeys(exchange: ExchangeRuntime, runtime: Runtime): Promise<number> {
  const tables = tablesByKey(exchange, runtime)
  if (tables.size === 0) return EVERY
  if ((await exchange.catalogue.count()) === 0) return EMPTY_CATALOGUE
  const known = await knownKeys(exchange, new Set(tables.values()))
  const findings = [...tables].flatMap(([table, key]): Diagnostic[] =>
    runtime.tables
      .keys(table)
      .filter(({ text }) => !known.get(key)?.has(text))
      .map(({ text, place }) => ({
        severity: 'warning',
        code: 'table.unknown_key',
        message: `1C has no ${key} "${text}"`,
        place,
        params: { key: text, field: key },
      })),
  )
  const notice = unknownKeys(exchange.config.name, findings)
  if (findings.length > 0) await runtime.notifier.raise(notice)
  else await runtime.notifier.resolve(notice.cause, 'Все строки таблиц относятся к товарам 1С.')
  return EVERY
}

/** Tables with rows that expressions of the exchange look up by one field of an item. */
function tablesByKey({ config }: ExchangeRuntime, { itemPipelines, tables }: Runtime): ReadonlyMap<string, TableKey> {
  const found = new Map<string, TableKey>()
  for (const pipeline of itemPipelines) {
    if (pipeline.exchange.config.name !== config.name) continue
    for (const { kind, name, keyedBy } of pipeline.names) {
      if (kind === 'table' && keyedBy !== undefined && tables.keys(name).length > 0) found.set(name, keyedBy)
    }
  }
  return found
}

async function knownKeys(
  { catalogue }: ExchangeRuntime,
  wanted: ReadonlySet<TableKey>,
): Promise<ReadonlyMap<TableKey, ReadonlySet<string>>> {
  const known = new Map([...wanted].map((key) => [key, new Set<string>()]))
  for await (const batch of catalogue.entries()) {
    for (const entry of batch) {
      for (const [key, values] of known) for (const value of KEYS_OF[key](entry)) values.add(value)
    }
  }
  return known
}

const KEYS_OF: Readonly<Record<TableKey, (entry: ProductEntry) => readonly string[]>> = {
  'product.id': ({ id }) => [id],
  'product.article': ({ facts }) => [facts?.value.article ?? ''],
  'offer.id': ({ id, variants }) => Object.keys(variants).map((variant) => itemId(id, variant)),
  'offer.article': ({ facts, variants }) =>
    Object.values(variants).map((variant) => variant.facts?.value.article || (facts?.value.article ?? '')),
}
