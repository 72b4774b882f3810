import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import { startOzonSimulator, type OzonSimulatorOptions } from './index.ts'

/** A clock that stands still until a test moves it. */
export interface TestClock extends Clock {
  /** Moves on by so many milliseconds and wakes those whose time has come. */
  advance(ms: number): void
}

/** A {@link TestClock} that stands at `start` (ISO 8601). */
export function createTestClock(start = '2026-11-22T09:00:00.000Z'): TestClock {
  let now = Date.parse(start)
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>()
  return {
    now: () => now,
    fromReal: (ms) => ms,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { until: now + ms, wake: resolve }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper)
          reject(signal.reason as Error)
        })
      }),
    advance: (ms) => {
      now += ms
      for (const sleeper of sleepers) {
        if (sleeper.until > now) continue
        sleepers.delete(sleeper)
        sleeper.wake()
      }
    },
  }
}

/** An HTTP answer; `body` is parsed when it is JSON. */
export interface TestAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

/** A simulator with a clock of the test and the calls that tests make. */
export interface TestSimulator {
  readonly url: string
  readonly clock: TestClock
  /** Calls the API as account 1 unless headers say otherwise; a text body goes as it is. */
  api(path: string, body?: unknown, headers?: Readonly<Record<string, string>>, verb?: string): Promise<TestAnswer>
  /** Calls the control API; throws when it does not answer 200. */
  sim(verb: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<unknown>
  /** The control API's answer as it is. */
  rawSim(verb: string, path: string, body?: unknown): Promise<TestAnswer>
  /** Entries of `GET ledger` or `GET requests`. */
  entries(path: 'ledger' | 'requests'): Promise<readonly Readonly<Record<string, unknown>>[]>
  close(): Promise<void>
}

/** The two warehouses of account 1. */
export const MOSCOW = 1_020_003_080_075_000
export const PODOLSK = 1_020_003_080_076_000

/** Starts a simulator for one test file. */
export async function startTestSimulator(
  options: Partial<Omit<OzonSimulatorOptions, 'clock'>> & { readonly clock?: TestClock } = {},
): Promise<TestSimulator> {
  const clock = options.clock ?? createTestClock()
  const simulator = await startOzonSimulator({ port: 0, ...options, clock })
  const rawSim: TestSimulator['rawSim'] = (verb, path, body) => send(verb, `${simulator.url}/_sim/${path}`, body, {})
  return {
    url: simulator.url,
    clock,
    api: (path, body = {}, headers = {}, verb = 'POST') =>
      send(verb, `${simulator.url}${path}`, body, { 'Client-Id': '1', 'Api-Key': 'key', ...headers }),
    rawSim,
    sim: async (verb, path, body) => {
      const answer = await rawSim(verb, path, body)
      if (answer.status !== 200) throw new Error(`${verb} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body
    },
    entries: async (path) => {
      const { body } = await rawSim('GET', path)
      return String(body)
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    },
    close: () => simulator.close(),
  }
}

function send(
  method: string,
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<TestAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers: { ...headers, 'Content-Type': 'application/json' } })
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        const json = response.headers['content-type'] === 'application/json'
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: json ? (JSON.parse(text) as unknown) : text,
        })
      })
    })
    // A GET carries no body.
    request.end(
      method === 'GET' || body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    )
  })
}
