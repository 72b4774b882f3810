import { join } from 'node:path'
import { Command } from 'commander'
import { DECISIONS } from '../app/decisions.ts'
import { loadProject, usable } from '../app/project.ts'
import { readHeld, sendingPipelines } from '../app/read-held.ts'
import { readRenames } from '../app/read-renames.ts'
import { ingestPipelines, readHeldRemovals } from '../app/read-removals.ts'
import type { Config } from '../config/model.ts'
import { clockFromEnvironment } from '../core/clock.ts'
import { didYouMean } from '../core/diagnostic.ts'
import { ObmenError } from '../core/errors.ts'
import { decide, type Decision } from '../state/decisions.ts'
import type { Rename } from '../pipeline/renames.ts'
import { createFiles } from '../state/disk.ts'
import { decideRemovals } from '../state/removal-decisions.ts'
import { heldRemovalsText, type HeldRemovals } from '../views/held-removals.ts'
import { renamesText } from '../views/renames-text.ts'
import { heldText, type HeldValue } from '../views/held.ts'
import { projectFolder } from './folder.ts'
import { timezoneOf, whenItActs } from './service-state.ts'

/** `obmen held`: values that guards keep back, and what people decide about them. */
export function heldCommand(): Command {
  return new Command('held')
    .description('show values that a guard keeps back, send them or drop them')
    .addCommand(listCommand())
    .addCommand(decisionCommand('release', 'let held values go: they are sent if they are still wanted'))
    .addCommand(decisionCommand('drop', 'decide that held values are not sent: the marketplace keeps what it has'))
    .addHelpText(
      'after',
      `
Examples:
  obmen held ls ozon-prices
  obmen held release ozon-prices ART-1-S ART-2
  obmen held release ozon-stocks --all
  obmen held drop ozon-prices ART-1-S
  obmen held release 1c 3fa9c0d1

A decision counts for the value that is held now. Another value of the same item is judged anew.
Goods that a full export of 1C left out are held by the pipeline that takes its files: released they count as deleted,
dropped they stay as they are. A good that is renamed in 1C keeps its card under the old name: "ls" shows both names.`,
    )
}

function listCommand(): Command {
  return new Command('ls')
    .description('list held values: article, old and new value, why, since when')
    .argument('[pipeline]', 'only of this pipeline')
    .option('--json', 'as JSON')
    .action(async (pipeline: string | undefined, options: { readonly json?: boolean }, command: Command) => {
      const project = await loadProject(projectFolder(command), process.env)
      const config = usable(project)
      if (pipeline !== undefined) checkPipeline(config, pipeline)
      const held = await readHeld(config, pipeline)
      const removals = await readHeldRemovals(config, pipeline)
      const clock = clockFromEnvironment(process.env)
      const renames = pipeline === undefined ? await readRenames({ config, tables: project.tables }, clock) : []
      process.stdout.write(
        options.json === true
          ? `${JSON.stringify([...held, ...removals, ...renames], null, 2)}\n`
          : textOf(held, removals, renames, timezoneOf(config)),
      )
    })
}

function decisionCommand(decision: Decision['decision'], description: string): Command {
  return new Command(decision)
    .description(description)
    .argument('<pipeline>', 'the pipeline that holds them, as "obmen held ls" shows it')
    .argument('[items...]', 'articles (of the marketplace or of 1C), ids of 1C, or of what a full export left out')
    .option('--all', 'everything that this pipeline holds')
    .action(
      async (pipeline: string, items: readonly string[], { all = false }: { all?: boolean }, command: Command) => {
        const config = usable(await loadProject(projectFolder(command), process.env))
        checkPipeline(config, pipeline)
        if (all === items.length > 0) command.error('error: name articles or ids, or say --all')
        if (ingestPipelines(config).some(({ name }) => name === pipeline)) {
          await decideOnRemovals(config, pipeline, items, decision)
          return
        }
        const held = await readHeld(config, pipeline)
        const chosen = all ? held : choose(held, items, pipeline)
        const at = clockFromEnvironment(process.env).now()
        const decisions = chosen
          .filter((each) => each.decided !== decision)
          .map(({ account, aspect, key, fingerprint }) => ({ at, account, aspect, key, fingerprint, decision }))
        await decide(join(config.folders.state, DECISIONS.held), createFiles(), decisions)
        const word = decision === 'release' ? 'released' : 'dropped'
        const values = `${chosen.length} ${chosen.length === 1 ? 'value' : 'values'}`
        process.stdout.write(
          chosen.length === 0
            ? `${pipeline} holds nothing\n`
            : `${word} ${values} of ${pipeline}; ${await whenItActs(config)}\n`,
        )
      },
    )
}

function textOf(
  held: readonly HeldValue[],
  removals: readonly HeldRemovals[],
  renames: readonly Rename[],
  timezone: string,
): string {
  const others = [heldRemovalsText(removals, timezone), renamesText(renames)].filter((text) => text !== '')
  if (held.length === 0 && others.length > 0) return others.join('\n')
  return [...others, heldText(held, timezone)].join('\n')
}

/** Decides on what full exports left out; `ids` empty = everything that is held. */
async function decideOnRemovals(
  config: Config,
  pipeline: string,
  ids: readonly string[],
  decision: Decision['decision'],
): Promise<void> {
  const held = await readHeldRemovals(config, pipeline)
  const unknown = ids.find((id) => !held.some((each) => each.id === id))
  if (unknown !== undefined) {
    const hint = `see "obmen held ls ${pipeline}"`
    throw new ObmenError('config', 'held.unknown_item', `deciding on ${unknown}: ${pipeline} does not hold it; ${hint}`)
  }
  const chosen = held.filter((each) => ids.length === 0 || ids.includes(each.id))
  const at = clockFromEnvironment(process.env).now()
  const decisions = chosen
    .filter((each) => each.decided !== decision)
    .map(({ exchange, id }) => ({ at, exchange, id, decision }))
  await decideRemovals(join(config.folders.state, DECISIONS.removals), createFiles(), decisions)
  const count = chosen.reduce((sum, { products, offers }) => sum + products.count + offers.count, 0)
  const word = decision === 'release' ? 'released' : 'dropped'
  process.stdout.write(
    chosen.length === 0
      ? `${pipeline} holds nothing\n`
      : `${word} ${count} left out products and offers of ${pipeline}; ${await whenItActs(config)}\n`,
  )
}

function checkPipeline(config: Config, name: string): void {
  const names = [...sendingPipelines(config), ...ingestPipelines(config)].map((pipeline) => pipeline.name)
  if (names.includes(name)) return
  const meant = didYouMean(name, names)
  const hint = meant === undefined ? `these may hold something: ${names.join(', ')}` : `did you mean ${meant}?`
  throw new ObmenError('config', 'held.unknown_pipeline', `looking for what ${name} holds: no such pipeline; ${hint}`)
}

/** Every item that was named must be held: a typo in one of ten articles must not pass unseen. */
function choose(held: readonly HeldValue[], items: readonly string[], pipeline: string): readonly HeldValue[] {
  const chosen = new Set<HeldValue>()
  for (const item of items) {
    const hits = held.filter((each) => namesOf(each).includes(item))
    if (hits.length === 0) {
      const meant = didYouMean(item, new Set(held.flatMap(namesOf)))
      const hint = meant === undefined ? `see "obmen held ls ${pipeline}"` : `did you mean ${meant}?`
      throw new ObmenError('config', 'held.unknown_item', `deciding on ${item}: ${pipeline} does not hold it; ${hint}`)
    }
    for (const hit of hits) chosen.add(hit)
  }
  return [...chosen]
}

function namesOf({ offerId = '', article, itemId }: HeldValue): string[] {
  return [offerId, article, itemId].filter((name) => name !== '')
}
