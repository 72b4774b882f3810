import { createHash } from 'node:crypto'
import { Secret } from '../core/secret.ts'

interface Part {
  readonly value: unknown
  readonly close: () => Promise<void>
}

/**
 * What outlives a change of the configuration because it knows what no new one could: a connector what its limits have
 * been used up by, a journal what was just given away, an order book who is writing. A part is known by a key that names
 * everything it was made from; another key makes another part.
 */
export class LastingParts {
  readonly #parts = new Map<string, Part>()

  /** What one runtime is to be made of; nothing of it is closed before {@link keepOnly}. */
  claim(): PartsClaim {
    return new PartsClaim(this.#parts)
  }

  /** Closes every part that is in none of the claims. */
  async keepOnly(...claims: readonly PartsClaim[]): Promise<void> {
    for (const [key, part] of this.#parts) {
      if (claims.some((claim) => claim.has(key))) continue
      this.#parts.delete(key)
      await part.close()
    }
  }
}

/** The lasting parts of one runtime. */
export class PartsClaim {
  readonly #parts: Map<string, Part>
  readonly #keys = new Set<string>()

  constructor(parts: Map<string, Part>) {
    this.#parts = parts
  }

  has(key: string): boolean {
    return this.#keys.has(key)
  }

  /** The part that there is under this key, else one that is opened now. One key always names one type of part. */
  async use<T>(key: string, open: () => T | Promise<T>, close: (part: T) => Promise<void> = noClosing): Promise<T> {
    this.#keys.add(key)
    const known = this.#parts.get(key)
    if (known !== undefined) return known.value as T
    const value = await open()
    this.#parts.set(key, { value, close: () => close(value) })
    return value
  }
}

/** Tells what a part was made from: plain data, maps and secrets, none of which can be read from it. */
export function madeFrom(settings: unknown): string {
  // `value` has been through toJSON, which hides a secret: what stands in its holder has not.
  const text = JSON.stringify([settings], function reveal(this: Record<string, unknown>, key, value: unknown) {
    const stated = this[key]
    if (stated instanceof Secret) return stated.reveal()
    return stated instanceof Map ? [...stated] : value
  })
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function noClosing(): Promise<void> {
  return Promise.resolve()
}
