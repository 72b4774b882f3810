import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Message } from './child.ts'

/** A trial takes milliseconds: one that says nothing for so long hangs. */
const HANGS_AFTER = 120_000

interface Figures {
  readonly seed: number
  runs: number
  accepted: number
  violations: number
  hangs: number
  /** Most bytes gone through for each byte of a file. */
  mostWork: number
  readonly refused: Record<string, number>
  readonly mutations: Record<string, number>
}

/**
 * Tries mutated exchange files for hours; tells its figures every minute and at the end as JSON. A seed that breaks a
 * law is minimised and kept under `test/fuzz/found`.
 * Usage: npm run fuzz [-- --minutes 60] [--seed 1] [--runs 1000]; a single seed again: --seed N --runs 1
 */
async function fuzz(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      runs: { type: 'string', default: String(Number.MAX_SAFE_INTEGER) },
    },
  })
  const [minutes, first, runs] = [values.minutes, values.seed, values.runs].map(Number) as [number, number, number]
  const started = Date.now()
  const figures: Figures = {
    seed: first,
    runs: 0,
    accepted: 0,
    violations: 0,
    hangs: 0,
    mostWork: 0,
    refused: {},
    mutations: {},
  }
  const ends = started + minutes * 60_000
  let next = first
  let told = started
  while (Date.now() < ends && next < first + runs) {
    next = await attend(next, first + runs, ends, figures, () => {
      if (Date.now() - told < 60_000) return
      told = Date.now()
      say(line(figures, started))
    })
  }
  say(line(figures, started))
  say(JSON.stringify({ ...figures, seconds: Math.round((Date.now() - started) / 1000) }))
  return figures.violations + figures.hangs > 0 ? 1 : 0
}

/** Lets one child work until it hangs or dies, or the end has come; the seed that is next. */
function attend(from: number, to: number, ends: number, figures: Figures, tick: () => void): Promise<number> {
  const child: ChildProcess = fork(fileURLToPath(new URL('child.ts', import.meta.url)), [String(from)])
  return new Promise((resolve) => {
    let seed = from
    let over = false
    const finish = (next: number): void => {
      over = true
      clearTimeout(watchdog)
      child.kill('SIGKILL')
      resolve(next)
    }
    const bark = (): void => {
      figures.hangs++
      say(`HANG: ${repeat(seed)}`)
      finish(seed + 1)
    }
    let watchdog = setTimeout(bark, HANGS_AFTER)
    child.on('message', (message: Message) => {
      if (over) return
      clearTimeout(watchdog)
      watchdog = setTimeout(bark, HANGS_AFTER)
      note(message, figures)
      tick()
      if ('seed' in message) seed = message.seed
      const ended = message.kind === 'done' || message.kind === 'violation'
      if (ended && (seed + 1 >= to || Date.now() >= ends)) finish(seed + 1)
    })
    child.on('exit', (code) => {
      if (over) return
      figures.violations++
      say(`DIED with ${code}: ${repeat(seed)}`)
      finish(seed + 1)
    })
  })
}

function note(message: Message, figures: Figures): void {
  if (message.kind === 'done') {
    figures.runs++
    figures.mostWork = Math.max(figures.mostWork, message.work)
    for (const kind of message.kinds) figures.mutations[kind] = (figures.mutations[kind] ?? 0) + 1
    if (message.refused === undefined) figures.accepted++
    else figures.refused[message.refused] = (figures.refused[message.refused] ?? 0) + 1
  }
  if (message.kind === 'violation') {
    figures.runs++
    figures.violations++
    say(`VIOLATION ${message.words}`)
    say(`  repeat: ${repeat(message.seed)}${message.kept === '' ? '' : `\n  kept: ${message.kept}`}`)
  }
}

function repeat(seed: number): string {
  return `npm run fuzz -- --seed ${seed} --runs 1`
}

function line(figures: Figures, started: number): string {
  const seconds = (Date.now() - started) / 1000
  const counts = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ')
  const { runs, accepted, violations, hangs, refused, mutations, mostWork } = figures
  return `${Math.round(seconds)} s: ${runs} runs (${(runs / seconds).toFixed(1)} a second), ${accepted} accepted, ${violations} violations, ${hangs} hangs, most work ${mostWork} a byte
  refused: ${counts(refused)}
  mutations: ${counts(mutations)}`
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

process.exitCode = await fuzz()
