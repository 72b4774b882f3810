import { createRandom } from '../../fixtures/random.ts'
import type { CorpusFile } from './corpus.ts'
import { mutate, pickMutations, type Mutation, type MutationKind } from './mutations.ts'
import { STARTS, type Start, type Trial } from './trial.ts'

/** What a seed stands for. */
export interface Plan {
  readonly file: CorpusFile
  readonly start: Start
  readonly mutations: readonly Mutation[]
}

/** The plan of a seed: the same for the same corpus. */
export function planOf(seed: number, corpus: readonly CorpusFile[]): Plan {
  const random = createRandom(seed)
  return { file: random.pick(corpus), start: random.pick(STARTS), mutations: pickMutations(random) }
}

/** The trial of a plan, and which of its mutations changed anything. */
export function trialOf(
  { file, start, mutations }: Plan,
  corpus: readonly CorpusFile[],
): { readonly trial: Trial; readonly kinds: readonly MutationKind[] } {
  let { bytes } = file
  const kinds: MutationKind[] = []
  for (const { kind, seed } of mutations) {
    const changed = mutate(bytes, kind, createRandom(seed), corpus)
    if (!changed.equals(bytes)) kinds.push(kind)
    bytes = changed
  }
  return { trial: { name: file.name, bytes, start, next: file.bytes }, kinds }
}
