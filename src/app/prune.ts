import { ObmenError } from '../core/errors.ts'
import { pruneArchive } from '../sources/files/archive.ts'
import type { ExchangeRuntime, Runtime } from './runtime.ts'
import { pruneTaken } from './taken.ts'

const DAY = 86_400_000
/** Reports read the history of the last hours; a person asks for some weeks. */
const HISTORY_KEPT = 90 * DAY
/** A run of 1C is remembered only to know that its next file belongs to it. */
const RUNS_KEPT = 30 * DAY

/** How often to look for what may go, clock milliseconds. */
export const PRUNE_EVERY = DAY

/** Removes what is of no use any more: archived files, the history, ended orders, runs of 1C, what is known of taken files. */
export async function prune(runtime: Runtime): Promise<void> {
  const { clock, history, exchanges, log } = runtime
  await history.prune(clock.now() - HISTORY_KEPT)
  for (const exchange of exchanges.values()) {
    const files = await pruneFiles(exchange, runtime)
    const orders = await exchange.orders.exclusive(() => exchange.orders.prune(clock.now()))
    await pruneRuns(exchange, runtime)
    await pruneTaken(exchange, runtime).catch((error: unknown) => {
      // The watcher tells of an inbox that cannot be read; the next time it is there again.
      if (!(error instanceof ObmenError) || error.kind !== 'transient') throw error
    })
    if (files > 0 || orders > 0)
      log.info({ exchange: exchange.config.name, files, orders }, 'old files and orders removed')
  }
}

/**
 * The archive keeps the last complete full set of every inbox and what followed it, whatever their age: the catalogue is
 * rebuilt from them. An inbox that never had one goes by the newest of the exchange.
 */
async function pruneFiles({ config, catalogue, sets }: ExchangeRuntime, runtime: Runtime): Promise<number> {
  const { fullStamp } = await catalogue.facts()
  if (fullStamp === undefined) return 0
  const { folders, archiveKeep } = runtime.config
  const { clock, files } = runtime
  const oldest = new Map<string, number>()
  for (const { inbox, full } of await sets.baselines()) {
    if (full !== undefined) oldest.set(inbox, Math.min(full.asOf, oldest.get(inbox) ?? full.asOf))
  }
  return pruneArchive(folders.archive, config.name, clock.now() - archiveKeep, files, ({ inbox, claimedAt }) => {
    // A stamp is 1C's clock: a day of room for one that is wrong.
    return claimedAt >= (oldest.get(inbox) ?? fullStamp) - DAY
  })
}

async function pruneRuns({ runs }: ExchangeRuntime, { store, clock }: Runtime): Promise<void> {
  const old: string[] = []
  for await (const [key, { seenAt }] of runs.entries()) if (seenAt < clock.now() - RUNS_KEPT) old.push(key)
  if (old.length > 0) await store.commit([{ namespace: runs.name, delete: old }])
}
