import type { CorpusFile } from './corpus.ts'
import { trialOf, type Plan } from './seeds.ts'
import { Violation, type Trial, type TrialRoom } from './trial.ts'

/** Trials that minimising one finding may cost. */
const MOST_TRIALS = 600

/** A finding made small: the mutations that are needed, then the bytes. */
export interface Shrunk {
  readonly plan: Plan
  readonly trial: Trial
  readonly violation: Violation
}

/** Minimises a plan that broke a law: what is left breaks the same law. `tell` is called for every trial. */
export async function shrink(
  found: Shrunk,
  room: TrialRoom,
  corpus: readonly CorpusFile[],
  tell: () => void,
): Promise<Shrunk> {
  let best = found
  let trials = 0
  const holds = async (plan: Plan, trial: Trial): Promise<boolean> => {
    if (++trials > MOST_TRIALS) return false
    tell()
    const violation = await violationOf(room, trial)
    if (violation?.law !== best.violation.law) return false
    best = { plan, trial, violation }
    return true
  }
  for (let i = best.plan.mutations.length - 1; i >= 0; i--) {
    const plan = { ...best.plan, mutations: best.plan.mutations.toSpliced(i, 1) }
    await holds(plan, trialOf(plan, corpus).trial)
  }
  if (best.trial.start !== 'empty') await holds(best.plan, { ...best.trial, start: 'empty' })
  for (let size = best.trial.bytes.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < best.trial.bytes.length;) {
      const { bytes } = best.trial
      const shorter = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + size)])
      if (!(await holds(best.plan, { ...best.trial, bytes: shorter }))) at += size
    }
  }
  return best
}

/** The law that a file breaks; undefined when it breaks none. */
export async function violationOf(room: TrialRoom, trial: Trial): Promise<Violation | undefined> {
  try {
    await room.run(trial)
    return undefined
  } catch (error) {
    if (error instanceof Violation) return error
    return new Violation('nothing else goes wrong', String(error), error)
  }
}
