import { ANY_FORMAT, lookInside } from '../sources/files/candidates.ts'
import { keyOfTaken, type TakenFiles } from '../sources/files/claim.ts'
import type { ExchangeRuntime, Runtime } from './runtime.ts'

/** Which files of an exchange were taken by `take: copy`. */
export function takenOf({ config }: ExchangeRuntime, { store }: Runtime): TakenFiles {
  const name = nameOf(config.name)
  const known = store.namespace<string>(name)
  return {
    get: (key) => known.get(key),
    set: (key, hash) => store.commit([{ namespace: name, set: [[key, hash]] }]),
  }
}

/**
 * Forgets files that do not lie in their inbox any more as they were taken. One that comes back just so is taken again,
 * which harms nothing.
 *
 * @throws ObmenError transient `files.inbox_unreadable`: then nothing is forgotten
 */
export async function pruneTaken({ config }: ExchangeRuntime, { store }: Runtime): Promise<number> {
  const known: string[] = []
  for await (const [key] of store.namespace<string>(nameOf(config.name)).entries()) known.push(key)
  if (known.length === 0) return 0
  // Looked at after the store: what is taken meanwhile is not among the known.
  const standing = new Set<string>()
  const unseen: string[] = []
  for (const inbox of config.inboxes) {
    const { candidates, odd } = await lookInside(inbox, { extensions: ANY_FORMAT })
    for (const candidate of candidates) standing.add(keyOfTaken(candidate))
    unseen.push(...odd.map(({ name }) => `${inbox}\n${name}\n`))
  }
  const gone = known.filter((key) => !standing.has(key) && !unseen.some((start) => key.startsWith(start)))
  if (gone.length > 0) await store.commit([{ namespace: nameOf(config.name), delete: gone }])
  return gone.length
}

function nameOf(exchange: string): string {
  return `taken.${exchange}`
}
