import { Command } from 'commander'
import { serve } from '../app/serve.ts'
import { Service, type ServiceOptions } from '../app/service.ts'
import { clockFromEnvironment } from '../core/clock.ts'
import { exitCodeOf } from '../core/errors.ts'
import { explain } from './explain.ts'
import { projectFolder } from './folder.ts'
import { createLog } from './log.ts'

function optionsOf(command: Command): ServiceOptions {
  return {
    root: projectFolder(command),
    env: process.env,
    clock: clockFromEnvironment(process.env),
    random: Math.random,
    log: createLog(process.env),
  }
}

const SETTINGS = `
Logs are JSON lines on standard output. Environment: OBMEN_LOG=debug|info|warn|error (default info).`

/** What a person at a terminal wants to know first; the log is for machines. */
async function greeting(service: Service): Promise<string> {
  const { runtime } = service
  const { config, accounts } = runtime
  const inboxes = [...config.exchanges.values()].flatMap((exchange) => exchange.inboxes)
  const lines = [`Obmen watches ${inboxes.join(', ')}`]
  for (const account of accounts.values()) {
    const mode = (await runtime.isApproved(account))
      ? 'approved, prices, stocks and orders flow'
      : `only observes, nothing is written until "obmen approve ${account.name}"`
    lines.push(`${account.parts.connector.title} account ${account.name}: ${mode}`)
  }
  return `${lines.join('\n')}\nCtrl+C stops it. "obmen status" shows how it is going.\n`
}

/** `obmen start`: the service, until SIGINT or SIGTERM. A second signal ends it at once. */
export function startCommand(): Command {
  return new Command('start')
    .description('run the service: take files of 1C, keep marketplaces in step, write orders, report')
    .addHelpText('after', SETTINGS)
    .action(async (_options: unknown, command: Command) => {
      const stopping = new AbortController()
      const insist = (): void => process.exit(130)
      const stop = (): void => {
        process.once('SIGINT', insist).once('SIGTERM', insist)
        stopping.abort()
      }
      let greeted = false
      try {
        await serve(optionsOf(command), stopping.signal, async (service) => {
          if (greeted) return
          greeted = true
          // Before anybody is told that it runs, and may stop it.
          process.once('SIGINT', stop).once('SIGTERM', stop)
          process.stderr.write(await greeting(service))
        })
      } finally {
        for (const listener of [stop, insist]) process.off('SIGINT', listener).off('SIGTERM', listener)
      }
    })
}

/** `obmen run`: one pass over everything, then the end. For a scheduler, and to see what a change does. */
export function runCommand(): Command {
  return new Command('run')
    .description('one pass: take what is ready, look, send what is due, write orders, report; then end')
    .addHelpText('after', `\nExit code 3: a file went to quarantine; 5: a marketplace did not answer.\n${SETTINGS}`)
    .action(async (_options: unknown, command: Command) => {
      const service = await Service.open(optionsOf(command))
      try {
        const faults = await service.runOnce()
        for (const fault of faults) process.stderr.write(explain(fault))
        process.exitCode = Math.max(0, ...faults.map(exitCodeOf))
      } finally {
        await service.close()
      }
    })
}
