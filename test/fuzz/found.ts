import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Trial } from './trial.ts'

/** Files that once broke a law, made small: `<what it is about>.xml`. */
const FOUND = fileURLToPath(new URL('found', import.meta.url))

/** The files kept under `test/fuzz/found`, by name. */
export function readFound(): readonly { readonly name: string; readonly bytes: Buffer }[] {
  return readdirSync(FOUND)
    .filter((name) => name.endsWith('.xml'))
    .sort()
    .map((name) => ({ name, bytes: readFileSync(join(FOUND, name)) }))
}

/** Keeps a finding as a regression fixture; its path. Whoever mends the fault gives it a better name. */
export function keep(trial: Trial, law: string, seed: number): string {
  mkdirSync(FOUND, { recursive: true })
  const path = join(FOUND, `${law.replaceAll(/[^a-z]+/g, '-')}-${seed}.xml`)
  writeFileSync(path, trial.bytes)
  return path
}
