import { appendFileSync } from 'node:fs'

/** Points at which a test can kill the process. A hit stands before and after every change of the disk. */
export interface Failpoint {
  /** `rename`, `fsync`, `append`, `remove`, `link` or `commit`. */
  hit(name: string): void
}

/**
 * The failpoint that `OBMEN_FAILPOINT` asks for: `kill:N` kills the process with SIGKILL at the N-th hit (from 1),
 * `count:FILE` appends the name of each hit to FILE. Undefined, and so without cost, in every other case.
 */
export function failpointFromEnvironment(env: Readonly<Record<string, string | undefined>>): Failpoint | undefined {
  const wish = env['OBMEN_FAILPOINT'] ?? ''
  const at = wish.indexOf(':')
  const argument = wish.slice(at + 1)
  if (wish.startsWith('kill:')) return killAt(Number(argument))
  if (wish.startsWith('count:')) return { hit: (name) => appendFileSync(argument, `${name}\n`) }
  return undefined
}

function killAt(n: number): Failpoint {
  let hits = 0
  return {
    hit() {
      hits += 1
      if (hits === n) process.kill(process.pid, 'SIGKILL')
    },
  }
}
