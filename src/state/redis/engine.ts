import { ObmenError } from '../../core/errors.ts'
import type { EncodedChange, Engine, MarkState, NamespaceKind } from '../engine.ts'
import { textOf, type Command, type Connection, type Reply, type Session } from './connection.ts'
import { MARK, type Layout } from './layout.ts'
import { taken, type Lease } from './lease.ts'
import { noteOf, parseMeta, type StoreMeta } from './meta.ts'
import type { Witness } from './witness.ts'

/** Tries of a commit in a row, when the end of an unanswered one comes between. */
const TRIES = 3

/** What only the owner of a store has. */
export interface Owned {
  readonly lease: Lease
  witness: Witness
  keep(witness: Witness): Promise<void>
}

interface Namespace {
  readonly kind: NamespaceKind
  mark: MarkState
}

/**
 * A store on Redis. A namespace is a hash (`<prefix>:v:<name>`, or `:f:` with 8 raw bytes a field) that bears the
 * generation as its mark; values have a sorted set beside it (`:i:`), whose order by bytes is what walks need and SCAN
 * does not give. `<prefix>:meta` says whose the store is, and counts commits.
 */
export class RedisEngine implements Engine {
  readonly generation: string
  readonly #connection: Connection
  readonly #layout: Layout
  readonly #owned: Owned | undefined
  readonly #namespaces: Map<string, Namespace>
  /** Commits that are known to have taken effect; one more may have that was never answered. */
  #commits: number
  #unanswered = false
  #gone: Promise<ObmenError> | undefined

  constructor(parts: {
    readonly connection: Connection
    readonly layout: Layout
    readonly meta: StoreMeta
    readonly commits: number
    readonly owned?: Owned
  }) {
    this.#connection = parts.connection
    this.#layout = parts.layout
    this.#owned = parts.owned
    this.#commits = parts.commits
    this.generation = parts.meta.generation
    this.#namespaces = new Map(
      [...parts.meta.namespaces].map(([name, { kind, isLost }]) => [name, { kind, mark: isLost ? 'lost' : 'known' }]),
    )
  }

  kindOf(name: string): NamespaceKind | undefined {
    return this.#namespaces.get(name)?.kind
  }

  async mark(name: string): Promise<MarkState> {
    if (this.#owned !== undefined) return this.#namespaces.get(name)?.mark ?? 'new'
    // The owner may make the namespace any moment.
    const [answer] = await this.#connection.ask([['HGETALL', this.#layout.meta]])
    const noted = parseMeta(answer)?.namespaces.get(name)
    if (noted === undefined) return 'new'
    return noted.isLost ? 'lost' : 'known'
  }

  open(name: string, kind: NamespaceKind): void {
    const known = this.#namespaces.get(name)
    if (known === undefined) this.#namespaces.set(name, { kind, mark: 'new' })
    else if (known.kind !== kind) throw new Error(`namespace ${name} holds ${known.kind}, not ${kind}`)
  }

  async getMany(name: string, keys: readonly string[]): Promise<(string | undefined)[]> {
    const found = await this.#fields(name, 'values', keys)
    return found.map((value) => (value === null ? undefined : textOf(value)))
  }

  async fingerprints(name: string, keys: readonly string[]): Promise<(bigint | undefined)[]> {
    const found = await this.#fields(name, 'fingerprints', keys)
    return found.map((value) => (Buffer.isBuffer(value) ? value.readBigUInt64BE() : undefined))
  }

  async page(
    name: string,
    { prefix, after, limit }: { readonly prefix: string; readonly after: string | undefined; readonly limit: number },
  ): Promise<(readonly [key: string, text: string])[]> {
    const index = this.#layout.index(name)
    const isBeyond = after !== undefined && Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0
    const from = isBeyond ? `(${after}` : prefix === '' ? '-' : `[${prefix}`
    // No text in UTF-8 holds the byte 255.
    const to = prefix === '' ? '+' : Buffer.concat([Buffer.from(`(${prefix}`), Buffer.of(255)])
    const [range, indexed, stored, mark] = await this.#checked(name, [
      ['ZRANGEBYLEX', index, from, to, 'LIMIT', '0', String(limit)],
      ['ZCARD', index],
      ['HLEN', this.#layout.hash(name, 'values')],
      ['HGET', this.#layout.hash(name, 'values'), MARK],
    ])
    if (this.#owned !== undefined && Number(indexed) !== Number(stored) - (mark === null ? 0 : 1)) {
      throw this.#corrupt(`${name} has ${Number(stored)} values and an index of ${Number(indexed)}`)
    }
    const keys = Array.isArray(range) ? range.map(textOf) : []
    const values = await this.#fields(name, 'values', keys)
    const rows = keys.flatMap((key, i) => {
      const value = values[i]
      return value === null || value === undefined ? [] : [[key, textOf(value)] as const]
    })
    if (rows.length === keys.length || keys.length < limit) return rows
    // Beside a foreign writer: what went between the two questions is made up for, a short page would be the last.
    const rest = await this.page(name, { prefix, after: keys.at(-1), limit: limit - rows.length })
    return [...rows, ...rest]
  }

  async count(name: string): Promise<number> {
    const kind = this.kindOf(name) ?? 'values'
    const [size, mark] = await this.#checked(name, [
      ['HLEN', this.#layout.hash(name, kind)],
      ['HGET', this.#layout.hash(name, kind), MARK],
    ])
    return Number(size) - (mark === null ? 0 : 1)
  }

  /** A reader beside the owner sees every page as it was at one moment, not the whole walk. */
  snapshot(): undefined {
    return undefined
  }

  async apply(changes: readonly EncodedChange[]): Promise<void> {
    await this.#noteNew(changes)
    for (let turn = 0; turn < TRIES; turn++) {
      if (await this.#connection.exclusive((session) => this.#commit(session, changes))) return
    }
    throw taken(this.#connection)
  }

  /** Fails when the store cannot be read or written now. */
  async check(): Promise<void> {
    await this.#checked(undefined, [])
    await this.#owned?.lease.renew()
  }

  async close(): Promise<void> {
    await this.#owned?.lease.release()
    await this.#connection.close()
  }

  /** What is about to be written for the first time must be missed if it is ever gone. */
  async #noteNew(changes: readonly EncodedChange[]): Promise<void> {
    const owned = this.#owned as Owned
    const { namespaces } = owned.witness
    const fresh = changes.filter(({ namespace }) => namespaces[namespace] === undefined)
    if (fresh.length === 0) return
    const added = Object.fromEntries(fresh.map(({ namespace, kind }) => [namespace, kind]))
    const witness = { ...owned.witness, namespaces: { ...namespaces, ...added } }
    await owned.keep(witness)
    owned.witness = witness
  }

  /** False when the end of an unanswered commit came between. */
  async #commit(session: Session, changes: readonly EncodedChange[]): Promise<boolean> {
    const hashes = changes.map(({ namespace, kind }) => this.#layout.hash(namespace, kind))
    const indexes = changes
      .filter(({ kind }) => kind === 'values')
      .map(({ namespace }) => this.#layout.index(namespace))
    const [meta, ...found] = await session.watch(
      [this.#layout.meta, ...hashes, ...indexes],
      [
        ['HMGET', this.#layout.meta, 'generation', 'commits', 'owner'],
        ...hashes.map((hash) => ['HGET', hash, MARK]),
        // A key of another type would fail inside of the transaction, when the others have taken effect.
        ...indexes.map((index) => ['ZCARD', index]),
      ],
    )
    const [generation, commits, owner] = meta as readonly Reply[]
    if (textOf(owner) !== this.#owned?.lease.token && owner !== null) throw taken(this.#connection)
    await this.#believe(textOf(generation), textOf(commits))
    for (const [i, { namespace }] of changes.entries()) await this.#checkMark(namespace, found[i])

    const commands = changes.flatMap((change) => this.#layout.write(change, this.generation))
    const notes = changes.flatMap(({ namespace, kind }) => noteOf(namespace, { kind, isLost: false }))
    this.#unanswered = true
    const next = this.#commits + 1
    const isDone = await session.transact([...commands, ['HSET', this.#layout.meta, 'commits', String(next), ...notes]])
    this.#unanswered = false
    if (!isDone) return false
    this.#commits = next
    for (const { namespace, kind } of changes) this.#namespaces.set(namespace, { kind, mark: 'known' })
    return true
  }

  async #fields(name: string, kind: NamespaceKind, keys: readonly string[]): Promise<Reply[]> {
    const asked = this.#layout.read(name, kind, keys)
    const answers = (await this.#checked(undefined, asked)) as readonly (readonly Reply[])[]
    for (const [mark] of answers) await this.#checkMark(name, mark)
    return answers.flatMap(([, ...found]) => found)
  }

  /** Answers of the store that we know: the question after them shows whether they were its own. */
  async #checked(name: string | undefined, commands: readonly Command[]): Promise<Reply[]> {
    const meta = ['HMGET', this.#layout.meta, 'generation', 'commits']
    const answers = await this.#connection.ask([...commands, meta])
    const [generation, commits] = answers.pop() as readonly Reply[]
    await this.#believe(textOf(generation), textOf(commits))
    if (name !== undefined) await this.#checkMark(name, answers.at(-1))
    return answers
  }

  /** The store is the one that was opened, and has forgotten nothing. */
  async #believe(generation: string, commits: string): Promise<void> {
    if (this.#gone !== undefined) throw await this.#gone
    if (generation !== this.generation) throw await this.#lost('it is empty, or another one')
    if (this.#owned === undefined) return
    const count = Number(commits)
    if (this.#unanswered && count === this.#commits + 1) {
      this.#commits = count
      this.#unanswered = false
    }
    if (count < this.#commits) throw await this.#lost(`it has forgotten the last ${this.#commits - count} commits`)
  }

  async #checkMark(name: string, mark: Reply | undefined): Promise<void> {
    const { mark: state } = this.#namespaces.get(name) ?? {}
    if (this.#owned === undefined || state !== 'known' || textOf(mark) === this.generation) return
    throw await this.#lost(`${name} is gone`)
  }

  /** For good, and durable before anybody hears of it: what is left may look like a store that can be believed. */
  #lost(fault: string): Promise<ObmenError> {
    const message = `asking Redis at ${this.#connection.shown}: ${fault}`
    const error = new ObmenError('fatal', 'state.lost', message, {
      remedy: 'Find out who emptied or restored it. Obmen reads back what the marketplaces hold before it sends.',
    })
    this.#gone ??= (async () => {
      await this.#owned?.keep({ ...this.#owned.witness, generation: '' })
      return error
    })()
    return this.#gone
  }

  #corrupt(fault: string): ObmenError {
    return new ObmenError('fatal', 'state.corrupt', `asking Redis at ${this.#connection.shown}: ${fault}`, {
      remedy: `Somebody else writes beside "${this.#layout.meta}": keys with that beginning must be Obmen's alone.`,
    })
  }
}
