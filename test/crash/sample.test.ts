import { afterAll, beforeAll, expect, test } from 'vitest'
import { seededRandom } from '../../src/simulator/ozon/random.ts'
import { inFlight, randomMoments, tellAll, type Point } from './points.ts'
import { buildProduct, type Product } from './product.ts'

/** A story hits about 800 failpoints; `npm run crash` takes every one, this every fiftieth. */
const STORIES = 5
const FIRST = 60
const APART = 45
const NEXT = 180

let product: Product
beforeAll(async () => {
  product = await buildProduct()
})
afterAll(async () => {
  await product.remove()
})

test('killed at 15 points, with a price in flight and at 2 moments, nothing is lost, doubled, outdated or half-written', async () => {
  const points = Array.from({ length: STORIES }, (_, index): Point => {
    const kills = [{ atHit: FIRST + APART * index }, { atHit: NEXT }, { atHit: NEXT }]
    return { name: `hits ${kills.map(({ atHit }) => atHit).join(', ')}`, kills, seed: index }
  })
  const all = [...points, inFlight(STORIES), ...randomMoments(1, seededRandom(20), STORIES + 1)]

  const told = await tellAll(product, all.values(), 3)

  expect(told.flatMap(({ point, violations }) => violations.map((each) => `${point.name}: ${each}`))).toEqual([])
  expect(told.map(({ kills }) => kills).sort((a, b) => a - b)).toEqual([1, 2, 3, 3, 3, 3, 3])
}, 300_000)
