import { z } from 'zod'
import { durationField, textField } from './fields.ts'
import type { PipelineSource, PipelineTarget } from './model.ts'
import { addError, readFields, readMap, type Reader } from './read.ts'

const MINUTE_MS = 60_000

/** Default intervals: a look over the catalogue, reading postings, reading the listing. */
const EVERY_MS = { catalogue: 10 * MINUTE_MS, postings: MINUTE_MS, listing: 120 * MINUTE_MS }

/** What a pipeline may read. */
export const KINDS = ['exchange', 'catalogue', 'postings', 'listing'] as const

/** `from` of a pipeline. */
export const fromShape = {
  exchange: textField().optional().describe('Файлы базы 1С.'),
  catalogue: textField().optional().describe('Товары базы 1С.'),
  postings: textField().optional().describe('Отправления кабинета.'),
  listing: textField().optional().describe('Что площадка показывает в кабинете.'),
  look: durationField()
    .optional()
    .describe('Как часто просматривать все товары (10m); изменения видны и раньше, за секунды. Вместе с catalogue.'),
  every: durationField().optional().describe('Как часто спрашивать площадку (отправления 1m, витрина 2h).'),
}

/** `to` of a pipeline. */
export const toShape = {
  catalogue: textField().optional().describe('Товары базы 1С.'),
  account: textField().optional().describe('Кабинет на площадке.'),
  exchange: textField().optional().describe('Файл заказов базы 1С.'),
  aspect: z
    .enum(['cards', 'prices', 'stocks'])
    .optional()
    .describe('Что держать в согласии: карточки, цены или остатки.'),
  absent: z
    .enum(['ignore', 'zero', 'archive'])
    .optional()
    .describe('Что делать со снятым с продажи: ignore — ничего, zero — обнулить остаток, archive — карточку в архив.'),
}

/** Keys of `to` that belong to each source; the first ones must be there. */
export const TARGET_KEYS = {
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
