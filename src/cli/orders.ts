import { userInfo } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { DECISIONS } from '../app/decisions.ts'
import { loadProject, usable } from '../app/project.ts'
import { readOrders } from '../app/read-orders.ts'
import { clockFromEnvironment } from '../core/clock.ts'
import { didYouMean } from '../core/diagnostic.ts'
import { ObmenError } from '../core/errors.ts'
import { createFiles } from '../state/disk.ts'
import { readTicks, tickOff } from '../state/orders-done.ts'
import { isCurrent, ordersText, type OrderRow } from '../views/orders.ts'
import { projectFolder } from './folder.ts'
import { timezoneOf, whenItActs } from './service-state.ts'

/** `obmen orders`: postings on their way to 1C. */
export function ordersCommand(): Command {
  return new Command('orders')
    .description('show orders on their way to 1C, tick off cancelled ones')
    .addCommand(listCommand())
    .addCommand(doneCommand())
    .addHelpText(
      'after',
      `
Examples:
  obmen orders ls
  obmen orders done OZ000017      the order is cancelled in 1C as well: it leaves the file`,
    )
}

function listCommand(): Command {
  return new Command('ls')
    .description('list orders: number in 1C, posting, account, status, warehouse, how far towards 1C, what is wrong')
    .option('--all', 'also those that are over')
    .option('--json', 'as JSON')
    .action(async (options: { readonly all?: boolean; readonly json?: boolean }, command: Command) => {
      const config = usable(await loadProject(projectFolder(command), process.env))
      const orders = await readOrders(config)
      const shown = options.all === true ? orders : orders.filter(isCurrent)
      process.stdout.write(
        options.json === true
          ? `${JSON.stringify(shown, null, 2)}\n`
          : ordersText(shown, orders.length - shown.length, timezoneOf(config)),
      )
    })
}

function doneCommand(): Command {
  return new Command('done')
    .description('tick off a cancelled order after somebody has cancelled it in 1C')
    .argument('<number>', 'its number in 1C, or the posting number')
    .action(async (name: string, _options: unknown, command: Command) => {
      const config = usable(await loadProject(projectFolder(command), process.env))
      const order = find(await readOrders(config), name)
      const { exchange, account, posting, number = '' } = order
      const file = join(config.folders.state, DECISIONS.orders)
      const known = (await readTicks(file)).some(
        (tick) => tick.exchange === exchange && tick.account === account && tick.posting === posting,
      )
      if (!known) {
        const at = clockFromEnvironment(process.env).now()
        const by = userInfo().username
        await tickOff(file, createFiles(), { at, exchange, account, posting, number, by })
      }
      const rest = order.state === 'done' ? 'it has left the order file' : await whenItActs(config)
      process.stdout.write(`${number} (${posting}) is ticked off; ${rest}\n`)
    })
}

/** Only a cancelled order that 1C may know is ticked off; everything else ends by itself. */
function find(orders: readonly OrderRow[], name: string): OrderRow {
  const hits = orders.filter((order) => order.number === name || order.posting === name)
  const doing = `ticking off ${name}`
  const [order] = hits
  if (order === undefined) {
    const meant = didYouMean(
      name,
      orders.flatMap((each) => [each.number ?? each.posting, each.posting]),
    )
    const hint = meant === undefined ? 'see "obmen orders ls --all"' : `did you mean ${meant}?`
    throw new ObmenError('config', 'orders.unknown', `${doing}: there is no such order; ${hint}`)
  }
  if (hits.length > 1) {
    const postings = hits.map((each) => each.posting).join(', ')
    throw new ObmenError(
      'config',
      'orders.ambiguous',
      `${doing}: several orders have it; name the posting: ${postings}`,
    )
  }
  if (order.state !== 'cancelled' && order.state !== 'done') {
    throw new ObmenError(
      'config',
      'orders.not_cancelled',
      `${doing}: only an order that is cancelled at the marketplace and known to 1C can be ticked off`,
      { remedy: 'Cancel it in the cabinet of the marketplace first; "obmen orders ls" shows when that has arrived.' },
    )
  }
  return order
}
