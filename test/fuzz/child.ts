import { readCorpus, type CorpusFile } from './corpus.ts'
import { setPlanOf } from './set-plan.ts'
import { runSets } from './set-trial.ts'
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
      /** Mutations of a file, or what happened to the files of a set. */
      readonly kinds: readonly string[]
      readonly refused?: string
      readonly work: number
    }
  | { readonly kind: 'shrinking' }
  | { readonly kind: 'violation'; readonly seed: number; readonly words: string; readonly kept: string }

/** One seed of so many stands for whole sets of files. */
const SETS_AMONG = 5
/** Findings of one law are much alike: no more are minimised and kept by one child. */
const KEPT_OF_ONE_LAW = 3

/** Tries one seed after the other until the parent ends it. The first seed is the argument. */
async function work(first: number): Promise<void> {
  const corpus = readCorpus()
  const room = await TrialRoom.open(corpus)
  const kept = new Map<string, number>()
  for (let seed = first; ; seed++) {
    tell({ kind: 'begin', seed })
    if (seed % SETS_AMONG === 0) {
      await trySets(seed, corpus)
      continue
    }
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

/** Two runs of a base, through the intake and to what is concluded from them. */
async function trySets(seed: number, corpus: readonly CorpusFile[]): Promise<void> {
  const plan = setPlanOf(seed, corpus)
  try {
    const { refused, removed } = await runSets(plan)
    const kinds = ['tried', ...(removed > 0 ? ['concluded'] : []), ...plan.acts].map((kind) => `set ${kind}`)
    tell({ kind: 'done', seed, kinds, work: 0, ...(refused[0] === undefined ? {} : { refused: refused[0] }) })
  } catch (error) {
    tell({ kind: 'violation', seed, words: `a set (${plan.acts.join(', ')}): ${String(error)}`, kept: '' })
  }
}

function tell(message: Message): void {
  process.send?.(message)
}

await work(Number(process.argv[2]))
