import { once } from 'node:events'
import { Command, InvalidArgumentError } from 'commander'
import { clockFromEnvironment } from '../core/clock.ts'
import { startOzonSimulator } from '../simulator/ozon/index.ts'

interface SimulateOptions {
  readonly port: number
  readonly host: string
}

/** `obmen simulate`: local marketplaces to try things out without an account. Runs until SIGINT or SIGTERM. */
export function simulateCommand(): Command {
  const ozon = new Command('ozon')
    .description('run a local Ozon Seller API with its limits and errors, and a control API to order goods and trouble')
    .option('--port <number>', 'port to listen on, 0 = any free one', readPort, 8090)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .action(async ({ port, host }: SimulateOptions) => {
      const simulator = await startOzonSimulator({ port, host, clock: clockFromEnvironment(process.env) })
      process.stdout.write(greeting(simulator.url))
      await stopSignal()
      await simulator.close()
    })
  return new Command('simulate').description('run a local marketplace').addCommand(ozon)
}

async function stopSignal(): Promise<void> {
  const listening = new AbortController()
  const { signal } = listening
  await Promise.race([once(process, 'SIGINT', { signal }), once(process, 'SIGTERM', { signal })])
  listening.abort()
}

function greeting(url: string): string {
  return [
    `Ozon Seller API   ${url}   (any Client-Id, any Api-Key)`,
    `goods and orders  POST ${url}/_sim/products · /_sim/postings · /_sim/postings/<number>/ship|cancel · /_sim/warehouses`,
    `trouble           PUT ${url}/_sim/faults · /_sim/drift, POST ${url}/_sim/keys · /_sim/reset`,
    `what happened     GET ${url}/_sim/state · /_sim/ledger · /_sim/requests`,
    '',
  ].join('\n')
}

function readPort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('expected a number from 0 to 65535.')
  return port
}
