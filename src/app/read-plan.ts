import type { PipelineConfig } from '../config/model.ts'
import { splitOfferId } from '../core/catalogue.ts'
import { formatPlace, type Place } from '../core/errors.ts'
import type { Reason } from '../core/item.ts'
import type { PriceValue } from '../core/marketplace.ts'
import type { ValueChange } from '../pipeline/flows.ts'
import type { ItemPipeline } from '../pipeline/item-pipeline.ts'
import type { LookHold } from '../pipeline/look.ts'
import { rulesOf } from '../pipeline/rules.ts'
import { costOf } from '../pipeline/write-cost.ts'
import { changedPrices } from '../views/change-text.ts'
import type { HeldPlanValue, PlannedValue, PlanRejection, PlanView } from '../views/plan-data.ts'
import { itemOf, placeOf, warehouseName } from './item-facts.ts'
import type { Runtime } from './runtime.ts'

/** Products read at once for the places of what 1C stated. */
const READ_AT_ONCE = 1000

/** What a look of this pipeline would send now. Changes nothing: articles are proposed, not given. */
export async function readPlan(pipeline: ItemPipeline, runtime: Runtime, signal: AbortSignal): Promise<PlanView> {
  const { account, aspect, config } = pipeline
  const { newestStamp, newestFile } = await account.parts.catalogue.facts()
  const unread = (await aspect.readBack?.missing(account.parts)) ?? []
  const common = {
    at: runtime.clock.now(),
    pipeline: config.name,
    account: account.name,
    marketplace: account.parts.connector.title,
    aspect: aspect.aspect === 'stocks' ? ('stocks' as const) : ('prices' as const),
    approved: await runtime.isApproved(account),
    timezone: account.parts.exchange.timezone,
    ...(newestStamp === undefined ? {} : { data: { stamp: newestStamp, file: newestFile ?? '' } }),
    readBackFirst: unread.length > 0,
    rules: [...rulesOf(config)].map(([field, { place, text }]) => ({ field, place: formatPlace(place), text })),
  }
  const preview = await pipeline.preview(signal)
  if ('hold' in preview) {
    const none = { items: 0, send: [], held: [], rejected: [] }
    return { ...common, ...none, cost: costOf(0, aspect.writer), blocked: blockedBy(preview.hold) }
  }
  const free = preview.changes.filter((change) => change.held === undefined)
  const offerIds = await account.proposeOfferIds(free.map((change) => change.itemId))
  const valueOf = planner(pipeline)
  const send: PlannedValue[] = []
  const nameless = new Map<string, Reason>()
  for (const change of free) {
    const offerId = offerIds.get(change.itemId)
    if (typeof offerId === 'string') send.push(valueOf(change, offerId))
    else nameless.set(change.itemId, offerId ?? UNKNOWN)
  }
  const held = preview.changes.flatMap((change): HeldPlanValue[] => {
    if (change.held === undefined) return []
    const guard = formatPlace(guardPlace(change.held, config, account.parts.config.place))
    const value = valueOf(change, account.offerIdOf(change.itemId) ?? '')
    return [{ ...value, isNew: false, reason: change.held, ...(guard === '' ? {} : { guard }) }]
  })
  const rejected: Refused[] = [
    ...[...preview.rejected].map(([itemId, { reason }]): Refused => ({ key: itemId, itemId, reason, by: 'mapping' })),
    ...[...nameless].map(([itemId, reason]): Refused => ({ key: itemId, itemId, reason, by: 'identity' })),
  ]
  const planned = new Set(preview.changes.map((change) => change.key))
  for await (const refused of refusals(pipeline, planned)) rejected.push(refused)
  return {
    ...common,
    items: preview.items,
    cost: costOf(send.length, aspect.writer),
    send,
    held,
    rejected: await described(rejected, pipeline),
  }
}

const UNKNOWN: Reason = { code: 'item.product_unknown', message: '1C has not described this product yet' }

function blockedBy({ reason, unknown }: LookHold): NonNullable<PlanView['blocked']> {
  const names = unknown.map(({ used, suggestion }) => ({
    kind: used.kind,
    name: used.name,
    place: formatPlace(used.place),
    ...(suggestion === undefined ? {} : { suggestion }),
  }))
  return { ...reason, names }
}

/** Makes rows of a plan. Values made by the same rules share one list of places: there may be very many. */
function planner({ account, aspect, config }: ItemPipeline): (change: ValueChange, offerId: string) => PlannedValue {
  const rules = rulesOf(config)
  const { place: own, select, warehouses } = account.parts.config
  const zeroed: Readonly<Record<NonNullable<ValueChange['zeroedBy']>, readonly (Place | undefined)[]>> = {
    deleted: [config.absentPlace],
    unselected: [config.absentPlace, select?.place],
    stale: [own],
  }
  const known = new Map<string, readonly string[]>()
  const placesOf = ({ entry, value, zeroedBy, warehouseId }: ValueChange, warehouse: string): readonly string[] => {
    const isPrice = aspect.aspect === 'prices'
    const before = entry?.accepted?.value
    const fields = isPrice ? changedPrices(before as PriceValue | undefined, value as PriceValue) : ['stocks']
    const key = [zeroedBy, warehouseId, ...fields].join('\n')
    const found = known.get(key)
    if (found !== undefined) return found
    const stock = warehouses.get(warehouse) ?? warehouses.get(warehouseId ?? '')
    const made =
      zeroedBy === undefined ? [...fields.map((each) => rules.get(each)?.place), stock?.place] : zeroed[zeroedBy]
    const places = made.map(formatPlace).filter((place) => place !== '')
    known.set(key, places)
    return places
  }
  return (change, offerId) => {
    const { key, itemId, warehouseId, label, lane, value, zeroedBy, due, entry } = change
    const before = entry?.accepted?.value
    const warehouse = warehouseId === undefined ? '' : warehouseName(account, warehouseId)
    return {
      key,
      ...label,
      code1c: itemId,
      offerId,
      isNew: account.offerIdOf(itemId) === undefined,
      ...(warehouseId === undefined ? {} : { warehouse, warehouseId }),
      lane,
      ...(before === undefined ? {} : { before }),
      value,
      rules: placesOf(change, warehouse),
      ...(zeroedBy === undefined ? {} : { zeroedBy }),
      ...(due === undefined ? {} : { due }),
    }
  }
}

/** The option of `guard` that a code speaks for. */
const GUARD_OPTIONS: Readonly<Record<string, string>> = {
  'guard.max_change': 'maxChange',
  'guard.max_zeroed': 'maxZeroed',
  'guard.hold_share': 'holdShare',
}

/** Where the rule is written that holds a value; a person's decision is written nowhere in the configuration. */
function guardPlace({ code }: Reason, { stages }: PipelineConfig, account: Place): Place | undefined {
  if (code === 'stale.hold') return account
  const option = GUARD_OPTIONS[code]
  if (option === undefined) return undefined
  return stages.map((use) => use.optionPlaces.get(option)).find((place) => place !== undefined)
}

type Refused = Pick<PlanRejection, 'key' | 'by' | 'reason'> & {
  readonly itemId: string
  readonly warehouseId?: string
}

/** What the marketplace refused and what is not due yet to be tried again; `planned`: keys that are. */
async function* refusals({ aspect }: ItemPipeline, planned: ReadonlySet<string>): AsyncIterable<Refused> {
  for await (const [key, { itemId, warehouseId, attempt }] of aspect.ledger.entries()) {
    if (attempt?.state !== 'rejected' || attempt.reason === undefined || planned.has(key)) continue
    const { reason } = attempt
    yield { key, itemId, ...(warehouseId === undefined ? {} : { warehouseId }), by: 'marketplace', reason }
  }
}

/** Rejected items as people know them, with the place where 1C stated what the reason is about. */
async function described(rows: readonly Refused[], { account, aspect }: ItemPipeline): Promise<PlanRejection[]> {
  const found: PlanRejection[] = []
  for (let from = 0; from < rows.length; from += READ_AT_ONCE) {
    const part = rows.slice(from, from + READ_AT_ONCE)
    const products = await account.parts.catalogue.getMany(part.map((row) => splitOfferId(row.itemId).productId))
    for (const [i, { key, itemId, warehouseId, by, reason }] of part.entries()) {
      const product = products[i]
      const { variant } = splitOfferId(itemId)
      const place = placeOf(product, variant, aspect.aspect === 'stocks' ? 'stocks' : 'prices')
      const warehouse = warehouseId === undefined ? {} : { warehouse: warehouseName(account, warehouseId) }
      const item = itemOf(product, itemId, account)
      found.push({ key, ...item, by, ...warehouse, reason, ...(place === undefined ? {} : { place }) })
    }
  }
  return found
}
