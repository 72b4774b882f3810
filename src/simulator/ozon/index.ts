import type { Clock } from '../../core/clock.ts'
import type { ValidateRequest } from './api.ts'
import { seededRandom } from './random.ts'
import { serve } from './server.ts'
import { createWorld } from './state.ts'

export type { ValidateRequest } from './api.ts'

/** How a simulator is started. */
export interface OzonSimulatorOptions {
  /** 0 takes any free port. */
  readonly port: number
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Limits, switch-off dates and timestamps go by it. */
  readonly clock: Clock
  /** Which requests faults hit; a seeded source when absent, so that two runs are alike. */
  readonly random?: () => number
  /** Checks every request body; what it finds stands as `schemaErrors` in `GET /_sim/requests`. */
  readonly validateRequest?: ValidateRequest
}

/** A running simulator. */
export interface OzonSimulator {
  /** Without a slash at the end. */
  readonly url: string
  readonly port: number
  /** Cuts every connection and forgets everything; idempotent. */
  close(): Promise<void>
}

const SEED = 20_261_122

/**
 * Starts a local Ozon Seller API. Every positive whole Client-Id with any Api-Key is an account of its own; everything
 * else is ordered through the control API under `/_sim/`.
 * @throws ObmenError config `simulator.listen_failed`
 */
export async function startOzonSimulator(options: OzonSimulatorOptions): Promise<OzonSimulator> {
  const { port, host = '127.0.0.1', clock, random = seededRandom(SEED), validateRequest } = options
  const server = await serve(createWorld(clock, random), port, host, validateRequest)
  const shown = host.includes(':') ? `[${host}]` : host
  return { url: `http://${shown}:${server.port}`, port: server.port, close: () => server.close() }
}
