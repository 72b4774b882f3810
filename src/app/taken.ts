import type { TakenFiles } from '../sources/files/claim.ts'
import type { ExchangeRuntime, Runtime } from './runtime.ts'

/** Which files of an exchange were taken by `take: copy`. */
export function takenOf({ config }: ExchangeRuntime, { store }: Runtime): TakenFiles {
  const name = `taken.${config.name}`
  const known = store.namespace<string>(name)
  return {
    get: (key) => known.get(key),
    set: (key, hash) => store.commit([{ namespace: name, set: [[key, hash]] }]),
  }
}
