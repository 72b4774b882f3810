import { randomUUID } from 'node:crypto'

import { ObmenError } from '../../core/errors.ts'
import type { NamespaceKind } from '../engine.ts'
import { textOf, type Command, type Connection, type Reply } from './connection.ts'
import type { Witness } from './witness.ts'

/** Layout of what lies on Redis; another one cannot be read. */
const FORMAT = '1'
const NAMESPACE = 'namespace:'
/** Stands behind the kind of a namespace that was lost and not written to since. */
const LOST = ' lost'

/** What a store on Redis says of itself, in one hash. */
export interface StoreMeta {
  readonly generation: string
  /** The state folder it belongs to, and where that lies, for people. */
  readonly folder: string
  readonly place: string
  readonly format: string
  readonly namespaces: ReadonlyMap<string, NotedNamespace>
}

/** A namespace that was written to. `isLost`: it is known that what was in it is not there any more. */
export interface NotedNamespace {
  readonly kind: NamespaceKind
  readonly isLost: boolean
}

/** Undefined when there is no store. */
export function parseMeta(answer: Reply | undefined): StoreMeta | undefined {
  const parts = Array.isArray(answer) ? answer.map(textOf) : []
  const fields = new Map<string, string>()
  for (let i = 0; i + 1 < parts.length; i += 2) fields.set(parts[i] as string, parts[i + 1] as string)
  const generation = fields.get('generation')
  if (generation === undefined) return undefined
  const namespaces = [...fields].filter(([name]) => name.startsWith(NAMESPACE))
  return {
    generation,
    folder: fields.get('folder') ?? '',
    place: fields.get('place') ?? '',
    format: fields.get('format') ?? '',
    namespaces: new Map(namespaces.map(([name, note]) => [name.slice(NAMESPACE.length), readNote(note)])),
  }
}

function readNote(note: string): NotedNamespace {
  const isLost = note.endsWith(LOST)
  return { kind: (isLost ? note.slice(0, -LOST.length) : note) as NamespaceKind, isLost }
}

/** The arguments that note a namespace in the hash. */
export function noteOf(name: string, { kind, isLost }: NotedNamespace): [string, string] {
  return [`${NAMESPACE}${name}`, isLost ? `${kind}${LOST}` : kind]
}

/** A store as it is to be from now on, and the command that makes it so; none when it is so already. */
export interface Settled {
  readonly meta: StoreMeta
  readonly witness: Witness
  readonly command?: Command
}

/**
 * What becomes of what was found. A store that this folder left is taken as it is. One that was emptied, or set back to
 * an older time, gets a new generation: its namespaces are known and bear no mark of it, so nothing is believed before
 * it was read back. @throws ObmenError fatal `state.foreign`, `state.wrong_version`
 */
export function settle(
  found: StoreMeta | undefined,
  witness: Witness,
  { key, place, connection }: { readonly key: string; readonly place: string; readonly connection: Connection },
): Settled {
  if (found !== undefined && found.folder !== witness.folder) throw foreign(found, key, connection)
  if (found !== undefined && found.format !== FORMAT) throw wrongVersion(found, connection)
  if (found !== undefined && found.generation === witness.generation) return { meta: found, witness }
  const kinds = new Map([...(found?.namespaces ?? [])].map(([name, { kind }]) => [name, kind]))
  for (const [name, kind] of Object.entries(witness.namespaces)) kinds.set(name, kind)
  const namespaces = new Map([...kinds].map(([name, kind]) => [name, { kind, isLost: true }]))
  const generation = randomUUID()
  const notes = [...namespaces].flatMap(([name, note]) => noteOf(name, note))
  const fields = ['generation', generation, 'format', FORMAT, 'folder', witness.folder, 'place', place, ...notes]
  return {
    meta: { generation, folder: witness.folder, place, format: FORMAT, namespaces },
    witness: { ...witness, generation, namespaces: Object.fromEntries(kinds) },
    command: ['HSET', key, ...fields],
  }
}

function foreign({ place }: StoreMeta, key: string, connection: Connection): ObmenError {
  const prefix = key.slice(0, key.lastIndexOf(':'))
  const message = `opening the state on Redis at ${connection.shown}: what lies under "${prefix}" belongs to ${place}`
  return new ObmenError('fatal', 'state.foreign', message, {
    remedy:
      'Set another redis.prefix in config/obmen.yaml. If this is that shop on another machine, bring its whole state folder, redis.json included.',
  })
}

function wrongVersion({ format }: StoreMeta, connection: Connection): ObmenError {
  const message = `opening the state on Redis at ${connection.shown}: format ${format}, this version reads ${FORMAT}`
  return new ObmenError('fatal', 'state.wrong_version', message, {
    remedy: 'Use the version of Obmen that wrote it, or set another redis.prefix in config/obmen.yaml.',
  })
}
