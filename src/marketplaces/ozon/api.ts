import type { ZodType } from 'zod'
import type { Clock } from '../../core/clock.ts'
import { ObmenError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import type { Health, LimitLeft } from '../../core/marketplace.ts'
import type { Secret } from '../../core/secret.ts'
import { createBreaker } from '../../http/breaker.ts'
import { createHttpClient, type HttpResponse } from '../../http/client.ts'
import { createLimiter } from '../../http/limiter.ts'
import { parseRetryAfter } from '../../http/retry-after.ts'
import { CONCURRENCY, RATE_LIMIT_WAIT_MS, TIMEOUT_MS, WINDOWS, type Method } from './limits.ts'
import { itemRetryAfter, readAnswer, requestFailure } from './outcome.ts'

/** One call of a method of Ozon. */
export interface Call<T> {
  readonly method: Method
  readonly body: unknown
  readonly schema: ZodType<T>
  readonly lane: number
  readonly signal: AbortSignal
}

/** An account's way to Ozon: key, limits, breaker and the classification of what comes back. */
export interface OzonApi {
  /** Repeated on transient failures. @throws as {@link OzonApi.write} */
  read<T>(call: Call<T>): Promise<T>
  /**
   * Sent once.
   * @throws ObmenError transient `ozon.rate_limited`, `ozon.circle_open`, `ozon.server_error`, `http.*`; fatal
   * `ozon.unauthorized`, `ozon.method_switched_off`, `ozon.refused`, `ozon.unexpected_answer`; `details.sent` says
   * whether it may have been executed
   */
  write<T>(call: Call<T>): Promise<T>
  health(): Health
  limits(): readonly LimitLeft[]
  close(): Promise<void>
}

/** What a client of one cabinet is made of. */
export interface OzonApiOptions {
  readonly baseUrl: string
  readonly clientId: string
  readonly apiKey: Secret
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  /** Real milliseconds for one request. */
  readonly timeoutMs?: number
}

/** Failures in a row that open the breaker, and the pause between probes. */
const BREAKER = { failures: 5, probeEvery: 30_000 }

/** A client of the Ozon API for one cabinet. */
export function createOzonApi(options: OzonApiOptions): OzonApi {
  const { clock } = options
  const limiter = createLimiter({ clock, windows: WINDOWS, concurrency: CONCURRENCY })
  const breaker = createBreaker({ clock, ...BREAKER })
  const http = createHttpClient({
    baseUrl: options.baseUrl,
    clock,
    random: options.random,
    headers: () => ({ 'client-id': options.clientId, 'api-key': options.apiKey.reveal() }),
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    userAgent: 'Obmen',
    log: options.log,
  })
  let trouble: { readonly error: ObmenError; readonly since: number } | undefined

  const pauseIfLimited = (response: HttpResponse): void => {
    // The quota of items (minutes, hours) concerns one method; only the rate of requests stops everything.
    if (response.status !== 429 || itemRetryAfter(response) !== undefined) return
    limiter.pause(parseRetryAfter(response.headers['retry-after'], clock.now()) ?? RATE_LIMIT_WAIT_MS)
  }

  const call = async <T>(what: Call<T>, idempotent: boolean): Promise<T> => {
    const { method, signal } = what
    try {
      const response = await http.request({
        method: 'POST',
        path: method,
        body: what.body,
        idempotent,
        signal,
        admit: (send) =>
          limiter.run(
            { lane: what.lane, key: method },
            async () => {
              const answer = await breaker.run(send, serverFault)
              pauseIfLimited(answer)
              return answer
            },
            signal,
          ),
      })
      const failure = requestFailure(method, response, clock.now())
      if (failure !== undefined) throw failure
      const answer = readAnswer(method, what.schema, response.body)
      trouble = undefined
      return answer
    } catch (error) {
      if (error instanceof ObmenError) {
        trouble = meansTrouble(error) ? { error, since: trouble?.since ?? clock.now() } : undefined
      }
      throw error instanceof ObmenError ? withHint(error) : error
    }
  }

  return {
    read: (what) => call(what, true),
    write: (what) => call(what, false),
    health() {
      if (trouble?.error.kind === 'fatal')
        return { state: 'stopped', reason: trouble.error.message, since: trouble.since }
      const state = breaker.state()
      if (state.state === 'open') return { state: 'down', reason: state.reason, since: trouble?.since ?? state.since }
      return trouble === undefined
        ? { state: 'up' }
        : { state: 'down', reason: trouble.error.message, since: trouble.since }
    },
    limits: () => limiter.left(),
    close: () => http.close(),
  }
}

function serverFault(response: HttpResponse): string | undefined {
  return response.status >= 500 ? `Ozon answered ${response.status}` : undefined
}

/** A refusal, a limit or a dead method says that Ozon is there and knows us. */
function meansTrouble(error: ObmenError): boolean {
  return error.code === 'ozon.unauthorized' || (error.kind === 'transient' && error.code !== 'ozon.rate_limited')
}

/** Ozon's certificate hangs on HARICA's root since June–August 2026 (news of the API docs); old root lists lack it. */
function withHint(error: ObmenError): ObmenError {
  if (error.code !== 'http.tls_untrusted') return error
  return new ObmenError('transient', error.code, error.message, {
    cause: error.cause,
    ...(error.details === undefined ? {} : { details: error.details }),
    remedy:
      'Ozon’s certificate is signed by HARICA since summer 2026: update Node.js, which brings the roots, and check the date of this machine; where an antivirus or a proxy inspects TLS, name its root in NODE_EXTRA_CA_CERTS.',
  })
}
