import { randomUUID } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { open as openEnvironment, type Database, type RootDatabase } from 'lmdb'

import { ObmenError } from '../core/errors.ts'
import type { Files } from '../core/files.ts'
import { codeOf } from './disk.ts'
import type { Engine, EncodedChange, MarkState, NamespaceKind, Snapshot } from './engine.ts'
import { faultOfDataFile } from './lmdb-file.ts'

/** Namespaces one store can hold; LMDB wants the number beforehand. */
const MOST_NAMESPACES = 512
/** The underscore cannot stand in the name of a namespace. */
const META = '_meta'
const FORMAT = '1'
/** Where the mark of a namespace lies: no key of anyone else begins with NUL. */
const MARK_KEY = Buffer.from([0])
const FIRST_KEY = Buffer.from([1])

type Values = Database<string, Buffer>
type Raw = Database<Buffer, Buffer>

interface Opened {
  readonly kind: NamespaceKind
  readonly database: Values | Raw
}

/** Where an LMDB engine lies and who opens it. */
export interface LmdbOptions {
  readonly folder: string
  readonly readOnly: boolean
  readonly files: Files
}

/**
 * Opens `data.mdb` in a folder; one process writes, others may read. Beside it lies the file `generation`, so that a
 * data file that was lost or exchanged is noticed.
 *
 * @throws ObmenError fatal `state.corrupt`, `state.missing`, `state.not_writable`, `state.wrong_generation`,
 * `state.wrong_version`, `state.failed`
 */
export async function openLmdbEngine({ folder, readOnly, files }: LmdbOptions): Promise<Engine> {
  const root = await openRoot(folder, readOnly, files)
  try {
    const meta = root.openDB<string, Buffer>(META, { encoding: 'string', keyEncoding: 'binary' }) as Values | undefined
    const generation = await settleGeneration(root, meta, { folder, readOnly, files })
    return createEngine(root, meta as Values, generation, readOnly)
  } catch (error) {
    await root.close()
    throw error
  }
}

async function openRoot(folder: string, readOnly: boolean, files: Files): Promise<RootDatabase<string, Buffer>> {
  const dataFile = join(folder, 'data.mdb')
  if (readOnly && !existsSync(dataFile)) throw notThere(dataFile)
  try {
    if (!readOnly) {
      await files.makeFolder(folder)
      accessSync(folder, constants.W_OK)
    }
  } catch (error) {
    throw new ObmenError('fatal', 'state.not_writable', `opening the state folder ${folder}: it cannot be written`, {
      cause: error,
      remedy: 'Give the account that runs Obmen the right to write there, or set another folder in config/obmen.yaml.',
    })
  }
  const fault = faultOfDataFile(dataFile)
  if (fault !== undefined) {
    throw new ObmenError('fatal', 'state.corrupt', `opening ${dataFile}: ${fault}`, {
      remedy: `Stop Obmen, put ${dataFile} back from a backup, or delete it together with ${join(folder, 'generation')} and let 1C export everything.`,
    })
  }
  try {
    // Without overlapping sync a transaction is on the disk when it returns, as in plain LMDB.
    return openEnvironment<string, Buffer>({
      path: folder,
      noSubdir: false,
      maxDbs: MOST_NAMESPACES,
      encoding: 'string',
      keyEncoding: 'binary',
      overlappingSync: false,
      readOnly,
    })
  } catch (error) {
    throw new ObmenError('fatal', 'state.failed', `opening ${dataFile}: ${String(error)}`, {
      cause: error,
      remedy: 'Look whether the disk is local and has space, and whether Obmen may read and write the file.',
    })
  }
}

function notThere(dataFile: string): ObmenError {
  return new ObmenError('fatal', 'state.missing', `opening ${dataFile}: there is no such store`, {
    remedy:
      'Run "obmen start" or "obmen run" first, or look whether "state" in config/obmen.yaml names the right folder.',
  })
}

/** Makes or checks the id of the store, in its meta database and in the file beside it. */
async function settleGeneration(
  root: RootDatabase<string, Buffer>,
  meta: Values | undefined,
  { folder, readOnly, files }: LmdbOptions,
): Promise<string> {
  const dataFile = join(folder, 'data.mdb')
  const witness = join(folder, 'generation')
  const witnessed = readIfThere(witness)
  const generation = meta?.get(Buffer.from('generation'))
  const format = meta?.get(Buffer.from('format'))
  if (meta === undefined || (readOnly && generation === undefined)) throw notThere(dataFile)
  if (generation === undefined) {
    if (witnessed !== undefined) {
      throw new ObmenError('fatal', 'state.missing', `opening ${dataFile}: the store ${witnessed} is gone`, {
        remedy: `Put data.mdb back from a backup; or delete ${witness} to begin with an empty store, and let 1C export everything.`,
      })
    }
    const made = randomUUID()
    root.transactionSync(() => {
      meta.putSync(Buffer.from('generation'), made)
      meta.putSync(Buffer.from('format'), FORMAT)
    })
    await files.writeAtomic(witness, `${made}\n`)
    return made
  }
  if (format !== FORMAT) {
    throw new ObmenError(
      'fatal',
      'state.wrong_version',
      `opening ${dataFile}: format ${format ?? 'unknown'}, not ${FORMAT}`,
      {
        remedy: 'Run the version of Obmen that wrote this state, or begin with an empty state folder.',
      },
    )
  }
  if (witnessed !== undefined && witnessed !== generation) {
    throw new ObmenError(
      'fatal',
      'state.wrong_generation',
      `opening ${dataFile}: it belongs to the store ${generation}, this folder to ${witnessed}`,
      {
        remedy: `Put back data.mdb and the rest of ${folder} from one and the same backup; or, if this data file is the right one, delete ${witness}.`,
      },
    )
  }
  if (witnessed === undefined && !readOnly) await files.writeAtomic(witness, `${generation}\n`)
  return generation
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function createEngine(root: RootDatabase<string, Buffer>, meta: Values, generation: string, readOnly: boolean): Engine {
  const opened = new Map<string, Opened>()
  const marks = new Map<string, MarkState>()
  const mark = Buffer.from(generation)

  function recordedKind(name: string): NamespaceKind | undefined {
    return meta.get(Buffer.from(`namespace:${name}`)) as NamespaceKind | undefined
  }

  /** Undefined only for a reader, when the writer has not made the namespace yet. */
  function database(name: string, kind: NamespaceKind): Opened | undefined {
    const known = opened.get(name)
    if (known !== undefined) {
      if (known.kind !== kind) throw new Error(`namespace ${name} holds ${known.kind}, not ${kind}`)
      return known
    }
    const encoding = kind === 'values' ? 'string' : 'binary'
    const found = root.openDB(name, { encoding, keyEncoding: 'binary' }) as Values | Raw | undefined
    if (found === undefined) return undefined
    const made: Opened = { kind, database: found }
    opened.set(name, made)
    return made
  }

  function markOf(name: string): MarkState {
    const seen = marks.get(name)
    if (seen !== undefined) return seen
    const kind = recordedKind(name)
    let state: MarkState = 'new'
    if (kind !== undefined) {
      const found = database(name, kind)?.database.getBinary(MARK_KEY)
      state = found !== undefined && found.equals(mark) ? 'known' : 'lost'
    }
    // A reader looks again next time: the writer may make the namespace any moment.
    if (!readOnly) marks.set(name, state)
    return state
  }

  function writeMark(name: string, kind: NamespaceKind): void {
    const { database: target } = database(name, kind) as Opened
    meta.putSync(Buffer.from(`namespace:${name}`), kind)
    if (kind === 'values') (target as Values).putSync(MARK_KEY, generation)
    else (target as Raw).putSync(MARK_KEY, mark)
  }

  function applyOne({ namespace, kind, set, delete: gone }: EncodedChange): void {
    const { database: target } = database(namespace, kind) as Opened
    for (const key of gone) target.removeSync(Buffer.from(key))
    if (kind === 'values') {
      for (const [key, value] of set) (target as Values).putSync(Buffer.from(key), value as string)
    } else {
      for (const [key, value] of set) (target as Raw).putSync(Buffer.from(key), eightBytes(value as bigint))
    }
  }

  return {
    generation,
    kindOf: (name) => opened.get(name)?.kind ?? recordedKind(name),
    mark: markOf,

    open(name, kind) {
      const state = markOf(name)
      database(name, kind)
      if (state === 'new' && !readOnly && recordedKind(name) === undefined) {
        root.transactionSync(() => writeMark(name, kind))
      }
    },

    getMany(name, keys) {
      const values = database(name, 'values')?.database as Values | undefined
      return keys.map((key) => values?.get(Buffer.from(key)))
    },

    fingerprints(name, keys) {
      const prints = database(name, 'fingerprints')?.database
      return keys.map((key) => {
        const bytes = prints?.getBinaryFast(Buffer.from(key))
        return bytes === undefined ? undefined : new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0)
      })
    },

    page(name, { prefix, after, limit, snapshot }) {
      const found = database(name, 'values')
      const page: [string, string][] = []
      if (found === undefined) return page
      const prefixBytes = Buffer.from(prefix)
      const afterBytes = after === undefined ? undefined : Buffer.from(after)
      const exclusiveStart = afterBytes !== undefined && Buffer.compare(afterBytes, prefixBytes) >= 0
      const start = exclusiveStart ? afterBytes : prefix === '' ? FIRST_KEY : prefixBytes
      const transaction = snapshot?.transaction as ReturnType<typeof root.useReadTransaction> | undefined
      const range = (found.database as Values).getRange({
        start,
        exclusiveStart,
        limit,
        ...(transaction === undefined ? {} : { transaction }),
      })
      for (const { key, value } of range) {
        const text = key.toString()
        if (!text.startsWith(prefix)) break
        page.push([text, value])
      }
      return page
    },

    count(name) {
      const kind = opened.get(name)?.kind ?? recordedKind(name)
      const found = kind === undefined ? undefined : database(name, kind)
      if (found === undefined) return 0
      const { entryCount } = found.database.getStats() as { readonly entryCount: number }
      return found.database.doesExist(MARK_KEY) ? entryCount - 1 : entryCount
    },

    snapshot() {
      if (!readOnly) return undefined
      const transaction = root.useReadTransaction()
      return { transaction, done: () => transaction.done() } satisfies Snapshot
    },

    apply(changes) {
      // Databases are made before the transaction: LMDB makes each in a transaction of its own.
      for (const { namespace, kind } of changes) database(namespace, kind)
      root.transactionSync(() => {
        for (const change of changes) {
          applyOne(change)
          if (marks.get(change.namespace) !== 'known') writeMark(change.namespace, change.kind)
        }
      })
      for (const { namespace } of changes) marks.set(namespace, 'known')
    },

    close: () => root.close(),
  }
}

function eightBytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt.asUintN(64, value))
  return bytes
}
