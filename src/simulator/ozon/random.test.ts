import { expect, it } from 'vitest'
import { seededRandom } from './random.ts'

it('gives the same numbers for the same seed, spread over 0 to 1', () => {
  const [first, second, other] = [seededRandom(1), seededRandom(1), seededRandom(2)]
  const draw = (random: () => number): readonly number[] => Array.from({ length: 1_000 }, random)

  const numbers = draw(first)

  expect(draw(second)).toEqual(numbers)
  expect(draw(other)).not.toEqual(numbers)
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...numbers)).toBeLessThan(1)
  expect(numbers.reduce((sum, number) => sum + number, 0) / 1_000).toBeCloseTo(0.5, 1)
})
