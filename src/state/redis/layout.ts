import type { EncodedChange, NamespaceKind } from '../engine.ts'
import type { Command } from './connection.ts'

/** The field of a hash that bears the generation: no key of anyone else begins with NUL. */
export const MARK = '\0'
/** Arguments of one command: a long one keeps everybody else from the server. */
const MOST_ARGUMENTS = 10_000

/** Where everything of one store lies. */
export class Layout {
  readonly #prefix: string
  /** Whose the store is, and how often it was written to. */
  readonly meta: string

  constructor(prefix: string) {
    this.#prefix = prefix
    this.meta = `${prefix}:meta`
  }

  /** The values or fingerprints of a namespace. */
  hash(name: string, kind: NamespaceKind): string {
    return `${this.#prefix}:${kind === 'values' ? 'v' : 'f'}:${name}`
  }

  /** The keys of its values, in order. */
  index(name: string): string {
    return `${this.#prefix}:i:${name}`
  }

  /** The questions for fields of a namespace, each with the mark before them. */
  read(name: string, kind: NamespaceKind, keys: readonly string[]): Command[] {
    const hash = this.hash(name, kind)
    return chunks(keys, MOST_ARGUMENTS).map((part) => ['HMGET', hash, MARK, ...part])
  }

  /** What a change comes to, the mark included. */
  write({ namespace, kind, set, delete: gone }: EncodedChange, generation: string): Command[] {
    const [hash, index] = [this.hash(namespace, kind), this.index(namespace)]
    const commands: Command[] = []
    for (const keys of chunks(gone, MOST_ARGUMENTS)) {
      commands.push(['HDEL', hash, ...keys])
      if (kind === 'values') commands.push(['ZREM', index, ...keys])
    }
    for (const rows of chunks(set, MOST_ARGUMENTS / 2)) {
      commands.push(['HSET', hash, ...rows.flatMap(([key, value]) => [key, encoded(value)])])
      if (kind === 'values') commands.push(['ZADD', index, ...rows.flatMap(([key]) => ['0', key])])
    }
    return [...commands, ['HSET', hash, MARK, generation]]
  }
}

function encoded(value: string | bigint): string | Buffer {
  if (typeof value === 'string') return value
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt.asUintN(64, value))
  return bytes
}

function chunks<T>(all: readonly T[], size: number): (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size))
}
