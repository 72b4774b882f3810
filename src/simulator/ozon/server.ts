import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ObmenError, isAbort } from '../../core/errors.ts'
import { createApi, type ValidateRequest } from './api.ts'
import { control, CONTROL_PREFIX } from './control.ts'
import type { ApiAnswer } from './errors.ts'
import { answerText } from './answer-text.ts'
import type { World } from './state.ts'

/** Far more than any request of the API needs; the control API takes whole assortments. */
const MAX_BODY_BYTES = 256 * 1024 * 1024

/** A running server. */
export interface RunningServer {
  readonly port: number
  /** Cuts every connection and waits until the port is free; idempotent. */
  close(): Promise<void>
}

/**
 * Serves a world over HTTP.
 * @throws ObmenError config `simulator.listen_failed` when the port or host cannot be had
 */
export async function serve(
  world: World,
  port: number,
  host: string,
  validateRequest?: ValidateRequest,
): Promise<RunningServer> {
  const api = createApi(world, validateRequest)
  const closing = new AbortController()
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // Cut short by the client or by close(): nobody is left to answer.
      if (isAbort(error) || response.destroyed || response.headersSent) response.destroy()
      else send(response, { status: 500, body: `simulator failed: ${(error as Error).stack}` }, false)
    })
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://simulator')
    const verb = request.method ?? ''
    const body = await readBody(request)
    if (url.pathname.startsWith(CONTROL_PREFIX)) {
      send(response, control(world, { verb, path: url.pathname, query: url.searchParams, body }), false)
      return
    }
    const credentials = { clientId: header(request, 'client-id'), apiKey: header(request, 'api-key') }
    const { answer, delay } = api({ verb, path: url.pathname, credentials, body })
    if (delay > 0) await world.clock.sleep(delay, closing.signal)
    if (answer === undefined) request.socket.destroy()
    else send(response, answer, world.drift.int64AsText)
  }

  await listen(server, port, host)
  let closed: Promise<void> | undefined
  return {
    port: (server.address() as AddressInfo).port,
    close: () => (closed ??= stop(server, closing)),
  }
}

function send(response: ServerResponse, answer: ApiAnswer, int64AsText: boolean): void {
  response.writeHead(answer.status, { 'Content-Type': 'application/json', ...answer.headers })
  response.end(answerText(answer.body, int64AsText))
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new RangeError(`request body exceeds ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value.trim() : undefined
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new ObmenError('config', 'simulator.listen_failed', `listening on ${host}:${port}: ${cause.message}`, {
          cause,
          remedy: 'Choose another --port, or stop the program that uses this one.',
        }),
      )
    })
    server.listen(port, host, resolve)
  })
}

async function stop(server: Server, closing: AbortController): Promise<void> {
  closing.abort()
  const done = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await done
}
