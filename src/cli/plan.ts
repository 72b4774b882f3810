import { Command, InvalidArgumentError } from 'commander'
import { loadProject, usable } from '../app/project.ts'
import { sendingPipelines } from '../app/read-held.ts'
import { withReadOnlyRuntime } from '../app/read-only.ts'
import { readPlan } from '../app/read-plan.ts'
import type { Config, PipelineConfig } from '../config/model.ts'
import { clockFromEnvironment } from '../core/clock.ts'
import { didYouMean } from '../core/diagnostic.ts'
import { ObmenError } from '../core/errors.ts'
import { planText } from '../views/plan-text.ts'
import { projectFolder } from './folder.ts'

/** Rows of each lane that fit on a screen. */
const ROWS = 20

interface Options {
  readonly json?: true
  readonly rows: number
  readonly all?: true
}

/** `obmen plan <pipeline>`: a look without a sender. */
export function planCommand(): Command {
  return new Command('plan')
    .description('show item by item what a pipeline would send now, and why; sends and changes nothing')
    .argument('<pipeline>', 'a pipeline that sends to a marketplace')
    .option('--rows <number>', 'rows of each lane, of what is held and of what is rejected', wholeNumber, ROWS)
    .option('--all', 'every row')
    .option('--json', 'as JSON, always with every row')
    .addHelpText('after', HELP)
    .action(async (name: string, options: Options, command: Command) => {
      const project = await loadProject(projectFolder(command), process.env)
      const config = usable(project)
      const pipeline = sendingPipeline(config, name)
      const clock = clockFromEnvironment(process.env)
      const plan = await withReadOnlyRuntime({ config, tables: project.tables }, clock, (runtime) => {
        const built = runtime.itemPipelines.find((each) => each.config === pipeline)
        if (built === undefined) throw new Error(`${name} was not built`)
        return readPlan(built, runtime, new AbortController().signal)
      })
      if (plan === undefined) {
        throw new ObmenError('config', 'plan.no_state', `planning ${name}: nothing of 1C has been read yet`, {
          remedy: 'Run "obmen run" or "obmen start" first: a new account only observes.',
        })
      }
      const rows = options.all === true ? Number.POSITIVE_INFINITY : options.rows
      process.stdout.write(options.json === true ? `${JSON.stringify(plan, null, 2)}\n` : planText(plan, rows))
    })
}

const HELP = `
Examples:
  obmen plan ozon-prices
  obmen plan ozon-stocks --all | less

Reads the state beside a running service, or without one. Articles of new goods are proposed, not given.
What an approved account has in its plan is on its way; an observing one sends nothing until "obmen approve".`

function sendingPipeline(config: Config, name: string): PipelineConfig {
  const known = sendingPipelines(config)
  const pipeline = known.find((each) => each.name === name)
  if (pipeline !== undefined) return pipeline
  const names = known.map((each) => each.name)
  const meant = didYouMean(name, names)
  const hint = meant === undefined ? `there is ${names.join(', ') || 'none'}` : `did you mean ${meant}?`
  throw new ObmenError('config', 'plan.unknown_pipeline', `planning ${name}: no such pipeline sends; ${hint}`)
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new InvalidArgumentError('a whole number is expected')
}
