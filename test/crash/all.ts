import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { seededRandom } from '../../src/simulator/ozon/random.ts'
import { startOzonSimulator } from '../../src/simulator/ozon/index.ts'
import { createClock } from '../../src/core/clock.ts'
import { prepareLeftOut } from './left-out.ts'
import { startRedis } from '../private-redis.ts'
import { inFlight, randomMoments, tellAll, type Point, type Stage, type Told } from './points.ts'
import { buildProduct, type Product } from './product.ts'
import { tellStory } from './story.ts'

/**
 * Kills the service at every rename, fsync, append, removal and store commit of a run, before and after it, and at
 * random moments; tells everything that is wrong then. Every fourth time it is killed once more while it recovers.
 * Usage: npm run crash [-- --redis --from 1 --to 800 --every 1 --random 20 --seed 1 --parallel 3]
 */
async function crash(): Promise<number> {
  const { values } = parseArgs({
    options: {
      from: { type: 'string', default: '1' },
      to: { type: 'string', default: '100000' },
      every: { type: 'string', default: '1' },
      random: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      parallel: { type: 'string', default: String(availableParallelism() + 1) },
      redis: { type: 'boolean', default: false },
    },
  })
  const [from, to, every, random, seed, parallel] = [
    values.from,
    values.to,
    values.every,
    values.random,
    values.seed,
    values.parallel,
  ].map(Number) as [number, number, number, number, number, number]
  const started = Date.now()
  const product = await buildProduct()
  const redis = values.redis ? await startRedis() : undefined
  const stage: Stage = { product, redis }
  try {
    const names = await hitsOf(stage)
    say(`an undisturbed run hits ${names.length} points: ${countWords(names)}`)
    const beyond: string[] = []
    // Every run is a little different: on until a point lies beyond the end of its run.
    function* points(): Generator<Point> {
      for (let at = from; at <= to && (at <= names.length || beyond.length === 0); at += every) yield pointAt(at)
      yield inFlight(seed)
      yield* randomMoments(random, seededRandom(seed), 1_000_000 * seed)
    }
    let done = 0
    const told = await tellAll(stage, points(), parallel, (each) => {
      done++
      if ('atHit' in (each.point.kills[0] ?? {}) && each.kills === 0) beyond.push(each.point.name)
      for (const violation of each.violations) say(`VIOLATION ${each.point.name}: ${violation}`)
      if (done % 25 === 0) say(`${done} points, ${Math.round((Date.now() - started) / 1000)} s`)
    })
    say(table(told, names, started))
    const wrong = await leftOut(product)
    return wrong > 0 || told.some(({ violations }) => violations.length > 0) ? 1 : 0
  } finally {
    await redis?.close()
    await product.remove()
  }
}

/** Kills the passes that close sets and conclude from them at every single point; how many ended elsewhere. */
async function leftOut(product: Product): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'obmen-crash-left-out-'))
  const simulator = await startOzonSimulator({ port: 0, clock: createClock() })
  let wrong = 0
  try {
    for (const { ending, hits, wanted, killAt } of await prepareLeftOut(product, simulator.url, folder)) {
      for (let hit = 1; hit <= hits.length; hit++) {
        if (isDeepStrictEqual(await killAt(hit), wanted)) continue
        wrong++
        say(`VIOLATION what a full set left out, ${ending}, hit ${hit}: it ends elsewhere`)
      }
      say(`what a full set left out, ${ending}: killed at ${hits.length} points`)
    }
    return wrong
  } finally {
    await simulator.close()
    await rm(folder, { recursive: true, force: true })
  }
}

function pointAt(at: number): Point {
  const again = at % 4 === 0 ? [{ atHit: 1 + ((at * 7) % 60) }] : []
  return {
    name: `hit ${at}${again.length > 0 ? ` and in recovery ${again[0]?.atHit}` : ''}`,
    kills: [{ atHit: at }, ...again],
    seed: at,
  }
}

/** The names of the points that a run hits when nobody kills it. */
async function hitsOf(stage: Stage): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'obmen-crash-count-'))
  try {
    const countInto = join(folder, 'hits')
    const { violations } = await tellStory({ ...stage, kills: [], seed: 0, countInto })
    if (violations.length > 0) throw new Error(`the undisturbed run is wrong already: ${violations.join('\n')}`)
    return (await readFile(countInto, 'utf8')).trimEnd().split('\n')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function countWords(names: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].map(([name, count]) => `${count} ${name}`).join(', ')
}

function table(told: readonly Told[], names: readonly string[], started: number): string {
  const sum = (of: (each: Told) => number): number => told.reduce((total, each) => total + of(each), 0)
  const atHits = told.filter(({ point }) => 'atHit' in (point.kills[0] ?? {}))
  const covered = atHits.filter(({ kills }) => kills > 0)
  const rows = [
    ['points of an undisturbed run', `${names.length} (${countWords(names)})`],
    ['points killed at', covered.length],
    ['points beyond the end of their run', atHits.length - covered.length],
    ['stories with random moments or a price in flight', told.length - atHits.length],
    ['kills', sum(({ kills }) => kills)],
    ['write requests', sum(({ writes }) => writes)],
    ['lost replies of writes', sum(({ lostReplies }) => lostReplies)],
    ['requests that repeated a value', sum(({ repeats }) => repeats)],
    ['violations', sum(({ violations }) => violations.length)],
    ['seconds', Math.round((Date.now() - started) / 1000)],
  ] as const
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n')
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

process.exitCode = await crash()
