import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { MockAgent } from 'undici'
import { afterEach, expect, test } from 'vitest'
import { createClock, type Clock } from '../core/clock.ts'
import { createHttpClient, type HttpClient, type HttpClientOptions } from './client.ts'

const never = new AbortController().signal
const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup()
})

/** A server that answers each request in turn with one of `handlers`, the last one for good. */
async function serve(
  ...handlers: ((request: IncomingMessage, response: ServerResponse, body: string) => void)[]
): Promise<{ readonly url: string; readonly seen: { url: string; body: string; key: unknown }[] }> {
  const seen: { url: string; body: string; key: unknown }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      const handler = handlers[Math.min(seen.length, handlers.length - 1)]
      seen.push({ url: request.url ?? '', body, key: request.headers['api-key'] })
      handler?.(request, response, body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

function json(status: number, body: unknown, headers: Record<string, string> = {}) {
  return (_: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}

function clientFor(baseUrl: string, options: Partial<HttpClientOptions> = {}): HttpClient {
  const client = createHttpClient({
    baseUrl,
    clock: createClock(1000),
    random: () => 0.5,
    headers: () => ({ 'api-key': 'k' }),
    timeoutMs: 10_000,
    userAgent: 'test',
    ...options,
  })
  cleanups.push(() => client.close())
  return client
}

/** A clock that notes how long it was asked to sleep and does not. */
function sleeplessClock(slept: number[]): Clock {
  return { now: () => 0, fromReal: (ms) => ms, sleep: (ms) => Promise.resolve(void slept.push(ms)) }
}

test('sends JSON with the headers of the moment and reads JSON', async () => {
  const server = await serve(json(200, { ok: 'да 🙂' }, { 'X-Left': '7' }))
  let key = 0
  const client = clientFor(server.url, { headers: () => Promise.resolve({ 'api-key': `key-${++key}` }) })

  const first = await client.request({ method: 'POST', path: '/a', body: { п: '€' }, idempotent: false, signal: never })
  await client.request({ method: 'POST', path: '/a', body: {}, idempotent: false, signal: never })

  expect(first.status).toBe(200)
  expect(first.body).toEqual({ ok: 'да 🙂' })
  expect(first.headers['x-left']).toBe('7')
  expect(server.seen).toEqual([
    { url: '/a', body: '{"п":"€"}', key: 'key-1' },
    { url: '/a', body: '{}', key: 'key-2' },
  ])
})

test('retries a read with full jitter, longer each time, and gives the last answer after four tries', async () => {
  const server = await serve(json(503, { message: 'later' }))
  const slept: number[] = []
  const client = clientFor(server.url, { clock: sleeplessClock(slept) })

  const response = await client.request({ method: 'POST', path: '/r', body: {}, idempotent: true, signal: never })

  expect(response.status).toBe(503)
  expect(response.body).toEqual({ message: 'later' })
  expect(server.seen).toHaveLength(4)
  expect(slept).toEqual([250, 500, 1000])
})

test('waits as long as Retry-After asks, and not at all when that is too long', async () => {
  const slept: number[] = []
  const short = await serve(json(429, {}, { 'retry-after': '3' }), json(200, 'done'))
  const long = await serve(json(429, {}, { 'retry-after': '3600' }))

  const client = clientFor(short.url, { clock: sleeplessClock(slept) })
  const done = await client.request({ method: 'GET', path: '/r', idempotent: true, signal: never })
  const other = clientFor(long.url, { clock: sleeplessClock(slept) })
  const refused = await other.request({ method: 'GET', path: '/r', idempotent: true, signal: never })

  expect([done.status, refused.status]).toEqual([200, 429])
  expect(slept).toEqual([3250])
  expect(long.seen).toHaveLength(1)
})

test('never repeats a write', async () => {
  const server = await serve(json(500, {}), json(200, {}))

  const response = await clientFor(server.url).request({
    method: 'POST',
    path: '/w',
    body: {},
    idempotent: false,
    signal: never,
  })

  expect(response.status).toBe(500)
  expect(server.seen).toHaveLength(1)
})

test('a reply cut off after the request arrived may have been executed', async () => {
  const server = await serve((request) => request.socket.destroy())

  const sent = clientFor(server.url).request({ method: 'POST', path: '/w', body: {}, idempotent: false, signal: never })

  await expect(sent).rejects.toMatchObject({ kind: 'transient', code: 'http.interrupted', details: { sent: 'maybe' } })
})

test('a read survives a cut connection', async () => {
  const server = await serve((request) => request.socket.destroy(), json(200, 1))

  const response = await clientFor(server.url).request({
    method: 'POST',
    path: '/r',
    body: {},
    idempotent: true,
    signal: never,
  })

  expect(response.body).toBe(1)
})

test('no connection: certainly not executed', async () => {
  const server = await serve(json(200, {}))
  for (const cleanup of cleanups.splice(0)) await cleanup()

  const sent = clientFor(server.url).request({ method: 'POST', path: '/w', body: {}, idempotent: false, signal: never })

  await expect(sent).rejects.toMatchObject({
    kind: 'transient',
    code: 'http.unreachable',
    message: 'sending POST /w: no connection (ECONNREFUSED)',
    details: { sent: 'no' },
  })
})

test('a slow body runs into the deadline', async () => {
  const server = await serve((_, response) => void response.writeHead(200).write('{"a":'))

  const sent = clientFor(server.url, { timeoutMs: 50 }).request({
    method: 'POST',
    path: '/w',
    body: {},
    idempotent: false,
    signal: never,
  })

  await expect(sent).rejects.toMatchObject({ code: 'http.timeout', details: { sent: 'maybe' } })
})

test('an abort passes the signal’s reason through, whatever it waits for', async () => {
  const reason = new Error('stopping')
  const midBody = new AbortController()
  const server = await serve((_, response) => {
    response.writeHead(200).write('{"a":')
    midBody.abort(reason)
  })
  const betweenTries = new AbortController()
  const failing = await serve(json(500, {}))
  const clock = createClock()
  const aborting: Clock = {
    ...clock,
    sleep: (ms, signal) => {
      betweenTries.abort(reason)
      return clock.sleep(ms, signal)
    },
  }
  const request = { method: 'POST', path: '/', body: {}, idempotent: true } as const

  await expect(clientFor(server.url).request({ ...request, signal: midBody.signal })).rejects.toBe(reason)
  await expect(
    clientFor(failing.url, { clock: aborting }).request({ ...request, signal: betweenTries.signal }),
  ).rejects.toBe(reason)
  await expect(clientFor(server.url).request({ ...request, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
})

test('a page in place of JSON: of a 200 nothing is known, of a 502 it is the text', async () => {
  const page = (status: number) => (_: IncomingMessage, response: ServerResponse) =>
    void response.writeHead(status).end('<html>maintenance</html>')
  const request = { method: 'POST', path: '/w', body: {}, idempotent: false, signal: never } as const
  const ok = await serve(page(200))
  const bad = await serve(page(502))

  await expect(clientFor(ok.url).request(request)).rejects.toMatchObject({
    kind: 'transient',
    code: 'http.not_json',
    details: { sent: 'maybe' },
  })
  expect((await clientFor(bad.url).request(request)).body).toBe('<html>maintenance</html>')
})

test('a certificate that is not trusted is named as such, with what to do', async () => {
  const agent = new MockAgent()
  agent.disableNetConnect()
  agent
    .get('https://api.example')
    .intercept({ path: '/w', method: 'POST' })
    .replyWithError(Object.assign(new Error('unable'), { code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }))

  const sent = clientFor('https://api.example', { dispatcher: agent }).request({
    method: 'POST',
    path: '/w',
    body: {},
    idempotent: false,
    signal: never,
  })

  await expect(sent).rejects.toMatchObject({
    kind: 'transient',
    code: 'http.tls_untrusted',
    details: { sent: 'no' },
    remedy: expect.stringContaining('NODE_EXTRA_CA_CERTS') as string,
  })
  agent.assertNoPendingInterceptors()
})

test('every try passes the gate', async () => {
  const server = await serve(json(500, {}), json(200, {}))
  const statuses: number[] = []

  await clientFor(server.url).request({
    method: 'POST',
    path: '/r',
    body: {},
    idempotent: true,
    signal: never,
    admit: async (send) => {
      const response = await send()
      statuses.push(response.status)
      return response
    },
  })

  expect(statuses).toEqual([500, 200])
})

test('secrets never reach the log', async () => {
  const server = await serve(json(500, {}))
  const lines: string[] = []
  const note = (fields: object, message: string): void => void lines.push(JSON.stringify(fields) + message)
  const client = clientFor(server.url, {
    headers: () => ({ 'api-key': 'very-secret' }),
    log: { debug: note, info: note, warn: note, error: note },
  })

  await client.request({ method: 'POST', path: '/r', body: {}, idempotent: true, signal: never })

  expect(lines).not.toEqual([])
  expect(lines.join('\n')).not.toContain('very-secret')
})
