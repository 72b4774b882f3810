import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config, PipelineConfig } from '../config/model.ts'
import type { PipelineTest } from '../config/test-file.ts'
import type { Clock } from '../core/clock.ts'
import type { Files } from '../core/files.ts'
import { fingerprintValue } from '../core/fingerprint.ts'
import type { Reason } from '../core/item.ts'
import type { LedgerEntry } from '../core/ledger.ts'
import { silentLog } from '../core/log.ts'
import type { WriteItem, WriteRequest } from '../core/marketplace.ts'
import type { Account } from '../pipeline/account.ts'
import type { AspectRuntime } from '../pipeline/aspect.ts'
import type { ValueChange } from '../pipeline/flows.ts'
import type { ItemPipeline } from '../pipeline/item-pipeline.ts'
import { createMemoryStore } from '../state/open.ts'
import type { Happened } from '../views/test-results.ts'
import { tablesOver, type Tables } from '../tables/index.ts'
import { namesOf, recordsOf } from './given-goods.ts'
import { LastingParts } from './lasting-parts.ts'
import { buildRuntime, type Runtime } from './runtime.ts'

/** What a look made of the goods of a test. */
export interface Looked {
  /** Why the whole look was held; nothing else is known then. */
  readonly hold?: Reason
  /** By item: what would be sent or is held, why it was rejected, or why there is nothing to send. */
  readonly items: ReadonlyMap<string, Happened>
  /** What would be sent, in requests of the marketplace's size. */
  readonly requests: readonly WriteRequest[]
}

/**
 * Looks at the goods of a test with the pipeline's own chain: a runtime like every other, over a store that forgets.
 * Neither the state of the project nor a marketplace is touched.
 */
export async function lookAt(
  test: PipelineTest,
  pipeline: PipelineConfig,
  project: { readonly config: Config; readonly tables: Tables },
): Promise<Looked> {
  const lasting = new LastingParts()
  try {
    const clock: Clock = { now: () => test.at, sleep: () => Promise.resolve(), fromReal: (ms) => ms }
    const runtime = await buildRuntime({
      config: withoutState(project.config),
      tables: tablesOver(project.tables, test.tables),
      store: createMemoryStore(),
      clock,
      files: NO_FILES,
      log: silentLog,
      random: () => 0.5,
      lasting: lasting.claim(),
      onHint: () => {},
    })
    const built = runtime.itemPipelines.find((each) => each.config.name === pipeline.name)
    if (built === undefined) throw new Error(`${pipeline.name} was not built`)
    await prepare(test, built, runtime)
    return await look(built)
  } finally {
    await lasting.keepOnly()
  }
}

/** Writes nowhere: what a runtime keeps in files, it keeps in memory too. */
const nothing = (): Promise<void> => Promise.resolve()
const NO_FILES: Files = {
  writeAtomic: nothing,
  append: nothing,
  move: nothing,
  copy: nothing,
  remove: nothing,
  makeFolder: nothing,
}

/** No journal and no order file of the project is looked at. */
function withoutState(config: Config): Config {
  const folder = join(tmpdir(), `obmen-test-${randomUUID()}`)
  const exchanges = [...config.exchanges].map(([name, exchange]) => {
    const { orders: _, ...rest } = exchange
    return [name, rest] as const
  })
  return { ...config, folders: { ...config.folders, state: folder }, exchanges: new Map(exchanges) }
}

async function prepare(test: PipelineTest, { account, aspect, exchange, names }: ItemPipeline, runtime: Runtime) {
  const { catalogue } = exchange
  const application = await catalogue.begin(test.at - test.statedAgo, 'goods')
  await application.apply(recordsOf(test.goods, names))
  await application.finish(runtime.clock.now())
  account.setWarehouses(
    [...account.parts.config.warehouses.keys()].map((name, i) => ({
      id: /^\d+$/.test(name) ? name : String(i + 1),
      name,
      active: true,
    })),
  )
  const known = [...test.ledger].flatMap(([item, value]) => idsOf(test, item).map((itemId) => ({ itemId, value })))
  await account.giveOfferIds(known.map(({ itemId }) => itemId))
  await aspect.ledger.put(
    known.flatMap(({ itemId, value }) => entriesOf(itemId, value, aspect, account, test.at - DAY_MS)),
  )
}

const DAY_MS = 86_400_000

/** The ids of an item of a test: of a good that stands there several times, all of them. */
export function idsOf({ goods }: PipelineTest, item: string): readonly string[] {
  const [name = '', variant] = item.split('#')
  const good = goods.get(name)
  const ids = good === undefined ? [] : namesOf(name, good)
  return variant === undefined ? ids : ids.map((id) => `${id}#${variant}`)
}

function entriesOf(
  itemId: string,
  stated: Readonly<Record<string, string | number | undefined>>,
  { aspect, writer }: AspectRuntime,
  account: Account,
  since: number,
): LedgerEntry[] {
  const accepted = (value: unknown): Pick<LedgerEntry, 'accepted'> => {
    const own = writer.normalise(value)
    return { accepted: { value: own, fingerprint: fingerprintValue(own), since } }
  }
  if (aspect !== 'stocks') return [{ itemId, ...accepted(stated) }]
  return Object.entries(stated).map(([name, quantity]) => {
    const warehouse = account.marketplaceWarehouse(name)
    return { itemId, ...('id' in warehouse ? { warehouseId: warehouse.id } : {}), ...accepted({ quantity }) }
  })
}

async function look(pipeline: ItemPipeline): Promise<Looked> {
  const { account, aspect } = pipeline
  const preview = await pipeline.preview(new AbortController().signal)
  if ('hold' in preview) return { hold: preview.hold.reason, items: new Map(), requests: [] }
  const items = new Map<string, Happened>()
  for (const [id, why] of preview.absent) items.set(id, { nothing: why })
  for (const [id, { reason }] of preview.rejected) items.set(id, { rejected: reason })
  for (const change of preview.changes) {
    const known = items.get(change.itemId)
    const earlier = known !== undefined && 'changes' in known ? known.changes : []
    items.set(change.itemId, { changes: [...earlier, { ...change, ...warehouseOf(change, account) }] })
  }
  const free = preview.changes.filter((change) => change.held === undefined)
  const offerIds = await account.proposeOfferIds(free.map((change) => change.itemId))
  const writes = free.flatMap((change): WriteItem<unknown>[] => {
    const offerId = offerIds.get(change.itemId)
    if (typeof offerId === 'string') return [{ ...change, offerId }]
    if (offerId !== undefined) items.set(change.itemId, { rejected: offerId })
    return []
  })
  const requests: WriteRequest[] = []
  for (let from = 0; from < writes.length; from += aspect.writer.maxBatch) {
    requests.push(aspect.writer.encode(writes.slice(from, from + aspect.writer.maxBatch)))
  }
  return { items, requests }
}

function warehouseOf({ warehouseId }: ValueChange, account: Account): { readonly warehouse?: string } {
  const found = account.warehouses?.find(({ id }) => id === warehouseId)
  return found === undefined ? {} : { warehouse: found.name }
}
