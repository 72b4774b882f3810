import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { seededRandom } from '../../src/simulator/ozon/random.ts'
import { startRedis, withoutRedis } from '../private-redis.ts'
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

  const told = await tellAll({ product }, all.values(), 3)

  expect(told.flatMap(({ point, violations }) => violations.map((each) => `${point.name}: ${each}`))).toEqual([])
  expect(told.map(({ kills }) => kills).sort((a, b) => a - b)).toEqual([1, 2, 3, 3, 3, 3, 3])
}, 300_000)

test.skipIf(withoutRedis)(
  'the same with the store on Redis, killed at 4 points and with a price in flight',
  async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.close())
    const points = [75, 190].map((atHit, index): Point => ({
      name: `hits ${atHit}`,
      kills: [{ atHit }, { atHit: NEXT }],
      seed: index,
    }))

    const told = await tellAll({ product, redis }, [...points, inFlight(2)].values(), 3)

    expect(told.flatMap(({ point, violations }) => violations.map((each) => `${point.name}: ${each}`))).toEqual([])
    expect(told.map(({ kills }) => kills).sort((a, b) => a - b)).toEqual([1, 2, 2])
  },
  300_000,
)
