import { join, relative, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { Command } from 'commander'
import { writeMatches } from '../app/adopt.ts'
import { loadProject, usable } from '../app/project.ts'
import { withReadOnlyRuntime } from '../app/read-only.ts'
import { readMatch, type MatchReading } from '../app/read-match.ts'
import { clockFromEnvironment } from '../core/clock.ts'
import { ObmenError } from '../core/errors.ts'
import type { Connector } from '../core/marketplace.ts'
import type { Match } from '../state/matches.ts'
import { createFiles } from '../state/disk.ts'
import { failpointFromEnvironment } from '../state/failpoint.ts'
import { matchText } from '../views/match-text.ts'
import { writeMatchWorkbook } from '../views/match-workbook.ts'
import { accountNamed } from './account.ts'
import { projectFolder } from './folder.ts'
import { timezoneOf } from './service-state.ts'

interface Options {
  readonly from?: string
  readonly out?: string
  readonly code?: string
  readonly yes?: true
}

/** `obmen match <account>`: adopts the cards that an account has already. */
export function matchCommand(): Command {
  return new Command('match')
    .description('pair the cards that an account has already with the goods of 1C; sends nothing')
    .argument('<account>', 'name of the account in config/marketplaces.yaml')
    .option('--from <file.xlsx>', 'take the decisions that a person wrote into the workbook')
    .option('--out <file.xlsx>', 'where the workbook goes (default: the folder of reports)')
    .option('--code <name>', "property or requisite of 1C that holds the card's article, SKU or product id")
    .option('--yes', 'write the pairs without asking')
    .addHelpText('after', HELP)
    .action(async (name: string, options: Options, command: Command) => {
      const root = projectFolder(command)
      const project = await loadProject(root, process.env)
      const config = usable(project)
      accountNamed(config, name, 'matching')
      const clock = clockFromEnvironment(process.env)
      const from = options.from === undefined ? undefined : resolve(options.from)
      const read = await withReadOnlyRuntime({ config, tables: project.tables }, clock, async (runtime) => {
        const account = runtime.accounts.get(name)
        if (account === undefined) throw new Error(`${name} was not built`)
        const reading = await readMatch(account, { code: options.code, from }, new AbortController().signal)
        return { reading, connector: account.parts.connector }
      })
      if (read === undefined || read.reading.items.length === 0) {
        throw new ObmenError('config', 'match.no_state', `matching ${name}: nothing of 1C has been read yet`, {
          remedy: 'Run "obmen run" or "obmen start" first: a new account only observes.',
        })
      }
      const { reading, connector } = read
      process.stdout.write(matchText(viewOf(name, connector, reading, options)))
      const files = createFiles({ failpoint: failpointFromEnvironment(process.env) })
      const at = clock.now()
      if (options.from === undefined || options.out !== undefined) {
        const stamp = new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
        const path = resolve(options.out ?? join(config.folders.reports, `match-${name}-${stamp}.xlsx`))
        const report = { account: name, marketplace: connector.title, timezone: timezoneOf(config), at }
        await writeMatchWorkbook(path, { ...report, ...reading }, files)
        process.stdout.write(`workbook: ${relative(root, path).startsWith('..') ? path : relative(root, path)}\n`)
      }
      const matches = matchesOf(reading)
      if (matches.length === 0) {
        process.stdout.write('there is nothing to write\n')
        return
      }
      if (options.yes !== true && !(await confirmed(matches.length))) {
        process.stdout.write('nothing was written; "--yes" writes these pairs without asking\n')
        return
      }
      const done = await writeMatches(config.folders.state, connector, files, matches, at)
      const when = done === 'written' ? '' : '; the service takes them within seconds'
      process.stdout.write(`${count(matches.length)} written for ever${when}\n`)
    })
}

const HELP = `
Examples:
  obmen match ozon-main                            shows what it found, writes a workbook, asks
  obmen match ozon-main --code "SKU Ozon" --yes
  obmen match ozon-main --from match-ozon-main-20261123-0900.xlsx

A pair is sure when the article (as the account's identity gives it), a barcode or the code leads to exactly one card
and back. The rest stands in the workbook: write «да» into the right rows, save it and run the command with --from.
Pairs that stand are never touched; a renamed article is proposed ("obmen held ls"), never sent as a second card.`

function viewOf(account: string, { title }: Connector, reading: MatchReading, { from }: Options) {
  const { offers, items, matching, renames, decided } = reading
  return {
    account,
    marketplace: title,
    cards: offers.length,
    archived: offers.filter(({ archived }) => archived).length,
    items: items.filter(({ selected }) => selected).length,
    matching,
    renames,
    ...(from === undefined ? {} : { decided: decided.length }),
  }
}

function matchesOf({ matching, decided }: MatchReading): Match[] {
  const said = decided.map(({ item, offer, replaces }): Match => {
    return { itemId: item.itemId, offerId: offer.offerId, ...(replaces === undefined ? {} : { replaces }) }
  })
  return [...said, ...matching.sure.map(({ item, offer }) => ({ itemId: item.itemId, offerId: offer.offerId }))]
}

/** Asks on a terminal; where nobody can answer the answer is no. */
async function confirmed(pairs: number): Promise<boolean> {
  if (!process.stdin.isTTY) return false
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const answer = await terminal.question(`write ${count(pairs)} into the journal of identity, for ever? [y/N] `)
    return /^(y|yes|д|да)$/i.test(answer.trim())
  } finally {
    terminal.close()
  }
}

function count(pairs: number): string {
  return `${pairs} ${pairs === 1 ? 'pair' : 'pairs'}`
}
