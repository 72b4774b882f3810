import { expect, test } from 'vitest'
import { useBench } from './bench.ts'
import { prepareLeftOut, type State } from './left-out.ts'

const bench = useBench('left-out')

test('killed after a commit while a set is closed, held, released or dropped, the next pass ends where it would have', async () => {
  const passes = await prepareLeftOut(bench.product, bench.simulator.url, bench.folder)

  expect(passes.map(({ ending, wanted }) => [ending, summary(wanted)])).toEqual([
    ['marked', { removed: 2, held: 0, told: 0 }],
    ['held', { removed: 0, held: 1, told: 1 }],
    ['released', { removed: 20, held: 0, told: 0 }],
    ['dropped', { removed: 0, held: 0, told: 0 }],
  ])
  for (const { ending, hits, wanted, killAt } of passes) {
    for (const hit of afterCommits(hits)) expect(await killAt(hit), `${ending}, killed at hit ${hit}`).toEqual(wanted)
  }
}, 300_000)

function summary({ removed, conclusions, told }: State): Record<string, number> {
  return { removed: Object.keys(removed).length, held: conclusions.length, told: told.length }
}

/** The last commits of a pass, each of which hits its point before and after it; `npm run crash` kills at all points. */
function afterCommits(hits: readonly string[]): number[] {
  const commits = hits.flatMap((name, i) => (name === 'commit' ? [i + 1] : []))
  return commits.filter((_, i) => i % 2 === 1).slice(-2)
}
