import { Command } from 'commander'
import { loadProject, usable } from '../app/project.ts'
import { readStatus, readStatusOfService } from '../app/read-status.ts'
import { clockFromEnvironment, createClock } from '../core/clock.ts'
import { statusText } from '../views/status-text.ts'
import type { Status } from '../views/status.ts'
import { troublesOf } from '../views/troubles.ts'
import { projectFolder } from './folder.ts'
import { watch } from './watch.ts'

/** Real milliseconds between two looks with `--watch`. */
const EVERY = 2_000

interface Options {
  readonly json?: true
  readonly watch?: true
}

/** `obmen status`: what stands where. Exit code 0 = healthy, 1 = somebody should look. */
export function statusCommand(): Command {
  return new Command('status')
    .description('show accounts, exchanges, pipelines and orders; exit code 1 when somebody should look')
    .option('--json', 'as JSON')
    .option('--watch', 'show it again whenever it changes, until Ctrl+C')
    .addHelpText('after', HELP)
    .action(async (options: Options, command: Command) => {
      const root = projectFolder(command)
      if (options.watch !== true) {
        const status = await read(root)
        process.stdout.write(shown(status, options.json, 2))
        if (troublesOf(status).length > 0) process.exitCode = 1
        return
      }
      // A change of the clock alone is none: the times in words move all the time.
      const draw = async (): Promise<{ text: string; sameAs: string }> => {
        const status = await read(root)
        const { now: _, ...lasting } = status
        return { text: shown(status, options.json), sameAs: JSON.stringify([lasting, troublesOf(status)]) }
      }
      const isScreen = process.stdout.isTTY && options.json !== true
      await watch(draw, { clock: createClock(), every: EVERY, output: process.stdout, isScreen })
    })
}

const HELP = `
Reads the state beside a running service, or without one: then it tells what was done until it ended.
Exit code 0: healthy. 1: somebody should look; what and why stands on top. No service running is not healthy.
--json: healthy, troubles (code, subject, text), then what docs/status.md describes; with --watch one line a change\nand one a minute.`

async function read(root: string): Promise<Status> {
  const project = await loadProject(root, process.env)
  const now = clockFromEnvironment(process.env).now()
  const working = project.config === undefined ? await readStatusOfService(project.stateFolder, now) : undefined
  return working ?? (await readStatus(usable(project), now))
}

function shown(status: Status, json: true | undefined, indent?: number): string {
  if (json !== true) return statusText(status)
  const troubles = troublesOf(status)
  return `${JSON.stringify({ healthy: troubles.length === 0, troubles, ...status }, null, indent)}\n`
}
