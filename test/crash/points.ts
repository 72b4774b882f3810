import { tellStory, type StoryOptions, type StoryResult } from './story.ts'
import type { Kills } from './supervisor.ts'

/** One story to tell: how it is disturbed, and the words for it in a report. */
export interface Point {
  readonly name: string
  readonly kills: Kills
  /** Which replies are lost. */
  readonly seed: number
}

/** What came of a point. */
export interface Told extends StoryResult {
  readonly point: Point
}

/** What every story of a run is told with. */
export type Stage = Pick<StoryOptions, 'product' | 'redis'>

/** Tells stories side by side, so many at a time; `points` may say at any moment that there are no more. */
export async function tellAll(
  stage: Stage,
  points: Iterator<Point, unknown, undefined>,
  parallel: number,
  onTold: (told: Told) => void = () => {},
): Promise<Told[]> {
  const told: Told[] = []
  const work = async (): Promise<void> => {
    for (let next = points.next(); next.done !== true; next = points.next()) {
      const point = next.value
      const result = { point, ...(await tellStory({ ...stage, kills: point.kills, seed: point.seed })) }
      told.push(result)
      onTold(result)
    }
  }
  await Promise.all(Array.from({ length: parallel }, work))
  return told
}

/** A story killed when a raised price is at Ozon and its reply is not back: the raise is taken back before the restart sends. */
export function inFlight(seed: number): Point {
  return { name: 'with a raised price in flight', kills: [{ atWrite: 'raised' }], seed }
}

/** Stories killed at moments of the clock on the wall, twice each. */
export function randomMoments(count: number, random: () => number, firstSeed: number): Point[] {
  return Array.from({ length: count }, (_, index) => {
    const [first, second] = [Math.round(random() * 3_500), Math.round(random() * 2_500)]
    return {
      name: `after ${first} ms and ${second} ms`,
      kills: [{ afterMs: first }, { afterMs: second }],
      seed: firstSeed + index,
    }
  })
}
