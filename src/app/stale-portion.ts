import { join, posix } from 'node:path'
import { openExchangeFile } from '../formats/commerceml/index.ts'
import type { IncomingFile } from '../pipeline/flows.ts'
import { exists } from '../state/disk.ts'
import { placeInSet } from '../state/set-names.ts'
import { isFirstOf, type Scope } from '../state/set-verdict.ts'
import type { Producer, Sets } from '../state/sets.ts'

/** What the beginning of a file says of the run that made it. */
export interface RunOfFile {
  readonly stamp: number | undefined
  readonly family: Producer
}

/** Reads the beginning of a file. @throws ObmenError input when there is none */
export async function runOfFile(
  path: string,
  options: { readonly name: string; readonly workFolder: string; readonly timezone: string },
  signal: AbortSignal,
): Promise<RunOfFile> {
  const file = await openExchangeFile(path, options, signal)
  await file.close()
  return { stamp: file.header.stamp, family: file.header.family }
}

/**
 * The first portion of a newer full run, when a file is a later portion whose own first one never came: native exports
 * never clean their folder, so it is a rest of an earlier, larger one, and what it states is stated anew or left out.
 * Undefined when it is not; behind changes only it is none, either: nobody else states what it states.
 */
export async function newerThanPortion(
  incoming: IncomingFile,
  run: RunOfFile,
  options: { readonly sets: Sets; readonly timezone: string; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const place = placeInSet(incoming.name)
  const { stamp } = run
  if (place.portion === undefined || place.portion === place.first || stamp === undefined) return undefined
  if (run.family !== 'A' && run.family !== 'B') return undefined
  const { sets, timezone, signal } = options
  let newer: string | undefined
  for (const set of await sets.all()) {
    if (set.inbox !== incoming.inbox || set.folder !== place.folder || set.to < stamp) continue
    const first = (await sets.files(set.key)).find(({ name }) => isFirstOf(place, name))
    if (first !== undefined && set.from === stamp) return undefined
    if (first?.digest !== undefined && isFull(first.parts.map(({ scope }) => scope))) newer = first.name
  }
  const digits = place.first === 0 ? '' : `${place.row}_1`
  const name = posix.join(posix.dirname(incoming.name), `${place.series}${digits}.xml`)
  const path = join(incoming.inbox, name)
  if (!(await exists(path))) return newer
  try {
    const { workFolder } = incoming
    const file = await openExchangeFile(path, { name, workFolder, timezone }, signal)
    try {
      const other = file.header.stamp
      if (other === stamp) return undefined
      if (other === undefined || other < stamp) return newer
      for await (const _ of file.records(signal));
      const says = Object.values(file.summary.changesOnly)
      return isFull(says.map((changesOnly) => (changesOnly ? 'delta' : 'full'))) ? name : newer
    } finally {
      await file.close()
    }
  } catch (error) {
    // It is being written, or broken: nothing is known of it, and a file is skipped only when all is clear.
    signal.throwIfAborted()
    if (!(error instanceof Error)) throw error
    return newer
  }
}

function isFull(scopes: readonly Scope[]): boolean {
  return scopes.length > 0 && scopes.every((scope) => scope === 'full')
}
