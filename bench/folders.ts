import { join } from 'node:path'

/** The repository. */
export const REPOSITORY = join(import.meta.dirname, '..')

/** The benchmark: its peers are installed here. */
export const BENCH = import.meta.dirname

/** What the benchmark makes: compiled code, generated sets, stores. A quick run keeps apart from what may be measured. */
export function dataFolder(quick: boolean): string {
  return join(BENCH, quick ? 'data/quick' : 'data')
}

/** Where a run works and whom it tells. */
export interface Workshop {
  /** Compiled code. */
  readonly build: string
  /** Stores and workbooks of this run; empty when it begins. */
  readonly folder: string
  /** Tells a person what is going on. */
  readonly say: (text: string) => void
}
