import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { exitCodeOf } from '../core/errors.ts'
import { approveCommand } from './approve.ts'
import { checkCommand } from './check.ts'
import { doctorCommand } from './doctor.ts'
import { explain } from './explain.ts'
import { heldCommand } from './held.ts'
import { initCommand } from './init.ts'
import { inspectCommand } from './inspect.ts'
import { matchCommand } from './match.ts'
import { ordersCommand } from './orders.ts'
import { planCommand } from './plan.ts'
import { quarantineCommand } from './quarantine.ts'
import { schemaCommand } from './schema.ts'
import { runCommand, startCommand } from './service.ts'
import { simulateCommand } from './simulate.ts'
import { statusCommand } from './status.ts'
import { testCommand } from './test.ts'

/** Every command, in the order in which an admin meets them. */
export function createProgram(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const program = new Command('obmen')
    .description('Keeps marketplaces in step with a 1C base by exchange files.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'explain a command')
    .option('-C, --dir <folder>', 'folder that holds config/ and pipelines/ (default: the current folder)')
    .addHelpText('after', HELP)
    .addCommand(initCommand())
    .addCommand(inspectCommand())
    .addCommand(doctorCommand())
    .addCommand(checkCommand())
    .addCommand(startCommand())
    .addCommand(runCommand())
    .addCommand(statusCommand())
    .addCommand(planCommand())
    .addCommand(matchCommand())
    .addCommand(approveCommand())
    .addCommand(heldCommand())
    .addCommand(ordersCommand())
    .addCommand(quarantineCommand())
    .addCommand(testCommand())
    .addCommand(schemaCommand())
    .addCommand(simulateCommand())
  settle(program)
  return program
}

const HELP = `
First use:
  obmen init shop                     asks, reads what 1C exports, writes a project
  obmen inspect /path/to/1c/webdata   what single exchange files hold
  obmen doctor main                   what your 1C base exports, what is missing, where to switch it on
  obmen check                         every mistake with its place, then asks the marketplaces
  obmen start                         observes: computes and reports everything, writes nothing
  obmen status                        how it is going, what is held or refused
  obmen match ozon-main               pairs cards you sell already with your goods; sends nothing
  obmen plan ozon-prices              item by item what would be sent, and why
  obmen approve ozon-main             from now on prices, stocks and orders flow

Exit codes: 0 fine, 2 configuration or usage, 3 unusable input, 4 a test failed, 5 try again later, 6 needs a person.`

/** Usage errors are thrown from every command, so that one place decides on the exit code. */
function settle(command: Command): void {
  command.exitOverride().showHelpAfterError(`(see "${pathOf(command)} --help")`)
  for (const child of command.commands) settle(child)
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}

/** Runs one command line to its end and leaves the exit code in `process.exitCode`. Never throws. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2
    } else {
      process.stderr.write(explain(error))
      process.exitCode = exitCodeOf(error)
    }
  }
}
