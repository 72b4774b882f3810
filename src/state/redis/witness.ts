import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { ObmenError } from '../../core/errors.ts'
import type { Files } from '../../core/files.ts'
import { codeOf } from '../disk.ts'
import type { NamespaceKind } from '../engine.ts'

/** What the state folder knows of its store on Redis, so that an emptied or exchanged one is noticed. */
export interface Witness {
  /** Names this state folder; a store on Redis belongs to one folder. */
  readonly folder: string
  /** Of the store as it was left; empty when it is known to have lost something. */
  readonly generation: string
  /** What was ever written to. */
  readonly namespaces: Readonly<Record<string, NamespaceKind>>
}

/** The witness of a state folder before its first store. */
export function newWitness(): Witness {
  return { folder: randomUUID(), generation: '', namespaces: {} }
}

/** Undefined when this folder has never had a store on Redis. @throws ObmenError fatal `state.corrupt` */
export async function readWitness(folder: string): Promise<Witness | undefined> {
  const path = pathOf(folder)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    const witness = JSON.parse(text) as Partial<Witness> | null
    if (typeof witness?.folder === 'string' && typeof witness.generation === 'string') return witness as Witness
  } catch {
    // Told below.
  }
  throw new ObmenError('fatal', 'state.corrupt', `reading ${path}: it is not what Obmen wrote`, {
    place: { file: path },
    remedy: `Put ${path} back from a backup.`,
  })
}

/** True once a service has worked on this folder with a store on Redis. */
export function hasRedisStore(folder: string): boolean {
  return existsSync(pathOf(folder))
}

/** Durable when it resolves. */
export async function writeWitness(folder: string, witness: Witness, files: Files): Promise<void> {
  await files.writeAtomic(pathOf(folder), `${JSON.stringify(witness, null, 2)}\n`)
}

function pathOf(folder: string): string {
  return join(folder, 'redis.json')
}
