import type { PipelineConfig } from '../../config/model.ts'
import { ObmenError } from '../../core/errors.ts'
import { fingerprintValue } from '../../core/fingerprint.ts'
import { acceptedFingerprint, ledgerKey, unsureAfter, verdict, type LedgerEntry } from '../../core/ledger.ts'
import type { StockValue } from '../../core/marketplace.ts'
import type { Reason } from '../../core/item.ts'
import type { Account } from '../../pipeline/account.ts'
import { isZeroValue, laneOf, magnitude, type AspectRuntime } from '../../pipeline/aspect.ts'
import type { DesiredEnvelope, ItemLabel, ValueChange } from '../../pipeline/flows.ts'
import type { Services } from '../../pipeline/services.ts'
import { perBatch, type Stage } from '../../pipeline/stage.ts'

interface Wanted {
  readonly key: string
  readonly itemId: string
  readonly warehouseId?: string
  readonly label: ItemLabel
  readonly value: unknown
  readonly fingerprint: string
  /** `deleted`, `unselected`: the item is retired; only what the ledger holds is taken down, nothing is stated anew. */
  readonly zeroedBy?: 'deleted' | 'unselected' | 'stale'
}

/** Compares desired values with the ledger. Retires on a sign, by the pipeline's `absent`. */
export function diffValues(pipeline: PipelineConfig, services: Services): Stage {
  const { account: accountName, aspect: aspectName, absent } = pipeline.to
  if (accountName === undefined || aspectName === undefined) {
    throw new ObmenError(
      'config',
      'stage.diff_target',
      `building ${pipeline.name}: diff needs an account and an aspect`,
    )
  }
  const account = services.account(accountName)
  const aspect = account.aspect(aspectName)
  return perBatch<DesiredEnvelope, ValueChange>(async (batch, ctx) => {
    const stale = aspectName === 'stocks' ? await staleness(account, ctx.clock.now()) : undefined
    const wanted = batch.flatMap((envelope) => wantedOf(envelope, account, aspect, absent, stale))
    const entries = await aspect.ledger.getMany(wanted.map((each) => each.key))
    const now = ctx.clock.now()
    return wanted.flatMap((each, i) => changeOf(each, entries[i], aspect, stale, now))
  })
}

/** What the account's policy makes of an old statement of stocks; undefined while it is fresh enough. */
async function staleness(account: Account, now: number): Promise<'hold' | 'zero' | undefined> {
  const { stale } = account.parts.config
  if (stale === undefined) return undefined
  const { stocksStamp } = await account.parts.catalogue.facts()
  return stocksStamp !== undefined && now - stocksStamp > stale.after ? stale.then : undefined
}

const ZERO: StockValue = { quantity: 0 }
const ZERO_FINGERPRINT = fingerprintValue(ZERO)

function wantedOf(
  envelope: DesiredEnvelope,
  account: Account,
  aspect: AspectRuntime,
  absent: PipelineConfig['to']['absent'],
  stale: 'hold' | 'zero' | undefined,
): Wanted[] {
  const { id: itemId, label } = envelope
  const own = (warehouseId: string | undefined): { key: string; warehouseId?: string } =>
    warehouseId === undefined ? { key: ledgerKey(itemId) } : { key: ledgerKey(itemId, warehouseId), warehouseId }
  if ('absent' in envelope) {
    if (absent !== 'zero' || aspect.aspect !== 'stocks') return []
    // Without an article it holds nothing at the marketplace: its article went on to another item.
    if (account.offerIdOf(itemId) === undefined) return []
    return (account.warehouses ?? []).map((warehouse) => ({
      ...own(warehouse.id),
      itemId,
      label,
      value: ZERO,
      fingerprint: ZERO_FINGERPRINT,
      zeroedBy: envelope.absent,
    }))
  }
  return envelope.values.map(({ warehouseId, value, fingerprint }) => ({
    ...own(warehouseId),
    itemId,
    label,
    ...(stale === 'zero'
      ? { value: ZERO, fingerprint: ZERO_FINGERPRINT, zeroedBy: 'stale' as const }
      : { value, fingerprint }),
  }))
}

function changeOf(
  wanted: Wanted,
  stored: LedgerEntry | undefined,
  aspect: AspectRuntime,
  stale: 'hold' | 'zero' | undefined,
  now: number,
): ValueChange[] {
  const retired = wanted.zeroedBy === 'deleted' || wanted.zeroedBy === 'unselected'
  if (retired && stored === undefined) return []
  const entry = comparable(stored, wanted)
  const decision = verdict(entry, wanted.fingerprint, now)
  const attempt = entry?.attempt
  // What was held is judged again at every look: the guard lets it go once its rule no longer speaks against it.
  const wasHeld = attempt?.state === 'held' && attempt.fingerprint === wanted.fingerprint
  if (!decision.send && !wasHeld && decision.due === undefined) return []
  const before = entry?.accepted?.value
  const unchanged = entry?.accepted?.fingerprint === wanted.fingerprint
  if (wasHeld && unchanged && attempt.unsure !== true) return []
  const held = stale === 'hold' && !unchanged && raises(aspect, before, wanted.value) ? STALE : undefined
  const stockUnknown = aspect.aspect === 'stocks' && unsureAfter(attempt).unsure === true
  return [
    {
      ...wanted,
      entry,
      // Where a stock is not known it may be for sale: taking it down is urgent.
      lane: laneOf(aspect.aspect, stockUnknown ? undefined : before, wanted.value),
      zeroing: before !== undefined && !isZeroValue(aspect.aspect, before) && isZeroValue(aspect.aspect, wanted.value),
      ...(decision.send || decision.due === undefined ? {} : { due: decision.due }),
      ...(held === undefined ? {} : { held }),
    },
  ]
}

/** The entry with the fingerprint by which what it accepted is compared with what is wanted. */
function comparable(entry: LedgerEntry | undefined, { value, fingerprint }: Wanted): LedgerEntry | undefined {
  if (entry?.accepted?.listed !== true) return entry
  return {
    ...entry,
    accepted: { ...entry.accepted, fingerprint: acceptedFingerprint(entry.accepted, value, fingerprint) },
  }
}

const STALE: Reason = {
  code: 'stale.hold',
  message: "1C's statement of stocks is older than the account allows: nothing is raised",
}

function raises(aspect: AspectRuntime, before: unknown, desired: unknown): boolean {
  const from = before === undefined ? undefined : magnitude(aspect.aspect, before)
  const to = magnitude(aspect.aspect, desired)
  return to !== undefined && (from === undefined ? to.gt(0) : to.gt(from))
}
