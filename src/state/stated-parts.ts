import type { Part, Scope } from './set-verdict.ts'
import { hashList } from './hash-list.ts'
import type { PartNote } from './sets.ts'

/** A record on its way through `diff`, as far as its set must know of it. */
export interface StatedRecord {
  readonly kind: string
  readonly fingerprint: bigint
  readonly context: { readonly catalogueId: string; readonly changesOnly: boolean | undefined }
}

/** What a file states of catalogues, for the set that it belongs to. */
export interface StatedNote {
  /** Equal for files of equal records. */
  readonly digest: string
  readonly parts: readonly PartNote[]
}

/** Which part of a catalogue a record belongs to; dictionaries and documents belong to none. */
const PARTS: ReadonlyMap<string, Part> = new Map([
  ['product', 'import'],
  ['offer', 'offers'],
  ['offerChange', 'offers'],
])

/** From the most careful answer to the least: sections of one file may say different things. */
const SCOPES: readonly Scope[] = ['changes', 'delta', 'unknown', 'full']

interface Counted {
  readonly part: Part
  readonly catalogue: string
  scope: Scope
  hashes: BigUint64Array
  size: number
}

/** Gathers what the records of one file state; 8 to 16 bytes a record. */
export class StatedParts {
  readonly #parts: Counted[] = []
  #latest: Counted | undefined
  #digest = 0n
  #count = 0

  /** `hash`: the record's `recordHash`. */
  add({ kind, fingerprint, context }: StatedRecord, hash: bigint): void {
    this.#digest ^= fingerprint
    this.#count++
    const part = PARTS.get(kind)
    if (part === undefined) return
    const counted = this.#of(part, context.catalogueId)
    const scope = kind === 'offerChange' ? 'changes' : scopeOf(context.changesOnly)
    if (scope !== counted.scope) counted.scope = moreCareful(counted.scope, scope)
    if (counted.size === counted.hashes.length) {
      const more = new BigUint64Array(2 * counted.size)
      more.set(counted.hashes)
      counted.hashes = more
    }
    counted.hashes[counted.size++] = hash
  }

  note(): StatedNote {
    return {
      digest: `${this.#count}-${this.#digest.toString(16)}`,
      parts: this.#parts.map(({ part, catalogue, scope, hashes, size }) => {
        return { part, catalogue, scope, named: hashList(hashes.subarray(0, size)) }
      }),
    }
  }

  #of(part: Part, catalogue: string): Counted {
    const latest = this.#latest
    if (latest !== undefined && latest.part === part && latest.catalogue === catalogue) return latest
    let found = this.#parts.find((each) => each.part === part && each.catalogue === catalogue)
    if (found === undefined) {
      found = { part, catalogue, scope: 'full', hashes: new BigUint64Array(1024), size: 0 }
      this.#parts.push(found)
    }
    this.#latest = found
    return found
  }
}

function scopeOf(changesOnly: boolean | undefined): Scope {
  if (changesOnly === undefined) return 'unknown'
  return changesOnly ? 'delta' : 'full'
}

function moreCareful(a: Scope, b: Scope): Scope {
  return SCOPES.indexOf(a) <= SCOPES.indexOf(b) ? a : b
}
