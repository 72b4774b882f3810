import { z } from 'zod'
import { durationField, textField } from './fields.ts'
import type { PipelineSource, PipelineTarget } from './model.ts'
import { addError, readFields, readMap, type Reader } from './read.ts'

const MINUTE_MS = 60_000

/** Default intervals: a look over the catalogue, reading postings, reading the listing. */
const EVERY_MS = { catalogue: 10 * MINUTE_MS, postings: MINUTE_MS, listing: 120 * MINUTE_MS }

const KINDS = ['exchange', 'catalogue', 'postings', 'listing'] as const

const fromShape = {
  exchange: textField().optional().describe('The files of an exchange.'),
  catalogue: textField().optional().describe('The goods of an exchange.'),
  postings: textField().optional().describe('The postings of an account.'),
  listing: textField().optional().describe('What the marketplace shows of an account.'),
  look: durationField().optional().describe('A look over everything at least this often (10m); with catalogue.'),
  every: durationField().optional().describe('How often the marketplace is read (postings 1m, listing 2h).'),
}

const toShape = {
  catalogue: textField().optional().describe('The goods of an exchange.'),
  account: textField().optional().describe('An account at a marketplace.'),
  exchange: textField().optional().describe('The order file of an exchange.'),
  aspect: z.enum(['cards', 'prices', 'stocks']).optional().describe('What of the account is kept in step.'),
  absent: z.enum(['ignore', 'zero', 'archive']).optional().describe('What happens to goods that are no longer sold.'),
}

/** Keys of `to` that belong to each source; the first ones must be there. */
const TARGET_KEYS = {
  exchange: { required: ['catalogue'], optional: [] },
  catalogue: { required: ['account', 'aspect'], optional: ['absent'] },
  postings: { required: ['exchange'], optional: [] },
  listing: { required: ['account'], optional: [] },
} as const

/** Reads `from`; undefined when a finding was added. */
export function readSource(reader: Reader, value: unknown): PipelineSource | undefined {
  const before = reader.findings.length
  const map = readMap(reader, ['from'], value)
  if (map === undefined) return undefined
  const fields = readFields(reader, ['from'], map, fromShape)
  const [kind, ...others] = KINDS.filter((key) => Object.hasOwn(map, key))
  if (kind === undefined || others.length > 0) {
    const message = `from names exactly one of ${KINDS.join(', ')}, such as { exchange: main }`
    addError(reader, reader.yaml.keyPlaceOf(['from']), 'pipeline.source', message)
    return undefined
  }
  const interval = kind === 'catalogue' ? 'look' : kind === 'exchange' ? undefined : 'every'
  for (const key of ['look', 'every'] as const) {
    if (key === interval || !Object.hasOwn(map, key)) continue
    const owner = key === 'look' ? '{ catalogue: … }' : '{ postings: … } or { listing: … }'
    addError(reader, reader.yaml.keyPlaceOf(['from', key]), 'pipeline.source', `"${key}" belongs to from: ${owner}`)
  }
  const name = fields[kind]
  if (reader.findings.length > before || name === undefined) return undefined
  if (kind === 'exchange') return { kind, exchange: name }
  if (kind === 'catalogue') return { kind, catalogue: name, look: fields.look ?? EVERY_MS.catalogue }
  return { kind, account: name, every: fields.every ?? EVERY_MS[kind] }
}

/** Reads `to` and checks that it fits `source`; undefined when a finding was added. */
export function readTarget(
  reader: Reader,
  value: unknown,
  source: PipelineSource | undefined,
): PipelineTarget | undefined {
  const before = reader.findings.length
  const map = readMap(reader, ['to'], value)
  if (map === undefined) return undefined
  const fields = readFields(reader, ['to'], map, toShape)
  if (source !== undefined) {
    const { required, optional } = TARGET_KEYS[source.kind]
    for (const key of Object.keys(fields)) {
      if (!Object.hasOwn(map, key) || [...required, ...optional].some((each) => each === key)) continue
      const message = `"${key}" has no meaning after from: { ${source.kind}: … }; it takes ${required.join(' and ')}`
      addError(reader, reader.yaml.keyPlaceOf(['to', key]), 'pipeline.target', message)
    }
    for (const key of required) {
      if (Object.hasOwn(map, key)) continue
      const message = `the key "${key}" is missing after from: { ${source.kind}: … }`
      addError(reader, reader.yaml.keyPlaceOf(['to']), 'pipeline.target', message)
    }
  }
  if (reader.findings.length > before) return undefined
  const { absent = 'ignore', ...rest } = fields
  const named = Object.fromEntries(Object.entries(rest).filter(([, each]) => each !== undefined))
  return { ...named, absent }
}
