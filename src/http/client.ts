import { Agent, request as undiciRequest, type Dispatcher } from 'undici'
import type { Clock } from '../core/clock.ts'
import { ObmenError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { createDeadline } from './deadline.ts'
import { networkFailure } from './failure.ts'
import { parseRetryAfter } from './retry-after.ts'

/** An answer of the other side, whatever its status. */
export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** Parsed JSON; the text itself when a non-2xx answer is no JSON; undefined when empty. */
  readonly body: unknown
}

/** One request with a JSON body. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  /** Starts with a slash. */
  readonly path: string
  /** Sent as JSON. */
  readonly body?: unknown
  /** A read: tried up to four times. A write is tried once, its caller decides what a failure means. */
  readonly idempotent: boolean
  readonly signal: AbortSignal
  /** Stands around every try: the place of limiter and breaker. */
  readonly admit?: (send: () => Promise<HttpResponse>) => Promise<HttpResponse>
}

/** Requests to one service, with its limits, retries and breaker. */
export interface HttpClient {
  /**
   * Sends a request and reads the whole answer. Every status is an answer; a read gives the last one when its tries are spent.
   * @throws ObmenError transient `http.unreachable`, `http.tls_untrusted` (details.sent `no`), `http.interrupted`,
   * `http.timeout`, `http.not_json`, `http.too_large` (details.sent `maybe`); the signal's reason when aborted
   */
  request(request: HttpRequest): Promise<HttpResponse>
  /** Breaks open requests and closes the sockets; idempotent. */
  close(): Promise<void>
}

/** What a client needs to know of the service. */
export interface HttpClientOptions {
  /** Absolute, without a trailing slash; may hold a path. */
  readonly baseUrl: string
  /** Waits between tries are clock time. */
  readonly clock: Clock
  /** 0…1, for jitter. */
  readonly random: () => number
  /** Called for every try, so that a replaced key is used at once; may reveal secrets. They are never logged. */
  readonly headers: () => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>
  /** Real milliseconds for one try, from connecting to the last byte. */
  readonly timeoutMs: number
  readonly userAgent: string
  readonly log?: Log
  /** Replaces the network in tests. */
  readonly dispatcher?: Dispatcher
}

const MAX_TRIES = 4
const BACKOFF_MS = 500
const MAX_BACKOFF_MS = 20_000
/** A longer `Retry-After` is the caller's to plan with. */
const MAX_WAIT_MS = 60_000
/** Real milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000
const CONNECTIONS = 16
/** Bytes. A page of 1,000 prices is about 2 MB. */
const MAX_BODY = 64 * 1024 * 1024
const TEXT_KEPT = 2000

/** A JSON client for one host. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const own = new Agent({ connections: CONNECTIONS, connect: { timeout: CONNECT_TIMEOUT_MS }, pipelining: 1 })
  const agent = options.dispatcher ?? own
  let closed = false

  return {
    async request(request) {
      const send = (): Promise<HttpResponse> => sendOnce(options, agent, request)
      const attempt = (): Promise<HttpResponse> => (request.admit === undefined ? send() : request.admit(send))
      return request.idempotent ? await retried(options, request, attempt) : await attempt()
    },
    async close() {
      if (closed) return
      closed = true
      await own.destroy()
    },
  }
}

async function retried(
  options: HttpClientOptions,
  request: HttpRequest,
  attempt: () => Promise<HttpResponse>,
): Promise<HttpResponse> {
  for (let tries = 1; ; tries++) {
    let response: HttpResponse | undefined
    let failure: unknown
    try {
      response = await attempt()
      if (!isPassing(response.status)) return response
    } catch (error) {
      if (!isWorthRepeating(error)) throw error
      failure = error
    }
    const asked =
      response === undefined ? undefined : parseRetryAfter(response.headers['retry-after'], options.clock.now())
    if (tries === MAX_TRIES || (asked ?? 0) > MAX_WAIT_MS) {
      if (response !== undefined) return response
      throw failure
    }
    const jitter = options.random() * Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** (tries - 1))
    const waitMs = (asked ?? 0) + jitter
    options.log?.warn(
      { path: request.path, attempt: tries, status: response?.status, waitMs: Math.round(waitMs), err: failure },
      'request will be retried',
    )
    await options.clock.sleep(waitMs, request.signal)
  }
}

/** Statuses that say "not now". */
function isPassing(status: number): boolean {
  return status === 408 || status === 429 || status >= 500
}

/** An open breaker is not asked again: it opens only after its probe. */
function isWorthRepeating(error: unknown): boolean {
  return error instanceof ObmenError && error.kind === 'transient' && error.code !== 'http.circuit_open'
}

async function sendOnce(options: HttpClientOptions, agent: Dispatcher, request: HttpRequest): Promise<HttpResponse> {
  const doing = `sending ${request.method} ${request.path}`
  const headers = { ...(await options.headers()), 'user-agent': options.userAgent, accept: 'application/json' }
  request.signal.throwIfAborted()
  const deadline = createDeadline(request.signal, options.timeoutMs)
  const startedAt = options.clock.now()
  try {
    const answer = await undiciRequest(options.baseUrl + request.path, {
      method: request.method,
      headers: request.body === undefined ? headers : { ...headers, 'content-type': 'application/json' },
      body: request.body === undefined ? null : JSON.stringify(request.body),
      signal: deadline.signal,
      dispatcher: agent,
      // The deadline covers the whole try; undici's own timers would only repeat it coarsely.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    const text = await readText(answer.body, doing)
    options.log?.debug(
      { path: request.path, status: answer.statusCode, ms: Math.round(options.clock.now() - startedAt) },
      'request answered',
    )
    return {
      status: answer.statusCode,
      headers: flatten(answer.headers),
      body: parseBody(text, answer.statusCode, doing),
    }
  } catch (error) {
    if (request.signal.aborted) throw request.signal.reason
    if (error instanceof ObmenError) throw error
    if (deadline.expired()) {
      throw new ObmenError(
        'transient',
        'http.timeout',
        `${doing}: no complete answer within ${options.timeoutMs / 1000} s`,
        {
          cause: error,
          details: { sent: 'maybe' },
          remedy: 'Nothing to do at once: it is tried again by itself; if it lasts, check the network of this machine.',
        },
      )
    }
    throw networkFailure(doing, error)
  } finally {
    deadline.release()
  }
}

async function readText(body: Dispatcher.ResponseData['body'], doing: string): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BODY) {
      throw new ObmenError('transient', 'http.too_large', `${doing}: the answer is longer than ${MAX_BODY} bytes`, {
        details: { sent: 'maybe' },
        remedy: 'Check that the base URL of the account names the API itself.',
      })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseBody(text: string, status: number, doing: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch (cause) {
    if (status < 200 || status > 299) return text.slice(0, TEXT_KEPT)
    // A page of some proxy in front of the API: whether the API did the work is not known.
    throw new ObmenError('transient', 'http.not_json', `${doing}: answered ${status} with something that is no JSON`, {
      cause,
      details: { sent: 'maybe', beginning: text.slice(0, 200) },
      remedy: 'If it lasts, check that the base URL names the API and that no proxy answers in its place.',
    })
  }
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}
