/** Whether a namespace holds JSON values or raw 8-byte fingerprints. */
export type NamespaceKind = 'values' | 'fingerprints'

/** What a namespace said about its generation mark when it was first looked at. */
export type MarkState = 'known' | 'lost' | 'new'

/** A change with encoded values, in key order: texts for values, numbers for fingerprints. */
export interface EncodedChange {
  readonly namespace: string
  readonly kind: NamespaceKind
  readonly set: readonly (readonly [key: string, value: string | bigint])[]
  readonly delete: readonly string[]
}

/** A frozen view that other processes cannot change; to be given back with `done`. */
export interface Snapshot {
  readonly transaction: unknown
  done(): void
}

/** A page of entries: those after `after` (exclusive) that begin with `prefix`, `limit` at most. */
export interface PageRequest {
  readonly prefix: string
  readonly after: string | undefined
  readonly limit: number
  readonly snapshot: Snapshot | undefined
}

/** An answer now (a page of memory) or later (the network). */
export type Answer<T> = T | Promise<T>

/** Where the bytes lie. What is asked first is answered first. */
export interface Engine {
  readonly generation: string
  /** The kind a namespace was opened with, now or in an earlier life of the store. */
  kindOf(name: string): NamespaceKind | undefined
  /** Looks at the mark without changing anything. */
  mark(name: string): Answer<MarkState>
  /** Makes the namespace and marks it when it is used for the first time. A lost mark stays lost until a commit. */
  open(name: string, kind: NamespaceKind): void
  /** In the order of the keys; undefined where a key is missing. */
  getMany(name: string, keys: readonly string[]): Answer<(string | undefined)[]>
  /** In the order of the keys; undefined where a key is missing. */
  fingerprints(name: string, keys: readonly string[]): Answer<(bigint | undefined)[]>
  page(name: string, request: PageRequest): Answer<(readonly [key: string, text: string])[]>
  count(name: string): Answer<number>
  /** Present when other processes may write between two pages. */
  snapshot(): Snapshot | undefined
  /** One transaction; durable when it returns. */
  apply(changes: readonly EncodedChange[]): Answer<void>
  /** Fails when the store cannot be read or written now; absent where only the disk can fail. */
  check?(): Promise<void>
  close(): Promise<void>
}
