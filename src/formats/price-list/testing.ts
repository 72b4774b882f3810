import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Statement } from '../../core/catalogue.ts'
import { formatPlace, ObmenError } from '../../core/errors.ts'
import type { FileWarning } from '../commerceml/warnings.ts'
import { openPriceList, type ListFormat } from './open.ts'

/** What a price list said, for tests. */
export interface ReadList {
  readonly stamp: number
  readonly encoding: string
  /** Statements by `id at place`. */
  readonly said: Readonly<Record<string, Statement | undefined>>
  readonly rows: readonly string[]
  readonly warnings: readonly FileWarning[]
}

/** A mapping with its defaults filled in, for tests. */
export function listFormat(list: Partial<ListFormat> & Pick<ListFormat, 'format' | 'fields'>): ListFormat {
  return { currency: 'RUB', words: {}, ...list }
}

/** Reads a list as `parse`, `diff` and `store` do, for tests. */
export async function readList(path: string, name: string, list: ListFormat, modifiedAt = 0): Promise<ReadList> {
  const { signal } = new AbortController()
  const workFolder = await mkdtemp(join(tmpdir(), 'obmen-list-'))
  try {
    const options = { name, workFolder, timezone: 'Europe/Moscow', modifiedAt }
    const file = await openPriceList(path, list, options, signal)
    const records = []
    for await (const batch of file.records(signal)) records.push(...batch)
    const said: Record<string, Statement | undefined> = {}
    const rows: string[] = []
    for await (const batch of file.decode(records, signal)) {
      for (const decoded of batch) {
        said[`${decoded.record.id} at ${file.placeOf(decoded.record.line)}`] = decoded.statement
        rows.push(...(decoded.rows ?? []).map(({ kind, value }) => `${kind} ${value.id}`))
      }
    }
    const { encoding } = file.header
    const { warnings } = file.summary
    await file.close()
    return { stamp: file.header.stamp, encoding, said, rows, warnings }
  } finally {
    await rm(workFolder, { recursive: true, force: true })
  }
}

/** The code, the message and the place of what reading throws; undefined when it throws nothing. */
export async function faultOf(reading: Promise<unknown>): Promise<string | undefined> {
  try {
    await reading
    return undefined
  } catch (error) {
    if (!(error instanceof ObmenError)) throw error
    return `${formatPlace(error.place)} ${error.code}: ${error.message}`
  }
}
