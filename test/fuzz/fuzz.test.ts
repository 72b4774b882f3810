import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '../../fixtures/random.ts'
import { readCorpus } from './corpus.ts'
import { readFound } from './found.ts'
import { mutate, MUTATION_KINDS } from './mutations.ts'
import { planOf, trialOf } from './seeds.ts'
import { STARTS, TrialRoom } from './trial.ts'
import { violationOf } from './shrink.ts'

/** `npm run fuzz` goes on for hours; these are tried on every push. */
const SEEDS = 250
const FIRST_SEED = 1

const corpus = readCorpus()
let room: TrialRoom
beforeAll(async () => {
  room = await TrialRoom.open(corpus)
})
afterAll(() => room.close())

test('mutated exchange files are taken whole or refused with their place, and break no law', async () => {
  const broken: string[] = []
  let accepted = 0
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    const { trial } = trialOf(planOf(seed, corpus), corpus)
    try {
      if ((await room.run(trial)).refused === undefined) accepted++
    } catch (error) {
      broken.push(`npm run fuzz -- --seed ${seed} --runs 1: ${String(error)}`)
    }
  }

  expect(broken).toEqual([])
  expect(accepted).toBeGreaterThan(SEEDS / 10)
  expect(accepted).toBeLessThan((SEEDS * 9) / 10)
})

test('files that once broke a law break none', async () => {
  const broken: string[] = []
  for (const { name, bytes } of readFound()) {
    for (const start of STARTS) {
      const violation = await violationOf(room, { name, bytes, start })
      if (violation !== undefined) broken.push(`${name} (${start}): ${violation.message}`)
    }
  }

  expect(broken).toEqual([])
})

test('every mutation changes some file, and the same one for the same seed', () => {
  const idle = MUTATION_KINDS.filter((kind) =>
    corpus.every(({ bytes }) => mutate(bytes, kind, createRandom(1), corpus).equals(bytes)),
  )
  const [one, other] = [1, 2].map(() => trialOf(planOf(77, corpus), corpus).trial)

  expect(idle).toEqual([])
  expect(one).toEqual(other)
})
