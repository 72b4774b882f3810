import { readCorpus } from './corpus.ts'
import type { MutationKind } from './mutations.ts'
import { planOf, trialOf } from './seeds.ts'
import { shrink, violationOf } from './shrink.ts'
import { TrialRoom } from './trial.ts'
import { keep } from './found.ts'

/** What the child tells of its work. */
export type Message =
  | { readonly kind: 'begin'; readonly seed: number }
  | {
      readonly kind: 'done'
      readonly seed: number
      readonly kinds: readonly MutationKind[]
      readonly refused?: string
      readonly work: number
    }
  | { readonly kind: 'shrinking' }
  | { readonly kind: 'violation'; readonly seed: number; readonly words: string; readonly kept: string }

/** Findings of one law are much alike: no more are minimised and kept by one child. */
const KEPT_OF_ONE_LAW = 3

/** Tries one seed after the other until the parent ends it. The first seed is the argument. */
async function work(first: number): Promise<void> {
  const corpus = readCorpus()
  const room = await TrialRoom.open(corpus)
  const kept = new Map<string, number>()
  for (let seed = first; ; seed++) {
    tell({ kind: 'begin', seed })
    const plan = planOf(seed, corpus)
    const { trial, kinds } = trialOf(plan, corpus)
    const outcome = await room.run(trial).catch(() => undefined)
    if (outcome !== undefined) {
      tell({ kind: 'done', seed, kinds, ...outcome })
      continue
    }
    const violation = await violationOf(room, trial)
    if (violation === undefined) throw new Error(`seed ${seed} broke a law once and not again`)
    const count = (kept.get(violation.law) ?? 0) + 1
    kept.set(violation.law, count)
    if (count > KEPT_OF_ONE_LAW) {
      tell({ kind: 'violation', seed, words: violation.message, kept: '' })
      continue
    }
    const small = await shrink({ plan, trial, violation }, room, corpus, () => tell({ kind: 'shrinking' }))
    const names = small.plan.mutations.map(({ kind }) => kind).join(', ')
    const words = `${small.violation.message}\n  ${small.trial.name} (${small.trial.start}), ${names}`
    tell({ kind: 'violation', seed, words, kept: keep(small.trial, small.violation.law, seed) })
  }
}

function tell(message: Message): void {
  process.send?.(message)
}

await work(Number(process.argv[2]))
