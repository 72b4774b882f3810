import { resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { loadEdited } from '../app/edited-project.ts'
import { loadProject, usable } from '../app/project.ts'
import { sendingPipelines } from '../app/read-held.ts'
import { withReadOnlyRuntime, type UsableProject } from '../app/read-only.ts'
import { readPlan } from '../app/read-plan.ts'
import type { Config, PipelineConfig } from '../config/model.ts'
import { clockFromEnvironment } from '../core/clock.ts'
import { didYouMean } from '../core/diagnostic.ts'
import { ObmenError } from '../core/errors.ts'
import type { ItemPipeline } from '../pipeline/item-pipeline.ts'
import { createFiles } from '../state/disk.ts'
import type { PlanDifference, PlanView } from '../views/plan-data.ts'
import { planDifferences } from '../views/plan-difference.ts'
import { differencesText, planText } from '../views/plan-text.ts'
import { writePlanWorkbook } from '../views/plan-workbook.ts'
import { projectFolder } from './folder.ts'

/** Rows of each lane that fit on a screen. */
const ROWS = 20

interface Options {
  readonly config?: string
  readonly excel?: string
  readonly json?: true
  readonly rows: number
  readonly all?: true
}

/** `obmen plan <pipeline>`: a look without a sender. */
export function planCommand(): Command {
  return new Command('plan')
    .description('show item by item what a pipeline would send now, and why; sends and changes nothing')
    .argument('<pipeline>', 'a pipeline that sends to a marketplace')
    .option('--config <folder>', 'an edited copy of config/ and pipelines/: what it would send, and what it changes')
    .option('--excel <file>', 'write it as a table for the manager')
    .option('--rows <number>', 'rows of each lane, of what is held and of what is rejected', wholeNumber, ROWS)
    .option('--all', 'every row')
    .option('--json', 'as JSON, always with every row')
    .addHelpText('after', HELP)
    .action(async (name: string, options: Options, command: Command) => {
      const root = projectFolder(command)
      const project = await loadProject(root, process.env)
      const now = { config: usable(project), tables: project.tables }
      const { plan, differences } = await plans(name, now, options.config, root)
      const rows = options.all === true ? Number.POSITIVE_INFINITY : options.rows
      if (options.json === true) {
        const whole = differences === undefined ? plan : { ...plan, differences }
        process.stdout.write(`${JSON.stringify(whole, null, 2)}\n`)
      } else {
        if (options.config !== undefined) process.stdout.write(`with the edited configuration in ${options.config}\n`)
        process.stdout.write(planText(plan, rows))
        if (differences !== undefined) process.stdout.write(`\n${differencesText(differences, plan, rows)}`)
      }
      if (options.excel === undefined) return
      await writePlanWorkbook(plan, differences, resolve(options.excel), createFiles())
      process.stderr.write(`written to ${options.excel}\n`)
    })
}

interface Plans {
  readonly plan: PlanView
  /** Present with an edited configuration. */
  readonly differences?: readonly PlanDifference[]
}

/** The plan of a pipeline: under the configuration at work, or under an edited one with what that changes. */
async function plans(name: string, now: UsableProject, folder: string | undefined, root: string): Promise<Plans> {
  if (folder === undefined) return { plan: await planOf(name, now) }
  const edited = await loadEdited(resolve(folder), root, process.env, now.config)
  const plan = await planOf(name, edited)
  // A pipeline that only the edit has sends nothing yet.
  const isNew = sendingPipelines(now.config).every((each) => each.name !== name)
  const before = isNew ? { ...plan, send: [], held: [], rejected: [] } : await planOf(name, now)
  return { plan, differences: planDifferences(before, plan) }
}

async function planOf(name: string, project: UsableProject): Promise<PlanView> {
  const pipeline = sendingPipeline(project.config, name)
  const plan = await withReadOnlyRuntime(project, clockFromEnvironment(process.env), (runtime) => {
    const built = runtime.itemPipelines.find(({ config }) => config === pipeline) as ItemPipeline
    return readPlan(built, runtime, new AbortController().signal)
  })
  if (plan !== undefined) return plan
  throw new ObmenError('config', 'plan.no_state', `planning ${name}: nothing of 1C has been read yet`, {
    remedy: 'Run "obmen run" or "obmen start" first: a new account only observes.',
  })
}

const HELP = `
Examples:
  obmen plan ozon-prices
  obmen plan ozon-stocks --all | less
  obmen plan ozon-prices --excel plan.xlsx
  cp -r config pipelines draft/, edit there, then: obmen plan ozon-prices --config draft

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
