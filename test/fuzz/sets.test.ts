import { expect, test } from 'vitest'
import { readCorpus } from './corpus.ts'
import { setPlanOf } from './set-plan.ts'
import { runSets } from './set-trial.ts'

/** `npm run fuzz` goes on for hours; these are tried on every push. */
const SEEDS = 60

test('runs of which files are missing, mutated, shuffled or packed into broken archives remove nothing that they state', async () => {
  const corpus = readCorpus()
  const broken: string[] = []
  const seen = { removed: 0, refused: 0 }
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      const { removed, refused } = await runSets(setPlanOf(seed, corpus))
      if (removed > 0) seen.removed++
      if (refused.length > 0) seen.refused++
    } catch (error) {
      broken.push(`seed ${seed}: ${String(error)}`)
    }
  }

  expect(broken).toEqual([])
  expect(seen.removed).toBeGreaterThan(SEEDS / 10)
  expect(seen.refused).toBeGreaterThan(SEEDS / 10)
})
