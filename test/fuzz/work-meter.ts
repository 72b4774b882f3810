import { SaxesParser } from 'saxes'

/** Bytes and characters that were gone through, by the primitives that all reading is made of. */
export interface Work {
  done: number
}

/** More work than the size of a file allows: the trial would hang on a larger one. */
export class WorkExceeded extends Error {
  override readonly name = 'WorkExceeded'
}

/**
 * Runs `act` and counts what the reader goes through: searches in buffers, bytes decoded to text, characters parsed.
 * A reader that would go on for ever is stopped at `most`. Nothing else may run meanwhile.
 */
export async function measured<T>(most: number, act: () => Promise<T>): Promise<{ result: T; work: number }> {
  let work = 0
  const count = (amount: number): void => {
    work += 1 + amount
    if (work > most) throw new WorkExceeded(`${most} bytes were gone through and reading did not end`)
  }
  const { indexOf, toString } = Buffer.prototype
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its own object below
  const { write } = SaxesParser.prototype
  Buffer.prototype.indexOf = function (this: Buffer, ...args: Parameters<typeof indexOf>): number {
    const found = indexOf.apply(this, args)
    const from = typeof args[1] === 'number' ? args[1] : 0
    count(Math.max(0, (found < 0 ? this.length : found) - from))
    return found
  } as typeof indexOf
  Buffer.prototype.toString = function (this: Buffer, ...args: Parameters<typeof toString>): string {
    const text = toString.apply(this, args)
    count(text.length)
    return text
  }
  SaxesParser.prototype.write = function (this: SaxesParser, chunk: string | object | null) {
    count(typeof chunk === 'string' ? chunk.length : 0)
    return Reflect.apply(write, this, [chunk]) as SaxesParser
  } as typeof write
  try {
    return { result: await act(), work }
  } finally {
    Buffer.prototype.indexOf = indexOf
    Buffer.prototype.toString = toString
    SaxesParser.prototype.write = write
  }
}
