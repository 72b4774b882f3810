/** One change of a commit: everything in one commit becomes visible and durable together, or nothing does. */
export interface Change {
  readonly namespace: string
  readonly set?: readonly (readonly [key: string, value: unknown])[]
  readonly delete?: readonly string[]
}

/** Values by key in one namespace. A failing store throws `ObmenError` fatal `state.failed`, never gives an empty answer. */
export interface Namespace<V> {
  readonly name: string
  get(key: string): Promise<V | undefined>
  /** In the order of the keys; undefined where a key is missing. */
  getMany(keys: readonly string[]): Promise<(V | undefined)[]>
  /** In key order (bytes of UTF-8), a stable view from its first step on. `after` is exclusive. */
  entries(options?: {
    readonly prefix?: string
    readonly after?: string
  }): AsyncIterable<readonly [key: string, value: V]>
  count(): Promise<number>
}

/** 8-byte fingerprints by key, kept raw. */
export interface Fingerprints {
  /** In the order of the keys; undefined where a key is missing. */
  getMany(keys: readonly string[]): Promise<(bigint | undefined)[]>
}

/**
 * The store behind everything that can be rebuilt. Values are plain JSON data. Namespaces are named `[a-z0-9.-]+`
 * (`ledger.ozon-main.prices`); every name that is opened the first time gets the store's generation mark.
 */
export interface Store {
  /** Made when the store was created; the same in every namespace of it. */
  readonly generation: string
  namespace<V>(name: string): Namespace<V>
  fingerprints(name: string): Fingerprints
  /** Durable (flushed) when it resolves. `set` values in a fingerprint namespace are bigints. */
  commit(changes: readonly Change[]): Promise<void>
  /** `known`: the namespace bears the store's mark. `lost`: it bears none although the store knew it before. `new`: first use. */
  mark(name: string): Promise<'known' | 'lost' | 'new'>
  /** To be called every few seconds: fails when the store cannot be read or written now. */
  check(): Promise<void>
  close(): Promise<void>
}
