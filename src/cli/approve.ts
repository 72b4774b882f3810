import { userInfo } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { connectorOf, ownershipOf } from '../app/probe.ts'
import { loadProject, usable } from '../app/project.ts'
import { readService } from '../app/read-status.ts'
import type { Config } from '../config/model.ts'
import { clockFromEnvironment } from '../core/clock.ts'
import { approve, isApproved, readApprovals, revoke } from '../state/approvals.ts'
import { createFiles } from '../state/disk.ts'
import { moment } from '../views/moments.ts'
import { accountNamed } from './account.ts'
import { projectFolder } from './folder.ts'
import { timezoneOf, whenItActs } from './service-state.ts'

/** `obmen approve <account>`: a person lets an account write. The running service sees it within seconds. */
export function approveCommand(): Command {
  return new Command('approve')
    .description('let an account write to its marketplace; until then it only observes')
    .argument('<account>', 'name of the account in config/marketplaces.yaml')
    .option('--revoke', 'make the account observe again')
    .addHelpText(
      'after',
      '\nLook first: "obmen plan <pipeline>" shows item by item what an observing account would send.',
    )
    .action(async (name: string, options: { readonly revoke?: boolean }, command: Command) => {
      const config = usable(await loadProject(projectFolder(command), process.env))
      const account = accountNamed(config, name, 'approving')
      const connector = connectorOf(account)
      const mark = ownershipOf(connector)
      await connector.close()
      const file = join(config.folders.state, 'approvals.csv')
      const wish = { ...mark, by: userInfo().username, at: clockFromEnvironment(process.env).now() }
      const already = isApproved(await readApprovals(file), mark)
      const cabinet = `${connector.title} cabinet ${mark.ownId} at ${mark.baseUrl}`
      if (options.revoke === true) {
        if (already) await revoke(file, createFiles(), wish)
        process.stdout.write(`${name} (${cabinet}) observes: nothing is written\n`)
        return
      }
      process.stdout.write(await preview(config, name))
      if (!already) await approve(file, createFiles(), wish)
      process.stdout.write(`${name} (${cabinet}) is approved; ${await whenItActs(config)}\n`)
    })
}

/** What an approval sets in motion, as the last look of the service found it. */
async function preview(config: Config, account: string): Promise<string> {
  const service = await readService(config.folders.state)
  const mine = (service?.pipelines ?? []).filter((pipeline) => pipeline.account === account)
  if (service === undefined || mine.every((pipeline) => pipeline.lastLook === undefined)) {
    return 'nothing has been computed for this account yet: "obmen run" or "obmen start" shows first what it would send\n'
  }
  const lines = mine.map((pipeline) => {
    const planned = sum(pipeline.plan)
    const held = sum(pipeline.lastLook?.held ?? {})
    const rejected = sum(pipeline.lastLook?.rejected ?? {})
    const blocked = pipeline.blocked === undefined ? '' : `; HELD as a whole: ${pipeline.blocked}`
    return `  ${pipeline.name}: ${planned} to send, ${held} held, ${rejected} rejected${blocked}\n`
  })
  const at = moment(service.at, timezoneOf(config))
  return `what the account would send, as of ${at}:\n${lines.join('')}`
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0)
}
